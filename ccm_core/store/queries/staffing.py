"""The work that is left in a month, added up over all patients who can still get there."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store.queries.common import EVERYBODY, Only
from ccm_core.store.queries.minutes import reachable_minutes
from ccm_core.store.schema import CaseResult, record_table, table_of


def missing_minutes(
    session: Session, practice_id: str, month: Month, today: date, *, only: Only = EVERYBODY
) -> int:
    """Minutes missing to the first threshold of everybody who can still reach it."""
    r, p = table_of(CaseResult), record_table(records.Patient)
    joined = r.join(p, and_(p.c.practice_id == r.c.practice_id, p.c.patient_id == r.c.patient_id))
    found = session.connection().scalar(
        select(func.sum(r.c.minutes_to_next))
        .select_from(joined)
        .where(
            r.c.practice_id == practice_id, r.c.month == month, r.c.path == "",
            r.c.minutes_to_next <= reachable_minutes(month, today), *only.where(),
        )
    )  # fmt: skip
    return int(found or 0)
