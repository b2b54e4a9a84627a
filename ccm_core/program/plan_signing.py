"""What happens to a saved care plan: a copy is given, it is gone over, it is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import Conflict, UsageError
from ccm_core.months import utc_now
from ccm_core.program.care_planning import PAGE, PlanVersion, audit_plan, plans
from ccm_core.program.enrolling import check_past, practice_of
from ccm_core.store import editing, reading
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write
from ccm_core.store.schema import PlanVersionRow

if TYPE_CHECKING:
    from sqlmodel import Session

WAYS_GIVEN = ("printed", "mailed", "portal", "email", "read out and mailed")


@dataclass(frozen=True, slots=True)
class PlanRef:
    """A version of a plan as a form showed it."""

    patient_id: str
    plan_id: str
    version: int
    sha256: str


def ref(patient_id: str, shown: PlanVersion) -> PlanRef:
    """What travels with the forms below a plan."""
    return PlanRef(patient_id, shown.plan_id, shown.row_version, shown.sha256)


def give_copy(
    session: Session, who: Identity, plan: PlanRef, on: date, how: str, today: date
) -> None:
    """Record the day on which the patient or caregiver got the plan, and how.

    Raises: PermissionDenied, UsageError, Conflict.
    """
    shown = _changing(session, who, plan, today)
    check_past(on, today, "A copy")
    if how not in WAYS_GIVEN or on < shown.saved_on:
        raise UsageError("A copy needs a way, and a day not before the plan was saved.")
    _set(session, plan, shown, {"copy_given_how": how}, {"copy_given_on": on})
    record(session, who, "give_plan", "care_plan", plan.plan_id, reason=how)
    audit_plan(session, who, plan.patient_id, on)


def review(session: Session, who: Identity, plan: PlanRef, on: date, today: date) -> None:
    """Record that the plan was gone over and stays as it is.

    Raises: PermissionDenied, UsageError, Conflict.
    """
    shown = _changing(session, who, plan, today)
    check_past(on, today, "A review")
    if on < shown.saved_on:
        raise UsageError("A review lies before the plan was saved; correct the day.")
    _set(session, plan, shown, {}, {"reviewed_on": on})
    record(session, who, "review_plan", "care_plan", plan.plan_id)
    audit_plan(session, who, plan.patient_id, on)


def own_practitioner(session: Session, who: Identity) -> records.Practitioner | None:
    """The practitioner behind this sign-in: the account is linked to an NPI or a staff record."""
    doctors = reading.practitioners(session)
    own = next((d for d in doctors if d.npi == who.staff_id), None)
    if own or not who.staff_id:
        return own
    person = next((p for p in reading.staff(session) if p.staff_id == who.staff_id), None)
    if person is None or person.actor != "practitioner":
        return None
    return next((d for d in doctors if d.name == person.name), None)


def sign(session: Session, who: Identity, plan: PlanRef, today: date) -> str:
    """Sign the words with this hash as the practitioner who is signed in; gives the name.

    Raises: PermissionDenied, UsageError, Conflict.
    """
    require(who, PAGE, "sign")
    signer = own_practitioner(session, who)
    if signer is None:
        raise UsageError(
            "Only a practitioner signs, and this sign-in is not linked to one. Record a "
            "signature on paper instead, or let an administrator link the account."
        )
    return _signed(session, who, plan, signer, "electronic", today, today)


def record_paper_signature(
    session: Session, who: Identity, plan: PlanRef, npi: str, on: date, today: date
) -> str:
    """Record that the practitioner signed the printed plan with this hash; gives the name.

    Raises: PermissionDenied, UsageError, Conflict.
    """
    check_past(on, today, "A signature")
    signer = next((d for d in reading.practitioners(session) if d.npi == npi), None)
    if signer is None:
        raise UsageError("A signature needs a practitioner of this practice; choose one.")
    return _signed(session, who, plan, signer, "paper", on, today)


def _signed(
    session: Session, who: Identity, plan: PlanRef, signer: records.Practitioner, way: str,
    on: date, today: date,
) -> str:  # fmt: skip
    shown = _changing(session, who, plan, today)
    if on < shown.saved_on:
        raise UsageError("The signature lies before the plan was saved; correct the day.")
    if shown.sha256 != plan.sha256 or not shown.is_intact:
        raise Conflict("The words of the plan are not the ones that were shown; open it again.")
    if shown.signed_name:
        raise UsageError("This version is signed already; a change makes a new version.")
    name = ", ".join(part for part in (signer.name, signer.credential) if part)
    values = {
        "signed_npi": signer.npi, "signed_name": name, "signed_at": utc_now(),
        "signed_sha256": plan.sha256, "signed_way": way, "recorded_by": who.user_id,
    }  # fmt: skip
    _set(session, plan, shown, values, {"signed_by": name, "signed_on": on})
    said = f"{way} {signer.npi} {plan.sha256}"
    record(session, who, "sign_plan", "care_plan", plan.plan_id, reason=said)
    audit_plan(session, who, plan.patient_id, on)
    return name


def _changing(session: Session, who: Identity, plan: PlanRef, today: date) -> PlanVersion:
    require(who, PAGE, "edit")
    begin_write(session)
    known = plans(session, who, plan.patient_id, today).versions
    found = next((p for p in known if p.plan_id == plan.plan_id), None)
    if found is None:
        raise UsageError("A version of the plan was asked for that is not there; open it again.")
    return found


def _set(
    session: Session, plan: PlanRef, shown: PlanVersion, values: dict[str, Any],
    plan_values: dict[str, Any],
) -> None:  # fmt: skip
    """Change the version row and its record together, if the version is the one shown."""
    editing.update_checked(session, PlanVersionRow, shown.row_id, plan.version, values)
    practice_id = practice_of(session).practice_id
    row = editing.shown(session, records.CarePlan, practice_id, plan_id=plan.plan_id)
    editing.update_checked(session, records.CarePlan, row.id, row.version, plan_values)
