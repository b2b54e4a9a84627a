"""What is asked of time before it is kept: a real moment, a note with substance, no overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ccm_core import months as clock
from ccm_core.activities import Activity, all_activities
from ccm_core.errors import UsageError
from ccm_core.months import Month, time_zone
from ccm_core.policy import Policy
from ccm_core.records import Practice, Staff, TimeEntry
from ccm_core.rules.documentation import is_vague

MOST_SECONDS = 24 * 60 * 60
MOST_NOTE = 2_000
_MINUTE = 60
GOOD_NOTE = (
    "7-minute call with patient to review home blood pressure logs and discuss medication "
    "side effects."
)
"""The program guide's own example of a note that can be defended."""

_NOT_COUNTED = {
    "non_clinical": "non-clinical staff",
    "automated": "automated, not a person",
    "patient": "the patient's own time",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person says about a piece of work."""

    patient_id: str
    activity: str
    note: str
    is_contact: bool = False
    face_to_face: bool = False
    with_staff_id: str = ""
    """Second person who worked on the patient at the same time."""
    late_reason: str = ""
    is_amendment: bool = False
    """Said on purpose: the month is closed and this is kept as a difference."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One remark on a draft: ``good``, ``warn`` (kept, but look) or ``bad`` (refused)."""

    level: str
    text: str


def policy_on(practice: Practice, day: date) -> Policy:
    """The numbers in force on that day."""
    return Policy.on(Month.of(day), practice.policy, practice.state, setting=practice.setting)


def day_of(practice: Practice, moment: datetime) -> date:
    """The day of a moment on the calendar of the practice."""
    return moment.astimezone(time_zone(practice.time_zone)).date()


def months_of(practice: Practice, entry: TimeEntry) -> set[Month]:
    """The months that an entry lies in: two when it runs over the end of one."""
    if not entry.is_start_known:
        return {Month.of(day_of(practice, entry.started_at))}
    last = entry.ended_at - timedelta(seconds=1) if entry.seconds else entry.started_at
    return {Month.of(day_of(practice, moment)) for moment in (entry.started_at, last)}


def local_moment(practice: Practice, day: date, at: time, *, is_second: bool = False) -> datetime:
    """A clock time of the practice as a moment; ``is_second``: the hour that comes twice.

    Raises: UsageError for a time that the clocks skip on that day.
    """
    zone = time_zone(practice.time_zone)
    local = datetime.combine(day, at, tzinfo=zone).replace(fold=int(is_second))
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise UsageError(
            f"{at:%H:%M} on {clock.said_day(day)} was given; the clocks skip that time that day. "
            "Give the time that the clock on the wall showed."
        )
    return moment


def comes_twice(day: date, at: time, zone: ZoneInfo) -> bool:
    """Whether the clocks show this time twice on that day."""
    local = datetime.combine(day, at, tzinfo=zone)
    return local.utcoffset() > local.replace(fold=1).utcoffset()  # type: ignore[operator]


def counts(person: Staff) -> tuple[bool, str]:
    """Whether time of this person counts, and in words why or why not."""
    if person.actor in _NOT_COUNTED:
        return False, _NOT_COUNTED[person.actor]
    if person.outside_us:
        return False, "works outside the United States"
    if person.actor == "practitioner":
        return True, "practitioner: counts as own time and as staff time"
    return True, "clinical staff"


def counting(team: tuple[Staff, ...]) -> tuple[Staff, ...]:
    """Those of the team whose time counts toward a threshold."""
    return tuple(person for person in team if counts(person)[0])


def activity(name: str) -> Activity:
    """The activity of that name. Raises: UsageError."""
    found = next((one for one in all_activities() if one.name == name), None)
    if found is None:
        raise UsageError("No time was logged: choose an activity of the list.")
    return found


def hints(draft: Draft, person: Staff, policy: Policy) -> list[Hint]:
    """What to know about a draft before it is kept, worst first."""
    found = [_note_hint(draft.note, policy), _activity_hint(draft), _person_hint(person)]
    if draft.face_to_face:
        found.append(Hint("warn", "Face to face: kept, but left out of the counted minutes."))
    order = {"bad": 0, "warn": 1, "good": 2}
    return sorted((hint for hint in found if hint), key=lambda hint: order[hint.level])


def _note_hint(note: str, policy: Policy) -> Hint | None:
    if not note.strip():
        return Hint("bad", f'Say what was done. Good: "{GOOD_NOTE}"')
    if is_vague(note, policy):
        return Hint("bad", f'This note is too vague to show what was done. Good: "{GOOD_NOTE}"')
    return Hint("good", "The note shows what was done.")


def _activity_hint(draft: Draft) -> Hint | None:
    if not draft.activity:
        return Hint("bad", "Choose an activity.")
    chosen = activity(draft.activity)
    if not chosen.counts:
        return Hint("warn", f"{chosen.label} does not count: {chosen.reason}. It is kept anyway.")
    return Hint("good", f"{chosen.label} counts.")


def _person_hint(person: Staff) -> Hint | None:
    is_counted, why = counts(person)
    return None if is_counted else Hint("warn", f"Your time does not count: {why}.")


def check_draft(draft: Draft, policy: Policy) -> None:
    """Refuse a draft without a known activity or with a note that shows nothing.

    Raises: UsageError.
    """
    activity(draft.activity)
    check_length(draft.note)
    if is_vague(draft.note, policy):
        raise UsageError(
            f'The note does not show what was done. Write the substance, for example: "{GOOD_NOTE}"'
        )


def check_length(note: str) -> None:
    """Refuse a note that nobody will read. Raises: UsageError."""
    if len(note) > MOST_NOTE:
        raise UsageError(f"The note is longer than {MOST_NOTE} characters; shorten it.")


def check_span(started_at: datetime, seconds: int, now: datetime) -> None:
    """Refuse time of no length, of more than a day, or in the future. Raises: UsageError."""
    if not 0 < seconds < MOST_SECONDS:
        raise UsageError(
            "No time was logged: what was given has no length, or a day or more. Give what was "
            "worked. Discard a timer that was forgotten and log the time by hand."
        )
    if started_at + timedelta(seconds=seconds) > now:
        raise UsageError("No time was logged: it lies in the future. Log it when it is worked.")


def check_entry(practice: Practice, entry: TimeEntry, now: datetime) -> None:
    """The same of an entry, of which perhaps only the day is known. Raises: UsageError."""
    if entry.is_start_known:
        check_span(entry.started_at, entry.seconds, now)
        return
    check_span(now - timedelta(seconds=entry.seconds), entry.seconds, now)
    if day_of(practice, entry.started_at) > day_of(practice, now):
        raise UsageError("No time was logged: it lies in the future. Log it when it is worked.")


def check_late(entry: TimeEntry, policy: Policy, now: datetime) -> None:
    """Ask for a reason when time is recorded long after the work. Raises: UsageError."""
    if is_late(entry.ended_at, policy, now) and not entry.late_reason.strip():
        hours = policy.whole("late_entry_hours")
        raise UsageError(
            f"The work ended more than {hours} hours ago; write why it is recorded only now."
        )


def is_late(ended_at: datetime, policy: Policy, now: datetime) -> bool:
    """Whether so much time has passed since the work that its record needs a reason."""
    return now - ended_at > timedelta(hours=policy.whole("late_entry_hours"))


def refuse_overlap(shared: list[TimeEntry], patient_id: str, whose: str = "You have") -> None:
    """One person works on one thing at a time. Raises: UsageError."""
    if any(entry.patient_id != patient_id for entry in shared):
        raise UsageError(
            f"{whose} an entry with another patient at that time; one person cannot be on two "
            "patients at once. Correct the times."
        )
    if shared:
        raise UsageError(
            f"{whose} an entry with this patient at that time already; correct that one instead "
            "of logging the time twice."
        )


def whole_now() -> datetime:
    """The present moment in whole seconds, as the database keeps it."""
    return clock.utc_now().replace(microsecond=0)


def minutes(seconds: int) -> int:
    """Full minutes."""
    return seconds // _MINUTE
