"""Which subjects a worked-out case holds, as one whole number; see ``rules/subjects.py``."""

from __future__ import annotations

from ccm_core.cases import Case, Work
from ccm_core.policy import Policy
from ccm_core.rules import seen_in_chart, seen_in_log, seen_in_plan
from ccm_core.rules.subjects import BIT

_SEVERAL_PATHS, _REQUEST, _SIGNALS = BIT["several_paths"], BIT["request"], BIT["signals"]
_MODIFIERS, _PLAN_DIFFERS, _ODD_DATE = BIT["modifiers"], BIT["plan_differs"], BIT["odd_date"]
_EITHER_OR, _SAME_DAY = BIT["either_or"], BIT["same_day"]
_NEIGHBOUR_OF_MONTH, _SERVICE_ON_DAY = BIT["neighbour_of_month"], BIT["service_on_day"]


def subjects_of(case: Case, policy: Policy) -> int:
    """The bits of every subject that the case holds under this policy."""
    work = case.worked
    return together(
        seen_in_plan.seen(case, policy, work)
        | seen_in_log.seen(case, policy, work.counted)
        | seen_in_chart.seen(case, policy)
        | of_claim(case, work)
    )


def together(present: int) -> int:
    """The bits, and those that follow from two sides of a case."""
    if present & _NEIGHBOUR_OF_MONTH:
        present |= _EITHER_OR
    if present & _SERVICE_ON_DAY:
        present |= _SAME_DAY
    return present


def of_claim(case: Case, work: Work) -> int:
    """What the request and the claim's day show."""
    seen = _SEVERAL_PATHS if len(work.paths) > 1 else 0
    if case.signals:
        seen |= _SIGNALS
    if case.request is not None:
        seen |= _REQUEST | (_MODIFIERS if case.request.modifiers else 0)
    if work.chosen is None or work.plan != work.chosen.units:
        seen |= _PLAN_DIFFERS
    on = work.service_on
    if on is not None and (
        on not in case.month or (work.threshold_on is not None and on < work.threshold_on)
    ):
        seen |= _ODD_DATE
    return seen
