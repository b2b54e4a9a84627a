"""The allowed amount of the plan, which rules, screens and the outcome all ask for."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.fees import PlanPrice, price_plan
from ccm_core.once import once
from ccm_core.policy import Policy


@once
def amount_of(case: Case, policy: Policy) -> PlanPrice:
    """The amount of the planned units on the date of service, or at month end."""
    on = case.service_on or case.month.last_day
    return price_plan(case.plan, on, case.practice.locality, policy.setting)
