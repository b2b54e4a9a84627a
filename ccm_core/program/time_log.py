"""Time entries by hand, corrections, withdrawals and the word of a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import can, require
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.months import day_start, time_zone
from ccm_core.program import panel, time_checks
from ccm_core.program import time_keeping as keeping
from ccm_core.program.time_checks import Draft
from ccm_core.program.time_keeping import PAGE
from ccm_core.records import Practice, TimeEntry
from ccm_core.store import editing, reading
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write
from ccm_core.store.timing import entries
from ccm_core.store.timing.entries import Kept

if TYPE_CHECKING:
    from sqlmodel import Session

APPROVED = "Approved by a second person."


@dataclass(frozen=True, slots=True)
class Change:
    """What a correction puts in the place of an entry; ``version`` is the one that was shown."""

    entry_id: str
    version: int
    started_at: datetime
    seconds: int
    activity: str
    note: str
    is_contact: bool
    face_to_face: bool
    reason: str
    is_amendment: bool = False
    is_start_known: bool = True
    """False: nobody knows the time of day; ``started_at`` is noon and stands for the day."""


def log(
    session: Session, who: Identity, draft: Draft, started_at: datetime, seconds: int
) -> tuple[TimeEntry, ...]:
    """Keep time that was worked without the timer; gives the entries, two for two people.

    Raises: PermissionDenied, UsageError (future, overlap, vague note, late without reason,
    closed month).
    """
    require(who, PAGE, "edit")
    begin_write(session)
    practice = keeping.practice_of(session)
    worker = keeping.person(session, practice, who.staff_id)
    keeping.patient_of(session, who, draft.patient_id)
    now = time_checks.whole_now()
    policy = time_checks.policy_on(practice, time_checks.day_of(practice, started_at))
    time_checks.check_draft(draft, policy)
    time_checks.check_span(started_at, seconds, now)
    first = keeping.made(draft, worker, started_at, seconds)
    time_checks.check_late(first, policy, now)
    keeping.guard_closed(
        session, practice, first, is_amendment=draft.is_amendment, reason=draft.late_reason
    )
    keeping.refuse_shared(session, practice, first)
    new = [first]
    if draft.with_staff_id:
        if draft.with_staff_id == who.staff_id:
            raise UsageError("The second person is yourself; choose somebody else or nobody.")
        second = keeping.person(session, practice, draft.with_staff_id)
        new.append(keeping.for_second(first, second, worker))
        keeping.refuse_shared(session, practice, new[1], f"{second.name} has")
    keeping.write(session, who, practice, new)
    return tuple(new)


def shown(session: Session, who: Identity, entry_id: str) -> Kept:
    """An entry with its version, as a form shows it. Raises: PermissionDenied, Conflict."""
    require(who, PAGE, "identify")
    practice = keeping.practice_of(session)
    found = entries.kept(session, practice.practice_id, entry_id)
    if found is None:
        raise Conflict("This time entry is not there any more; somebody withdrew it.")
    keeping.patient_of(session, who, found.entry.patient_id)
    return found


def may_change(who: Identity, entry: TimeEntry) -> bool:
    """Whether this person may correct an entry: its author, or who answers for the team."""
    is_author = bool(who.staff_id) and entry.staff_id == who.staff_id
    return can(who, PAGE, "edit") and (is_author or can(who, PAGE, "approve"))


def correct(session: Session, who: Identity, change: Change) -> int:
    """Put a new version in the place of the one shown; an approval of the old one ends.

    Raises: PermissionDenied, UsageError, Conflict when somebody else was faster.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    practice = keeping.practice_of(session)
    old = _changeable(session, who, change.entry_id)
    new = _corrected(old.entry, change)
    now = time_checks.whole_now()
    policy = time_checks.policy_on(practice, time_checks.day_of(practice, new.started_at))
    draft = Draft(new.patient_id, new.activity, new.note)
    time_checks.check_draft(draft, policy)
    time_checks.check_entry(practice, new, now)
    amends = [
        keeping.guard_closed(
            session, practice, entry, is_amendment=change.is_amendment, reason=change.reason
        )
        for entry in (old.entry, new)
    ]
    if new.is_start_known and _when(new) != _when(old.entry):
        keeping.refuse_shared(session, practice, new, "There is")
    version = editing.correct_entry(
        session, practice.practice_id, new, change.version,
        corrected_by=who.user_id, reason=change.reason,
    )  # fmt: skip
    _on_record(session, who, "correct_time", change.entry_id, any(amends))
    keeping.recount(session, who, practice, (old.entry, new))
    return version


def _when(entry: TimeEntry) -> tuple[datetime, int, bool]:
    return entry.started_at, entry.seconds, entry.is_start_known


def _corrected(old: TimeEntry, change: Change) -> TimeEntry:
    return replace(
        old, started_at=change.started_at, seconds=change.seconds, activity=change.activity,
        note=change.note.strip(), is_contact=change.is_contact, face_to_face=change.face_to_face,
        approved_by="", is_start_known=change.is_start_known,
    )  # fmt: skip


def withdraw(
    session: Session, who: Identity, entry_id: str, version: int, reason: str, *,
    is_amendment: bool = False,
) -> None:  # fmt: skip
    """Take an entry out; every version of it stays readable.

    Raises: PermissionDenied, UsageError, Conflict when somebody else was faster.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    practice = keeping.practice_of(session)
    old = _changeable(session, who, entry_id)
    amends = keeping.guard_closed(
        session, practice, old.entry, is_amendment=is_amendment, reason=reason
    )
    editing.withdraw_entry(
        session, practice.practice_id, entry_id, version, withdrawn_by=who.user_id, reason=reason
    )
    _on_record(session, who, "withdraw_time", entry_id, amends)
    keeping.recount(session, who, practice, (old.entry,))


def approve(session: Session, who: Identity, entry_id: str, version: int) -> int:
    """A second person's word on an entry, kept as a version of its own; never one's own time.

    Raises: PermissionDenied, UsageError (own time, approved already), Conflict.
    """
    require(who, PAGE, "approve")
    begin_write(session)
    practice = keeping.practice_of(session)
    entry = _approved(session, who, practice, entry_id, version)
    keeping.recount(session, who, practice, (entry,))
    return version + 1


def approve_many(session: Session, who: Identity, versions: Mapping[str, int]) -> int:
    """The same for entries that were looked at together: all of them or none; gives the number.

    Raises: PermissionDenied, UsageError (none chosen, own time, approved already), Conflict.
    """
    require(who, PAGE, "approve")
    begin_write(session)
    if not versions:
        raise UsageError("Entries were to be approved without any being chosen; choose some.")
    practice = keeping.practice_of(session)
    done = [_approved(session, who, practice, one, versions[one]) for one in sorted(versions)]
    keeping.recount(session, who, practice, done)
    return len(done)


def _approved(
    session: Session, who: Identity, practice: Practice, entry_id: str, version: int
) -> TimeEntry:
    """Put the approval in the place of the version shown."""
    old = shown(session, who, entry_id)
    if old.entry.approved_by:
        raise UsageError("This entry is approved already.")
    if is_own(session, who, practice.practice_id, old):
        raise UsageError("Nobody approves their own time; ask a second person to look at it.")
    entry = replace(old.entry, approved_by=who.name)
    editing.correct_entry(
        session, practice.practice_id, entry, version, corrected_by=who.user_id, reason=APPROVED
    )
    record(session, who, "approve_time", "time_entry", entry_id)
    return entry


def is_own(session: Session, who: Identity, practice_id: str, old: Kept) -> bool:
    """Whether this person did the work, wrote it down, or corrected what stands."""
    if who.staff_id and old.entry.staff_id == who.staff_id:
        return True
    versions = editing.versions_of(session, practice_id, old.entry.entry_id)
    hands = {version.recorded_by for version in versions}
    hands |= {v.corrected_by for v in versions if v.correction_reason != APPROVED}
    return who.user_id in hands


def history(session: Session, who: Identity, entry_id: str) -> list[Any]:
    """Every version of an entry, first one first. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "identify")
    practice = keeping.practice_of(session)
    versions = editing.versions_of(session, practice.practice_id, entry_id)
    if not versions:
        raise UsageError("The history of a time entry was asked for; there is no such entry.")
    keeping.patient_of(session, who, versions[0].patient_id)
    return versions


def of_day(session: Session, who: Identity, day: date, staff_id: str = "") -> list[Kept]:
    """Entries of one day, by this person or, for who answers for the team, by anybody.

    Raises: PermissionDenied.
    """
    require(who, PAGE, "identify")
    practice = keeping.practice_of(session)
    first, end = _span(practice, day, day)
    if not panel.is_bound(who):
        return entries.entries_between(session, practice.practice_id, first, end, staff_id=staff_id)
    own = who.staff_id or panel.NOBODY
    found = entries.entries_between(session, practice.practice_id, first, end, staff_id=own)
    return [one if one.care_manager_id == own else _nameless(one) for one in found]


def _nameless(one: Kept) -> Kept:
    """An own entry with a patient who belongs to somebody else's panel now."""
    return replace(one, family_name="(not on your panel)", given_name="", mrn="")


def _span(practice: Practice, first: date, last: date) -> tuple[datetime, datetime]:
    """The moments between which these days lie, both days included."""
    zone = time_zone(practice.time_zone)
    return (
        datetime.fromtimestamp(day_start(first, zone), UTC),
        datetime.fromtimestamp(day_start(last + timedelta(days=1), zone), UTC),
    )


def waiting(session: Session, who: Identity, since: date, until: date) -> list[Kept]:
    """Entries made here by others that nobody has approved yet, newest first.

    Raises: PermissionDenied.
    """
    require(who, PAGE, "approve")
    practice = keeping.practice_of(session)
    first, end = _span(practice, since, until)
    found = entries.entries_between(session, practice.practice_id, first, end, is_unapproved=True)
    return [one for one in found if not is_own(session, who, practice.practice_id, one)]


def _changeable(session: Session, who: Identity, entry_id: str) -> Kept:
    old = shown(session, who, entry_id)
    if not may_change(who, old.entry):
        raise PermissionDenied(
            "This is somebody else's time. Its author or the practice manager corrects it."
        )
    return old


def _on_record(
    session: Session, who: Identity, action: str, entry_id: str, is_amendment: bool
) -> None:
    reason = "amendment after close" if is_amendment else ""
    record(session, who, action, "time_entry", entry_id, reason=reason)


def names(session: Session) -> dict[str, str]:
    """Names of the people who log time, by identifier."""
    practice = keeping.practice_of(session)
    return {one.staff_id: one.name for one in reading.staff(session, practice.practice_id)}
