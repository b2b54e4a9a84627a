"""D: would the time log convince an auditor?

Patterns across patients arrive as signals; each states its statistic, its
threshold (``data/numbers.csv``) and what chance alone would give.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ccm_core.cases import SECONDS_PER_MINUTE, Case
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.months import day_start
from ccm_core.once import once
from ccm_core.policy import Policy
from ccm_core.records import TimeEntry
from ccm_core.rule import rule
from ccm_core.rules.clinic_hours import clinic_hours
from ccm_core.rules.services import entries

_WORD = re.compile(r"[^\W\d_]+")


@once
def _counted(case: Case) -> list[TimeEntry]:
    return [e.entry for e in case.counted.entries if e.counted_seconds]


def _ids(entries: list[TimeEntry]) -> tuple[str, ...]:
    return tuple(entry.entry_id for entry in entries)


def is_vague(note: str, policy: Policy) -> bool:
    """Whether a note is too short to show what was done."""
    return is_short(note, policy.whole("note_min_words"), policy.whole("note_min_letters"))


@functools.lru_cache(maxsize=8192)
def is_short(note: str, words: int, letters: int) -> bool:
    """Whether a note has fewer words, or fewer letters in them."""
    found = _WORD.findall(note)
    return len(found) < words or sum(map(len, found)) < letters


def shows_notes(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: how many counted entries there are."""
    entries = _counted(case)
    return (Evidence("counted entries", len(entries), _ids(entries)),)


@rule(
    "D01",
    "A note does not show what was done",
    level=Level.REVIEW,
    needs=("weak_note",),
    cites=("seed-3#vague time documentation", "noridian-mr#Q1"),
    fix='Write the substance: "7-minute call with patient to review home blood pressure logs".',
    shows=shows_notes,
)
def vague_note(case: Case, policy: Policy) -> Finding | None:
    """A note such as "CCM call" or "20 minutes spent" cannot be defended."""
    vague = [e for e in _counted(case) if e.note.strip() and is_vague(e.note, policy)]
    if not vague:
        return None
    return Finding(
        f"{entries(len(vague))} with a note that does not show what was done.",
        (Evidence("entries", len(vague), _ids(vague)),),
    )


@rule(
    "D02",
    "A counted entry has no note",
    level=Level.REVIEW,
    needs=("weak_note",),
    cites=("noridian-mr#Q1", "ngs-cert-2024#no record of service"),
    fix="Document the service; without a record it was not furnished.",
    shows=shows_notes,
)
def missing_note(case: Case, policy: Policy) -> Finding | None:
    """Each stretch of time needs a record of the service."""
    empty = [e for e in _counted(case) if not e.note.strip()]
    if not empty:
        return None
    return Finding(
        f"{entries(len(empty))} without a note.",
        (Evidence("entries", len(empty), _ids(empty)),),
    )


@rule(
    "D03",
    "One note was used several times",
    level=Level.REVIEW,
    needs=("repeated_note",),
    cites=("seed-1#identical entries", "statistics#copied notes"),
    fix="Say in each note what was done that time.",
    shows=shows_notes,
)
def repeated_note(case: Case, policy: Policy) -> Finding | None:
    """Identical notes on one patient's entries look copied; short ones are not compared."""
    copies, letters = policy.whole("note_copy_count"), policy.whole("note_copy_min_letters")
    seen = Counter(plain(e.note) for e in _counted(case))
    often = [note for note in seen if seen[note] >= copies and len(note) >= letters]
    if not often:
        return None
    most = max(often, key=lambda note: (seen[note], note))
    same = [e for e in _counted(case) if plain(e.note) == most]
    return Finding(
        f"{len(same)} entries of the month share one note.",
        (Evidence("entries", len(same), _ids(same)),),
    )


@functools.lru_cache(maxsize=8192)
def plain(note: str) -> str:
    """The words of a note in small letters, without anything between them."""
    return " ".join(_WORD.findall(note.lower()))


@rule(
    "D05",
    "Entries of exactly equal length",
    level=Level.REVIEW,
    needs=("equal_lengths",),
    cites=("seed-1#identical entries", "statistics#equal durations"),
    fix="Log actual minutes, not standard blocks.",
    shows=shows_notes,
)
def equal_lengths(case: Case, policy: Policy) -> Finding | None:
    """Several entries of one patient that are equal to the second look estimated."""
    entries = _counted(case)
    lengths = {e.seconds for e in entries}
    if len(entries) < policy.whole("equal_duration_entries") or len(lengths) > 1:
        return None
    minutes = entries[0].seconds // SECONDS_PER_MINUTE
    return Finding(
        f"All {len(entries)} entries last exactly {minutes} minutes.",
        (Evidence("entries", len(entries), _ids(entries)),),
    )


@rule(
    "D10",
    "Time was recorded late",
    level=Level.REVIEW,
    needs=("late_entry",),
    cites=("seed-3#contemporaneous notes",),
    fix="Record time when the work is done; give the reason for a late entry.",
    shows=shows_notes,
)
def late_entry(case: Case, policy: Policy) -> Finding | None:
    """Notes made long after the work are weak evidence.

    Where only the day of the work is known, the hours are counted from its end.
    """
    limit = timedelta(hours=policy.whole("late_entry_hours"))
    late = [
        e
        for e in _counted(case)
        if e.recorded_at is not None
        and e.recorded_at - _latest_end(e, case.zone) > limit
        and not e.late_reason
    ]
    if not late:
        return None
    hours = policy.whole("late_entry_hours")
    return Finding(
        f"{entries(len(late))} recorded more than {hours} hours after the work, without a reason.",
        (Evidence("entries", len(late), _ids(late)),),
    )


def _latest_end(entry: TimeEntry, zone: ZoneInfo) -> datetime:
    """When the work ended; at the latest, where only its day is known."""
    if entry.is_start_known:
        return entry.ended_at
    following = entry.started_at.astimezone(zone).date() + timedelta(days=1)
    return datetime.fromtimestamp(day_start(following, zone), zone)


@rule(
    "D11",
    "Time while the clinic is closed",
    level=Level.NOTE,
    needs=("odd_hours",),
    cites=("statistics#closed clinic",),
    fix="Check that the work was done at this hour.",
    shows=shows_notes,
)
def out_of_hours(case: Case, policy: Policy) -> Finding | None:
    """Work at night or on the closed weekday may be true; it is worth a look.

    Of an entry without a known start only the weekday is asked.
    """

    def is_odd(entry: TimeEntry) -> bool:
        opens, closes = policy.whole("clinic_open_hour"), policy.whole("clinic_close_hour")
        local = entry.started_at.astimezone(case.zone)
        is_open = opens <= local.hour < closes or not entry.is_start_known
        return local.weekday() == policy.whole("clinic_closed_weekday") or not is_open

    odd = case.counted.outside(clinic_hours(policy, case.practice.time_zone), is_odd)
    if not odd:
        return None
    return Finding(
        f"{entries(len(odd))} outside clinic hours.",
        (Evidence("entries", len(odd), tuple(odd)),),
    )


@rule(
    "D13",
    "An unusually long entry",
    level=Level.REVIEW,
    needs=("long_entry",),
    cites=("statistics#long entries",),
    fix="Check that the timer was stopped in time.",
    shows=shows_notes,
)
def long_entry(case: Case, policy: Policy) -> Finding | None:
    """A single very long stretch is often a forgotten timer."""
    limit = policy.whole("long_entry_minutes") * SECONDS_PER_MINUTE
    long_ones = [e for e in _counted(case) if e.seconds > limit]
    if not long_ones:
        return None
    longest = max(e.seconds for e in long_ones) // SECONDS_PER_MINUTE
    return Finding(
        f"One entry lasts {longest} minutes.",
        (Evidence("longest minutes", longest, _ids(long_ones)),),
    )


@rule(
    "D14",
    "Nobody is named for counted time",
    level=Level.REVIEW,
    needs=("unnamed_entry",),
    cites=("seed-1#audit-proof documentation",),
    fix="Name the person who did the work.",
    shows=shows_notes,
)
def nobody_named(case: Case, policy: Policy) -> Finding | None:
    """Each entry names the person, so that credential and supervision can be shown."""
    unnamed = [e for e in _counted(case) if not e.staff_id]
    if not unnamed:
        return None
    return Finding(
        f"{entries(len(unnamed))} without a name.",
        (Evidence("entries", len(unnamed), _ids(unnamed)),),
    )
