"""What the last audit said of one case: its result and its findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.schema import Acknowledgement, CaseResult, FindingRow, table_of


@dataclass(frozen=True, slots=True)
class Found:
    """One stored finding, with the acknowledgement that holds for it."""

    finding_id: int
    rule: str
    level: str
    layer: str
    summary: str
    evidence: list[dict[str, Any]]
    cites: tuple[str, ...]
    fix: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    reason: str | None


def result_of(session: Session, practice_id: str, patient_id: str, month: Month) -> Any:
    """The stored result of one case as a row with the columns of case_result, or None."""
    r = table_of(CaseResult)
    return (
        session.connection()
        .execute(
            select(r).where(
                r.c.practice_id == practice_id, r.c.patient_id == patient_id, r.c.month == month
            )
        )
        .first()
    )


def findings_of(session: Session, practice_id: str, patient_id: str, month: Month) -> list[Found]:
    """The findings of one case, heaviest first."""
    f, a = table_of(FindingRow), table_of(Acknowledgement)
    same = ("practice_id", "patient_id", "month", "rule", "fingerprint")
    weight = case((f.c.level == "BLOCK", 0), (f.c.level == "REVIEW", 1), else_=2)
    rows = session.connection().execute(
        select(
            f.c.id, f.c.rule, f.c.level, f.c.layer, f.c.summary, f.c.evidence, f.c.cites, f.c.fix,
            a.c.user_id, a.c.created_at, a.c.reason,
        )
        .select_from(f.outerjoin(a, and_(*(a.c[n] == f.c[n] for n in same))))
        .where(
            f.c.practice_id == practice_id, f.c.patient_id == patient_id, f.c.month == month
        )
        .order_by(weight, f.c.rule)
    )  # fmt: skip
    return [Found(*row) for row in rows]
