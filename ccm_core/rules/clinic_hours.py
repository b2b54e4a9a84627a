"""Which seconds of a month lie within clinic hours for sure; of others the calendar is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from ccm_core.months import SECONDS_PER_HOUR, Month, day_start, time_zone
from ccm_core.policy import Policy

Hours = Mapping[date, tuple[int, int]]


def clinic_hours(policy: Policy, zone: str) -> Hours:
    """First and past-the-last second of clinic hours, on days that are open and 24 hours long."""
    key = ("clinic hours", zone)
    found: Hours | None = policy.kept.get(key)
    if found is None:
        found = policy.kept[key] = dict(_open_days(policy, policy.month, zone))
    return found


def _open_days(policy: Policy, month: Month, zone: str) -> list[tuple[date, tuple[int, int]]]:
    opens, closes = policy.whole("clinic_open_hour"), policy.whole("clinic_close_hour")
    closed = policy.whole("clinic_closed_weekday")
    found = []
    for day in month.days():
        first = day_start(day, time_zone(zone))
        length = day_start(day + timedelta(days=1), time_zone(zone)) - first
        is_regular = length == timedelta(days=1).total_seconds()
        if is_regular and day.weekday() != closed:
            # An entry cut at midnight, where the month begins, may have begun the day before.
            found.append(
                (day, (first + max(opens * SECONDS_PER_HOUR, 1), first + closes * SECONDS_PER_HOUR))
            )
    return found
