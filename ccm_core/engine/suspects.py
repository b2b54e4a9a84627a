"""Whose log can hold a signal at all: told from columns, before any entry becomes a record.

Each question is one of ``ccm_core.signals``, asked of everybody at once in numbers. It may say
yes where the plain functions find nothing, never no where they find something: they decide.
Most people of most months have no odd pattern, and a few entries that share time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from ccm_core.engine.log_columns import alike, codes, counting, distinct, flags, ranked
from ccm_core.months import Month, time_zone
from ccm_core.policy import Policy
from ccm_core.records import Practice
from ccm_core.signals import QUARTER, day_of

_MOST_SECONDS = 2**40
_MOST_PEOPLE = 2**20
_MOST_QUARTERS = 10_000
_LONG = 2**18
"""Seconds; with as many people and quarters as there may be, their product is a number still."""
_MICROSECONDS = 1_000_000
_HOUR = 3_600
_MINUTE = 60
_PERCENT = 100
_NEARLY = 0.01
"""Less alike than asked by so much is asked again of the plain function."""
_NEEDED = ("staff_id", "patient_id", "started_at", "seconds")


@dataclass(frozen=True)
class Suspects:
    """Rows of people whose whole log must be looked at, and of all others those that matter."""

    whole: Any
    beside: Any
    """Rows that may share time."""
    alike: Any
    """Rows with notes that may be almost equal, by person and by their words."""
    groups: list[int]
    """For each of these rows the number of its group."""


def suspects_of(rows: Any, practice: Practice, month: Month) -> Suspects:
    """What of a log, sorted by person, the plain functions must see."""
    import numpy as np

    log = _Log.of(rows, practice, month)
    none = rows.slice(0, 0)
    if log is None:  # something in it is odd: all of it is looked at
        return Suspects(rows, none, none, [])
    policy = Policy.on(month, practice.policy)
    odd = (
        log.long_days(policy) | log.equal(policy) | log.rounded(policy)
        | log.month_end(policy, month) | log.bunching(policy)
    )  # fmt: skip
    is_whole = odd[log.person]
    whole, beside = log.at[is_whole], log.at[~is_whole & log.sharing()]
    noted, groups = log.copied(policy)
    others = ~is_whole[noted]
    noted, groups = log.at[noted[others]], groups[others]
    order = np.lexsort((noted, groups))
    whole.sort()
    beside.sort()
    return Suspects(
        rows.take(whole), rows.take(beside), rows.take(noted[order]), groups[order].tolist()
    )


@dataclass
class _Log:
    """The counting entries of a month in numbers, by person and start, each in one place."""

    rows: Any
    zone: ZoneInfo
    at: Any
    person: Any
    start: Any
    seconds: Any
    known: Any

    def __post_init__(self) -> None:
        import numpy as np

        self.people = int(self.person[-1]) + 1
        self.entries = np.bincount(self.person)
        self.total = self._sum(self.seconds)
        self.patient = codes(self.rows["patient_id"])[self.at]

    @classmethod
    def of(cls, rows: Any, practice: Practice, month: Month) -> _Log | None:
        """The log, or None where a value is missing or of no sense."""
        import numpy as np

        if any(name not in rows.column_names or rows[name].null_count for name in _NEEDED):
            return None
        start = rows["started_at"].cast("int64").to_numpy() // _MICROSECONDS
        seconds = rows["seconds"].to_numpy()
        first, past = month.bounds(time_zone(practice.time_zone))
        if len(start) and (
            min(start.min(), seconds.min(), first) < 0
            or max(start.max(), seconds.max()) > _MOST_SECONDS
        ):
            return None
        known = flags(rows, "is_start_known", missing=True)
        there = (start < past) & ((start >= first) | (known & (start + seconds > first)))
        at = np.flatnonzero(there & counting(rows))
        if not len(at) or (start[at].max() - start[at].min()) // QUARTER > _MOST_QUARTERS:
            return None
        named = codes(rows["staff_id"])[at]
        is_there = np.bincount(named) > 0
        person = (is_there.cumsum() - 1)[named]
        if person.max() > _MOST_PEOPLE:
            return None
        # Of those that begin at once the longest first: it reaches over the others.
        order = _in_order(person, start[at], seconds[at])
        return cls(
            rows, time_zone(practice.time_zone), at[order], person[order],
            *(values[at][order] for values in (start, seconds, known)),
        )  # fmt: skip

    def _sum(self, values: Any) -> Any:
        import numpy as np

        return np.bincount(self.person, weights=values, minlength=self.people)

    def _days(self) -> tuple[list[date], Any]:
        """The local days of the quarters of an hour of the log, and each entry's place there."""
        first = int(self.start.min()) // QUARTER
        past = int(self.start.max()) // QUARTER + 1
        return [day_of(one, self.zone) for one in range(first, past)], self.start // QUARTER - first

    def sharing(self) -> Any:
        """Entries in stretches of time in which a person's entries may share some."""
        import numpy as np

        found = np.zeros(len(self.at), dtype=bool)
        known = np.flatnonzero(self.known)
        if len(known) < 2:
            return found
        # One person's time lies beyond all of the one before: the highest end so far is theirs.
        apart = (self.person * (4 * _MOST_SECONDS))[known]
        start = self.start[known] + apart
        reached = np.maximum.accumulate(start + self.seconds[known])
        begins = np.concatenate(([True], start[1:] >= reached[:-1]))
        stretch = np.cumsum(begins) - 1
        found[known] = np.bincount(stretch)[stretch] > 1
        return found

    def long_days(self, policy: Policy) -> Any:
        import numpy as np

        days, at = self._days()
        number = np.array([day.toordinal() for day in days])[at]
        keys, place = distinct(self.person * 2**24 + number)
        worked = np.bincount(place, weights=self.seconds)
        limit = policy.whole("staff_day_hours") * _HOUR
        return self._named(keys[worked > limit - 1] // 2**24)

    def _named(self, people: Any) -> Any:
        """One truth for each person: whether they are among these."""
        import numpy as np

        found = np.zeros(self.people, dtype=bool)
        found[people] = True
        return found

    def _many(self, policy: Policy, name: str) -> Any:
        return self.entries >= policy.whole(name)

    def equal(self, policy: Policy) -> Any:
        import numpy as np

        lengths, length = distinct(self.seconds)
        keys, place = distinct(self.person * (len(lengths) + 1) + length)
        people, times = keys // (len(lengths) + 1), np.bincount(place)
        is_odd = times * _PERCENT >= policy.whole("equal_duration_share") * self.entries[people]
        return self._named(people[is_odd]) & self._many(policy, "equal_duration_min_entries")

    def rounded(self, policy: Policy) -> Any:
        step = policy.whole("round_minutes") * _MINUTE
        even = self._sum((self.seconds != 0) & (self.seconds % step == 0))
        is_odd = even * _PERCENT >= policy.whole("round_share") * self.entries
        return is_odd & self._many(policy, "equal_duration_min_entries")

    def month_end(self, policy: Policy, month: Month) -> Any:
        import numpy as np

        first = month.last_day.day - policy.whole("month_end_days") + 1
        days, at = self._days()
        late = np.array([day.day >= first for day in days])
        is_odd = (
            self._sum(self.seconds * late[at]) * _PERCENT
            >= policy.whole("month_end_share") * self.total
        )
        return is_odd & self._many(policy, "month_end_min_entries")

    def bunching(self, policy: Policy) -> Any:
        import numpy as np

        bases = [path.base.first_seconds for path in policy.paths]
        if not bases:
            return self._named([])
        mark, width = min(bases), policy.whole("bunching_width_seconds")
        keys, place = distinct(self.person * 2**32 + self.patient)
        totals = np.bincount(place, weights=self.seconds)
        people = keys // 2**32
        near = np.bincount(
            people[(totals >= mark) & (totals < mark + width)], minlength=self.people
        )
        patients = np.bincount(people, minlength=self.people)
        return (patients >= policy.whole("bunching_min_months")) & (
            near * _PERCENT >= policy.whole("bunching_share") * patients
        )

    def copied(self, policy: Policy) -> tuple[Any, Any]:
        """Entries whose notes are almost alike with as many patients as are odd, in groups."""
        import numpy as np

        none = np.zeros(0, dtype=np.int64)
        if "note" not in self.rows.column_names:
            return none, none
        texts, rank = ranked(self.rows["note"], policy.whole("note_copy_min_letters"))
        rank = rank[self.at]
        noted = np.flatnonzero(rank >= 0)
        size = len(texts) + 1
        keys, place = np.unique(self.person[noted] * size + rank[noted], return_inverse=True)
        if not len(keys):
            return none, none
        likeness = policy.whole("note_similarity") - _NEARLY
        joined = np.concatenate(([False], alike(texts, keys, size, likeness)))
        group = (np.cumsum(~joined) - 1)[place]
        needed = policy.whole("note_copy_patients")
        several = (np.bincount(group) >= needed)[group]
        noted, group = noted[several], group[several]
        both, _ = distinct(group * 2**32 + self.patient[noted])
        patients = np.bincount(both // 2**32, minlength=1)
        is_odd = (patients >= needed)[group]
        return noted[is_odd], group[is_odd]


def _in_order(person: Any, start: Any, seconds: Any) -> Any:
    """Places by person and start, of those that begin at once the longest first.

    One number tells all three, where no entry is longer than days: it is sorted once.
    """
    import numpy as np

    if seconds.max() >= _LONG:
        return np.lexsort((-seconds, start, person))
    since = start - start.min()
    return np.argsort((person * (since.max() + 1) + since) * _LONG + (_LONG - 1 - seconds))
