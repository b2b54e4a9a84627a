"""Rules that only records of an export can trigger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core.audit import audit_case, checklist, work_out
from ccm_core.casefile import read_case
from ccm_core.records import CarePlan, ClaimLine, Visit
from ccm_core.rules.documentation import plain
from ccm_core.rules.services import FACILITY_CLAIM, services, shows_plan


def fired(case, policy) -> set[str]:
    return {judged.rule for judged in audit_case(case, policy).findings}


def test_snomed_conditions_have_nothing_to_point_to_on_a_claim() -> None:
    case, policy = read_case(
        {"month": "2025-05", "staff_minutes": 25, "chronic_conditions": ["I10", "E11.9"]}
    )
    assert "L13" not in fired(case, policy)
    case.conditions = tuple(replace(c, system="snomed") for c in case.conditions)
    assert "L13" in fired(case, policy)


def test_a_visit_elsewhere_never_initiates() -> None:
    case, policy = read_case({"month": "2025-05", "staff_minutes": 25, "new_patient": True})
    assert "E04" not in fired(case, policy)
    case.visits = tuple(replace(v, npi="1999999992", practice="other") for v in case.visits)
    assert "E04" in fired(case, policy)


def test_no_coverage_record_is_a_finding_not_a_pass() -> None:
    case, policy = read_case({"month": "2025-05", "staff_minutes": 25})
    case.payers = ()
    assert "O09" in fired(case, policy)


def test_a_claim_without_icd10_says_so_only_of_a_plan_with_known_conditions() -> None:
    given = {"month": "2025-05", "staff_minutes": 25, "chronic_conditions": ["I10", "E11.9"]}
    case, policy = read_case(given)
    case.conditions = tuple(replace(c, system="snomed") for c in case.conditions)
    (found,) = [j for j in audit_case(case, policy).findings if j.rule == "L13"]
    assert found.summary == "No ICD-10-CM code is on record; the claim needs one."
    mixed = (case.conditions[0], replace(case.conditions[1], system="icd10cm"))
    assert "L13" not in fired(replace(case, conditions=mixed, answers={}), policy)
    assert "L13" not in fired(replace(case, conditions=(), answers={}), policy)
    assert "L13" not in fired(replace(case, entries=(), answers={}), policy)


def test_without_a_request_no_rule_about_the_line_objects_or_fails() -> None:
    for given in (
        {"staff_minutes": 25},
        {"staff_minutes": 5},
        {"staff_minutes": 65, "mdm": "high"},
    ):
        case, policy = read_case({"month": "2025-05", **given})
        case.request = None
        found = {line.rule: line.result for line in checklist(case, policy)}
        assert {found[r] for r in ("L03", "L04", "L05", "L07", "M01", "O13")} == {"PASS"}


def coverage(case, on):
    """The case with Medicare until 15 May and a plan from 16 May, billed on a day of May."""
    first = replace(case.payers[0], payer_id="a", to_on=date(2025, 5, 15))
    plan = replace(first, payer_id="b", kind="medicare_advantage", is_qmb=True,
                   from_on=date(2025, 5, 16), to_on=None)  # fmt: skip
    request = replace(case.request, service_on=on)
    return replace(case, payers=(first, plan), request=request, answers={})


def test_coverage_is_that_of_the_date_of_service() -> None:
    time = [{"on": date(2025, 5, 2), "minutes": 25}]
    case, policy = read_case({"month": "2025-05", "time": time})
    early, late = coverage(case, date(2025, 5, 15)), coverage(case, date(2025, 5, 16))
    assert not fired(early, policy) & {"O09", "O12", "O15"}
    assert fired(late, policy) >= {"O12", "O15"}
    assert "O12" in fired(coverage(case, None), policy)
    said = {line.rule: line for line in checklist(early, policy)}
    assert [(e.value, e.ids) for e in said["O12"].evidence] == [("medicare", ("a",))]
    apcm = {when: audit_case(found, policy) for when, found in (("a", early), ("b", late))}
    levels = {w: [j.summary[:5] for j in o.findings if j.rule == "M04"] for w, o in apcm.items()}
    assert levels == {"a": ["G0557"], "b": ["G0558"]}


def test_coverage_that_nobody_knows_is_shown_as_such() -> None:
    case, policy = read_case({"month": "2025-05", "staff_minutes": 25})
    case.payers = ()
    lines = {line.rule: line for line in checklist(case, policy)}
    assert lines["O09"].summary == "No coverage is on record for 2025-05-31."
    for rule in ("O10", "O11", "O12", "O13", "O14", "O15"):
        assert lines[rule].result == "PASS"
        assert [(e.name, e.value, e.ids) for e in lines[rule].evidence] == [
            ("coverage", "not known", ())
        ]


def test_earlier_claims_count_as_services_unless_they_are_dead() -> None:
    case, policy = read_case(
        {"month": "2025-05", "staff_minutes": 25, "date_of_service": date(2025, 5, 31)}
    )
    line = ClaimLine("q1", 1, "p", case.month, "G0181", npi=case.npi, status="paid")
    for status, is_there in (
        ("paid", True), ("submitted", True), ("denied", False), ("voided", False),
        ("replaced", False), ("planned", False),
    ):  # fmt: skip
        around = replace(case, past_claims=(replace(line, status=status),), answers={})
        assert ("X02" in fired(around, policy)) is is_there, status
    for npi, by in (
        (case.npi, "same practitioner"),
        ("", "same practitioner"),
        ("1245319599", "same practice"),
    ):
        around = replace(case, past_claims=(replace(line, code="99490", npi=npi),), answers={})
        (found,) = [j for j in audit_case(around, policy).findings if j.rule == "X02"]
        assert f"99490 on 2025-05-31 ({by})" in found.summary
        assert found.evidence[0].ids[0] == "q1"
    dated = replace(line, service_on=date(2025, 4, 30))
    assert "X02" not in fired(replace(case, past_claims=(dated,), answers={}), policy)


def test_an_unknown_contact_is_not_no_contact() -> None:
    case, policy = read_case({"month": "2025-05", "staff_minutes": 25})
    for contact, is_there in ((False, True), (None, False), (True, False)):
        entries = tuple(replace(e, is_contact=contact) for e in case.entries)
        assert ("T07" in fired(replace(case, entries=entries, answers={}), policy)) is is_there


def plan(name: str, created_on: date, ended_on: date | None = None) -> CarePlan:
    return CarePlan(name, "p", created_on, ended_on=ended_on)


@pytest.mark.parametrize(
    ("plans", "said", "named"),
    [
        (
            (
                plan("z", date(2024, 1, 5), date(2024, 6, 1)),
                plan("a", date(2024, 6, 2), date(2025, 4, 30)),
            ),
            "The care plan ended on 2025-04-30, before the month.", "a",
        ),
        (
            (plan("a", date(2025, 6, 9)), plan("z", date(2025, 6, 3))),
            "The care plan is of 2025-06-03, after the date of service.", "z",
        ),
        # What ended before the month is not the plan that came after it.
        (
            (plan("old", date(2024, 1, 5), date(2025, 3, 1)), plan("new", date(2025, 6, 3))),
            "The care plan is of 2025-06-03, after the date of service.", "new",
        ),
    ],
)  # fmt: skip
def test_of_several_care_plans_the_one_nearest_to_the_month_is_named(plans, said, named) -> None:
    case, policy = read_case({"month": "2025-05", "staff_minutes": 25})
    for order in (plans, plans[::-1]):
        found = audit_case(replace(case, care_plans=order, answers={}), policy).findings
        (p01,) = (one.finding for one in found if one.rule == "P01")
        assert (p01.summary, p01.evidence[0].ids) == (said, (named,))


def test_an_earlier_claim_of_the_same_day_carries_no_modifier() -> None:
    day = date(2025, 5, 30)
    case, policy = read_case(
        {"month": "2025-05", "practitioner_minutes": 30, "date_of_service": day}
    )
    line = ClaimLine("q1", 1, "p", case.month, "99484", npi=case.npi, status="paid", service_on=day)
    assert "X14" in fired(replace(case, past_claims=(line,), answers={}), policy)


def test_a_month_without_a_plan_shows_nothing_planned() -> None:
    case, policy = read_case({"month": "2025-05", "staff_minutes": 5})
    work_out(case, policy)
    assert [(e.name, e.value) for e in shows_plan(case, policy)] == [("planned", "nothing")]


def test_a_facility_claim_and_a_visit_without_a_code_are_no_services() -> None:
    case, _ = read_case({"month": "2025-05", "staff_minutes": 25})
    on = date(2025, 5, 6)
    visits = (
        Visit("coded", "p", on, "99213", case.npi),
        Visit("uncoded", "p", on, "", case.npi),
        Visit("facility", "p", on, "99490", case.npi, kind=FACILITY_CLAIM),
    )
    found = services(replace(case, visits=visits, past_claims=(), answers={}))
    assert [one.service_id for one in found] == ["coded"]


def test_notes_are_compared_by_their_words_in_small_letters() -> None:
    assert plain("Called -- the PHARMACY,  twice!") == "called the pharmacy twice"
