"""What the planned units show on their own, kept by plan: a practice has a few dozen plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccm_core.cases import Case, Work
from ccm_core.findings import Level
from ccm_core.policy import MOST_KEPT, Policy
from ccm_core.rules.amount import amount_of
from ccm_core.rules.neighbours import planned_clash
from ccm_core.rules.services import APCM, CARE_MANAGEMENT, CCM, PCM, is_foreign
from ccm_core.rules.subjects import BIT
from ccm_core.rules.unchecked import is_after_check, is_uncapped

_CARE_PLANNING = "care_planning"
_NEVER = "0"
_ALSO_PLANNED = {"tcm": "transition", "awv": "wellness"}
"""Services that the rules look for on record and on the request alike."""
_PLANS_CCM, _COMPLEX_REACHED = BIT["plans_ccm"], BIT["complex_reached"]
_NO_AMOUNT, _ESTIMATE = BIT["no_amount"], BIT["estimate"]


def seen(case: Case, policy: Policy, work: Work) -> int:
    """The bits of the plan, of its amount and of what else its minutes reach."""
    found = _kept(policy, work.plan)
    if found & _PLANS_CCM and _is_complex_reached(case, policy, work):
        found |= _COMPLEX_REACHED
    if work.service_on is not None and work.plan:
        amount = amount_of(case, policy)
        if amount.allowed_usd is None:
            found |= _NO_AMOUNT
        elif amount.estimate:
            found |= _ESTIMATE
    return found


def _kept(policy: Policy, plan: Mapping[str, int]) -> int:
    by_plan: dict[tuple[tuple[str, int], ...], int] = policy.kept.setdefault(seen, {})
    key = tuple(plan.items())
    found = by_plan.get(key)
    if found is None:
        if len(by_plan) >= MOST_KEPT:
            by_plan.clear()
        found = by_plan[key] = sum(BIT[name] for name in set(_of_plan(policy, plan)))
    return found


def _of_plan(policy: Policy, plan: Mapping[str, int]) -> Iterator[str]:
    yield "plan" if plan else "no_plan"
    if plan and is_after_check(policy.month):
        yield "later_year"
    for code, units in plan.items():
        yield from _of_code(policy, plan, code, units)
        yield from _of_family(policy, code)
    for one in plan:
        for two in plan:
            if one != two:
                yield from _of_pair(policy, one, two)


def _of_family(policy: Policy, code: str) -> Iterator[str]:
    family = policy.family(code)
    if family in CCM:
        yield "plans_ccm"
    if family == PCM:
        yield "plans_pcm"
    if family == _CARE_PLANNING:
        yield "plans_care_planning"
    if family in APCM:
        yield "plans_apcm"
    if family in _ALSO_PLANNED:
        yield _ALSO_PLANNED[family]
    if family not in CARE_MANAGEMENT:
        yield "neighbour_code"


def _of_code(policy: Policy, plan: Mapping[str, int], code: str, units: int) -> Iterator[str]:
    if units > 1 and is_uncapped(policy.find_threshold(code)):
        yield "uncapped_units"
    paths = [path for path in policy.paths if code in path.codes]
    if any(path.mdm for path in paths):
        yield "plans_complex"
    if len(paths) > 1:
        # One path may earn what another, which asks for more, does not.
        yield "plan_differs"
    if policy.code_row(code) is None:
        yield "code_not_in_force"
    limit = policy.unit_limit(code)
    if limit is not None and units > limit.whole("max_units"):
        yield "over_limit"
    bases = policy.addon_bases.get(code)
    if bases and not bases & plan.keys():
        yield "lone_addon"
    if is_foreign(policy, code):
        yield "foreign_code"


def _of_pair(policy: Policy, one: str, two: str) -> Iterator[str]:
    clash = planned_clash(one, two, policy)
    if clash is not None:
        yield "clashing_codes"
        if clash["level"] == Level.REVIEW:
            yield "neighbour_of_month"
    if policy.either_or(one, two) is not None:
        yield "either_or"
    row = policy.same_day_pair(one, two)
    if row is not None:
        yield "same_day" if row["modifier_indicator"] == _NEVER else "service_on_day"


def _is_complex_reached(case: Case, policy: Policy, work: Work) -> bool:
    for path in policy.complex_paths:
        if case.mdm not in path.mdm:
            reached = work.counted.seconds_for(path.whose_time)
            if reached >= path.base.first_seconds:
                return True
    return False
