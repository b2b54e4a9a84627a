"""Two reasons for a month without a claim: too little time, or a patient whom no code fits."""

from __future__ import annotations

import pytest

from ccm_core.audit import audit_case
from ccm_core.casefile import read_case
from ccm_core.cli.audit_report import summary
from ccm_core.months import Month

TOO_FEW_CONDITIONS = {"staff_minutes": 40, "chronic_conditions": 0}
ASKED = {"requested": {"99490": 1}}


def outcome_of(**said):
    return audit_case(*read_case({"month": "2025-05", **said}))


@pytest.mark.parametrize(
    ("said", "has_no_claim", "is_below_threshold"),
    [
        ({"staff_minutes": 0}, True, True),
        ({"staff_minutes": 19}, True, True),
        ({"staff_minutes": 20}, False, False),
        # One condition is PCM's: its 30 minutes are not reached.
        ({"staff_minutes": 29, "chronic_conditions": 1}, True, True),
        ({"staff_minutes": 30, "chronic_conditions": 1}, False, False),
        # No time would do: before 2020 one condition earned nothing; none never does.
        ({"month": "2019-05", "staff_minutes": 40, "chronic_conditions": 1}, True, False),
        (TOO_FEW_CONDITIONS, True, False),
        ({**TOO_FEW_CONDITIONS, "staff_minutes": 0}, True, False),
        # Whoever asks has a claim, which the rules judge.
        ({"staff_minutes": 19, **ASKED}, False, False),
        ({**TOO_FEW_CONDITIONS, **ASKED}, False, False),
    ],
)  # fmt: skip
def test_below_the_threshold_means_that_time_is_missing(said, has_no_claim, is_below_threshold):
    found = outcome_of(**said)
    assert (found.has_no_claim, found.is_below_threshold) == (has_no_claim, is_below_threshold)
    if is_below_threshold:
        assert found.minutes_to_next > 0


def test_the_report_counts_the_two_reasons_apart():
    found = [outcome_of(staff_minutes=19), outcome_of(**TOO_FEW_CONDITIONS), outcome_of(**ASKED)]
    report = summary(found, Month(2025, 5), "baseline")
    assert (report["cases"], report["nothing_to_bill"], report["below_threshold"]) == (3, 2, 1)
