"""The amount of a plan: of its day and its setting; and which of several consents is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core.audit import audit_case
from ccm_core.casefile import read_case
from ccm_core.fees import price_plan
from ccm_core.records import Consent


@pytest.mark.parametrize("setting", ["office", "facility"])
@pytest.mark.parametrize("on", [date(2024, 3, 5), date(2024, 3, 31)])
def test_the_amount_is_that_of_the_day_of_service_and_of_the_setting(setting, on):
    # On 9 March 2024 the conversion factor changed.
    said = {"month": "2024-03", "setting": setting, "date_of_service": on}
    time = [{"on": date(2024, 3, 4), "start": "10:00", "minutes": 45}]
    outcome = audit_case(*read_case({**said, "time": time}))
    expected = price_plan({"99490": 1, "99439": 1}, on, "national", setting).allowed_usd
    assert outcome.planned_usd == expected
    assert len({price_plan({"99490": 1}, date(2024, 3, day), "national", s).allowed_usd
                for day in (5, 31) for s in ("office", "facility")}) == 4  # fmt: skip


def test_of_consents_after_the_month_the_first_is_named():
    case, policy = read_case({"month": "2025-05", "staff_minutes": 25, "consent": None})
    late = tuple(
        Consent(name, case.patient.patient_id, date(2025, 6, day), "written", npi=case.npi)
        for name, day in (("a", 20), ("b", 2), ("c", 11))
    )
    for order in (late, late[::-1]):
        found = audit_case(replace(case, consents=order, answers={}), policy).findings
        (said,) = (one.finding.summary for one in found if one.rule == "C01")
        assert said == "The first consent is dated 2025-06-02, after the service month."
