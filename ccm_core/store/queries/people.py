"""Who and where: the values that patients can be filtered by, and whether there are any."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.store.kept import kept
from ccm_core.store.queries.common import split_by
from ccm_core.store.schema import record_table


def has_patients(session: Session, practice_id: str) -> bool:
    """Whether the practice has any patient."""
    patient = record_table(records.Patient).c
    found = session.connection().scalar(
        select(patient.id).where(patient.practice_id == practice_id).limit(1)
    )
    return found is not None


@kept("patient")
def care_manager_ids(session: Session, practice_id: str) -> list[str]:
    """Everybody who has a panel, by identifier."""
    return _values(session, practice_id, "care_manager")


@kept("patient")
def locations(session: Session, practice_id: str) -> list[str]:
    """Every location that patients belong to, by name."""
    return _values(session, practice_id, "location")


def _values(session: Session, practice_id: str, by: str) -> list[str]:
    """Each value once. The index is asked for the next greater one: a step for each value.

    Asked for what is distinct, the databases read every patient.
    """
    column = split_by(by)
    is_ours = record_table(records.Patient).c.practice_id == practice_id
    least = select(func.min(column).label("value")).where(is_ours, column > "")
    found = least.cte("found", recursive=True)
    greater = select(func.min(column)).where(is_ours, column > found.c.value).correlate(found)
    found = found.union_all(select(greater.scalar_subquery()).where(found.c.value.is_not(None)))
    value = found.c.value
    rows = session.connection().scalars(select(value).where(value.is_not(None)).order_by(value))
    return list(rows)
