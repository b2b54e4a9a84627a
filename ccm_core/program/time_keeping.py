"""What timers and entries by hand share: who works, the closed month, writing, refreshing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.program import panel, time_checks
from ccm_core.program.following_up import audit_again
from ccm_core.program.time_checks import Draft
from ccm_core.records import Patient, Practice, Staff, TimeEntry
from ccm_core.store import reading, turns
from ccm_core.store.access_log import record
from ccm_core.store.claiming import months as closes
from ccm_core.store.results import refresh
from ccm_core.store.timing import entries, timers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlmodel import Session

PAGE = "log_time"


def practice_of(session: Session) -> Practice:
    """The practice. Raises: UsageError."""
    found = reading.practice(session)
    if found is None:
        raise UsageError("Time was to be logged; the database does not hold the practice.")
    return found


def person(session: Session, practice: Practice, staff_id: str) -> Staff:
    """A member of the care team who works here now. Raises: UsageError."""
    team = reading.staff(session, practice.practice_id)
    found = next((one for one in team if one.staff_id == staff_id), None) if staff_id else None
    if found is None:
        raise UsageError(
            "Time belongs to a member of the care team; your account is not linked to one. Ask an "
            "administrator to link it (page People)."
        )
    if not found.is_active:
        raise UsageError("This member of the care team is marked as not working here any more.")
    return found


def patient_of(session: Session, who: Identity, patient_id: str) -> Patient:
    """The patient, if this person may log time with them. Raises: UsageError, PermissionDenied."""
    require(who, PAGE, "identify")
    found = reading.patient(session, patient_id)
    if found is None:
        raise UsageError("Time was to be logged with a patient who is not there; search again.")
    panel.require(who, found)
    return found


def made(draft: Draft, worker: Staff, started_at: datetime, seconds: int) -> TimeEntry:
    """A new entry from what was said and who worked."""
    return TimeEntry(
        entry_id=f"t-{uuid4().hex}", patient_id=draft.patient_id, started_at=started_at,
        seconds=seconds, actor=worker.actor, staff_id=worker.staff_id, activity=draft.activity,
        face_to_face=draft.face_to_face, outside_us=worker.outside_us, note=draft.note.strip(),
        is_contact=draft.is_contact, recorded_at=time_checks.whole_now(),
        late_reason=draft.late_reason.strip(),
    )  # fmt: skip


def for_second(entry: TimeEntry, second: Staff, first: Staff) -> TimeEntry:
    """The same stretch for the second person; the audit counts the time once."""
    return replace(
        entry, entry_id=f"t-{uuid4().hex}", staff_id=second.staff_id, actor=second.actor,
        outside_us=second.outside_us, note=f"{entry.note} (together with {first.name})",
    )  # fmt: skip


def write(session: Session, who: Identity, practice: Practice, new: Iterable[TimeEntry]) -> None:
    """Keep entries, put each on record, and work out the touched months again."""
    kept = list(new)
    for entry in kept:
        entries.add_entry(session, practice.practice_id, entry, who.user_id)
        record(session, who, "log_time", "time_entry", entry.entry_id)
    recount(session, who, practice, kept)


def recount(session: Session, who: Identity, practice: Practice, of: Iterable[TimeEntry]) -> None:
    """Audit the patient-months that entries lie in, so that every page shows them at once."""
    touched: dict[Month, set[str]] = {}
    for entry in of:
        for month in time_checks.months_of(practice, entry):
            touched.setdefault(month, set()).add(entry.patient_id)
    for month, patient_ids in touched.items():
        refresh(session, practice.practice_id, month, sorted(patient_ids), user_id=who.user_id)
    if touched:
        # A late entry may move a patient's first day of service, on which later months rest.
        late = sorted({one for ids in touched.values() for one in ids})
        since = max(touched).following
        audit_again(session, practice.practice_id, since, late, user_id=who.user_id)


def guard_closed(
    session: Session, practice: Practice, entry: TimeEntry, *, is_amendment: bool, reason: str
) -> bool:
    """Whether a change amends a closed month; it must then be meant so and say why.

    Nobody closes one before the change is stored. Raises: UsageError.
    """
    turns.beside_close(session)
    shut = [
        month for month in sorted(time_checks.months_of(practice, entry))
        if closes.closed(session, practice.practice_id, month) is not None
    ]  # fmt: skip
    if not shut:
        return False
    if not is_amendment:
        raise UsageError(
            f"{shut[0]} is closed. Nothing in it changes unless you mark the change as an "
            "amendment; it is then kept and shown as a difference."
        )
    if not reason.strip():
        raise UsageError(f"{shut[0]} is closed; an amendment of it needs a written reason.")
    return True


def refuse_shared(
    session: Session, practice: Practice, entry: TimeEntry, whose: str = "You have"
) -> None:
    """Refuse time that this person spent otherwise, by an entry or by the open timer.

    Raises: UsageError.
    """
    turns.of_time(session)
    shared = entries.overlapping(
        session, practice.practice_id, entry.staff_id, entry.started_at, entry.seconds,
        but=entry.entry_id,
    )  # fmt: skip
    time_checks.refuse_overlap(shared, entry.patient_id, whose)
    timer = timers.open_timer(session, practice.practice_id, entry.staff_id)
    now = time_checks.whole_now()
    for one in timer.stretches if timer else ():
        if one.started_at < entry.ended_at and entry.started_at < (one.ended_at or now):
            raise UsageError(f"{whose} a timer that is open and covers a part of that time.")
