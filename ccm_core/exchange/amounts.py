"""Numbers in the cells of a table: money, hours and counts, in plain decimals."""

from __future__ import annotations

import re
from decimal import Decimal

from ccm_core.exchange.day_texts import Calendar
from ccm_core.exchange.rejects import RowProblem

_AMOUNT = re.compile(r"(-?)\$?(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(\.\d{1,4})?\Z", re.ASCII)


_CENT = Decimal("0.01")


def read_amount(text: str, _: Calendar) -> Decimal:
    """An amount of money. Raises: RowProblem (rule I35)."""
    found = _AMOUNT.match(text.strip())
    if not found:
        raise RowProblem("I35", "Not an amount. Write it as 1234.56.", value=text)
    amount = Decimal(found[1] + found[2].replace(",", "") + (found[3] or ""))
    if amount % _CENT:
        said = "Parts of a cent, or a point for thousands? Write it as 1234.56."
        raise RowProblem("I35", said, value=text)
    return amount


def read_hours(text: str, _: Calendar) -> Decimal:
    """Hours of a week. Raises: RowProblem (rules I35, I36)."""
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text.strip(), re.ASCII):
        raise RowProblem("I35", "Not a number of hours.", value=text)
    hours = Decimal(text.strip())
    if hours > 168:
        raise RowProblem("I36", "A week has 168 hours.", value=text)
    return hours


def read_count(text: str, _: Calendar) -> int:
    """A whole number from 1 to 9999. Raises: RowProblem (rule I36)."""
    if not re.fullmatch(r"\d{1,4}(\.0+)?", text.strip(), re.ASCII):
        raise RowProblem("I36", "Not a whole number from 1 to 9999.", value=text)
    found = int(text.strip().split(".")[0])
    if found == 0:
        raise RowProblem("I36", "Not a whole number from 1 to 9999.", value=text)
    return found
