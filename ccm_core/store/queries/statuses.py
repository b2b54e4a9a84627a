"""What the last audit left of a month: the status of each patient after acknowledgements."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.schema import CaseResult, table_of


def effective_statuses(session: Session, practice_id: str, month: Month) -> dict[str, str]:
    """Patient identifier to clean, review or blocked; empty before the first audit."""
    r = table_of(CaseResult).c
    rows = session.connection().execute(
        select(r.patient_id, r.effective_status).where(
            r.practice_id == practice_id, r.month == month
        )
    )
    return {row.patient_id: row.effective_status for row in rows}
