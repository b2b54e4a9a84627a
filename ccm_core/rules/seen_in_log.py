"""What the counted entries of a month show, in one pass over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ccm_core.activities import activity_of
from ccm_core.cases import SECONDS_PER_MINUTE, Case
from ccm_core.month_clock import UNSURE
from ccm_core.policy import Policy
from ccm_core.rules.clinic_hours import clinic_hours
from ccm_core.rules.documentation import is_short, plain
from ccm_core.rules.subjects import BIT

if TYPE_CHECKING:
    from ccm_core.minutes import Counted
    from ccm_core.records import TimeEntry

_COUNTED, _EXCLUDED, _NO_CONTACT = BIT["counted"], BIT["excluded"], BIT["no_contact"]
_WEAK_NOTE, _REPEATED_NOTE = BIT["weak_note"], BIT["repeated_note"]
_EQUAL_LENGTHS, _LATE_ENTRY = BIT["equal_lengths"], BIT["late_entry"]
_ODD_HOURS, _LONG_ENTRY = BIT["odd_hours"], BIT["long_entry"]
_START_UNKNOWN = BIT["start_unknown"]
_UNNAMED, _ODD_ACTIVITY = BIT["unnamed_entry"], BIT["odd_activity"]


def seen(case: Case, policy: Policy, counted: Counted) -> int:
    """The bits of the time log."""
    found = _EXCLUDED if counted.excluded else 0
    if _is_without_contact(case.entries):
        found |= _NO_CONTACT
    if counted.total_seconds <= 0:
        return found
    limits = limits_of(policy)
    hours = clinic_hours(policy, case.practice.time_zone)
    notes, lengths = [], set()
    for entry, on, start, seconds, _, _ in counted.entries:
        if not seconds:
            continue
        notes.append(entry.note)
        lengths.add(entry.seconds)
        found |= _of_entry(entry, limits)
        _, opens, closes = hours.get(on, UNSURE)
        if not entry.is_start_known:
            found |= _START_UNKNOWN | (_ODD_HOURS if opens >= closes else 0)
        elif not opens <= start < closes:
            found |= _ODD_HOURS
    if len(lengths) == 1 and len(notes) >= limits.equal_entries:
        found |= _EQUAL_LENGTHS
    if _may_repeat(notes, limits.copies):
        found |= _REPEATED_NOTE
    return found | _COUNTED


def _is_without_contact(entries: tuple[TimeEntry, ...]) -> bool:
    """Whether there is work, and none of it may have been live contact."""
    for entry in entries:
        if entry.is_contact is not False:
            return False
    return bool(entries)


def _of_entry(entry: TimeEntry, limits: _Limits) -> int:
    found = _WEAK_NOTE if is_short(entry.note, limits.words, limits.letters) else 0
    if entry.seconds > limits.long_seconds:
        found |= _LONG_ENTRY
    if not entry.staff_id:
        found |= _UNNAMED
    if entry.activity and activity_of(entry.activity) is None:
        found |= _ODD_ACTIVITY
    if (
        entry.recorded_at is not None
        and not entry.late_reason
        and entry.recorded_at - entry.started_at > limits.late
    ):
        found |= _LATE_ENTRY
    return found


def _may_repeat(notes: list[str], copies: int) -> bool:
    """Whether so many notes may be one: then so few are different."""
    return len(notes) >= copies and len(set(map(plain, notes))) <= len(notes) - copies + 1


@dataclass(frozen=True, slots=True)
class _Limits:
    """A policy's limits for one entry."""

    long_seconds: int
    late: timedelta
    equal_entries: int
    copies: int
    words: int
    letters: int


def limits_of(policy: Policy) -> _Limits:
    """Those limits, kept with the policy."""
    found: _Limits | None = policy.kept.get(_Limits)
    if found is None:
        found = policy.kept[_Limits] = _Limits(
            policy.whole("long_entry_minutes") * SECONDS_PER_MINUTE,
            timedelta(hours=policy.whole("late_entry_hours")),
            policy.whole("equal_duration_entries"),
            policy.whole("note_copy_count"),
            policy.whole("note_min_words"),
            policy.whole("note_min_letters"),
        )
    return found
