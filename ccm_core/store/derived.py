"""Columns of the patient that follow from other rows, kept in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, and_, case, distinct, func, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session

from ccm_core import records
from ccm_core.case_building import SERVICE_ACTORS
from ccm_core.months import time_zone
from ccm_core.store.bulk import update_many
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among, chunks

__all__ = [
    "SERVICE_ACTORS", "Touched", "count_chronic_groups", "is_chronic_now", "note_first_and_last",
    "refresh",
]  # fmt: skip

_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Touched:
    """Patients whose derived columns may have changed, by the kind that was written."""

    conditions: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)

    def note(self, kind: type[Any], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Remember the patients of written records, given as values in the order of ``names``."""
        of = {records.Condition: self.conditions, records.TimeEntry: self.entries}.get(kind)
        if of is not None:
            place = names.index("patient_id")
            of.update(values[place] for values in rows)


def refresh(session: Session, practice_id: str, touched: Touched) -> None:
    """Work out again what written records change about their patients."""
    for some in chunks(sorted(touched.conditions | touched.entries), _CHUNK):
        _Renewed(session, practice_id, some).write(
            groups=bool(touched.conditions), days=bool(touched.entries)
        )


def count_chronic_groups(session: Session, practice_id: str, patient_ids: Sequence[str]) -> None:
    """Store how many distinct groups of chronic conditions each patient has."""
    _Renewed(session, practice_id, patient_ids).write(groups=True)


def note_first_and_last(session: Session, practice_id: str, patient_ids: Sequence[str]) -> None:
    """Store each patient's first day of service and last contact."""
    _Renewed(session, practice_id, patient_ids).write(days=True)


def is_chronic_now(condition: Table) -> ColumnElement[bool]:
    """Whether a condition counts: proposed or confirmed as chronic, and not ended.

    The practitioner's word decides where the table says nothing; a condition that the
    table or the practitioner calls not chronic does not count.
    """
    c = condition.c
    confirmed = and_(c.is_chronic.is_(None), c.confirmed_by != "")
    return and_(or_(c.is_chronic.is_(True), confirmed), c.ended_on.is_(None))


class _Renewed:
    """Derived columns of some patients; only what is different is written."""

    def __init__(self, session: Session, practice_id: str, patient_ids: Sequence[str]) -> None:
        self.session, self.practice_id, self.patient_ids = session, practice_id, patient_ids

    def write(self, *, groups: bool = False, days: bool = False) -> None:
        patient = record_table(records.Patient)
        names = ["chronic_groups"] * groups + ["first_service_on", "last_contact_at"] * days
        stored = self.read(patient, [patient.c[name] for name in names])
        counted = self.chronic_groups() if groups else {}
        seen = self.first_and_last() if days else {}
        changed = []
        for patient_id, before in stored.items():
            now: tuple[Any, ...] = (counted.get(patient_id, 0),) * groups
            now += seen.get(patient_id, (None, None)) * days
            if now != before:
                changed.append({"patient_id": patient_id} | dict(zip(names, now, strict=True)))
        update_many(
            self.session, patient, "patient_id", changed, patient.c.practice_id == self.practice_id
        )

    def read(
        self, table: Table, columns: Sequence[Any], *where: Any, is_grouped: bool = False
    ) -> dict[str, tuple[Any, ...]]:
        """These columns of these patients' rows, by patient."""
        asked = select(table.c.patient_id, *columns).where(
            table.c.practice_id == self.practice_id,
            among(self.session, table.c.patient_id, self.patient_ids),
            *where,
        )
        asked = asked.group_by(table.c.patient_id) if is_grouped else asked
        rows = self.session.connection().execute(asked)
        return {patient_id: tuple(rest) for patient_id, *rest in rows}

    def chronic_groups(self) -> dict[str, int]:
        condition = record_table(records.Condition)
        group = case((condition.c.group != "", condition.c.group), else_=condition.c.code)
        found = self.read(
            condition, [func.count(distinct(group))], is_chronic_now(condition), is_grouped=True
        )
        return {patient_id: number for patient_id, (number,) in found.items()}

    def first_and_last(self) -> dict[str, tuple[date | None, datetime | None]]:
        """Local day of the first service and moment of the last contact."""
        entry = record_table(records.TimeEntry)
        served = and_(
            entry.c.actor.in_(SERVICE_ACTORS), entry.c.face_to_face.is_(False), entry.c.seconds > 0
        )
        asked = (
            func.min(case((served, entry.c.started_at))),
            func.max(case((entry.c.is_contact.is_(True), entry.c.started_at))),
        )
        found = self.read(entry, asked, entry.c.is_current, is_grouped=True)
        zone = time_zone(_zone_name(self.session, self.practice_id))
        return {
            patient_id: (first.astimezone(zone).date() if first else None, last)
            for patient_id, (first, last) in found.items()
        }


def _zone_name(session: Session, practice_id: str) -> str:
    practice = record_table(records.Practice)
    name: str = (
        session.connection()
        .execute(select(practice.c.time_zone).where(practice.c.practice_id == practice_id))
        .scalar_one()
    )
    return name
