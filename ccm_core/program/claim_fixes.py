"""Claims that left and were wrong: what changed, and their replacement or void."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccm_core import months as clock
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.claims import ledger
from ccm_core.claims import planned as planned_claims
from ccm_core.claims.batch import build
from ccm_core.claims.planned import PlannedClaim, billed_part
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.program import billing_settings, claim_run
from ccm_core.program.claim_accounts import sync_refunds
from ccm_core.program.claim_sources import bill_to
from ccm_core.program.rework_desk import today_of
from ccm_core.records import Practice
from ccm_core.store import access_log, reading, turns
from ccm_core.store.claiming import answers, batches, months, postings, rework
from ccm_core.store.claiming.batches import Approval, KeptClaim
from ccm_core.store.claiming.months import MonthResult
from ccm_core.store.results import refresh

if TYPE_CHECKING:
    from sqlmodel import Session

SENT = "submitted"
REPLACE, VOID, RESEND = "replace", "void", "resend"
REJECTED = "rejected"
NOT_LET_IN = "receiver turned the claim away"


@dataclass(frozen=True, slots=True)
class Difference:
    """One claim that would now be made otherwise than it was sent."""

    claim_id: str
    patient_id: str
    what: str
    """One sentence."""
    fix: str
    """``replace``, ``void`` or ``resend`` (turned away or sent back without a decision);
    ``bill`` for a month that was not billed and is clean now."""


def differences(session: Session, practice: Practice, month: Month) -> list[Difference]:
    """What a month's claims would be now against what was sent; empty when nothing changed."""
    kept = batches.claims_of(session, practice.practice_id, month)
    last = {one.base_id: one for one in sorted(kept, key=lambda c: c.version_number)}
    sent = [one for one in last.values() if one.status == SENT and one.frequency != "8"]
    found = [*_changed(session, practice, month, sent), *_unbilled(session, practice, month)]
    return sorted(found, key=lambda one: one.claim_id)


def _changed(
    session: Session, practice: Practice, month: Month, sent: Sequence[KeptClaim]
) -> Iterable[Difference]:
    now = {r.patient_id: r for r in months.results(session, practice.practice_id, month)}
    proper = _proper(session, practice, month, sent, now)
    undecided = answers.undecided(session, practice.practice_id, [one.claim_id for one in sent])
    for one in sent:
        outcome = proper.get(one.patient_id)
        if one.receipt == REJECTED or one.claim_id in undecided:
            by = "payer sent the claim back" if one.claim_id in undecided else NOT_LET_IN
            said = f"The {by}; it was never processed."
            if isinstance(outcome, str):
                said = f"{said} {outcome}"
            yield Difference(one.claim_id, one.patient_id, said, RESEND)
        elif outcome is None:
            yield Difference(one.claim_id, one.patient_id, "Nothing is billable now.", VOID)
        elif isinstance(outcome, str):
            yield Difference(one.claim_id, one.patient_id, outcome, VOID)
        elif billed_part(outcome.fingerprint) != billed_part(one.fingerprint):
            said = "The claim would now say something else than what was sent."
            yield Difference(one.claim_id, one.patient_id, said, REPLACE)


def _unbilled(session: Session, practice: Practice, month: Month) -> Iterable[Difference]:
    """Months that would make a claim now and have none: in a closed month they are news."""
    if months.closed(session, practice.practice_id, month) is None:
        return
    terms = billing_settings.terms(practice, billing_settings.complete(session, practice))
    made, _ = claim_run.plan(session, practice, month, terms)
    for one in made.claims:
        said = "The month is clean now and was not billed when it was closed."
        yield Difference("", one.patient_id, said, "bill")


def _proper(
    session: Session, practice: Practice, month: Month, sent: Sequence[KeptClaim],
    now: dict[str, MonthResult],
) -> dict[str, PlannedClaim | str]:  # fmt: skip
    """The claim that each of these months should have, or a sentence why it should have none.

    The case is judged without the claim that was sent, so that its units do not
    stand for what was earned.
    """
    ids = sorted({one.patient_id for one in sent})
    found: dict[str, PlannedClaim | str] = {}
    results = []
    for case in reading.cases(session, practice.practice_id, month, ids):
        patient_id = case.patient.patient_id
        free = replace(case, request=None, work=None, answers={})
        outcome = audit_case(free, policy_of(free))
        result = now.get(patient_id)
        if result is None or result.status == "blocked" or not outcome.planned_units:
            found[patient_id] = _why(outcome)
        else:
            results.append(_as_result(outcome, result))
    settings = billing_settings.complete(session, practice)
    terms = billing_settings.terms(practice, settings)
    made = build(results, bill_to(session, practice, month, results), terms)
    found |= {one.patient_id: one for one in made.claims}
    found |= {one.patient_id: one.message for one in made.skipped}
    return found


def _why(outcome: Outcome) -> str:
    blocks = [j.rule for j in outcome.findings if j.level == "BLOCK"]
    if blocks:
        return f"The month is blocked now by {', '.join(blocks)}."
    return "The month earns nothing now."


def _as_result(outcome: Outcome, stored: MonthResult) -> MonthResult:
    return replace(
        stored, status="clean", planned_units=outcome.planned_units,
        service_on=outcome.service_on, expected_medicare_usd=outcome.expected_medicare_usd,
        expected_patient_usd=outcome.expected_patient_usd,
    )  # fmt: skip


def correct(
    session: Session, who: Identity, practice: Practice, claim_id: str, fix: str,
    payer_claim_id: str = "",
) -> str:  # fmt: skip
    """Approve a replacement (7), a void (8) or a new sending of a claim that left.

    Gives the new number. Only a claim that nobody decided on is sent anew (turned away by
    the receiver, or sent back with MA130), so no number of the payer is needed.
    Raises: PermissionDenied, UsageError (not sent, payer's number not known, waiting already).
    """
    require(who, "pre_flight", "approve")
    turns.of_claims(session)
    one = _sent_claim(session, practice, claim_id)
    number = payer_claim_id.strip() or _payers_number(session, practice, one.claim_id)
    if fix == RESEND and not _may_go_anew(session, practice, one):
        raise UsageError(
            "A claim was to be sent anew; no receipt says that it was turned away, and no "
            "remittance that it was not decided (MA130). Replace or void it instead, or it is "
            "billed twice."
        )
    if not number and fix != RESEND:
        raise UsageError(
            "A correction was asked for; the payer's own claim number is not known yet. Post the "
            "remittance, or copy the number from the payer's answer."
        )
    claim = _corrected(session, practice, one, fix, number)
    approval = Approval(who.name, who.user_id, clock.utc_now(), "correction")
    batches.add_batch(
        session, practice.practice_id, one.month, approval, claim.fingerprint, [claim]
    )
    today = today_of(practice)
    batches.mark(session, [one.id], ended_on=today, payer_claim_id=number)
    if fix == RESEND:
        rework.settle(session, practice.practice_id, [one.claim_id], "resent")
    access_log.record(session, who, "approve", "claim", claim.claim_id, reason=fix)
    return claim.claim_id


def _may_go_anew(session: Session, practice: Practice, one: KeptClaim) -> bool:
    """Whether nobody decided on the claim: then it is no correction of anything."""
    known = answers.undecided(session, practice.practice_id, [one.claim_id])
    return one.receipt == REJECTED or one.claim_id in known


def _sent_claim(session: Session, practice: Practice, claim_id: str) -> KeptClaim:
    base = claim_id.partition("-")[0]
    versions = batches.claims_of(session, practice.practice_id, base_ids=[base])
    found = next((one for one in versions if one.claim_id == claim_id), None)
    if found is None or found.status != SENT:
        raise UsageError("A correction was asked for; this claim was not sent from here.")
    if any(one.version_number > found.version_number for one in versions):
        raise UsageError("A correction was asked for; a newer version of this claim exists.")
    return found


def _payers_number(session: Session, practice: Practice, claim_id: str) -> str:
    """The payer's number of the answer that stands; a copy that it denied has another one."""
    every = postings.read(session, practice.practice_id, [claim_id])
    stands = [one for found in ledger.standings(every).values() for one in found.latest]
    numbers = [one.payer_claim_id for one in stands if one.payer_claim_id]
    return numbers[-1] if numbers else answers.payer_number(session, practice.practice_id, claim_id)


def _corrected(
    session: Session, practice: Practice, one: KeptClaim, fix: str, number: str
) -> PlannedClaim:
    version = one.version_number + 1
    if fix == VOID:
        content = batches.contents(session, [one.id])[one.id]
        old = PlannedClaim(
            content, one.patient_id, one.month, one.allowed_usd, None, None, one.policy,
            one.tables_version,
        )  # fmt: skip
        return planned_claims.void(old, number, version)
    if fix not in (REPLACE, RESEND):
        raise UsageError(f"{fix!r} is no correction; there are {REPLACE}, {VOID} and {RESEND}.")
    refresh(session, practice.practice_id, one.month, [one.patient_id])
    now = {r.patient_id: r for r in months.results(session, practice.practice_id, one.month)}
    should = _proper(session, practice, one.month, [one], now).get(one.patient_id)
    if not isinstance(should, PlannedClaim):
        raise UsageError(f"A new claim was asked for. {should or ''} Void the claim instead.")
    if fix == RESEND:
        return planned_claims.again(should, version)
    return planned_claims.replacement(should, number, version)


def waiting(session: Session, practice: Practice, month: Month) -> list[KeptClaim]:
    """Corrections of a month that were approved and have not left."""
    kept = batches.claims_of(session, practice.practice_id, month)
    return [one for one in kept if one.status == "planned" and one.version_number]


def cancel(session: Session, who: Identity, practice: Practice, claim_id: str) -> None:
    """Take back a correction that has not left; the claim that was sent stands again.

    Raises: PermissionDenied, UsageError.
    """
    require(who, "pre_flight", "approve")
    turns.of_claims(session)
    base = claim_id.partition("-")[0]
    versions = batches.claims_of(session, practice.practice_id, base_ids=[base])
    found = next((one for one in versions if one.claim_id == claim_id), None)
    if found is None or found.status != "planned" or not found.version_number:
        raise UsageError(
            "A correction was to be taken back; no correction of this number waits to be sent. "
            "What has left can only be corrected again."
        )
    batches.withdraw(session, practice.practice_id, [found])
    batches.drop_empty(session, found.batch_id)
    earlier = max(
        (one for one in versions if one.version_number < found.version_number),
        key=lambda one: one.version_number,
    )
    batches.mark(session, [earlier.id], ended_on=None)
    if earlier.receipt == REJECTED:
        rework.reopen(session, practice.practice_id, [earlier.claim_id])
    sync_refunds(session, practice)
    access_log.record(session, who, "cancel", "claim", claim_id)
