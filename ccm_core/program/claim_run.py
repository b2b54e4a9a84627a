"""The claim run: make a month's batch, see what changed, close the month."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ccm_core import months as clock
from ccm_core import working
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.claims.batch import build
from ccm_core.claims.planned import Batch, BillingTerms, PlannedClaim, Skipped, billed_part
from ccm_core.collector import collector_paused
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.program import billing_settings
from ccm_core.program.claim_sources import bill_to
from ccm_core.program.rework_desk import today_of
from ccm_core.program.time_checks import day_of
from ccm_core.records import Practice
from ccm_core.store import access_log, reading, turns, writing
from ccm_core.store.claiming import basis, batches, months
from ccm_core.store.claiming.batches import Approval, KeptClaim
from ccm_core.store.claiming.months import Closed, MonthResult
from ccm_core.store.results import keep_claimed, refresh

if TYPE_CHECKING:
    from sqlmodel import Session

ZERO = Decimal(0)
ELSEWHERE = "billed_elsewhere"


@dataclass(frozen=True, slots=True)
class Made:
    """What a claim run did."""

    month: Month
    batch_id: int | None
    """None when nothing was new or renewed."""
    new: int = 0
    renewed: int = 0
    same: int = 0
    withdrawn: int = 0
    to_correct: tuple[str, ...] = ()
    """Claims that left and would now look different: replace or void them."""
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()
    charge_usd: Decimal = ZERO
    allowed_usd: Decimal = ZERO
    totals: dict[str, int] = field(default_factory=dict)
    """Skipped patient-months by reason."""


def make(session: Session, who: Identity, practice: Practice, month: Month) -> Made:
    """Make and approve the batch of a month, by this person's name.

    Raises: PermissionDenied, UsageError (closed month, settings incomplete).
    """
    require(who, "pre_flight", "approve")
    return make_as(session, practice, month, Approval(who.name, who.user_id, clock.utc_now()), who)


@collector_paused()
def make_as(
    session: Session, practice: Practice, month: Month, approval: Approval,
    actor: access_log.Actor | None = None,
) -> Made:  # fmt: skip
    """The same for a caller that answers for the name itself (the command line)."""
    if not approval.approved_by.strip():
        raise UsageError("A batch was asked for without a name; say who approves it.")
    turns.of_claims(session)
    refuse_closed(session, practice, month)
    terms = billing_settings.terms(practice, billing_settings.complete(session, practice))
    refresh(session, practice.practice_id, month)
    withdrawn = _withdraw(session, practice, month)
    working.tell("Planning the claims")
    planned, skipped = plan(session, practice, month, terms)
    working.tell("Storing the claims")
    made = _store(session, practice, month, approval, planned)
    access_log.record(
        session, actor, "approve", "claims", str(month), reason=f"by {approval.approved_by}"
    )
    reasons: dict[str, int] = {}
    for one in (*planned.skipped, *skipped):
        reasons[one.reason] = reasons.get(one.reason, 0) + 1
    return replace(made, withdrawn=withdrawn, skipped=(*planned.skipped, *skipped), totals=reasons)


def refuse_closed(session: Session, practice: Practice, month: Month) -> None:
    """Raises: UsageError when the month is closed."""
    found = months.closed(session, practice.practice_id, month)
    if found is not None:
        raise UsageError(
            f"Claims of {month} were asked for; the month was closed on "
            f"{day_of(practice, found.closed_at)}. Correct single claims instead."
        )


def _withdraw(session: Session, practice: Practice, month: Month) -> int:
    """Take back claims that have not left and that the audit would no longer make so."""
    kept = [
        one for one in batches.claims_of(session, practice.practice_id, month)
        if one.status == "planned" and not one.version_number
    ]  # fmt: skip
    if not kept:
        return 0
    now = {r.patient_id: r for r in months.results(session, practice.practice_id, month)}
    wrong = [one for one in kept if not _still(now.get(one.patient_id))]
    done = batches.withdraw(session, practice.practice_id, wrong)
    if done:
        ids = sorted({one.patient_id for one in wrong})
        refresh(session, practice.practice_id, month, ids)
    return done


def _still(result: MonthResult | None) -> bool:
    """Whether the month is clean and plans what its minutes earn."""
    if result is None or result.status != "clean":
        return False
    return dict(result.planned_units) == dict(result.earned_units)


def plan(
    session: Session, practice: Practice, month: Month, terms: BillingTerms,
    patient_ids: Collection[str] | None = None,
) -> tuple[Batch, list[Skipped]]:  # fmt: skip
    """The claims of a month as they would be now, and months billed by another way."""
    practice_id = practice.practice_id
    found = months.results(session, practice_id, month, patient_ids)
    ours = batches.claims_of(session, practice_id, month)
    elsewhere = _elsewhere(months.standing(session, practice_id, month), ours)
    mine = [one for one in found if one.patient_id not in elsewhere]
    existing = {one.base_id: _known(one) for one in _latest(ours)}
    made = build(mine, bill_to(session, practice, month, mine), terms, existing=existing)
    told = [
        Skipped(one.patient_id, one.month, ELSEWHERE, "A claim made elsewhere bills this month.")
        for one in found if one.patient_id in elsewhere
    ]  # fmt: skip
    return made, told


def _known(one: KeptClaim) -> str:
    """What must be the same: all of a claim that waits, the bill of one that left."""
    return one.fingerprint if one.status == "planned" else billed_part(one.fingerprint)


def _elsewhere(standing: dict[str, set[str]], ours: Iterable[KeptClaim]) -> set[str]:
    known = {one.claim_id for one in ours}
    return {patient_id for patient_id, ids in standing.items() if ids - known}


def _latest(ours: Iterable[KeptClaim]) -> list[KeptClaim]:
    """The last version of each claim."""
    last: dict[str, KeptClaim] = {}
    for one in sorted(ours, key=lambda c: c.version_number):
        last[one.base_id] = one
    return list(last.values())


def _store(
    session: Session, practice: Practice, month: Month, approval: Approval, made: Batch
) -> Made:
    """Write new claims and renew those that have not left."""
    practice_id = practice.practice_id
    kept = {one.base_id: one for one in batches.claims_of(session, practice_id, month)}
    open_ids = {
        base: one.id for base, one in kept.items()
        if one.status == "planned" and not one.version_number
    }  # fmt: skip
    renewed = {open_ids[c.claim_id]: c for c in made.changed if c.claim_id in open_ids}
    to_correct = tuple(c.claim_id for c in made.changed if c.claim_id not in open_ids)
    batch_id = None
    if made.claims:
        batch_id = batches.add_batch(
            session, practice_id, month, approval, made.digest, made.claims
        )
    elif renewed:
        batch_id = next(one.batch_id for one in kept.values() if one.id in renewed)
    if batch_id is not None:
        batches.renew(session, renewed, batch_id)
    written = [*made.claims, *renewed.values()]
    today = day_of(practice, approval.made_at)
    lines = {one.claim_id: one.lines(today) for one in written}
    writing.save(session, practice_id, [line for some in lines.values() for line in some])
    new = {one.claim_id for one in made.claims}
    keep_claimed(
        session, practice, month, [ln for key, some in lines.items() if key in new for ln in some]
    )
    basis.note(session, practice_id, month, lines, settings_mark(session, practice))
    return Made(
        month, batch_id, len(made.claims), len(renewed), len(made.same), 0, to_correct,
        warnings=_warnings(written),
        charge_usd=sum((c.claim.charge_usd for c in written), ZERO),
        allowed_usd=sum((c.allowed_usd or ZERO for c in written), ZERO),
    )  # fmt: skip


def settings_mark(session: Session, practice: Practice) -> str:
    """Changes with whatever a claim is made from beside its case: settings and practitioners."""
    settings, _ = billing_settings.read(session, practice)
    people = sorted(reading.practitioners(session, practice.practice_id), key=lambda one: one.npi)
    return hashlib.sha256(repr((settings, people)).encode()).hexdigest()[:16]


def _warnings(written: Iterable[PlannedClaim]) -> tuple[str, ...]:
    """Each warning once, with the number of claims that it is about."""
    counted: dict[str, int] = {}
    for one in written:
        for said in one.problems:
            counted[said] = counted.get(said, 0) + 1
    return tuple(f"{said} ({number} claims)" for said, number in sorted(counted.items()))


def close(session: Session, who: Identity, practice: Practice, month: Month) -> Closed:
    """Close a month: its batches are frozen with the versions they were made with.

    Raises: PermissionDenied, UsageError (already closed, approved claims not sent).
    """
    require(who, "pre_flight", "approve")
    turns.of_close(session)
    refuse_closed(session, practice, month)
    if month >= Month.of(today_of(practice)):
        raise UsageError(f"{month} was to be closed; it is not over yet.")
    run = refresh(session, practice.practice_id, month)
    kept = batches.claims_of(session, practice.practice_id, month)
    waiting = sum(one.status == "planned" for one in kept)
    if waiting:
        raise UsageError(
            f"{month} was to be closed; {waiting} approved claims have not been written to a "
            "file. Export them, or take their approval back by running the batch again."
        )
    totals = _totals(kept) | {"clean": run.clean, "review": run.review, "blocked": run.blocked}
    what = Closed(month, clock.utc_now(), who.name, run.policy, run.tables_version, totals)
    months.close(session, practice.practice_id, what)
    access_log.record(session, who, "close", "month", str(month))
    return what


def _totals(kept: list[KeptClaim]) -> dict[str, Any]:
    return {
        "claims": len(kept),
        "charge_usd": str(sum((one.charge_usd for one in kept), ZERO)),
        "allowed_usd": str(sum((one.allowed_usd or ZERO for one in kept), ZERO)),
        "fingerprints": {one.claim_id: one.fingerprint for one in kept},
    }
