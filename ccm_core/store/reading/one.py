"""The practice, its people, and everything of one kind about one patient."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.store import postgres
from ccm_core.store.kept import kept
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.schema import record_table

R = TypeVar("R")


def practice_ids(session: Session) -> list[str]:
    """The identifiers of all practices, first made first; only the one of ``CCM_PRACTICE``."""
    table = record_table(records.Practice)
    found = session.connection().scalars(select(table.c.practice_id).order_by(table.c.id))
    named = postgres.practice_named()
    return [one for one in found if not named or one == named]


def practice(session: Session, practice_id: str | None = None) -> records.Practice | None:
    """The practice of that identifier, or the first one; None in an empty database."""
    wanted = _wanted(session, practice_id)
    return _practice(session, wanted) if wanted else None


def _wanted(session: Session, practice_id: str | None) -> str:
    """The practice asked for, else the first one; empty in an empty database."""
    return practice_id or next(iter(practice_ids(session)), "")


@kept("practice")
def _practice(session: Session, practice_id: str) -> records.Practice | None:
    found = load(session, records.Practice, select_records(records.Practice, practice_id))
    return found[0] if found else None


def practitioners(
    session: Session, practice_id: str | None = None
) -> tuple[records.Practitioner, ...]:
    """All practitioners, by name."""
    return _practitioners(session, _wanted(session, practice_id))


@kept("practitioner")
def _practitioners(session: Session, practice_id: str) -> tuple[records.Practitioner, ...]:
    return tuple(sorted(_of_practice(session, records.Practitioner, practice_id), key=_by_name))


def staff(session: Session, practice_id: str | None = None) -> tuple[records.Staff, ...]:
    """All staff, by name."""
    return _staff(session, _wanted(session, practice_id))


@kept("staff")
def _staff(session: Session, practice_id: str) -> tuple[records.Staff, ...]:
    return tuple(sorted(_of_practice(session, records.Staff, practice_id), key=_by_name))


def _by_name(person: Any) -> tuple[str, str]:
    return person.name, repr(person)


def _of_practice(session: Session, kind: type[R], practice_id: str) -> list[R]:
    return load(session, kind, select_records(kind, practice_id))


def patient(
    session: Session, patient_id: str, practice_id: str | None = None
) -> records.Patient | None:
    """One patient, or None."""
    return next(iter(records_of(session, records.Patient, patient_id, practice_id)), None)


def records_of(
    session: Session,
    kind: type[R],
    patient_id: str,
    practice_id: str | None = None,
    *where: ColumnElement[bool],
) -> tuple[R, ...]:
    """Everything of one kind about one patient, in the order in which it was stored."""
    wanted = _wanted(session, practice_id)
    table = record_table(kind)
    statement = select_records(kind, wanted, table.c.patient_id == patient_id, *where)
    return tuple(load(session, kind, statement.order_by(table.c.id)))


def entries(
    session: Session, practice_id: str, from_at: datetime, to_at: datetime, staff_id: str = ""
) -> tuple[records.TimeEntry, ...]:
    """Current time entries that start within [from_at, to_at), oldest first."""
    table = record_table(records.TimeEntry)
    where = [table.c.started_at >= from_at, table.c.started_at < to_at]
    if staff_id:
        where.append(table.c.staff_id == staff_id)
    statement = select_records(records.TimeEntry, practice_id, *where)
    return tuple(load(session, records.TimeEntry, statement.order_by(table.c.started_at)))
