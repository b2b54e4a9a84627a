"""Changes to the care team: add and edit people, assign panels, link accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ccm_core import letters
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.program.following_up import audit_again
from ccm_core.program.time_keeping import practice_of
from ccm_core.program.workload import PAGE
from ccm_core.records import ACTORS, Staff
from ccm_core.store import editing, reading, writing
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write
from ccm_core.store.queries import months_with_results
from ccm_core.store.queries.common import Only
from ccm_core.store.results import refresh
from ccm_core.store.team import accounts_of, link_account, patients_of, set_on_patients, versions_of

if TYPE_CHECKING:
    from sqlmodel import Session

MOST_HOURS = Decimal(168)
WORKING = ("clinical_staff", "practitioner", "non_clinical")
"""Kinds of people; the other actors of an entry are no people."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the form says about a person."""

    name: str
    credential: str = ""
    actor: str = "clinical_staff"
    outside_us: bool = False
    weekly_hours: Decimal | None = None
    is_active: bool = True


def shown(session: Session, who: Identity, staff_id: str) -> Any:
    """The row of a person with its version, as a form shows it. Raises: Conflict."""
    require(who, PAGE, "view")
    practice = practice_of(session)
    return editing.shown(session, Staff, practice.practice_id, staff_id=staff_id)


def add(session: Session, who: Identity, said: Said) -> str:
    """Add a person; gives the identifier. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "edit")
    _check(said)
    practice = practice_of(session)
    person = Staff(f"s-{uuid4().hex[:12]}", **_values(said))
    writing.save(session, practice.practice_id, [person])
    record(session, who, "add_staff", "staff", person.staff_id)
    return person.staff_id


def edit(session: Session, who: Identity, staff_id: str, version: int, said: Said) -> int:
    """Change a person if the version shown still stands; gives the new version.

    Raises: PermissionDenied, UsageError, Conflict when somebody else was faster.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    _check(said)
    row = shown(session, who, staff_id)
    new = editing.update_checked(session, Staff, row.id, version, _values(said))
    record(session, who, "edit_staff", "staff", staff_id)
    return new


def _values(said: Said) -> dict[str, Any]:
    return {
        "name": said.name.strip(), "credential": said.credential.strip(), "actor": said.actor,
        "outside_us": said.outside_us, "weekly_hours": said.weekly_hours,
        "is_active": said.is_active,
    }  # fmt: skip


def _check(said: Said) -> None:
    if letters.is_blank(said.name):
        raise UsageError("A member of the care team was given without a name; write one.")
    if hidden := letters.unseen(said.name.strip()):
        raise UsageError(f"{hidden}, which cannot be seen, stands in the name; type it anew.")
    if said.actor not in ACTORS or said.actor not in WORKING:
        raise UsageError(f"{said.actor!r} is no kind of person; there is {', '.join(WORKING)}.")
    if said.weekly_hours is not None and not 0 <= said.weekly_hours <= MOST_HOURS:
        raise UsageError(f"Weekly hours lie between 0 and {MOST_HOURS}.")


def on_panel(session: Session, who: Identity, only: Only) -> list[Any]:
    """Patients who can be assigned, by name, with their versions. Raises: PermissionDenied."""
    require(who, PAGE, "edit")
    require(who, "minutes", "identify")
    return patients_of(session, practice_of(session).practice_id, only)


def assign(
    session: Session, who: Identity, versions: dict[str, int], staff_id: str, month: Month
) -> int:
    """Put patients on a panel (or, with an empty text, on none); gives their number.

    All or nothing: if somebody else changed one of the patients since they were shown,
    nobody is moved. Raises: PermissionDenied, UsageError, Conflict.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    practice = practice_of(session)
    if not versions:
        raise UsageError("A panel was to be assigned without patients; choose at least one.")
    if staff_id and staff_id not in _active(session, practice.practice_id):
        raise UsageError("The panel was to be given to somebody who does not work here (now).")
    done = set_on_patients(session, practice.practice_id, versions, {"care_manager_id": staff_id})
    for patient_id in versions:
        record(session, who, "assign_panel", "patient", patient_id, reason=staff_id)
    refresh(session, practice.practice_id, month, sorted(versions), user_id=who.user_id)
    return done


def assign_practitioner(
    session: Session, who: Identity, versions: dict[str, int], npi: str, month: Month
) -> int:
    """Let another practitioner bill for these patients; gives their number, all or nothing.

    A consent that names the practitioner before has to be taken anew; the audit says so.
    Raises: PermissionDenied, UsageError, Conflict.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    practice = practice_of(session)
    if not versions:
        raise UsageError("A practitioner was to be set without patients; choose at least one.")
    if npi not in {one.npi for one in reading.practitioners(session, practice.practice_id)}:
        raise UsageError("Patients were to be given to a practitioner who is not here; choose one.")
    done = set_on_patients(session, practice.practice_id, versions, {"practitioner_npi": npi})
    for patient_id in versions:
        record(session, who, "assign_practitioner", "patient", patient_id, reason=npi)
    refresh(session, practice.practice_id, month, sorted(versions), user_id=who.user_id)
    for known in months_with_results(session, practice.practice_id)[:1]:
        audit_again(session, practice.practice_id, known, sorted(versions), user_id=who.user_id)
    return done


def versions_shown(session: Session, who: Identity, patient_ids: Sequence[str]) -> dict[str, int]:
    """Versions of the patients of a list, for a form about many. Raises: PermissionDenied."""
    require(who, PAGE, "edit")
    require(who, "minutes", "identify")
    return versions_of(session, practice_of(session).practice_id, patient_ids)


def _active(session: Session, practice_id: str) -> Collection[str]:
    return {one.staff_id for one in reading.staff(session, practice_id) if one.is_active}


def link(session: Session, who: Identity, user_id: str, staff_id: str) -> None:
    """Say which person an account belongs to; only who manages accounts may.

    A practitioner who logs no time is named by the NPI: such an account signs care plans.
    Raises: PermissionDenied, UsageError (no such person, or linked to another account).
    """
    require(who, "users", "manage")
    begin_write(session)
    practice = practice_of(session)
    known = {one.staff_id for one in reading.staff(session, practice.practice_id)}
    known |= {one.npi for one in reading.practitioners(session, practice.practice_id)}
    if staff_id and staff_id not in known:
        raise UsageError("An account was to be linked to somebody who is not on the team.")
    taken = {row.staff_id for row in accounts_of(session) if row.user_id != user_id}
    if staff_id and staff_id in taken:
        raise UsageError("This person has an account already; take it off that one first.")
    link_account(session, user_id, staff_id)
    record(session, who, "link_staff", "user_account", user_id, reason=staff_id)


def accounts(session: Session, who: Identity) -> list[Any]:
    """Accounts with the person they belong to. Raises: PermissionDenied."""
    require(who, "users", "manage")
    return accounts_of(session)
