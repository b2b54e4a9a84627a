"""How often each rule fired."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.kept import kept
from ccm_core.store.schema import FindingRow, table_of


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Cases in which one rule fired at one level."""

    rule: str
    level: str
    cases: int


@kept("finding")
def rule_counts(
    session: Session, practice_id: str, until: Month, *, months: int = 12
) -> list[RuleCount]:
    """Cases of the last months in which each rule fired, most often first."""
    f = table_of(FindingRow).c
    of_month = (  # in the order of the index, which needs no sorting
        select(f.rule, f.level, func.count().label("cases"))
        .where(f.practice_id == practice_id, f.month.between(until.plus(1 - months), until))
        .group_by(f.month, f.level, f.rule)
        .subquery()
    )
    m, cases = of_month.c, func.sum(of_month.c.cases)
    rows = session.connection().execute(
        select(m.rule, m.level, cases)
        .group_by(m.rule, m.level)
        .order_by(cases.desc(), m.rule, m.level)
    )
    return [RuleCount(rule, level, int(cases)) for rule, level, cases in rows]


@kept("finding")
def rule_counts_by_month(
    session: Session, practice_id: str, rule: str, until: Month, *, months: int = 12
) -> list[tuple[Month, int]]:
    """Cases in which a rule fired, for each of the last months, oldest first."""
    f = table_of(FindingRow).c
    first = until.plus(1 - months)
    rows = session.connection().execute(
        select(f.month, func.count())
        .where(f.practice_id == practice_id, f.rule == rule, f.month.between(first, until))
        .group_by(f.month)
    )
    found = {month: int(cases) for month, cases in rows}
    return [(first.plus(n), found.get(first.plus(n), 0)) for n in range(months)]
