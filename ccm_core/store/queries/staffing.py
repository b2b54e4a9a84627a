"""The work that is left in a month, added up over all patients who can still get there."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.queries.common import EVERYBODY, Only, of_patients
from ccm_core.store.queries.minutes import reachable_minutes
from ccm_core.store.schema import CaseResult, table_of


def missing_minutes(
    session: Session, practice_id: str, month: Month, today: date, *, only: Only = EVERYBODY
) -> int:
    """Minutes missing to the first threshold of everybody who can still reach it."""
    r = table_of(CaseResult)
    found = session.connection().scalar(
        select(func.sum(r.c.minutes_to_next))
        .select_from(of_patients(r, only))
        .where(
            r.c.practice_id == practice_id, r.c.month == month, r.c.path == "",
            r.c.minutes_to_next <= reachable_minutes(month, today), *only.where(),
        )
    )  # fmt: skip
    return int(found or 0)
