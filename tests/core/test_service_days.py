"""The day of the threshold and the date of service, at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core.audit import work_out
from ccm_core.casefile import read_case
from ccm_core.minutes import count
from ccm_core.records import Stay, Visit
from ccm_core.service_date import choose_day, is_free, last_eligible_day, threshold_day

NPI = "1234567893"
PLAN = {"99490": 1}
PSYCHOTHERAPY, NO_PAIR = "90834", "G0439"


def asked(**said):
    return read_case({"month": "2025-05", **said})


def entries(*said):
    return [{"on": date(2025, 5, d), "minutes": m, "role": role} for d, m, role in said]


STAFF, OWN = "clinical_staff", "practitioner"


@pytest.mark.parametrize(
    ("time", "plan", "day"),
    [
        (entries((6, 12, STAFF), (8, 8, STAFF), (9, 5, STAFF)), {"99490": 1}, 8),
        (entries((6, 12, STAFF), (8, 7, STAFF), (9, 5, STAFF)), {"99490": 1}, 9),
        (entries((6, 20, STAFF), (8, 20, STAFF)), {"99490": 1, "99439": 1}, 8),
        (entries((6, 20, STAFF), (8, 20, STAFF)), {"99490": 1, "G0506": 0}, 6),
        (entries((6, 30, STAFF), (8, 10, OWN), (9, 20, OWN)), {"99491": 1}, 9),
        (entries((6, 20, OWN), (7, 30, STAFF), (8, 10, OWN)), {"99491": 1}, 8),
        (entries((6, 30, STAFF), (8, 10, OWN)), {"99491": 1}, None),
        (entries((6, 20, STAFF)), {"99490": 1, "99439": 1}, None),
        (entries((6, 20, STAFF)), {"99490": 1, "G0506": 1}, None),
        (entries((6, 20, STAFF)), {}, None),
    ],
)
def test_the_day_on_which_the_last_planned_unit_was_reached(time, plan, day):
    case, policy = asked(time=time)
    found = threshold_day(count(case, policy), policy, plan)
    assert found == (None if day is None else date(2025, 5, day))


def test_seconds_reach_a_threshold_not_a_second_before():
    for seconds, day in ((600, 8), (599, None)):
        time = [
            {"on": date(2025, 5, 6), "seconds": 600}, {"on": date(2025, 5, 8), "seconds": seconds},
        ]  # fmt: skip
        case, policy = asked(time=time)
        found = threshold_day(count(case, policy), policy, PLAN)
        assert found == (None if day is None else date(2025, 5, day))


def visit(day: int, code: str, npi: str = NPI, practice: str = "") -> Visit:
    return Visit("v", "p", date(2025, 5, day), code, npi, practice)


@pytest.mark.parametrize(
    ("found", "is_so"),
    [
        (visit(31, PSYCHOTHERAPY), False), (visit(30, PSYCHOTHERAPY), True),
        (visit(31, NO_PAIR), True), (visit(31, ""), True),
        (visit(31, PSYCHOTHERAPY, "1245319599", "other"), True),
    ],
)  # fmt: skip
def test_a_day_is_free_of_pairs_by_the_same_practitioner(found, is_so):
    case, policy = asked(staff_minutes=25)
    case.visits = (found,)
    assert is_free(case, policy, PLAN, date(2025, 5, 31)) is is_so


@pytest.mark.parametrize("kind", ["hospital", "snf_part_a", "hospice"])
def test_a_day_of_a_stay_is_not_free(kind):
    case, policy = asked(staff_minutes=25)
    case.stays = (Stay("s", "p", kind, date(2025, 5, 31)),)
    assert not is_free(case, policy, PLAN, date(2025, 5, 31))
    assert is_free(case, policy, PLAN, date(2025, 5, 30))
    case.stays = (Stay("s", "p", "home_health", date(2025, 5, 31)),)
    assert is_free(case, policy, PLAN, date(2025, 5, 31))


def test_the_last_free_day_since_the_threshold_is_taken():
    case, policy = asked(staff_minutes=25)
    reached = date(2025, 5, 29)
    assert choose_day(case, policy, PLAN, reached) == date(2025, 5, 31)
    case.visits = (visit(31, PSYCHOTHERAPY),)
    assert choose_day(case, policy, PLAN, reached) == date(2025, 5, 30)
    case.visits = (visit(31, PSYCHOTHERAPY), visit(30, PSYCHOTHERAPY))
    assert choose_day(case, policy, PLAN, reached) == reached
    case.visits = tuple(visit(day, PSYCHOTHERAPY) for day in (29, 30, 31))
    assert choose_day(case, policy, PLAN, reached) == date(2025, 5, 31)
    assert choose_day(case, policy, {}, reached) is None


def test_no_day_before_the_threshold_is_taken():
    case, policy = asked(staff_minutes=25)
    case.visits = tuple(visit(day, PSYCHOTHERAPY) for day in (30, 31))
    assert choose_day(case, policy, PLAN, date(2025, 5, 30)) == date(2025, 5, 31)


def test_a_payer_that_wants_the_threshold_day_gets_it():
    case, policy = asked(staff_minutes=25)
    policy = replace(policy)
    vars(policy)["payer_row"] = {"date_of_service": "threshold_day"}
    assert choose_day(case, policy, PLAN, date(2025, 5, 20)) == date(2025, 5, 20)
    assert choose_day(case, policy, PLAN, None) == date(2025, 5, 1)
    case.patient = replace(case.patient, died_on=date(2025, 5, 10))
    assert choose_day(case, policy, PLAN, date(2025, 5, 20)) == date(2025, 5, 10)


def test_after_death_no_day_is_eligible():
    for died_on, last in ((None, 31), (date(2025, 5, 12), 12), (date(2025, 6, 3), 31)):
        case, _ = asked(staff_minutes=25)
        case.patient = replace(case.patient, died_on=died_on)
        assert last_eligible_day(case) == date(2025, 5, last)


def test_a_day_asked_for_is_kept_and_judged_elsewhere():
    case, policy = asked(staff_minutes=25, date_of_service=date(2025, 6, 2))
    assert work_out(case, policy).service_on == date(2025, 6, 2)
