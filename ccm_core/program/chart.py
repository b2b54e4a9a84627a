"""One patient's whole story, opened by one person: the panel is checked, the look is on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require as require_action
from ccm_core.audit import policy_of
from ccm_core.cases import Case
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.minutes import CountedEntry, count
from ccm_core.months import Month
from ccm_core.program import panel
from ccm_core.store import caring, db, reading
from ccm_core.store.access_log import record
from ccm_core.store.queries import Event, Found, findings_of, patient_story, result_of
from ccm_core.store.queries.story import newest_first

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "patient"


@dataclass(frozen=True, slots=True)
class Chart:
    """What the patient page shows of one month, and of all time."""

    patient: records.Patient
    month: Month
    conditions: tuple[records.Condition, ...]
    consents: tuple[records.Consent, ...]
    care_plans: tuple[records.CarePlan, ...]
    payers: tuple[records.Payer, ...]
    claims: tuple[records.ClaimLine, ...]
    story: tuple[Event, ...]
    entries: tuple[CountedEntry, ...]
    """Time entries of the month: what counted, what did not, and why."""
    result: Any
    """The row of the last audit, or None."""
    findings: tuple[Found, ...]

    @property
    def consent(self) -> records.Consent | None:
        """The newest consent that was not revoked before the month."""
        held = [
            c for c in self.consents
            if c.given_on <= self.month.last_day
            and (c.revoked_on is None or c.revoked_on >= self.month.first_day)
        ]  # fmt: skip
        return max(held, key=lambda c: c.given_on, default=None)

    @property
    def care_plan(self) -> records.CarePlan | None:
        """The newest care plan that had not ended before the month."""
        held = (
            p for p in self.care_plans
            if p.ended_on is None or p.ended_on >= self.month.first_day
        )  # fmt: skip
        return max(held, key=lambda p: (p.created_on, p.plan_id), default=None)

    @property
    def payer(self) -> records.Payer | None:
        """The primary coverage of the month."""
        held = [
            p for p in self.payers
            if (p.from_on is None or p.from_on <= self.month.last_day)
            and (p.to_on is None or p.to_on >= self.month.first_day)
        ]  # fmt: skip
        return next((p for p in held if p.is_primary), held[0] if held else None)


def seen(session: Session, who: Identity, patient_id: str) -> records.Patient:
    """The patient, if this person may see who it is.

    Raises:
        PermissionDenied: the role or the panel does not include the patient.
        UsageError: there is no such patient.
    """
    require_action(who, PAGE, "identify")
    found = reading.patient(session, patient_id)
    if found is None:
        raise UsageError("A patient was asked for who is not in the practice. Search by name.")
    panel.require(who, found)
    return found


def open_chart(
    session: Session, who: Identity, patient_id: str, month: Month, *, is_again: bool = False
) -> Chart:
    """Read the chart; unless it is merely drawn again, the access log says who looked.

    Raises:
        PermissionDenied: the role or the panel does not include the patient.
        UsageError: there is no such patient.
    """
    patient = seen(session, who, patient_id)
    if not is_again:
        record(session, who, "view", "patient", patient_id)
    practice = reading.practice(session)
    if practice is None:
        raise UsageError("A patient was asked for; the database does not hold the practice.")
    practice_id = practice.practice_id

    def all_of(kind: Any) -> tuple[Any, ...]:
        return reading.records_of(session, kind, patient_id, practice_id)

    case = next(reading.cases(session, practice_id, month, [patient_id]), None)
    return Chart(
        patient=patient,
        month=month,
        conditions=all_of(records.Condition),
        consents=all_of(records.Consent),
        care_plans=all_of(records.CarePlan),
        payers=all_of(records.Payer),
        claims=all_of(records.ClaimLine),
        story=_story(session, practice_id, patient_id),
        entries=_counted(case),
        result=result_of(session, practice_id, patient_id, month),
        findings=tuple(findings_of(session, practice_id, patient_id, month)),
    )


def _story(session: Session, practice_id: str, patient_id: str) -> tuple[Event, ...]:
    """Everything that happened, attempts to reach the patient among it, newest first."""
    events = patient_story(session, practice_id, patient_id)
    for row in caring.outreach_of(session, practice_id, patient_id):
        said = f"{row.way}: {row.outcome.replace('_', ' ')}"
        events.append(Event(row.made_on, None, "outreach", said, row.note, f"outreach-{row.id}"))
    return tuple(sorted(events, key=newest_first))


def look_at(who: Identity, patient_id: str, month: Month, *, is_again: bool = False) -> Chart:
    """Open the chart in a transaction of its own; a refusal is on record too.

    Raises:
        PermissionDenied: the role or the panel does not include the patient.
        UsageError: there is no such patient.
    """
    try:
        with db.session(write=not is_again) as session:
            return open_chart(session, who, patient_id, month, is_again=is_again)
    except PermissionDenied:
        with db.session(write=True) as session:
            record(session, who, "refused", "patient", patient_id, "denied", "view")
        raise


def _counted(case: Case | None) -> tuple[CountedEntry, ...]:
    return count(case, policy_of(case)).entries if case else ()
