"""Paid lines against what was expected: by payer, and line by line where too little was allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session

from ccm_core.claims.posted import PENDING, WHOLE_CLAIM
from ccm_core.store.claiming.of_patients import joined, viewed
from ccm_core.store.queries.common import EVERYBODY, Only, Page, page_of
from ccm_core.store.schema import PostingRow, table_of


@dataclass(frozen=True, slots=True)
class PayerPay:
    """What one payer paid in a time, by its latest answers to each line."""

    payer: str
    lines: int
    paid_usd: Decimal
    patient_usd: Decimal
    """What the payer put on the patients."""
    compared: int
    """Lines for which an amount was expected."""
    short_lines: int
    short_usd: Decimal
    """What was allowed too little, as a positive amount."""
    days_to_pay: Decimal | None
    """On average, over the lines whose day of sending is known."""


@dataclass(frozen=True, slots=True)
class ShortLine:
    """One paid line for which the payer allowed less than was expected."""

    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    claim_id: str
    line: int
    code: str
    payer: str
    paid_on: date | None
    allowed_usd: Decimal
    expected_usd: Decimal
    variance_usd: Decimal
    expected_by: str


def by_payer(
    session: Session, practice_id: str, first: date, last: date, only: Only = EVERYBODY
) -> list[PayerPay]:
    """Each payer's paid lines of these days, the largest shortfall first."""
    p = table_of(PostingRow)
    is_short = p.c.variance_usd < 0
    short = func.sum(case((is_short, p.c.variance_usd), else_=0))
    rows = session.connection().execute(
        select(
            p.c.payer, func.count(), func.sum(p.c.paid_usd), func.sum(p.c.patient_usd),
            func.count(p.c.variance_usd), func.sum(case((is_short, 1), else_=0)), short,
            func.sum(p.c.days_to_pay), func.count(p.c.days_to_pay),
        )
        .select_from(joined(p))
        .where(*_standing(p, practice_id), p.c.paid_on.between(first, last), *only.where())
        .group_by(p.c.payer)
        .order_by(short, p.c.payer)
    )  # fmt: skip
    return [
        PayerPay(payer, lines, paid, patient, compared, int(shorts), -_usd(usd),
                 (Decimal(int(days)) / known).quantize(Decimal("0.1")) if known else None)
        for payer, lines, paid, patient, compared, shorts, usd, days, known in rows
    ]  # fmt: skip


def short_lines(
    session: Session, practice_id: str, first: date, last: date, *, only: Only = EVERYBODY,
    limit: int = 50, offset: int = 0,
) -> Page[ShortLine]:  # fmt: skip
    """Lines that were allowed too little, the most dollars first."""
    p = table_of(PostingRow)
    statement = (
        viewed(p, ShortLine, practice_id, only)
        .where(*_standing(p, practice_id), p.c.paid_on.between(first, last), p.c.variance_usd < 0)
        .order_by(p.c.variance_usd, p.c.id)
    )
    return page_of(session, statement, ShortLine, limit, offset)


def _standing(posting: Any, practice_id: str) -> list[ColumnElement[bool]]:
    """Paid lines whose answer no later answer of that payer took the place of."""
    later = posting.alias("later_posting")
    # Files may be posted in any order: the day of payment decides, then the order of posting.
    is_later = or_(
        later.c.paid_on > posting.c.paid_on,
        and_(
            func.coalesce(later.c.paid_on, posting.c.paid_on) == posting.c.paid_on,
            later.c.id > posting.c.id,
        ),
    )
    takes_place = or_(
        later.c.line == posting.c.line,
        and_(later.c.line == WHOLE_CLAIM, later.c.status == "reversed"),
    )
    newer = select(later.c.id).where(
        later.c.practice_id == posting.c.practice_id,
        later.c.claim_id == posting.c.claim_id,
        later.c.is_secondary == posting.c.is_secondary,
        takes_place,
        is_later,
        # Such a posting leaves the payment as it stands; see claims/standing.py.
        later.c.status != PENDING,
        ~and_(later.c.status == "denied", posting.c.paid_usd > 0),
    )
    return [posting.c.practice_id == practice_id, posting.c.status == "paid", ~newer.exists()]


def _usd(found: Any) -> Decimal:
    return Decimal(found or 0)
