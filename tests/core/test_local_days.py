"""Days looked up in a month's table are the days that the calendar gives."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from ccm_core.month_clock import MonthClock
from ccm_core.months import Month, time_zone

ZONES = (
    "America/New_York", "America/Chicago", "Pacific/Honolulu", "America/Sao_Paulo", "Asia/Beirut",
    "Australia/Lord_Howe", "Pacific/Apia", "America/Havana", "America/St_Johns",
)  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_every_moment_of_a_month_lies_on_the_day_that_the_calendar_says(zone):
    rng = random.Random(zone)
    for month in (
        Month(2025, 3),
        Month(2025, 11),
        Month(2018, 11),
        Month(2011, 12),
        Month(2024, 2),
    ):
        clock = MonthClock(month, zone)
        around = [rng.randrange(clock.first - 90_000, clock.past + 90_000) for _ in range(1500)]
        edges = [at + off for at in clock.starts for off in (-3601, -1, 0, 1, 3601)]
        for moment in (*around, *edges):
            local = datetime.fromtimestamp(moment, UTC).astimezone(time_zone(zone)).date()
            assert clock.day(moment) == local, (zone, month, moment)
