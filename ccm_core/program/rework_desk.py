"""The desk of denied claims: who works on what until when, letters, refunds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ccm_core import months as clock
from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.audit import policy_of, work_out
from ccm_core.claims.posted import SentClaim
from ccm_core.claims.rework import (
    NO_APPEAL_REMARK,
    STATUSES,
    LetterFacts,
    ReworkItem,
    appeal_letter,
    is_rejection,
)
from ccm_core.errors import UsageError
from ccm_core.months import Month, time_zone
from ccm_core.program import panel
from ccm_core.records import ClaimLine, Practice
from ccm_core.store import access_log, reading
from ccm_core.store.claiming import answers, rework
from ccm_core.store.claiming.rework import RefundView, ReworkView
from ccm_core.store.claiming.sent import sent_claims
from ccm_core.store.queries.common import EVERYBODY, Only, Page
from ccm_core.store.schema import RefundRow, ReworkRow, table_of

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "claims"
_LONGEST_NOTE = 2000
MEDICARE_APPEAL, OTHER_APPEAL = "redetermination", "review of the denial"
"""Original Medicare's first level of appeal has a name of its own (42 CFR 405.940)."""


def queue(
    session: Session, who: Identity, practice: Practice, status: str = "", offset: int = 0,
    only: Only = EVERYBODY,
) -> Page[ReworkView]:  # fmt: skip
    """Open items, or those of one status. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    return rework.page(session, practice.practice_id, status=status, offset=offset, only=only)


def item(session: Session, who: Identity, practice: Practice, item_id: int) -> ReworkView:
    """One item. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "view")
    found = rework.page(session, practice.practice_id, item_id=item_id).rows
    if not found:
        raise UsageError("The queue has no such item. Go back to the list.")
    return found[0]


def edit(
    session: Session, who: Identity, practice: Practice, shown: ReworkView, *, status: str,
    assignee: str, note: str,
) -> None:  # fmt: skip
    """Change status, assignee and note of the item as it was shown.

    Raises: PermissionDenied, UsageError, Conflict when somebody else changed it since.
    """
    require(who, PAGE, "edit")
    if status not in STATUSES:
        raise UsageError(f"{status!r} is no status; there are {', '.join(STATUSES)}.")
    if len(note) > _LONGEST_NOTE:
        raise UsageError(f"The note is longer than {_LONGEST_NOTE} characters. Shorten it.")
    values = {"status": status, "assignee": assignee.strip()[:100], "note": note.strip()}
    rework.edit(session, table_of(ReworkRow), shown.id, shown.version, **values)
    access_log.record(session, who, "edit", "rework", str(shown.id), reason=status)


def refunds(session: Session, who: Identity, practice: Practice) -> list[RefundView]:
    """Every refund task. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    return rework.refunds(session, practice.practice_id)


def refunded(session: Session, who: Identity, practice: Practice, shown: RefundView) -> None:
    """Note that a refund was made, by this person, today. Raises: PermissionDenied, Conflict."""
    require(who, PAGE, "edit")
    if shown.status != "open":
        raise UsageError("This refund is not open any more.")
    rework.edit(
        session, table_of(RefundRow), shown.id, shown.version, status="done",
        done_on=today_of(practice), done_by=who.name,
    )  # fmt: skip
    access_log.record(session, who, "edit", "refund", str(shown.id), reason="done")


def no_appeal(session: Session, practice: Practice, shown: ReworkView) -> str:
    """Why there is nothing to appeal, as a sentence; empty where a letter is the right thing."""
    if is_rejection(shown.code):
        return (
            "The receiver turned this claim away before a payer decided on it, so there is "
            "nothing to appeal. Correct what was refused and send the claim anew."
        )
    if answers.undecided(session, practice.practice_id, [shown.claim_id]):
        return (
            f"The payer sent this claim back without a decision ({NO_APPEAL_REMARK}), so there "
            "is no appeal. Correct what the remarks name and send the claim anew."
        )
    return ""


def month_of(session: Session, practice: Practice, shown: ReworkView) -> Month | None:
    """The service month of the claim; None when the claim is not here."""
    found = sent_claims(session, practice.practice_id, [shown.claim_id])
    return found[0].lines[0].month if found else None


def letter(session: Session, who: Identity, practice: Practice, item_id: int) -> str:
    """The draft of an appeal letter; a person must check, complete and sign it.

    Raises: PermissionDenied, UsageError when the claim is not here or was never decided.
    """
    require(who, PAGE, "export")
    shown = item(session, who, practice, item_id)
    if why := no_appeal(session, practice, shown):
        raise UsageError(f"A letter was asked for. {why}")
    patient = reading.patient(session, shown.patient_id, practice.practice_id)
    found = sent_claims(session, practice.practice_id, [shown.claim_id])
    if patient is None or not found:
        raise UsageError("A letter was asked for; the claim is not in the store.")
    panel.require(who, patient)
    lines = found[0].lines
    line = next((one for one in lines if one.line == shown.line), lines[0])
    facts = _facts(session, practice, patient, line, found[0], shown)
    access_log.record(session, who, "export", "letter", str(item_id))
    plain = ReworkItem(
        shown.claim_id, shown.line, shown.code, shown.amount_usd, shown.action, shown.deadline_on,
        shown.cause, shown.fix, " ".join(shown.rules), shown.status,
    )  # fmt: skip
    return appeal_letter(plain, facts, today_of(practice))


def _facts(
    session: Session, practice: Practice, patient: records.Patient, line: ClaimLine,
    sent: SentClaim, shown: ReworkView,
) -> LetterFacts:  # fmt: skip
    people = {p.npi: p.name for p in reading.practitioners(session, practice.practice_id)}
    minutes = 0
    for case in reading.cases(session, practice.practice_id, line.month, [patient.patient_id]):
        work = work_out(case, policy_of(case))
        minutes = work.counted.total_seconds // 60
    mark = " (DEMO - synthetic data)" if practice.is_demo else ""
    return LetterFacts(
        practice=f"{practice.name}{mark}", practitioner=people.get(line.npi, ""), npi=line.npi,
        patient=f"{patient.given_name} {patient.family_name}".strip(), member_id=sent.member_id,
        payer=shown.payer, payer_claim_id=shown.payer_claim_id or "not known",
        service_on=line.service_on or line.month.last_day, month=str(line.month), code=line.code,
        counted_minutes=minutes,
        attachments=(
            f"Audit packet of {line.month} (time log, consent, care plan, findings, sources)",
            "The payer's remittance with the denial",
        ),
        request=MEDICARE_APPEAL if sent.payer_kind == "medicare" else OTHER_APPEAL,
    )  # fmt: skip


def today_of(practice: Practice) -> date:
    """Today on the practice's calendar."""
    return clock.utc_now().astimezone(time_zone(practice.time_zone)).date()
