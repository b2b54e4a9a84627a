"""Columns of the patient that follow from other rows, kept in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, case, distinct, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session

from ccm_core import records
from ccm_core.case_building import SERVICE_ACTORS
from ccm_core.months import time_zone
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among

__all__ = [
    "SERVICE_ACTORS", "count_chronic_groups", "is_chronic_now", "note_first_and_last", "refresh",
]  # fmt: skip


def refresh(
    session: Session,
    practice_id: str,
    kind: type[Any],
    names: Sequence[str],
    touched: Sequence[tuple[Any, ...]],
) -> None:
    """Work out again what these written records change about their patients."""
    if not touched or kind not in (records.Condition, records.TimeEntry):
        return
    place = names.index("patient_id")
    patient_ids = sorted({values[place] for values in touched})
    if kind is records.Condition:
        count_chronic_groups(session, practice_id, patient_ids)
    else:
        note_first_and_last(session, practice_id, patient_ids)


def is_chronic_now(condition: Table) -> ColumnElement[bool]:
    """Whether a condition counts: proposed or confirmed as chronic, and not ended.

    The practitioner's word decides where the table says nothing; a condition that the
    table or the practitioner calls not chronic does not count.
    """
    c = condition.c
    confirmed = and_(c.is_chronic.is_(None), c.confirmed_by != "")
    return and_(or_(c.is_chronic.is_(True), confirmed), c.ended_on.is_(None))


def count_chronic_groups(session: Session, practice_id: str, patient_ids: Sequence[str]) -> None:
    """Store how many distinct groups of chronic conditions each patient has."""
    patient, condition = record_table(records.Patient), record_table(records.Condition)
    group = case((condition.c.group != "", condition.c.group), else_=condition.c.code)
    groups = (
        select(func.count(distinct(group)))
        .where(
            condition.c.practice_id == patient.c.practice_id,
            condition.c.patient_id == patient.c.patient_id,
            is_chronic_now(condition),
        )
        .scalar_subquery()
    )
    session.connection().execute(
        update(patient)
        .where(
            patient.c.practice_id == practice_id,
            among(session, patient.c.patient_id, patient_ids),
        )
        .values(chronic_groups=groups)
    )


def note_first_and_last(session: Session, practice_id: str, patient_ids: Sequence[str]) -> None:
    """Store each patient's first day of service and last contact."""
    entry, patient = record_table(records.TimeEntry), record_table(records.Patient)
    served = and_(
        entry.c.actor.in_(SERVICE_ACTORS), entry.c.face_to_face.is_(False), entry.c.seconds > 0
    )
    rows = (
        session.connection()
        .execute(
            select(
                entry.c.patient_id,
                func.min(case((served, entry.c.started_at))),
                func.max(case((entry.c.is_contact.is_(True), entry.c.started_at))),
            )
            .where(
                entry.c.practice_id == practice_id,
                entry.c.is_current,
                among(session, entry.c.patient_id, patient_ids),
            )
            .group_by(entry.c.patient_id)
        )
        .all()
    )
    known = {patient_id: (first, last) for patient_id, first, last in rows}
    zone = time_zone(_zone_name(session, practice_id))

    def day(moment: datetime | None) -> Any:
        return moment.astimezone(zone).date() if moment else None

    values = []
    for patient_id in patient_ids:
        first, last = known.get(patient_id, (None, None))
        values.append({"b_patient": patient_id, "b_first": day(first), "b_last": last})
    session.connection().execute(
        update(patient)
        .where(patient.c.practice_id == practice_id, patient.c.patient_id == bindparam("b_patient"))
        .values(first_service_on=bindparam("b_first"), last_contact_at=bindparam("b_last")),
        values,
    )


def _zone_name(session: Session, practice_id: str) -> str:
    practice = record_table(records.Practice)
    name: str = (
        session.connection()
        .execute(select(practice.c.time_zone).where(practice.c.practice_id == practice_id))
        .scalar_one()
    )
    return name
