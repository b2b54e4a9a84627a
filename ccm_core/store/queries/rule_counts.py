"""How often each rule fired."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.schema import FindingCount, table_of


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Cases in which one rule fired at one level."""

    rule: str
    level: str
    cases: int


def rule_counts(
    session: Session, practice_id: str, until: Month, *, months: int = 12
) -> list[RuleCount]:
    """Cases of the last months in which each rule fired, most often first.

    Added up from the counts that are kept beside the findings.
    """
    c = table_of(FindingCount).c
    cases = func.sum(c.cases)
    rows = session.connection().execute(
        select(c.rule, c.level, cases)
        .where(c.practice_id == practice_id, c.month.between(until.plus(1 - months), until))
        .group_by(c.rule, c.level)
        .having(cases != 0)
        .order_by(cases.desc(), c.rule, c.level)
    )
    return [RuleCount(rule, level, int(number)) for rule, level, number in rows]


def rule_counts_by_month(
    session: Session, practice_id: str, rule: str, until: Month, *, months: int = 12
) -> list[tuple[Month, int]]:
    """Cases in which a rule fired, for each of the last months, oldest first."""
    c = table_of(FindingCount).c
    first = until.plus(1 - months)
    rows = session.connection().execute(
        select(c.month, func.sum(c.cases))
        .where(c.practice_id == practice_id, c.rule == rule, c.month.between(first, until))
        .group_by(c.month)
    )
    found = {month: int(cases) for month, cases in rows}
    return [(first.plus(n), found.get(first.plus(n), 0)) for n in range(months)]
