"""Money that patients paid, and all money that came in by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, insert, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month, utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.schema import PatientPaymentRow, PostingRow, record_table, table_of
from ccm_core.store.statements import among

PATIENTS = "Patients"


@dataclass(frozen=True, slots=True)
class PatientPayment:
    """One payment of a patient, as it is listed. A refund has a minus."""

    id: int
    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    claim_id: str
    paid_on: date
    amount_usd: Decimal
    note: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Income:
    """Money that came in from one payer, or from patients, in one month."""

    month: Month
    payer: str
    paid_usd: Decimal
    claims: int


def add(
    session: Session, practice_id: str, patient_id: str, claim_id: str, paid_on: date,
    amount_usd: Decimal, note: str, recorded_by: str,
) -> int:  # fmt: skip
    """Keep one payment; gives its number."""
    begin_write(session)
    table, now = table_of(PatientPaymentRow), utc_now()
    made = session.connection().execute(
        insert(table)
        .values(
            practice_id=practice_id, patient_id=patient_id, claim_id=claim_id, paid_on=paid_on,
            amount_usd=amount_usd, note=note, recorded_by=recorded_by, version=1,
            created_at=now, updated_at=now,
        )
        .returning(table.c.id)
    )  # fmt: skip
    return int(made.scalar_one())


def collected(
    session: Session, practice_id: str, claim_ids: Collection[str] | None = None
) -> dict[str, Decimal]:
    """What patients paid for these claims, or for all that have a payment."""
    c = table_of(PatientPaymentRow).c
    where = [c.practice_id == practice_id]
    if claim_ids is not None:
        where.append(among(session, c.claim_id, sorted(claim_ids)))
    rows = session.connection().execute(
        select(c.claim_id, func.sum(c.amount_usd)).where(*where).group_by(c.claim_id)
    )
    return {str(claim_id): usd for claim_id, usd in rows}


def newest(session: Session, practice_id: str, limit: int = 50) -> list[PatientPayment]:
    """Payments of patients, the newest first."""
    t, p = table_of(PatientPaymentRow), record_table(records.Patient)
    named = {"family_name", "given_name", "mrn"}
    rows = session.connection().execute(
        select(*(p.c[n] if n in named else t.c[n] for n in PatientPayment.__dataclass_fields__))
        .select_from(
            t.join(p, (p.c.practice_id == t.c.practice_id) & (p.c.patient_id == t.c.patient_id))
        )
        .where(t.c.practice_id == practice_id)
        .order_by(t.c.paid_on.desc(), t.c.id.desc())
        .limit(limit)
    )
    return [PatientPayment(*row) for row in rows]


def income(session: Session, practice_id: str, first: Month, last: Month) -> list[Income]:
    """Money by month of payment and payer, patients last; takings back count where they fall."""
    within = (first.first_day, last.last_day)
    p, t = table_of(PostingRow).c, table_of(PatientPaymentRow).c
    usd: dict[tuple[Month, bool, str], Decimal] = defaultdict(Decimal)
    claims: dict[tuple[Month, bool, str], set[str]] = defaultdict(set)
    by_payer = session.connection().execute(
        select(p.paid_on, p.payer, p.claim_id, func.sum(p.paid_usd))
        .where(p.practice_id == practice_id, p.paid_on.between(*within))
        .group_by(p.paid_on, p.payer, p.claim_id)
    )
    for on, payer, claim_id, amount in by_payer:
        usd[Month.of(on), False, payer] += amount
        claims[Month.of(on), False, payer].add(claim_id)
    by_patients = session.connection().execute(
        select(t.paid_on, t.claim_id, func.sum(t.amount_usd))
        .where(t.practice_id == practice_id, t.paid_on.between(*within))
        .group_by(t.paid_on, t.claim_id)
    )
    for on, claim_id, amount in by_patients:
        usd[Month.of(on), True, PATIENTS] += amount
        claims[Month.of(on), True, PATIENTS].add(claim_id)
    return [Income(key[0], key[2], usd[key], len(claims[key])) for key in sorted(usd)]
