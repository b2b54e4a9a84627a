"""Minutes that another code's time shares, and minutes of which only the day is known."""

from __future__ import annotations

from datetime import date

import pytest

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


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"role": "non_clinical"}, "non-clinical staff"),
        ({"outside_us": True, "role": OWN}, "outside the United States"),
        ({"counted_for": "99426"}, "already counted for 99426"),
        ({"on": date(2025, 5, 2)}, "before consent"),
        ({"on": date(2025, 5, 20), "role": OWN}, "hospital inpatient day"),
    ],
)
def test_time_of_a_day_does_not_count_for_the_same_reasons(said, left):
    consent = {"consent": {"on": date(2025, 5, 3)}}
    stay = {"kind": "hospital", "from": date(2025, 5, 20), "to": date(2025, 5, 21)}
    found = counted({**of_a_day("a", MAY, 600), **said}, stays=[stay], **consent)
    (one,) = found.entries
    assert (one.counted_seconds, one.own_seconds, one.excluded) == (0, 0, ((600, left),))
    assert one.on == said.get("on", MAY)
    assert one.start == int(noon(one.on, time_zone("America/New_York")).timestamp())
    nothing = counted({**of_a_day("a", MAY, 0), **said}, stays=[stay], **consent)
    assert nothing.entries[0].excluded == ()


OWN_CODES = [
    # Codes that the month may be billed by are no other service: the minutes are CCM's own.
    ("99490", 2, {}, True), ("99439", 2, {}, True), ("99457", 2, {}, False),
    # PCM is another service where CCM is billed, and the patient's own with one condition.
    ("99426", 2, {}, False), ("99426", 1, {}, True), ("99426", 3, {"99490": 1}, False),
    ("99426", 2, {"99426": 1}, True), ("99490", 2, {"99426": 1}, True),
]  # fmt: skip


@pytest.mark.parametrize(("code", "conditions", "requested", "counts"), OWN_CODES)
def test_minutes_logged_for_a_code_of_this_months_own_families_count(
    code, conditions, requested, counts
):
    said = {"chronic_conditions": conditions, **({"requested": requested} if requested else {})}
    found = counted(entry("a", MAY, "10:00", 600, counted_for=code), **said)
    left = {} if counts else {f"already counted for {code}": 600}
    assert parts(found) == {"a": (600 if counts else 0, 0, left)}
