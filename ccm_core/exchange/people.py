"""The values of one row of a table of patients to a record."""

from __future__ import annotations

from typing import Any

from ccm_core import records
from ccm_core.exchange import statuses
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.drafts import Draft, draft
from ccm_core.exchange.rejects import RowProblem

Values = dict[str, Any]


def in_order(values: Values, first: str, last: str) -> None:
    """Refuse an end before its beginning. Raises: RowProblem (rule I38)."""
    if first in values and last in values and values[last] < values[first]:
        raise RowProblem("I38", f"{last} is before {first}.", last)


def patient(values: Values, calendar: Calendar) -> Draft:
    """A patient; a name in one cell is parted. Raises: RowProblem."""
    if "full_name" in values:
        values = _named(values.pop("full_name"), calendar) | values
    values |= statuses.deceased(values.pop("deceased", ""), calendar)
    in_order(values, "born_on", "died_on")
    if "died_on" in values:
        values["status"] = "deceased"
    said, notes = statuses.active(values.pop("active", ""), values.get("status", ""))
    return draft(records.Patient, values | said, notes=notes)


def _named(name: str, calendar: Calendar) -> Values:
    """Family and given name of ``ADAMS, ANN M``; without a comma nothing tells them apart.

    Raises: RowProblem (rule I37) for a number: a column of identifiers was taken for names.
    """
    if not any(letter.isalpha() for letter in name):
        raise RowProblem("I37", "A name holds at least one letter.", "full_name", name)
    family, comma, given = (part.strip() for part in name.partition(","))
    if not comma:
        calendar.notes["Names without a comma were kept whole as the family name."] += 1
    return {"family_name": family, "given_name": given} if given else {"family_name": family}
