"""Claims and denials, code mix and monthly history, from claim lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month, months_between
from ccm_core.store.kept import kept
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.schema import CaseResult, record_table, table_of

_SENT = ("submitted", "paid", "denied")
AGES = (30, 60, 90, 120)
"""Upper ends of the aging buckets, in days."""


@dataclass(frozen=True, slots=True)
class ClaimCounts:
    """Claims of some months by what became of them. A claim counts once."""

    submitted: int = 0
    """Sent and not yet answered."""
    paid: int = 0
    denied: int = 0
    charge_usd: Decimal = Decimal(0)
    paid_usd: Decimal = Decimal(0)

    @property
    def denial_rate(self) -> Decimal | None:
        """Share of the answered claims that were denied, 0 to 1."""
        answered = self.paid + self.denied
        return Decimal(self.denied) / answered if answered else None


@dataclass(frozen=True, slots=True)
class Denial:
    """One adjustment code of denied lines."""

    code: str
    lines: int
    charge_usd: Decimal


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One line of a claim."""

    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    claim_id: str
    line: int
    month: Month
    code: str
    units: int
    npi: str
    service_on: date | None
    created_on: date | None
    status: str
    charge_usd: Decimal | None
    paid_usd: Decimal | None
    paid_on: date | None
    adjustments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeMonth:
    """One code in one month."""

    month: Month
    code: str
    patients: int
    units: int
    charge_usd: Decimal
    paid_usd: Decimal


@dataclass(frozen=True, slots=True)
class MonthHistory:
    """One month of the program, as a projection needs it."""

    month: Month
    cases: int
    """Enrolled patients and others with time or claims."""
    active: int
    reached: int
    counted_seconds: int
    allowed_usd: Decimal
    billed_patients: int
    paid_patients: int
    denied_patients: int
    paid_usd: Decimal


def _lines(practice_id: str, first: Month, last: Month) -> list[ColumnElement[bool]]:
    c = record_table(records.ClaimLine).c
    return [
        c.practice_id == practice_id,
        c.month.between(first, last),
        c.code.in_(sorted(program_codes())),
    ]


def _usd(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value or 0)


@kept("claim_line")
def claim_counts(session: Session, practice_id: str, first: Month, last: Month) -> ClaimCounts:
    """Claims of the program from first to last month; paid when any of its lines was."""
    c = record_table(records.ClaimLine).c

    def any_line(status: str) -> Any:
        return func.max(case((c.status == status, 1), else_=0))

    one = (
        select(
            any_line("paid").label("paid"), any_line("denied").label("denied"),
            func.sum(c.charge_usd).label("charge"), func.sum(c.paid_usd).label("paid_usd"),
        )
        .where(*_lines(practice_id, first, last), c.status.in_(_SENT))
        .group_by(c.claim_id)
        .subquery()
    )  # fmt: skip
    total, paid, denied, charge, paid_usd = session.connection().execute(
        select(
            func.count(), func.sum(one.c.paid),
            func.sum(case((and_(one.c.paid == 0, one.c.denied == 1), 1), else_=0)),
            func.sum(one.c.charge), func.sum(one.c.paid_usd),
        )
    ).one()  # fmt: skip
    paid, denied = int(paid or 0), int(denied or 0)
    return ClaimCounts(total - paid - denied, paid, denied, _usd(charge), _usd(paid_usd))


def denials(session: Session, practice_id: str, first: Month, last: Month) -> list[Denial]:
    """Adjustment codes of denied lines, most lines first; a line counts under each code."""
    c = record_table(records.ClaimLine).c
    rows = session.connection().execute(
        select(c.adjustments, func.count(), func.sum(c.charge_usd))
        .where(*_lines(practice_id, first, last), c.status == "denied")
        .group_by(c.adjustments)
    )
    lines: dict[str, int] = defaultdict(int)
    charge: dict[str, Decimal] = defaultdict(Decimal)
    for codes, number, usd in rows:
        for code in codes or ("",):
            lines[code] += int(number)
            charge[code] += _usd(usd)
    found = [Denial(code, number, charge[code]) for code, number in lines.items()]
    return sorted(found, key=lambda d: (-d.lines, d.code))


def days_to_pay(session: Session, practice_id: str, first: Month, last: Month) -> list[int]:
    """Days from claim to payment of every paid line."""
    c = record_table(records.ClaimLine).c
    rows = session.connection().execute(
        select(c.created_on, c.paid_on).where(
            *_lines(practice_id, first, last), c.paid_on.is_not(None), c.created_on.is_not(None)
        )
    )
    return [(paid - created).days for created, paid in rows]


def aging(session: Session, practice_id: str, today: date) -> list[tuple[str, int, Decimal]]:
    """Open lines by age: bucket, number, charge. Denied lines are open until they are settled."""
    c = record_table(records.ClaimLine).c
    rows = session.connection().execute(
        select(c.created_on, func.count(), func.sum(c.charge_usd))
        .where(
            c.practice_id == practice_id,
            c.status.in_(("submitted", "denied")),
            c.created_on.is_not(None),
        )
        .group_by(c.created_on)
    )
    names = [f"{low + 1}-{high}" for low, high in zip((-1, *AGES), AGES, strict=False)]
    names = [*names, f"over {AGES[-1]}"]
    number: dict[str, int] = dict.fromkeys(names, 0)
    charge: dict[str, Decimal] = dict.fromkeys(names, Decimal(0))
    for created, lines, usd in rows:
        name = names[sum((today - created).days > age for age in AGES)]
        number[name] += int(lines)
        charge[name] += _usd(usd)
    return [(name, number[name], charge[name]) for name in names]


@kept("claim_line")
def code_mix(session: Session, practice_id: str, first: Month, last: Month) -> list[CodeMonth]:
    """Sent units of each code in each month."""
    c = record_table(records.ClaimLine).c
    rows = session.connection().execute(
        select(
            c.month, c.code, func.count(func.distinct(c.patient_id)), func.sum(c.units),
            func.sum(c.charge_usd), func.sum(c.paid_usd),
        )
        .where(*_lines(practice_id, first, last), c.status.in_(_SENT))
        .group_by(c.month, c.code)
        .order_by(c.month, c.code)
    )  # fmt: skip
    return [
        CodeMonth(month, code, int(patients), int(units), _usd(charge), _usd(paid))
        for month, code, patients, units, charge, paid in rows
    ]


@kept("case_result", "claim_line")
def monthly_history(
    session: Session, practice_id: str, first: Month, last: Month
) -> list[MonthHistory]:
    """Every month from first to last, also the empty ones."""
    worked = _worked(session, practice_id, first, last)
    billed = _billed(session, practice_id, first, last)
    return [
        MonthHistory(
            month, *worked.get(month, (0, 0, 0, 0, Decimal(0))),
            *billed.get(month, (0, 0, 0, Decimal(0))),
        )
        for month in months_between(first, last)
    ]  # fmt: skip


def _worked(session: Session, practice_id: str, first: Month, last: Month) -> dict[Month, Any]:
    r = table_of(CaseResult).c
    rows = session.connection().execute(
        select(
            r.month, func.count(), func.sum(case((r.logged_seconds > 0, 1), else_=0)),
            func.sum(case((r.path != "", 1), else_=0)), func.sum(r.counted_seconds),
            func.sum(r.allowed_usd),
        )
        .where(r.practice_id == practice_id, r.month.between(first, last))
        .group_by(r.month)
    )  # fmt: skip
    return {
        month: (int(cases), int(active), int(reached), int(seconds), _usd(usd))
        for month, cases, active, reached, seconds, usd in rows
    }


def _billed(session: Session, practice_id: str, first: Month, last: Month) -> dict[Month, Any]:
    c = record_table(records.ClaimLine).c

    def patients(*statuses: str) -> Any:
        return func.count(func.distinct(case((c.status.in_(statuses), c.patient_id))))

    rows = session.connection().execute(
        select(
            c.month, patients(*_SENT), patients("paid"), patients("denied"),
            func.coalesce(func.sum(c.paid_usd), literal(0)),
        )
        .where(*_lines(practice_id, first, last))
        .group_by(c.month)
    )  # fmt: skip
    return {
        month: (int(sent), int(paid), int(denied), _usd(usd))
        for month, sent, paid, denied, usd in rows
    }
