"""Counted seconds entry by entry: edges of the month, overlaps, reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ccm_core.audit import audit_case
from ccm_core.casefile import read_case
from ccm_core.minutes import count, day_reason
from ccm_core.records import Consent, TimeEntry

NURSE, OWN = "clinical_staff", "practitioner"


def entry(name: str, on: date, start: str, seconds: int, role: str = NURSE, **said):
    return {"id": name, "on": on, "start": start, "seconds": seconds, "role": role, **said}


def counted(*time, **said):
    case, policy = read_case({"month": "2025-05", "time": list(time), **said})
    return count(case, policy)


def parts(found):
    """Counted and own seconds, and what was left out, by entry."""
    return {
        e.entry.entry_id: (e.counted_seconds, e.own_seconds, {r: s for s, r in e.excluded})
        for e in found.entries
    }


MAY = date(2025, 5, 6)
OUTSIDE, OVERLAP = "outside the month", "overlap, counted once"


def test_of_two_that_start_together_the_longer_counts_whole():
    found = counted(entry("a", MAY, "10:00", 600), entry("b", MAY, "10:00", 1200))
    assert parts(found) == {"b": (1200, 0, {}), "a": (0, 0, {OVERLAP: 600})}
    assert found.total_seconds == 1200
    assert found.counted_ids == ("b",)
    assert found.logged_seconds == 1800


def test_twins_count_once_in_the_order_of_their_numbers():
    twins = entry("b", MAY, "10:00", 600), entry("a", MAY, "10:00", 600)
    assert parts(counted(*twins)) == {"a": (600, 0, {}), "b": (0, 0, {OVERLAP: 600})}


def test_an_overlap_of_one_second_is_left_out_and_shown():
    found = counted(entry("a", MAY, "10:00", 601), entry("b", MAY, "10:10", 600))
    assert parts(found) == {"a": (601, 0, {}), "b": (599, 0, {OVERLAP: 1})}
    assert [(e.seconds, e.reason, e.entry_ids) for e in found.excluded] == [(1, OVERLAP, ("b",))]


def test_own_time_is_a_union_of_its_own_beside_staff_time():
    found = counted(
        entry("nurse", MAY, "10:00", 1200),
        entry("own", MAY, "10:10", 1800, OWN),
        entry("inside", MAY, "10:15", 300, OWN),
        entry("later", MAY, "10:39", 120, OWN),
    )
    assert {name: part[:2] for name, part in parts(found).items()} == {
        "nurse": (1200, 0), "own": (1200, 1800), "inside": (0, 0), "later": (60, 60),
    }  # fmt: skip
    assert found.practitioner_seconds == 1860
    assert found.total_seconds == 2460
    assert found.staff_seconds == 600
    assert found.seconds_for("practitioner") == 1860
    assert found.seconds_for("all") == 2460


@pytest.mark.parametrize(
    ("time", "is_all"),
    [
        ((), False),
        ((entry("a", MAY, "10:00", 1, OWN),), True),
        ((entry("a", MAY, "10:00", 60, OWN), entry("b", MAY, "11:00", 1)), False),
        ((entry("b", MAY, "11:00", 60),), False),
    ],
)
def test_whether_all_time_is_the_practitioners(time, is_all):
    assert counted(*time).is_all_practitioner is is_all


def test_only_the_part_within_the_month_counts_on_its_first_day():
    early = entry("early", date(2025, 4, 30), "23:50", 1200)
    late = entry("late", date(2025, 5, 31), "23:50", 1200)
    found = counted(early, late)
    assert parts(found) == {"early": (600, 0, {OUTSIDE: 600}), "late": (600, 0, {OUTSIDE: 600})}
    assert [e.on for e in found.entries] == [date(2025, 5, 1), date(2025, 5, 31)]
    consent = {"on": date(2025, 5, 1)}
    assert counted(early, consent=consent).total_seconds == 600


def test_an_entry_of_another_month_stays_on_its_own_day_with_one_reason():
    found = counted(
        entry("april", date(2025, 4, 29), "10:00", 600, "non_clinical"),
        entry("june", date(2025, 6, 2), "10:00", 600),
    )
    assert parts(found) == {"april": (0, 0, {OUTSIDE: 600}), "june": (0, 0, {OUTSIDE: 600})}
    assert [e.on for e in found.entries] == [date(2025, 4, 29), date(2025, 6, 2)]
    assert found.excluded[0].entry_ids == ("april", "june")
    next_midnight = counted(entry("june", date(2025, 6, 1), "00:00", 600))
    assert [e.on for e in next_midnight.entries] == [date(2025, 6, 1)]
    assert found.excluded[0].seconds == 1200


def test_what_is_left_out_keeps_its_day_and_start():
    found = counted(entry("desk", MAY, "10:00", 600, "non_clinical"), entry("a", MAY, "10:05", 60))
    left_out = found.entries[0]
    begin = datetime(2025, 5, 6, 14, 0, tzinfo=UTC).timestamp()
    assert (left_out.on, left_out.start, left_out.counted_seconds) == (MAY, begin, 0)
    assert left_out.excluded == ((600, "non-clinical staff"),)
    # Time that does not count takes nothing from time that does.
    assert found.entries[1].counted_seconds == 60
    assert found.counted_ids == ("a",)


def test_an_entry_over_the_edge_that_does_not_count_is_split_by_reason():
    found = counted(entry("desk", date(2025, 4, 30), "23:50", 1200, "non_clinical"))
    assert parts(found) == {"desk": (0, 0, {OUTSIDE: 600, "non-clinical staff": 600})}
    assert [e.reason for e in found.excluded] == ["non-clinical staff", OUTSIDE]


def test_nothing_counts_before_a_needed_visit_and_all_from_its_day():
    visit = {"on": date(2025, 5, 10), "code": "99214"}
    time = [entry(str(d), date(2025, 5, d), "10:00", 600) for d in (9, 10, 11)]
    consent = {"on": date(2025, 4, 1)}
    found = counted(*time, initiating_visit=visit, new_patient=True, consent=consent)
    assert [e.counted_seconds for e in found.entries] == [0, 600, 600]
    assert found.excluded[0].reason == "before the initiating visit"
    known = counted(*time, initiating_visit=visit, new_patient=False, consent=consent)
    assert known.total_seconds == 1800
    # A day that the month asks about one by one, for the patient died in it.
    looked_at = {"died_on": date(2025, 5, 30), "initiating_visit": visit, "new_patient": True}
    assert counted(*time, consent=consent, **looked_at).total_seconds == 1200


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"role": "non_clinical"}, "non-clinical staff"),
        ({"role": "automated"}, "automated, not a person"),
        ({"role": "patient"}, "the patient's own time"),
        ({"outside_us": True}, "outside the United States"),
        ({"role": "non_clinical", "outside_us": True}, "non-clinical staff"),
        ({"face_to_face": True}, "face to face"),
        ({"counted_for": "99457"}, "already counted for 99457"),
        ({"counted_for": "99490"}, ""),
        ({"counted_for": "99439"}, ""),
        ({"activity": "scheduling", "face_to_face": True}, "administrative"),
        ({"activity": "care_coordination"}, ""),
        ({"activity": "no such word"}, ""),
    ],
)
def test_why_an_entry_does_not_count(said, reason):
    found = counted({"on": MAY, "start": "10:00", "seconds": 600, **said})
    assert [e.reason for e in found.excluded] == ([reason] if reason else [])
    assert found.total_seconds == (0 if reason else 600)


def test_days_on_which_no_time_counts():
    case, _ = read_case({"month": "2025-05", "staff_minutes": 25})
    consent = Consent("c", "p", date(2025, 5, 10), revoked_on=date(2025, 5, 20))
    case.consents = (consent,)
    assert day_reason(case, date(2025, 5, 9)) == "before consent"
    assert day_reason(case, date(2025, 5, 10)) == ""
    assert day_reason(case, date(2025, 5, 31)) == ""
    assert day_reason(case, date(2025, 6, 1)) == "after revocation"
    case.consents = ()
    assert day_reason(case, MAY) == "no consent"
    case.consents = (replace(consent, revoked_on=None),)
    case.patient = replace(case.patient, died_on=date(2025, 5, 12))
    assert day_reason(case, date(2025, 5, 12)) == ""
    assert day_reason(case, date(2025, 5, 13)) == "after death"


@pytest.mark.parametrize(
    ("kind", "modifiers", "reason"),
    [
        ("hospital", [], "hospital inpatient day"),
        ("snf_part_a", [], "SNF Part A day"),
        ("hospice", [], "hospice day"),
        ("hospice", ["GW"], ""),
        ("hospice", ["GV"], ""),
        ("hospice", ["25"], "hospice day"),
        ("hospital", ["GW"], "hospital inpatient day"),
        ("snf_part_a", ["GV"], "SNF Part A day"),
        ("home_health", [], ""),
        ("nursing_facility", [], ""),
    ],
)
def test_days_of_a_stay(kind, modifiers, reason):
    stay = {"kind": kind, "from": date(2025, 5, 5), "to": date(2025, 5, 7)}
    case, _ = read_case({"month": "2025-05", "stays": [stay], "modifiers": modifiers})
    assert [day_reason(case, date(2025, 5, d)) for d in (4, 5, 7, 8)] == ["", reason, reason, ""]


@pytest.mark.parametrize(("policy", "seconds"), [("baseline", 1200), ("strict", 600)])
def test_the_strict_reading_leaves_out_the_day_of_a_visit(policy, seconds):
    time = [entry("a", MAY, "10:00", 600), entry("b", date(2025, 5, 7), "10:00", 600)]

    def total(code: str, npi: str) -> int:
        visit = {"code": code, "on": MAY, "npi": npi}
        found = counted(*time, policy=policy, other_services=[visit])
        assert {e.reason for e in found.excluded} <= {"part of a visit"}
        return found.total_seconds

    assert total("99213", "same") == seconds
    assert total("99213", "other") == 1200
    assert total("G0439", "same") == 1200


def test_zero_seconds_are_nobodys_time():
    case, policy = read_case({"month": "2025-05"})
    at = datetime(2025, 5, 6, 14, tzinfo=UTC)
    case.entries = (
        TimeEntry("a", "p", at, 0, "non_clinical"), TimeEntry("b", "p", at, 0, "practitioner"),
    )  # fmt: skip
    found = count(case, policy)
    assert found.excluded == ()
    assert found.counted_ids == ()
    assert found.practitioner_seconds == 0


@pytest.mark.parametrize(
    ("said", "mark", "missing"),
    [
        # One condition: the staff's 25 minutes lack 5 for staff PCM, not 30 of the practitioner's.
        ({"staff_minutes": 25, "chronic_conditions": 1}, 30, 5),
        ({"practitioner_minutes": 10, "chronic_conditions": 1}, 30, 20),
        ({"staff_minutes": 12, "practitioner_minutes": 5}, 20, 3),
        ({"staff_minutes": 0}, 20, 20),
        ({"staff_minutes": 20}, 40, 20),
        ({"time": [{"on": MAY, "seconds": 1199}]}, 20, 1),
        ({"time": [{"on": MAY, "seconds": 1140}]}, 20, 1),
        ({"time": [{"on": MAY, "seconds": 1139}]}, 20, 2),
        ({"staff_minutes": 60}, None, None),
        ({"staff_minutes": 10, "chronic_conditions": 0}, None, None),
    ],
)
def test_the_next_threshold_is_the_nearest_or_that_of_the_path_in_use(said, mark, missing):
    outcome = audit_case(*read_case({"month": "2025-05", **said}))
    assert (outcome.next_threshold_minutes, outcome.minutes_to_next) == (mark, missing)
