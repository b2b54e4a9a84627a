"""What patients pay of their share: recorded by claim, counted as collected, refunded when due."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.program import dollars
from ccm_core.program.claim_accounts import sync_refunds
from ccm_core.program.rework_desk import today_of
from ccm_core.records import Practice
from ccm_core.store import access_log, turns
from ccm_core.store.claiming import patient_payments, sent
from ccm_core.store.claiming.patient_payments import Income, PatientPayment

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "claims"
LONGEST_NOTE = 200


def record(
    session: Session, who: Identity, practice: Practice, claim_id: str, paid_on: date,
    amount: str, note: str = "",
) -> str:  # fmt: skip
    """Record money that a patient paid for a claim, or with a minus what was given back.

    Gives a sentence when the money must go back: a Qualified Medicare Beneficiary owes
    nothing. Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "edit")
    turns.of_claims(session)
    usd = _amount(amount)
    today = today_of(practice)
    if paid_on > today:
        raise UsageError("A payment was to be recorded for a day to come. Check the day.")
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"The note is longer than {LONGEST_NOTE} characters. Shorten it.")
    found = sent.sent_claims(session, practice.practice_id, [claim_id.strip()])
    if not found:
        raise UsageError("A payment was to be recorded; no claim of this number was sent.")
    claim = found[0]
    before = patient_payments.collected(session, practice.practice_id, [claim.claim_id])
    if before.get(claim.claim_id, Decimal(0)) + usd < 0:
        raise UsageError("More was to be given back than the patient paid for this claim.")
    number = patient_payments.add(
        session, practice.practice_id, claim.patient_id, claim.claim_id, paid_on, usd,
        note.strip(), who.name,
    )  # fmt: skip
    sync_refunds(session, practice)
    access_log.record(session, who, "add", "patient_payment", str(number))
    if claim.is_qmb and usd > 0:
        return "The patient is a Qualified Medicare Beneficiary and owes nothing: pay it back."
    return ""


def _amount(text: str) -> Decimal:
    """Dollars in whole cents, not zero. Raises: UsageError."""
    found = dollars.amount(text)
    if not found:
        raise UsageError("An amount in dollars and cents is needed, for example 12.10.")
    return found


def payments(session: Session, who: Identity, practice: Practice) -> list[PatientPayment]:
    """Payments of patients, the newest first. Raises: PermissionDenied."""
    require(who, PAGE, "identify")
    return patient_payments.newest(session, practice.practice_id)


def income(
    session: Session, who: Identity, practice: Practice, first: Month, last: Month
) -> list[Income]:
    """Collections by month and payer, patients among them. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    return patient_payments.income(session, practice.practice_id, first, last)
