"""Who and where: the values that patients can be filtered by, and whether there are any."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from ccm_core import records
from ccm_core.store.queries.common import split_by
from ccm_core.store.schema import record_table


def has_patients(session: Session, practice_id: str) -> bool:
    """Whether the practice has any patient."""
    patient = record_table(records.Patient).c
    found = session.connection().scalar(
        select(patient.id).where(patient.practice_id == practice_id).limit(1)
    )
    return found is not None


def care_manager_ids(session: Session, practice_id: str) -> list[str]:
    """Everybody who has a panel, by identifier."""
    return _values(session, practice_id, "care_manager")


def locations(session: Session, practice_id: str) -> list[str]:
    """Every location that patients belong to, by name."""
    return _values(session, practice_id, "location")


def _values(session: Session, practice_id: str, by: str) -> list[str]:
    column = split_by(by)
    rows = session.connection().scalars(
        select(column)
        .where(record_table(records.Patient).c.practice_id == practice_id, column != "")
        .distinct()
        .order_by(column)
    )
    return list(rows)
