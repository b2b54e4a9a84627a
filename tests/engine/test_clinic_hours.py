"""Time while the clinic is closed: seconds of a day say what the calendar says, on every day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from ccm_core import records as r
from ccm_core.months import Month, time_zone
from ccm_core.policy import Policy
from tests.bench import made
from tests.engine.as_columns import assert_same, both_ways
from tests.engine.plain_charts import NOTES, Chart

TIMES = (
    time(0), time(0, 0, 1), time(1, 59, 59), time(3, 0), time(5, 59, 59), time(6), time(12, 30),
    time(20, 59, 59), time(21), time(23, 40),
)  # fmt: skip
MONTHS = (
    (Month(2025, 3), "America/New_York"), (Month(2025, 11), "America/Denver"),
    (Month(2025, 11), "Pacific/Honolulu"),
)  # fmt: skip
"""Clocks go forward, back, and never."""


def _log(chart: Chart, days: int) -> list[r.TimeEntry]:
    """An entry of eight minutes at each of these times, all on one day of the month."""
    on, zone = chart.on(days), time_zone(chart.zone)
    return [
        r.TimeEntry(f"{chart.pid}e{number}", chart.pid, datetime.combine(on, at, zone), 480,
                    staff_id="s1", note=NOTES[number % len(NOTES)], is_contact=True)
        for number, at in enumerate(TIMES)
        if days >= 0 or at > time(23)
    ]  # fmt: skip


def _charts(month: Month, zone: str) -> Iterator[Any]:
    """A patient for each day, and one whose time begins on the evening before the month."""
    yield replace(made.PRACTICE, time_zone=zone)
    for days in range(-1, len(month.days())):
        chart = Chart(month, zone, f"b{days + 1:03d}")
        yield from (one for one in chart.plain() if not isinstance(one, r.TimeEntry))
        yield from _log(chart, days)
        # Cut at midnight: it begins on Sunday, or in an hour in which the clinic is closed.
        if days < 0:
            yield replace(_log(chart, days)[0], entry_id=f"{chart.pid}x", seconds=3600)


def _closed(entry: r.TimeEntry, month: Month, zone: str) -> bool:
    """What the calendar says."""
    policy = Policy.on(month, "baseline", made.PRACTICE.state)
    local = entry.started_at.astimezone(time_zone(zone))
    opens, closes = policy.whole("clinic_open_hour"), policy.whole("clinic_close_hour")
    is_open = opens <= local.hour < closes
    return not is_open or local.weekday() == policy.whole("clinic_closed_weekday")


@pytest.mark.parametrize(("month", "zone"), MONTHS, ids=str)
def test_seconds_and_the_calendar_agree_on_every_day(tmp_path, month, zone):
    found = list(_charts(month, zone))
    both = both_ways(found, tmp_path / "in", month)
    assert_same(both, len(month.days()))
    assert both.plain >= len(month.days()) - 1
    expected: dict[str, set[str]] = {}
    first = datetime.combine(month.first_day, time(), time_zone(zone))
    for one in found:
        if not isinstance(one, r.TimeEntry):
            continue
        counts = one.started_at + timedelta(seconds=one.seconds) > first
        if counts and _closed(one, month, zone):
            expected.setdefault(one.patient_id, set()).add(one.entry_id)
    said = {
        outcome.patient_id: {one for e in judged.evidence for one in e.ids}
        for outcome in both.by_columns
        for judged in outcome.findings
        if judged.rule == "D11"
    }
    assert said == expected
    assert len(expected) >= len(month.days())
