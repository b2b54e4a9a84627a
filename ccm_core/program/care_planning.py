"""Care plans: each save is a new version, and the record that the rules judge follows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import Conflict, UsageError
from ccm_core.months import Month
from ccm_core.program.chart import seen
from ccm_core.program.enrolling import check_words, practice_of
from ccm_core.program.following_up import audit_again
from ccm_core.program.plan_content import (
    PlanContent,
    as_json,
    check,
    content_sha256,
    from_json,
)
from ccm_core.program.plan_templates import draft
from ccm_core.store import caring, reading, writing
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "patient"


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version as it was saved, with what happened to it since."""

    row_id: int
    row_version: int
    plan_id: str
    number: int
    content: PlanContent
    sha256: str
    is_intact: bool
    """False when content and hash do not agree: somebody changed the row outside."""
    saved_on: date
    saved_by: str
    why: str
    copy_given_on: date | None
    copy_given_how: str
    reviewed_on: date | None
    signed_name: str
    signed_at: datetime | None
    signed_way: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans of one patient, newest first, and a draft to begin with."""

    versions: tuple[PlanVersion, ...]
    draft: PlanContent
    conditions: tuple[records.Condition, ...]
    is_planned_elsewhere: bool = False
    """True when a plan that was not written here is on record, from an import for example."""

    @property
    def newest(self) -> PlanVersion | None:
        return self.versions[0] if self.versions else None

    @property
    def number(self) -> int:
        """The version that travels with the form; 0 before the first one."""
        return self.versions[0].number if self.versions else 0


def plans(session: Session, who: Identity, patient_id: str, today: date) -> Plans:
    """Every version of a patient's plan. Raises: PermissionDenied, UsageError."""
    patient = seen(session, who, patient_id)
    practice_id = practice_of(session).practice_id
    kept = {p.plan_id: p for p in reading.records_of(session, records.CarePlan, patient_id)}
    found = [
        _version(row, kept[row.plan_id])
        for row in caring.plan_versions(session, practice_id, patient_id)
        if row.plan_id in kept
    ]
    conditions = reading.records_of(session, records.Condition, patient_id, practice_id)
    names = {p.staff_id: p.name for p in reading.staff(session, practice_id)}
    return Plans(
        tuple(found), draft(conditions, today, names.get(patient.care_manager_id, "")), conditions,
        len(kept) > len(found),
    )  # fmt: skip


def _version(row: Any, plan: records.CarePlan) -> PlanVersion:
    digest = content_sha256(row.patient_id, row.number, row.content)
    return PlanVersion(
        row.id, row.version, row.plan_id, row.number, from_json(row.content), row.sha256,
        digest == row.sha256, row.saved_on, row.saved_by, row.why, plan.copy_given_on,
        row.copy_given_how, plan.reviewed_on, row.signed_name, row.signed_at, row.signed_way,
        row.recorded_by,
    )  # fmt: skip


def save_version(
    session: Session, who: Identity, patient_id: str, content: PlanContent, based_on: int,
    today: date, why: str = "",
) -> PlanVersion:  # fmt: skip
    """Keep the plan as a new version; it waits for signature and copy.

    Raises: PermissionDenied, UsageError, Conflict when a newer version than ``based_on`` is there.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    now = plans(session, who, patient_id, today)
    check(content)
    check_words(why)
    if now.number != based_on:
        raise Conflict(
            f"Version {now.number} of this care plan was saved since version {based_on} was "
            "shown. Look at both and decide."
        )
    if now.newest and as_json(now.newest.content) == as_json(content):
        raise UsageError("The plan says what its last version says; nothing was saved.")
    practice_id = practice_of(session).practice_id
    number = based_on + 1
    # Of two plans of one day the one with the later identifier is judged: it must be this one.
    plan_id = f"plan-{number:06d}-{uuid4().hex[:12]}"
    plan = _record_of(session, who, (patient_id, plan_id), content, today)
    stored = as_json(content)
    digest = content_sha256(patient_id, number, stored)
    caring.add_plan_version(
        session, practice_id, patient_id, plan_id=plan.plan_id, number=number, content=stored,
        sha256=digest, saved_by=who.staff_id or who.user_id, saved_on=today, why=why.strip(),
    )  # fmt: skip
    writing.save(session, practice_id, [plan])
    record(session, who, "save_plan", "care_plan", plan.plan_id, reason=f"{number} {digest[:12]}")
    audit_plan(session, who, patient_id, today)
    return plans(session, who, patient_id, today).versions[0]


def _record_of(
    session: Session, who: Identity, ids: tuple[str, str], content: PlanContent, today: date
) -> records.CarePlan:
    """The record that the rules judge."""
    staff = {p.staff_id: p for p in reading.staff(session)}
    doctors = {p.npi: p for p in reading.practitioners(session)}
    author = staff.get(who.staff_id) or doctors.get(who.staff_id)
    return records.CarePlan(
        patient_id=ids[0],
        plan_id=ids[1],
        created_on=today,
        reviewed_on=today,
        author_credential=author.credential if author else "",
        elements=content.elements,
        condition_codes=frozenset(p.code for p in content.problems if p.code),
        is_detailed=True,
    )


def audit_plan(session: Session, who: Identity, patient_id: str, on: date) -> None:
    """Judge the month of that day and the one before anew, and whatever follows."""
    practice_id = practice_of(session).practice_id
    audit_again(session, practice_id, Month.of(on).previous, [patient_id], user_id=who.user_id)
