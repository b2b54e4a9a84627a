"""Minutes that another code's time shares, and minutes of which only the day is known."""

from __future__ import annotations

from datetime import date

from ccm_core.months import noon, time_zone
from tests.core.test_counting import MAY, NURSE, OVERLAP, OWN, counted, entry, parts

SHARED, OTHER = "at the same moment as time of another code", "already counted for 99457"
OUTSIDE = "outside the month"


def monitoring(start: str, seconds: int):
    return entry("monitoring", MAY, start, seconds, counted_for="99457")


def test_own_time_loses_what_another_code_used():
    found = counted(entry("own", MAY, "10:00", 2400, OWN), monitoring("10:29", 660))
    assert parts(found) == {
        "own": (1740, 1740, {SHARED: 660}), "monitoring": (0, 0, {OTHER: 660}),
    }  # fmt: skip
    assert (found.total_seconds, found.practitioner_seconds) == (1740, 1740)
    assert found.is_all_practitioner


def test_own_time_beside_staff_time_loses_its_own_share():
    found = counted(
        entry("nurse", MAY, "10:00", 1500), entry("own", MAY, "10:10", 1500, OWN),
        monitoring("10:15", 1200),
    )  # fmt: skip
    assert parts(found) == {
        "nurse": (900, 0, {SHARED: 600}), "own": (0, 300, {OVERLAP: 900, SHARED: 600}),
        "monitoring": (0, 0, {OTHER: 1200}),
    }  # fmt: skip
    assert (found.total_seconds, found.practitioner_seconds) == (900, 300)


def test_own_time_that_lies_under_staff_time_loses_nothing_that_was_counted():
    found = counted(
        entry("nurse", MAY, "10:00", 1800), entry("own", MAY, "10:10", 600, OWN),
        monitoring("10:15", 900),
    )  # fmt: skip
    assert parts(found) == {
        "nurse": (900, 0, {SHARED: 900}), "own": (0, 300, {OVERLAP: 600}),
        "monitoring": (0, 0, {OTHER: 900}),
    }  # fmt: skip


def of_a_day(name: str, on: date, seconds: int, role: str = NURSE):
    return {"id": name, "on": on, "seconds": seconds, "role": role, "start_known": False}


def test_time_of_which_only_the_day_is_known_adds_up_for_each_who_worked():
    found = counted(
        of_a_day("a", MAY, 600, OWN), of_a_day("b", MAY, 300, OWN), of_a_day("c", MAY, 60),
        entry("own", MAY, "10:00", 120, OWN),
    )  # fmt: skip
    assert (found.total_seconds, found.practitioner_seconds) == (1080, 1020)
    middle = int(noon(MAY, time_zone("America/New_York")).timestamp())
    assert {e.start for e in found.entries if not e.entry.is_start_known} == {middle}


def test_a_day_of_another_month_is_outside_whoever_worked():
    found = counted(
        of_a_day("april", date(2025, 4, 30), 600, OWN), of_a_day("june", date(2025, 6, 1), 300),
        of_a_day("desk", date(2025, 6, 2), 60, "non_clinical"),
        of_a_day("first", date(2025, 5, 1), 1),
        of_a_day("last", date(2025, 5, 31), 2),
    )  # fmt: skip
    assert parts(found) == {
        "april": (0, 0, {OUTSIDE: 600}), "june": (0, 0, {OUTSIDE: 300}),
        "desk": (0, 0, {OUTSIDE: 60}), "first": (1, 0, {}), "last": (2, 0, {}),
    }  # fmt: skip
