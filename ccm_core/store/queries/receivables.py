"""Sent claims by what became of them, denials by code, open lines by age, and the lines."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, func, or_, select, type_coerce
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store.kept import kept
from ccm_core.store.queries.claims import ClaimRow
from ccm_core.store.queries.common import (
    EVERYBODY,
    Only,
    Page,
    of_patients,
    ordered,
    page_of,
    patient_has,
    with_patient,
)
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.schema import record_table
from ccm_core.store.statements import streamed

SENT = ("submitted", "paid", "denied", "voided", "replaced")
OPEN = ("submitted", "denied")
GONE = ("voided", "replaced")


@dataclass(frozen=True, slots=True)
class Standing:
    """Sent claims of some months. A claim counts once; it is paid when any line was."""

    sent: int
    waiting: int
    paid: int
    denied: int
    """Denied and not sent again: still to be worked on."""
    touched: int
    """Claims with a line that was denied, voided or replaced."""
    refused: int
    """Claims with a line that was ever denied, also when it was sent again since."""
    waiting_usd: Decimal
    denied_usd: Decimal
    paid_usd: Decimal

    @property
    def clean_share(self) -> Decimal | None:
        """Share of the sent claims that nobody had to touch again."""
        return 1 - Decimal(self.touched) / self.sent if self.sent else None

    @property
    def denied_share(self) -> Decimal | None:
        """Share of the answered claims that were denied at first."""
        answered = self.sent - self.waiting
        return Decimal(self.refused) / answered if answered else None


@dataclass(frozen=True, slots=True)
class DenialGroup:
    """Lines that were denied with the same set of codes."""

    adjustments: tuple[str, ...]
    lines: int
    open_lines: int
    charge_usd: Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """Which claims: months of service, whose patients."""

    practice_id: str
    first: Month
    last: Month
    only: Only = EVERYBODY

    def where(self) -> list[ColumnElement[bool]]:
        c = record_table(records.ClaimLine).c
        return [
            c.practice_id == self.practice_id,
            c.month.between(self.first, self.last),
            c.code.in_(sorted(program_codes())),
            *self.only.where(),
        ]


def _was_denied() -> ColumnElement[bool]:
    """Denied now, or sent again or given up after an answer that paid nothing."""
    c = record_table(records.ClaimLine).c
    text = type_coerce(c.adjustments, String)
    is_answered = and_(c.status.in_(GONE), text != "[]", func.coalesce(c.paid_usd, 0) == 0)
    return or_(c.status == "denied", is_answered)


@kept("claim_line", "patient", "payer")
def standing(session: Session, span: Span) -> Standing:
    """Sent claims by what became of them."""
    c = record_table(records.ClaimLine).c

    def has(condition: Any, name: str) -> Any:
        return func.max(case((condition, 1), else_=0)).label(name)

    def usd(condition: Any, amount: Any, name: str) -> Any:
        return func.sum(case((condition, amount), else_=None)).label(name)

    one = (
        select(
            has(c.status == "paid", "paid"), has(c.status == "denied", "denied"),
            has(c.status == "submitted", "waiting"),
            has(or_(c.status.in_(GONE), c.status == "denied"), "touched"),
            has(_was_denied(), "refused"),
            usd(c.status == "submitted", c.charge_usd, "waiting_usd"),
            usd(c.status == "denied", c.charge_usd, "denied_usd"),
            func.sum(c.paid_usd).label("paid_usd"),
        )
        .select_from(of_patients(record_table(records.ClaimLine), span.only))
        .where(*span.where(), c.status.in_(SENT))
        .group_by(c.claim_id)
        .subquery()
    )  # fmt: skip
    s = one.c
    is_denied = and_(s.paid == 0, s.denied == 1)
    row = session.connection().execute(
        select(
            func.count(), func.sum(case((and_(s.paid == 0, s.denied == 0, s.waiting == 1), 1))),
            func.sum(s.paid), func.sum(case((is_denied, 1))), func.sum(s.touched),
            func.sum(s.refused), func.sum(s.waiting_usd), func.sum(s.denied_usd),
            func.sum(s.paid_usd),
        )
    ).one()  # fmt: skip
    sent, waiting, paid, denied, touched, refused = (int(n or 0) for n in row[:6])
    money = (_usd(amount) for amount in row[6:])
    return Standing(sent, waiting, paid, denied, touched, refused, *money)


def _usd(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value or 0)


@kept("claim_line", "patient", "payer")
def denied_groups(session: Session, span: Span) -> list[DenialGroup]:
    """Lines that were ever denied, by their codes."""
    c = record_table(records.ClaimLine).c
    rows = session.connection().execute(
        select(
            c.adjustments, func.count(), func.sum(case((c.status == "denied", 1), else_=0)),
            func.sum(c.charge_usd),
        )
        .select_from(of_patients(record_table(records.ClaimLine), span.only))
        .where(*span.where(), _was_denied())
        .group_by(c.adjustments)
    )  # fmt: skip
    return [DenialGroup(tuple(codes), int(n), int(o), _usd(usd)) for codes, n, o, usd in rows]


@kept("claim_line", "patient", "payer")
def open_by_day(session: Session, span: Span) -> list[tuple[date, str, int, Decimal]]:
    """Open lines of any month: day sent, status, lines, charge."""
    c = record_table(records.ClaimLine).c
    rows = session.connection().execute(
        select(c.created_on, c.status, func.count(), func.sum(c.charge_usd))
        .select_from(of_patients(record_table(records.ClaimLine), span.only))
        .where(*span.where(), c.status.in_(OPEN), c.created_on.is_not(None))
        .group_by(c.created_on, c.status)
    )
    return [(day, status, int(n), _usd(usd)) for day, status, n, usd in rows]


@kept("claim_line", "patient", "payer")
def charged_between(session: Session, span: Span, first: date, last: date) -> Decimal:
    """Charges of the claims sent between two days; voided and replaced lines left out."""
    c = record_table(records.ClaimLine).c
    found = session.connection().scalar(
        select(func.sum(c.charge_usd))
        .select_from(of_patients(record_table(records.ClaimLine), span.only))
        .where(
            *span.where(), c.created_on.between(first, last), c.status.in_(SENT),
            c.status.not_in(GONE),
        )
    )  # fmt: skip
    return _usd(found)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of lines is narrowed to."""

    status: str = ""
    reason: str = ""
    """An adjustment code such as ``CO-97``."""
    oldest_days: int | None = None
    youngest_days: int | None = None
    search: str = ""

    def where(self, today: date) -> list[ColumnElement[bool]]:
        c = record_table(records.ClaimLine).c
        found: list[ColumnElement[bool]] = []
        if self.status:
            found.append(c.status == self.status)
        if self.reason:
            text = type_coerce(c.adjustments, String)
            found += [text.contains(f'"{self.reason}"', autoescape=True), _was_denied()]
        if self.youngest_days is not None:
            found += [c.status.in_(OPEN), c.created_on <= today - timedelta(self.youngest_days)]
        if self.oldest_days is not None:
            found += [c.status.in_(OPEN), c.created_on >= today - timedelta(self.oldest_days)]
        if self.search:
            found.append(patient_has(self.search, c))
        return found


def lines_page(
    session: Session, span: Span, wanted: Wanted, today: date, *, sort: str = "-created",
    limit: int = 100, offset: int = 0,
) -> Page[ClaimRow]:  # fmt: skip
    """Claim lines, sent ones only unless another status is asked for."""
    c = record_table(records.ClaimLine).c
    statement = _listed(span, wanted, today, sort)
    counted = functools.partial(_number_of, session, span, wanted, today)
    return page_of(session, statement, ClaimRow, limit, offset, c.id, counted, wanted.search)


def lines_rows(
    session: Session, span: Span, wanted: Wanted, today: date
) -> Iterator[ClaimRow]:  # fmt: skip
    """The same list whole, newest first: for a file, never for a page."""
    for row in streamed(session, _listed(span, wanted, today, "-created")):
        yield ClaimRow(*row)


def _listed(span: Span, wanted: Wanted, today: date, sort: str) -> Select[Any]:
    line, p = record_table(records.ClaimLine), record_table(records.Patient).c
    c = line.c
    statement = (
        select(
            c.patient_id, p.family_name, p.given_name, p.mrn, c.claim_id, c.line, c.month,
            c.code, c.units, c.npi, c.service_on, c.created_on, c.status, c.charge_usd,
            c.paid_usd, c.paid_on, c.adjustments,
        )
        .select_from(with_patient(line, sort=sort))
        .where(*span.where(), c.status.in_(SENT), *wanted.where(today))
    )  # fmt: skip
    sorts = {
        "created": c.created_on, "name": p.family_name, "code": c.code, "status": c.status,
        "charge": c.charge_usd, "paid": c.paid_usd, "month": c.month,
    }  # fmt: skip
    return ordered(statement, sorts, sort, [c.claim_id, c.line])


@kept("claim_line", "patient", "payer")
def _number_of(session: Session, span: Span, wanted: Wanted, today: date) -> int:
    """How many lines a list has that searches for nobody."""
    line = record_table(records.ClaimLine)
    asked = select(func.count()).select_from(of_patients(line, span.only))
    where = *span.where(), line.c.status.in_(SENT), *wanted.where(today)
    return int(session.connection().scalar(asked.where(*where)) or 0)
