"""Which seconds of a month lie within clinic hours and which outside; else the calendar tells."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date, timedelta

from ccm_core.month_clock import Hours
from ccm_core.months import SECONDS_PER_HOUR, Month, day_start, time_zone
from ccm_core.policy import Policy


def clinic_hours(policy: Policy, zone: str) -> Mapping[date, Hours]:
    """The clinic hours of the month's days of 24 hours, and of those on which nobody is there."""
    key = ("clinic hours", zone)
    found: Mapping[date, Hours] | None = policy.kept.get(key)
    if found is None:
        found = policy.kept[key] = _regular_days(
            policy.whole("clinic_open_hour"), policy.whole("clinic_close_hour"),
            policy.whole("clinic_closed_weekday"), policy.month, zone,
        )  # fmt: skip
    return found


@functools.lru_cache(maxsize=64)
def _regular_days(
    opens: int, closes: int, closed: int, month: Month, zone: str
) -> Mapping[date, Hours]:
    """One mapping for all policies that agree: whoever compares two sees it at a glance."""
    found: dict[date, Hours] = {}
    for day in month.days():
        first = day_start(day, time_zone(zone))
        length = day_start(day + timedelta(days=1), time_zone(zone)) - first
        if day.weekday() == closed:
            found[day] = Hours(first, first, first)
        elif length == timedelta(days=1).total_seconds():
            # Of midnight itself the calendar is asked: an entry cut there may have begun before.
            from_second = first + max(opens * SECONDS_PER_HOUR, 1)
            found[day] = Hours(first, from_second, first + closes * SECONDS_PER_HOUR)
    return found
