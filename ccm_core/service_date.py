"""The date of service: from the day the threshold is met to month end, by the payer's habit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ccm_core.eligibility import relation, stay_on

if TYPE_CHECKING:
    from ccm_core.cases import Case
    from ccm_core.minutes import Counted
    from ccm_core.policy import Policy

_NO_CLAIM_STAYS = frozenset({"hospital", "snf_part_a", "hospice"})
_ONE_DAY = timedelta(days=1)


def threshold_day(counted: Counted, policy: Policy, plan: Mapping[str, int]) -> date | None:
    """The day on which the last planned unit was reached; None when it never was."""
    latest: date | None = None
    for code, units in plan.items():
        if units > 0:
            day = _reached_on(counted, policy, code, units)
            if day is None:
                return None
            latest = day if latest is None or day > latest else latest
    return latest


def _reached_on(counted: Counted, policy: Policy, code: str, units: int) -> date | None:
    threshold = policy.find_threshold(code)
    if threshold is None:
        return None
    return counted.day_of(threshold.seconds_for(units), threshold.whose_time)


def choose_day(
    case: Case, policy: Policy, plan: Mapping[str, int], reached_on: date | None
) -> date | None:
    """The date of service: as requested, or by convention; None when nothing is planned."""
    if case.request is not None and case.request.service_on is not None:
        return case.request.service_on
    if not plan:
        return None
    last = last_eligible_day(case)
    first = min(reached_on or case.month.first_day, last)
    if policy.payer_row["date_of_service"] == "threshold_day":
        return first
    day = last
    while not is_free(case, policy, plan, day):
        if day <= first:
            return last
        day -= _ONE_DAY
    return day


def last_eligible_day(case: Case) -> date:
    """Month end; the day of death, or of the claim within the month, when that is earlier."""
    last, died_on = case.month.last_day, case.patient.died_on
    if died_on is not None and died_on < last:
        last = died_on
    created_on = case.request.created_on if case.request else None
    if created_on is not None and created_on in case.month and created_on < last:
        last = created_on
    return last


def is_free(case: Case, policy: Policy, plan: Mapping[str, int], day: date) -> bool:
    """No stay and no same-day code pair stands against this day."""
    if stay_on(case.stays, day, _NO_CLAIM_STAYS) is not None:
        return False
    return not any(
        policy.same_day_pair(code, visit.code) is not None
        for visit in case.visits
        if visit.on == day and visit.code and relation(case, visit) == "same"
        for code in plan
    )
