"""Which subjects a month holds, exactly: a subject seen without need asks rules for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core.audit import work_out
from ccm_core.casefile import read_case
from ccm_core.records import ClaimLine, Stay
from ccm_core.rules.seen import subjects_of
from ccm_core.rules.subjects import BIT
from tests.core.test_counting import MAY, entry

CLEAN = {"counted", "no_icd10", "plan", "plans_ccm", "request", "services"}
NOTHING_PLANNED = CLEAN - {"plan", "plans_ccm"} | {"no_plan", "plan_differs"}


def names(case, policy) -> set[str]:
    work_out(case, policy)
    present = subjects_of(case, policy)
    assert present & ~sum(BIT.values()) == 0
    return {name for name, bit in BIT.items() if present & bit}


def seen(**said) -> set[str]:
    return names(*read_case({"month": "2025-05", "staff_minutes": 25, **said}))


def service(code: str, on: date, **said):
    return {"other_services": [{"code": code, "on": on, **said}]}


def consent(on: date, **said):
    return {"consent": {"on": on, "mode": "written", **said}}


def plan(**said):
    return {
        "care_plan": {"created_on": date(2025, 1, 5), "copy_given_on": date(2025, 1, 5), **said}
    }


LAST = date(2025, 5, 31)
NEIGHBOUR = {"neighbour_of_month", "either_or"}
ADDED = [
    ({}, set()), ({"staff_minutes": 40}, set()), ({"chronic_conditions": 3}, set()),
    ({"mdm": "high"}, set()), ({"policy": "strict"}, set()),
    ({"requested": {"99490": 1}}, set()), ({"modifiers": ["25"]}, {"modifiers"}),
    ({"requested": {"99490": 2}}, {"over_limit", "plan_differs"}),
    ({"requested": {"99490": 1, "99457": 1}}, {"neighbour_code", "plan_differs"}),
    ({"requested": {"99490": 1, "G2058": 1}}, {
        "plan_differs", "code_not_in_force", "no_amount",
    }),
    ({"requested": {"99490": 1, "99489": 1}}, {
        "clashing_codes", "lone_addon", "plan_differs", "plans_complex", "same_day",
    }),
    ({"requested": {"99490": 1, "G0557": 1}}, {"clashing_codes", "plan_differs", "plans_apcm"}),
    ({"staff_minutes": 60, "mdm": "high"}, {"plans_complex", "several_paths"}),
    ({"date_of_service": LAST}, set()), ({"date_of_service": date(2025, 6, 1)}, {"odd_date"}),
    ({"died_on": date(2025, 5, 30)}, {"death"}), ({"in_model": "ACCESS"}, {"in_model"}),
    ({"status": "unenrolled"}, {"left_program"}), ({"risk_documented": False}, {"risk_unknown"}),
    ({"npi": "1234567890"}, {"bad_npi"}), ({"access_24_7": False}, {"no_access_proof"}),
    (consent(date(2025, 4, 30)), set()), (consent(date(2025, 5, 1)), {"consent_recent"}),
    (consent(date(2024, 5, 1)), set()), (consent(date(2024, 4, 30)), {"consent_old"}),
    (consent(date(2025, 4, 1), mode="verbal"), {"consent_unwritten"}),
    (consent(date(2025, 4, 1), elements=["cost sharing"]), {"consent_gap"}),
    (consent(date(2025, 4, 1), npi="1245319599"), {"consent_for_another"}),
    (consent(date(2025, 4, 1), revoked_on=date(2025, 5, 20)), {"consent_revoked"}),
    (plan(signed_by="Dr. A"), set()), (plan(signed_by=""), {"unsigned"}),
    (plan(copy_given_on=None), {"copy_missing"}), (plan(copy_given_on=LAST), set()),
    (plan(copy_given_on=date(2025, 6, 1)), {"copy_missing"}),
    (plan(elements=["goals"]), {"detailed_plan"}),
    (plan(created_on=date(2024, 5, 31)), set()),
    (plan(created_on=date(2024, 5, 30)), {"unreviewed"}),
    ({"care_plan": None}, {"no_care_plan"}),
    ({"payer": "commercial"}, {"odd_coverage"}), ({"qmb": True}, {"qmb"}),
    ({"payer": "unknown"}, {"odd_coverage", "coverage_gap"}),
    ({"part_b": False}, {"odd_coverage"}), ({"medicare_primary": False}, {"odd_coverage"}),
    ({"part_b_known": False}, {"odd_coverage", "coverage_gap"}),
    (service("99213", date(2025, 4, 30)), set()), (service("99213", date(2025, 6, 1)), set()),
    (service("99213", date(2025, 5, 1)), {"office_visit"}),
    (service("99213", LAST), {"office_visit", "service_on_day", "same_day"}),
    (service("G0439", date(2025, 5, 2)), {"wellness"}),
    (service("99495", date(2025, 4, 2)), {"transition"}),
    (service("G0180", date(2025, 5, 2), kind="facility_claim"), {"facility_claim"}),
    (service("90960", date(2025, 5, 2)), NEIGHBOUR), (service("98980", LAST), NEIGHBOUR | {
        "service_on_day", "same_day",
    }), (service("98980", date(2025, 6, 1)), set()),
    (service("G0180", date(2025, 4, 2), kind="facility_claim"), set()),
    ({"signals": [{"kind": "copied_note", "summary": "x", "ids": []}]}, {"signals"}),
]  # fmt: skip


@pytest.mark.parametrize(("said", "added"), ADDED)
def test_what_a_month_shows_beside_a_clean_one(said, added):
    assert seen(**said) == CLEAN | added


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"staff_minutes": 5}, NOTHING_PLANNED),
        ({"staff_minutes": 0}, NOTHING_PLANNED - {"counted"}),
        ({"chronic_conditions": 0}, NOTHING_PLANNED | {"few_conditions"}),
        ({"consent": None}, NOTHING_PLANNED - {"counted"} | {"excluded", "no_consent"}),
        (
            {"chronic_conditions": 1, "staff_minutes": 30},
            CLEAN - {"plans_ccm"} | {"few_conditions", "one_condition", "plans_pcm"},
        ),
        ({"chronic_conditions": ["I10", "E11.9"]}, CLEAN - {"no_icd10"}),
        (
            {"chronic_conditions": ["I10", "E11.9"], "conditions_confirmed": False},
            CLEAN - {"no_icd10"} | {"unconfirmed"},
        ),
        ({"staff_minutes": 0, "practitioner_minutes": 30}, CLEAN | {"several_paths"}),
        ({"initiating_visit": None}, CLEAN - {"services"} | {"no_initiating_visit"}),
        ({"staff_minutes": 60}, CLEAN | {"complex_reached"}),
        (
            {"requested": {"G0506": 1}},
            CLEAN - {"plans_ccm"} | {"plans_care_planning", "plan_differs", "lone_addon"},
        ),
    ],
)  # fmt: skip
def test_what_other_months_show(said, found):
    assert seen(**said) == found


def log(*entries, **said) -> set[str]:
    return seen(staff_minutes=0, time=entries, **said) - NOTHING_PLANNED - CLEAN


CALL = "Called the pharmacy about the refill of her blood pressure tablets"
LONG = {"complex_reached"}
SUNDAY = {"on": date(2025, 5, 4)}


@pytest.mark.parametrize(
    ("one", "found"),
    [
        ({}, set()), ({"note": ""}, {"weak_note"}), ({"note": "called"}, {"weak_note"}),
        ({"seconds": 7200}, LONG), ({"seconds": 7201}, LONG | {"long_entry"}),
        ({"staff": ""}, {"unnamed_entry"}),
        ({"activity": "phone_call"}, set()), ({"activity": "zzz"}, {"odd_activity"}),
        ({"activity": "scheduling"}, {"excluded"}), ({"contact": False}, {"no_contact"}),
        ({"recorded_at": "2025-05-09T10:00"}, set()),
        ({"recorded_at": "2025-05-09T10:01"}, {"late_entry"}),
        ({"recorded_at": "2025-05-19T10:00", "late_reason": "the system was down"}, set()),
        (SUNDAY, {"odd_hours"}),
        ({"start": "04:00"}, {"odd_hours"}), ({"start": "23:00"}, {"odd_hours"}),
    ],
)  # fmt: skip
def test_what_an_entry_shows(one, found):
    first = {**entry("a", MAY, "10:00", 1500), "note": CALL, **one}
    assert log(first) == found


def test_what_only_several_entries_show():
    def note(number: int, seconds: int, text: str):
        return {**entry(str(number), date(2025, 5, 5 + number), "10:00", seconds), "note": text}

    different = [CALL, CALL + " again", CALL + " a third time", CALL + " once more"]
    apart = [note(n, 300 + n, text) for n, text in enumerate(different)]
    assert log(*apart) == set()
    assert log(*(note(n, 300, text) for n, text in enumerate(different))) == {"equal_lengths"}
    assert log(*(note(n, 300 + n, CALL) for n in range(3))) == {"repeated_note"}
    assert log(*(note(n, 300 + n, CALL) for n in range(2))) == set()
    silent = [{**one, "contact": False} for one in apart]
    assert log(*silent) == {"no_contact"}
    assert log(*silent[1:], apart[0]) == set()


def test_an_entry_of_which_only_the_day_is_known():
    one = {"on": MAY, "seconds": 1500, "note": CALL, "start_known": False}
    assert log(one) == {"start_unknown"}
    assert log({**one, **SUNDAY}) == {"start_unknown", "odd_hours"}


def test_stays_and_earlier_claims():
    case, policy = read_case({"month": "2025-05", "staff_minutes": 25})
    both = {"stays", "stays_in_month"}
    for first, last, found in (
        (date(2025, 5, 31), None, both), (date(2025, 6, 1), None, {"stays"}),
        (date(2025, 4, 1), date(2025, 5, 1), both),
        (date(2025, 4, 1), date(2025, 4, 30), {"stays"}),
    ):  # fmt: skip
        stay = Stay("s", "p", "nursing_facility", first, last)
        assert names(replace(case, stays=(stay,), answers={}), policy) == CLEAN | found
    line = ClaimLine("q1", 1, "p", case.month, "99454", npi=case.npi, status="paid")
    for on, found in (
        (date(2025, 4, 30), set()), (date(2025, 5, 1), NEIGHBOUR), (date(2025, 6, 1), set()),
        (LAST, NEIGHBOUR | {"service_on_day", "same_day"}),
        (None, NEIGHBOUR | {"service_on_day", "same_day"}),
    ):  # fmt: skip
        earlier = (replace(line, service_on=on),)
        assert names(replace(case, past_claims=earlier, answers={}), policy) == CLEAN | found
    wellness = (replace(line, code="G0439", service_on=date(2025, 5, 2)),)
    found = names(replace(case, past_claims=wellness, answers={}), policy)
    assert found == CLEAN | {"wellness"}
    transition = (replace(line, code="99495", service_on=date(2025, 4, 2)),)
    assert names(replace(case, past_claims=transition, answers={}), policy) == CLEAN | {
        "transition"
    }
    alone = replace(case, visits=(), past_claims=earlier, answers={})
    assert "services" in names(alone, policy)
    assert "services" not in names(replace(case, visits=(), answers={}), policy)
