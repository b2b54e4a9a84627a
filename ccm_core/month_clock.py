"""The edges and days of one month on the clocks of one place, as whole seconds."""

from __future__ import annotations

import functools
from bisect import bisect_right
from datetime import date, datetime
from typing import NamedTuple

from ccm_core.months import Month, day_start, time_zone


class MonthClock:
    """A month's edges and days as epoch seconds, on the clocks of one place."""

    def __init__(self, month: Month, zone: str) -> None:
        self.zone, self.days = time_zone(zone), month.days()
        self.first, self.past = month.bounds(self.zone)
        self.starts = tuple(day_start(day, self.zone) for day in self.days)

    def part(self, start: int, seconds: int) -> tuple[int, int, date]:
        """Start and end within the month; the local day of that start, or of the entry's own."""
        end = start + seconds
        if self.first <= start < end <= self.past:
            return start, end, self.days[bisect_right(self.starts, start) - 1]
        begins = min(max(start, self.first), self.past)
        ends = max(min(end, self.past), begins)
        return begins, ends, self.day(begins if ends > begins else start)

    def day(self, moment: int) -> date:
        """The local day of a moment; within the month by looking it up, not by the calendar."""
        if self.first <= moment < self.past:
            return self.days[bisect_right(self.starts, moment) - 1]
        return datetime.fromtimestamp(moment, self.zone).date()


clock_of = functools.lru_cache(MonthClock)
"""The clock of a month in a time zone, made once."""


class Hours(NamedTuple):
    """A day of 24 hours in epoch seconds; on a closed day nothing lies from open to close."""

    midnight: int
    opens: int
    closes: int


UNSURE = Hours(0, 1, 0)
"""A day of which only the calendar can tell: its clocks change, or its month is another."""
