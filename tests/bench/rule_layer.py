"""Our rules alone, beside a generic engine's conditions: both over what was worked out before."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ccm_core.audit import judge, policy_of, work_out
from ccm_core.cases import Case
from ccm_core.findings import Level
from ccm_core.policy import Policy
from ccm_core.rules.book import ALL_RULES, find_rule
from tests.bench import made

SAYS = {
    "no consent": "C01", "one condition": "M02", "below the first mark": "T01", "a stay": "O03",
    "two units": "T03",
}  # fmt: skip
"""The rule of ours that rests on what a condition of the generic engine asks.

T03 sets planned units against earned ones, with evidence, where the condition compares two
numbers; M02 and T01 say also what would be right. None of ours is less than its condition.
"""
_AT_ONCE = 5_000


def ready(cases: int) -> Iterator[list[tuple[Case, Policy]]]:
    """Cases whose minutes, conditions, paths and plan are worked out, some at a time."""
    for first in range(0, cases, _AT_ONCE):
        some = [made.case(number) for number in range(first, min(cases, first + _AT_ONCE))]
        found = [(case, policy_of(case)) for case in some]
        for case, policy in found:
            work_out(case, policy)
        gc.collect()
        yield found


def five(_folder: Path, cases: int, clock: Any) -> dict[str, Any]:
    """The five rules, called through their cards one after the other."""
    checks = {name: find_rule(rule).check for name, rule in SAYS.items()}
    fired = Counter(dict.fromkeys(SAYS, 0))
    for some in ready(cases):
        with clock:
            for name, check in checks.items():
                fired[name] += sum(check(case, policy) is not None for case, policy in some)
    return {"checks": len(SAYS), "fired": fired}


def judged(_folder: Path, cases: int, clock: Any) -> dict[str, Any]:
    """The whole rule layer: every rule in force decided on, findings with evidence made."""
    findings, asked = 0, 0
    for some in ready(cases):
        with clock:
            for case, policy in some:
                findings += len(tuple(judge(case, policy)))
        asked += sum(_in_force(policy) for _, policy in some)
    return {"checks": asked / cases, "fired": {"findings": findings}}


def _in_force(policy: Policy) -> int:
    """Rules that this policy asks in its month; kept with the policy."""
    found: int | None = policy.kept.get(_in_force)
    if found is None:
        found = policy.kept[_in_force] = sum(
            policy.level(rule)[0] is not Level.OFF and rule.applies_on(policy.month.last_day)
            for rule in ALL_RULES
        )
    return found
