"""What other payers pay: a percentage of Medicare, or a table of their own amounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ccm_core.errors import ImportRefused, UsageError
from ccm_core.money.cms_text import BadCell, code, csv_rows, number, text_of
from ccm_core.money.fee_file import Problem, fingerprint
from ccm_core.payment.cents import cents

_NEEDED = ("code", "amount_usd")
_OPTIONAL = ("valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount of a flat table, on the days that it is in force."""

    line: int
    code: str
    amount_usd: Decimal
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class PayerSchedule:
    """One payer's schedule. A code without its own amount pays ``multiple`` of Medicare."""

    payer: str
    multiple: Decimal | None
    amounts: tuple[Amount, ...] = field(default=(), repr=False)
    problems: tuple[Problem, ...] = ()
    sha256: str = ""

    @property
    def is_storable(self) -> bool:
        has_content = self.multiple is not None or bool(self.amounts)
        return has_content and not any(p.level == "error" for p in self.problems)


def percent_of_medicare(payer: str, percent: Decimal) -> PayerSchedule:
    """A schedule such as 97 percent of Medicare. Raises: UsageError."""
    if not Decimal(1) <= percent <= Decimal(1000):
        raise UsageError(
            f"{percent} percent was given; 1 to 1000 percent of Medicare are possible."
        )
    return PayerSchedule(payer, percent / 100)


def read_schedule(
    payer: str, name: str, data: bytes, multiple: Decimal | None = None
) -> PayerSchedule:
    """A flat table: CSV with ``code,amount_usd`` and, if wanted, ``valid_from,valid_to``.

    Raises: ImportRefused when the file is not such a table.
    """
    rows = csv_rows(text_of(name, data))
    if not rows:
        raise ImportRefused(f"{name} is empty.")
    heading = [cell.lower() for cell in rows[0][1]]
    unknown = [cell for cell in heading if cell not in (*_NEEDED, *_OPTIONAL)]
    if unknown or not set(_NEEDED) <= set(heading) or len(set(heading)) != len(heading):
        raise ImportRefused(
            f"{name} has the columns {', '.join(heading)[:100]}; needed are {', '.join(_NEEDED)}, "
            f"possible are {', '.join(_OPTIONAL)}."
        )
    amounts: list[Amount] = []
    problems: list[Problem] = []
    for line, row in rows[1:]:
        if not any(row):
            continue
        try:
            made = _amount(line, dict(zip(heading, row, strict=False)))
            _refuse_overlap(made, amounts)
        except BadCell as bad:
            problems.append(Problem("error", line, bad.column, f"{bad.reason}."))
        else:
            amounts.append(made)
    return PayerSchedule(payer, multiple, tuple(amounts), tuple(problems), fingerprint(data))


def _amount(line: int, cells: Mapping[str, str]) -> Amount:
    usd = number("amount_usd", cells.get("amount_usd", "").lstrip("$"), "0.01")
    if usd != cents(usd):
        raise BadCell("amount_usd", f"{usd} has parts of a cent")
    first = _day(cells, "valid_from", date.min)
    last = _day(cells, "valid_to", date.max)
    if last < first:
        raise BadCell("valid_to", f"{last} is before {first}")
    return Amount(line, code(cells["code"].upper()), usd, first, last)


def _day(cells: Mapping[str, str], column: str, otherwise: date) -> date:
    text = cells.get(column, "")
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError as bad:
        raise BadCell(column, f"{text[:20]!r} is not a day such as 2026-01-01") from bad


def _refuse_overlap(made: Amount, amounts: list[Amount]) -> None:
    for old in amounts:
        if (
            old.code == made.code
            and made.valid_from <= old.valid_to
            and old.valid_from <= made.valid_to
        ):
            raise BadCell(
                "valid_from", f"{made.code} has an amount for these days on line {old.line}"
            )
