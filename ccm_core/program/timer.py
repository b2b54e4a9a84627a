"""The timer service: start, pause, go on, stop; every second comes from the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import Conflict, UsageError
from ccm_core.program import time_checks
from ccm_core.program import time_keeping as keeping
from ccm_core.program.time_checks import Draft
from ccm_core.program.time_keeping import PAGE
from ccm_core.records import Practice, TimeEntry
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write
from ccm_core.store.timing import entries, timers
from ccm_core.store.timing.timers import Timer

if TYPE_CHECKING:
    from sqlmodel import Session

_ORDER = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth")


def mine(session: Session, who: Identity) -> Timer | None:
    """The open timer of the signed-in person. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    if not who.staff_id:
        return None
    practice = keeping.practice_of(session)
    return timers.open_timer(session, practice.practice_id, who.staff_id)


def start(session: Session, who: Identity, patient_id: str) -> None:
    """Start a timer; a second click on the same patient changes nothing.

    Raises: PermissionDenied, UsageError, Conflict when another timer is open.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    practice = keeping.practice_of(session)
    keeping.person(session, practice, who.staff_id)
    keeping.patient_of(session, who, patient_id)
    open_one = timers.open_timer(session, practice.practice_id, who.staff_id)
    if open_one is not None and open_one.patient_id == patient_id:
        return
    now = time_checks.whole_now()
    timer_id = timers.start(
        session, practice.practice_id, patient_id, who.staff_id, who.user_id, now
    )
    record(session, who, "timer_start", "timer", str(timer_id))


def pause(session: Session, who: Identity, timer_id: int) -> None:
    """Pause; a paused timer stays as it is. Raises: PermissionDenied, Conflict."""
    timer = _own(session, who, timer_id)
    if not timer.is_paused:
        timers.pause(session, timer, time_checks.whole_now())
        record(session, who, "timer_pause", "timer", str(timer.id))


def go_on(session: Session, who: Identity, timer_id: int) -> None:
    """Go on after a pause; a running timer stays as it is. Raises: PermissionDenied, Conflict."""
    timer = _own(session, who, timer_id)
    if timer.is_paused:
        timers.resume(session, timer, time_checks.whole_now())
        record(session, who, "timer_resume", "timer", str(timer.id))


def keep_draft(session: Session, who: Identity, timer_id: int, draft: Mapping[str, Any]) -> None:
    """Keep what was said so far about the work, so that a reload loses none of it.

    Raises: PermissionDenied, Conflict, UsageError when the note is too long.
    """
    timer = _own(session, who, timer_id)
    if dict(draft) == dict(timer.draft):
        return
    time_checks.check_length(str(draft.get("note") or ""))
    timers.keep_draft(session, timer, draft)
    record(session, who, "timer_draft", "timer", str(timer.id))


def discard(session: Session, who: Identity, timer_id: int, reason: str) -> None:
    """End a timer without logging it; its stretches stay readable with the reason.

    Raises: PermissionDenied, Conflict, UsageError without a reason.
    """
    timer = _own(session, who, timer_id)
    if not reason.strip():
        raise UsageError("A timer was to be discarded without a reason; write one.")
    timers.close(session, timer, time_checks.whole_now(), "discarded", reason.strip())
    record(session, who, "timer_discard", "timer", str(timer.id))


def finish(session: Session, who: Identity, timer_id: int, draft: Draft) -> tuple[TimeEntry, ...]:
    """Stop and keep the time: one entry for each stretch, so that no pause is ever counted.

    Raises: PermissionDenied, Conflict, UsageError when the draft is refused.
    """
    timer = _own(session, who, timer_id)
    practice = keeping.practice_of(session)
    if timer.patient_id != draft.patient_id:
        raise UsageError("The timer runs for another patient than the form shows; reload.")
    keeping.patient_of(session, who, timer.patient_id)
    now = time_checks.whole_now()
    policy = time_checks.policy_on(practice, time_checks.day_of(practice, now))
    time_checks.check_draft(draft, policy)
    timers.close(session, timer, now, "logged")
    new, became = _entries(session, who, practice, timer, draft)
    timers.note_entries(session, became)
    keeping.write(session, who, practice, new)
    record(session, who, "timer_stop", "timer", str(timer.id))
    return tuple(new)


def _entries(
    session: Session, who: Identity, practice: Practice, timer: Timer, draft: Draft
) -> tuple[list[TimeEntry], list[tuple[int, str]]]:
    """The entries of a closed timer, and which stretch each of them is."""
    worker = keeping.person(session, practice, who.staff_id)
    now = time_checks.whole_now()
    spans = [(one, one.seconds(now)) for one in timer.stretches if one.seconds(now)]
    new: list[TimeEntry] = []
    became: list[tuple[int, str]] = []
    for place, (stretch, seconds) in enumerate(spans):
        said = replace(draft, note=_part(draft.note, place, len(spans)))
        entry = keeping.made(said, worker, stretch.started_at, seconds)
        _check(session, practice, entry, draft)
        new.append(entry)
        became.append((stretch.id, entry.entry_id))
        if draft.with_staff_id:
            second = keeping.person(session, practice, draft.with_staff_id)
            together = keeping.for_second(entry, second, worker)
            _refuse_self(together, entry)
            keeping.refuse_shared(session, practice, together, f"{second.name} has")
            new.append(together)
    return new, became


def _refuse_self(second: TimeEntry, first: TimeEntry) -> None:
    if second.staff_id == first.staff_id:
        raise UsageError("The second person is the first one; choose somebody else or nobody.")


def _check(session: Session, practice: Practice, entry: TimeEntry, draft: Draft) -> None:
    now = time_checks.whole_now()
    policy = time_checks.policy_on(practice, time_checks.day_of(practice, entry.started_at))
    time_checks.check_span(entry.started_at, entry.seconds, now)
    time_checks.check_late(entry, policy, now)
    keeping.guard_closed(
        session, practice, entry, is_amendment=draft.is_amendment, reason=draft.late_reason
    )


def overlaps(session: Session, who: Identity, written: tuple[TimeEntry, ...]) -> bool:
    """Whether time just logged by the timer lies over other time of the same person."""
    require(who, PAGE, "view")
    practice = keeping.practice_of(session)
    ids = {entry.entry_id for entry in written}
    return any(
        other.entry_id not in ids
        for entry in written
        for other in entries.overlapping(
            session, practice.practice_id, entry.staff_id, entry.started_at, entry.seconds,
            but=entry.entry_id,
        )
    )  # fmt: skip


def _part(note: str, place: int, parts: int) -> str:
    """The note of one stretch; each says which part it is, because notes are not to repeat."""
    if parts == 1:
        return note
    said = _ORDER[place] if place < len(_ORDER) else f"Part {place + 1}"
    return f"{note.strip()} ({said} of {parts} stretches.)"


def _own(session: Session, who: Identity, timer_id: int) -> Timer:
    """The open timer that the page showed. Raises: PermissionDenied, Conflict."""
    require(who, PAGE, "edit")
    begin_write(session)
    found = mine(session, who)
    if found is None or found.id != timer_id:
        raise Conflict("This timer was stopped already, here or on another device.")
    return found
