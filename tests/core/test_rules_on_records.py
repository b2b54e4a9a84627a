"""Rules that only records of an export can trigger."""

from __future__ import annotations

from dataclasses import replace

from ccm_core.audit import audit_case
from ccm_core.casefile import read_case


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
