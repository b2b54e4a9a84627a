"""What the logs of some patients show, told from columns: whose minutes are plain, and what of.

A log is plain when every entry counts by itself: somebody's service, within the month, with a
known start. Then its minutes are a sum, of which staff time that overlaps is taken away. All
else is left to ``ccm_core.minutes``. The bits are those of ``ccm_core.rules.seen_in_log``;
they may be claimed too often and never too seldom.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from ccm_core import records
from ccm_core.activities import activity_of
from ccm_core.case_building import SERVICE_ACTORS, Choosing
from ccm_core.engine.facts import NEVER, NO_DAY, Part, number_of
from ccm_core.engine.log_columns import numbered
from ccm_core.engine.note_facts import Notes
from ccm_core.engine.outside_hours import OutsideHours
from ccm_core.engine.screening import Log
from ccm_core.month_clock import clock_of
from ccm_core.policy import Policy
from ccm_core.rules.clinic_hours import clinic_hours
from ccm_core.rules.seen_in_log import limits_of

_MICROSECONDS = 1_000_000
_SPAN = 1 << 40
"""More seconds than any log spans."""


class LogFacts:
    """The month's entries of each patient of a step in numbers, by start."""

    def __init__(self, log: Log, ids: Any, choosing: Choosing) -> None:
        import numpy as np

        part = Part(log.table, records.TimeEntry, ids)
        start = self._seconds_of(part, "started_at")
        if not log.is_in_order and len(part):
            since = start - start.min()
            # One number for both keys: rows of a patient lie together, so that little is moved.
            order = np.argsort(part.owner * (since.max() + 1) + since, kind="stable")
            part.table, start = part.table.take(order), start[order]
        self.part, self.start, self.choosing = part, start, choosing
        self.seconds = part.table["seconds"].to_numpy() if len(part) else start
        self.clock = clock_of(choosing.month, choosing.practice.time_zone)
        starts = np.array(self.clock.starts)
        self.day = np.searchsorted(starts, start, "right") - 1
        self.is_own = part.words("actor").which(lambda word: word == "practitioner")
        self.first_day = self._least(self.day + number_of(choosing.first_on))
        self.logged = self._sum(self.seconds)
        self.count = part.ends - part.starts

    def count_but(self, barred: Any) -> None:
        """Count the month without these entries: they lie on days on which no time counts.

        Charts say which, once the days are known; what is counted is not there before.
        """
        self.barred = barred
        self.is_own &= ~barred
        self.fresh = self._fresh()
        self.is_plain = ~self.part.any(~self._counts()) & ~self._is_tangled()
        self.total, self.own = self._sum(self.fresh), self._sum(self.seconds * self.is_own)

    @staticmethod
    def _seconds_of(part: Part, name: str) -> Any:
        import numpy as np

        if not len(part):
            return np.zeros(0, dtype=np.int64)
        return part.table[name].cast("int64").to_numpy() // _MICROSECONDS

    def _counts(self) -> Any:
        """Entries that count by themselves, whole."""
        part, end = self.part, self.start + self.seconds
        return (
            (self.start >= self.clock.first) & (end <= self.clock.past) & (self.seconds > 0)
            & (part.truths("is_start_known") == 1)
            & (part.truths("outside_us") == 0) & (part.truths("face_to_face") == 0)
            & part.words("actor").which(SERVICE_ACTORS.__contains__)
            & part.words("counted_for").which(lambda word: not word)
            & part.words("activity").which(_may_count)
        )  # fmt: skip

    def _fresh(self) -> Any:
        """Seconds of each entry after the end of all earlier ones of the same patient."""
        import numpy as np

        owner, end = self.part.owner, self.start + self.seconds
        # Each patient's ends lie above those of all before, so that the highest so far is theirs.
        ends = np.where(self.barred, 0, end)
        reached = np.maximum.accumulate(owner * _SPAN + ends) - owner * _SPAN
        before = np.full(len(owner), -_SPAN)
        before[1:] = np.where(owner[1:] == owner[:-1], reached[:-1], -_SPAN)
        return np.where(self.barred, 0, np.clip(end - np.maximum(self.start, before), 0, None))

    def _is_tangled(self) -> Any:
        """Whose entries share time in a way that a sum of what is left does not tell."""
        import numpy as np

        part, begins_alike = self.part, np.zeros(len(self.part), dtype=bool)
        owner = part.owner
        begins_alike[1:] = (owner[1:] == owner[:-1]) & (self.start[1:] == self.start[:-1])
        shares = part.any((self.fresh < self.seconds) & ~self.barred)
        is_covered = (self.fresh <= 0) & ~self.barred
        return part.any(begins_alike | is_covered) | (shares & part.any(self.is_own))

    def _least(self, values: Any) -> Any:
        import numpy as np

        return self.part.least(values, np.ones(len(values), dtype=bool))

    def _sum(self, values: Any) -> Any:
        import numpy as np

        up_to = np.concatenate(([0], values.cumsum()))
        return up_to[self.part.ends] - up_to[self.part.starts]

    @cached_property
    def _up_to(self) -> tuple[list[int], list[int]]:
        counted, own = self._sums_up_to
        return counted.tolist(), own.tolist()

    @cached_property
    def _sums_up_to(self) -> tuple[Any, Any]:
        """Seconds of all rows up to the end of each: counted ones, and the practitioners' own."""
        return self.fresh.cumsum(), (self.seconds * self.is_own).cumsum()

    @cached_property
    def _bounds(self) -> tuple[list[int], list[int]]:
        return self.part.starts.tolist(), self.part.ends.tolist()

    @cached_property
    def days(self) -> list[int]:
        """The place of each entry's day in the month."""
        found: list[int] = self.day.tolist()
        return found

    @cached_property
    def is_barred(self) -> list[bool]:
        """Whether no time counts on the day of each entry."""
        found: list[bool] = self.barred.tolist()
        return found

    @cached_property
    def counted(self) -> list[int]:
        """The seconds of each entry that count."""
        found: list[int] = self.fresh.tolist()
        return found

    @cached_property
    def lengths(self) -> list[int]:
        """The seconds of each entry."""
        found: list[int] = self.seconds.tolist()
        return found

    @cached_property
    def begins(self) -> list[int]:
        """The start of each entry in epoch seconds."""
        found: list[int] = self.start.tolist()
        return found

    def bounds_of(self, place: int) -> tuple[int, int]:
        """The first row of a patient, and the row after the last."""
        return self._bounds[0][place], self._bounds[1][place]

    def day_of(self, place: int, seconds: int, *, is_own: bool) -> date | None:
        """The day on which a patient's plain minutes reached so many seconds; None: never."""
        start, end = self.bounds_of(place)
        up_to = self._up_to[is_own]
        before = up_to[start - 1] if start else 0
        row = bisect_left(up_to, before + seconds, start, end)
        return None if row == end else self.clock.days[self.days[row]]

    def reached_on(self, places: Any, needs: Iterable[tuple[int, str]]) -> Any:
        """The day in numbers on which all these seconds were reached; NEVER where one never was.

        ``needs``: seconds, and whose; ``places``: patients with plain minutes.
        """
        import numpy as np

        latest = np.full(len(places), NO_DAY, dtype=np.int64)
        for seconds, whose in needs:
            up_to = self._sums_up_to[whose == "practitioner"]
            before = np.append(0, up_to)[self.part.starts[places]]
            row = np.searchsorted(up_to, before + seconds, "left")
            on = np.append(self.day, 0)[row] + number_of(self.choosing.first_on)
            latest = np.maximum(latest, np.where(row < self.part.ends[places], on, NEVER))
        return latest

    @cached_property
    def entry_ids(self) -> list[str]:
        found: list[str] = self.part.table["entry_id"].to_pylist()
        return found

    @cached_property
    def notes(self) -> Notes:
        return Notes(self.part.words("note"))

    def bits(self, policy: Policy) -> dict[str, Any]:
        """By subject, which patients' plain logs hold it."""
        limits, part = limits_of(policy), self.part
        hours = clinic_hours(policy, self.choosing.practice.time_zone)
        self.outside = OutsideHours(self, hours)
        silent = part.number(part.truths("is_contact") == 0)
        return {
            "counted": self.count > 0,
            "excluded": self.total < self.logged,
            "no_contact": (self.count > 0) & (silent == self.count),
            "weak_note": part.any(self.notes.is_short(limits.words, limits.letters)),
            "repeated_note": self._repeats(limits.copies),
            "equal_lengths": self._is_of_one_length(limits.equal_entries),
            "long_entry": part.any(self.seconds > limits.long_seconds),
            "unnamed_entry": part.any(part.words("staff_id").which(lambda word: not word)),
            "odd_activity": part.any(part.words("activity").which(_is_unknown)),
            "late_entry": part.any(self._is_late(limits.late.total_seconds())),
            "odd_hours": part.any(self.outside.is_outside),
        }

    def _is_of_one_length(self, entries: int) -> Any:
        """Patients with at least so many counted entries, all of one length."""
        part, counts = self.part, ~self.barred
        least = part.least(self.seconds, counts)
        most = NEVER - part.least(NEVER - self.seconds, counts)
        return (part.number(counts) >= entries) & (least == most)

    def _repeats(self, copies: int) -> Any:
        """Patients of whose notes so many may be one."""
        import numpy as np

        found = np.zeros(self.part.patients, dtype=bool)
        rows = (self.count >= copies)[self.part.owner]
        owner, words = self.part.owner[rows], numbered(self.notes.words[rows])
        if len(owner):
            size = words.max() + 1
            keys = np.sort(owner * size + words, kind="stable")
            differs = np.append(True, keys[1:] != keys[:-1])
            distinct = np.bincount(keys[differs] // size, minlength=self.part.patients)
            found = (self.count >= copies) & (distinct <= self.count - copies + 1)
        return found | ((self.count >= copies) & self.part.any(self.notes.is_odd))

    def _is_late(self, seconds: float) -> Any:
        import numpy as np

        part = self.part
        if not len(part) or "recorded_at" not in part.table.column_names:
            return np.zeros(len(part), dtype=bool)
        column = part.table["recorded_at"]
        recorded = column.cast("int64").fill_null(0).to_numpy() // _MICROSECONDS
        is_told = part.words("late_reason").which(bool)
        is_there = column.is_valid().to_numpy()
        return is_there & ~is_told & (recorded - self.start > seconds)


def _may_count(word: str) -> bool:
    activity = activity_of(word)
    return activity is None or activity.counts


def _is_unknown(word: str) -> bool:
    return bool(word) and activity_of(word) is None
