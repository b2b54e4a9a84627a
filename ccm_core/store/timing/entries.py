"""Time entries as their authors see them: a day, what overlaps, what waits for approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, select, type_coerce
from sqlmodel import Session

from ccm_core import records
from ccm_core.errors import UsageError
from ccm_core.store import derived
from ccm_core.store.db import begin_write
from ccm_core.store.queries.common import EVERYBODY, Only
from ccm_core.store.schema import record_table
from ccm_core.store.writing import fields_of, insert_rows, stored_form

_LONGEST = timedelta(days=2)
MOST = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry as it stands, its version, and whose patient it is about."""

    entry: records.TimeEntry
    version: int
    recorded_by: str
    family_name: str
    given_name: str
    mrn: str
    care_manager_id: str


def add_entry(
    session: Session, practice_id: str, entry: records.TimeEntry, recorded_by: str
) -> None:
    """Write the first version of an entry made here. Raises: UsageError."""
    begin_write(session)
    names = fields_of(records.TimeEntry)
    e = record_table(records.TimeEntry).c
    known = session.connection().scalar(
        select(e.id).where(e.practice_id == practice_id, e.entry_id == entry.entry_id).limit(1)
    )
    if known is not None:
        raise UsageError("A new time entry has the number of one that is there; try again.")
    values = tuple(stored_form(getattr(entry, name)) for name in names)
    insert_rows(session, practice_id, records.TimeEntry, names, [values], recorded_by=recorded_by)
    derived.note_first_and_last(session, practice_id, [entry.patient_id])


def entries_between(
    session: Session, practice_id: str, from_at: datetime, to_at: datetime, *,
    staff_id: str = "", only: Only = EVERYBODY, is_unapproved: bool = False,
) -> list[Kept]:  # fmt: skip
    """Entries that stand and began within [from_at, to_at), newest first, at most ``MOST``."""
    e = record_table(records.TimeEntry).c
    where = [e.started_at >= from_at, e.started_at < to_at]
    if staff_id:
        where.append(e.staff_id == staff_id)
    if is_unapproved:
        where += [e.approved_by == "", e.recorded_by != ""]
    return _kept(session, practice_id, *where, *only.where())


def kept(session: Session, practice_id: str, entry_id: str) -> Kept | None:
    """One entry as it stands, or None when there is none (any more)."""
    e = record_table(records.TimeEntry).c
    return next(iter(_kept(session, practice_id, e.entry_id == entry_id)), None)


def _kept(session: Session, practice_id: str, *where: ColumnElement[bool]) -> list[Kept]:
    entry, patient = record_table(records.TimeEntry), record_table(records.Patient)
    e, p = entry.c, patient.c
    names = fields_of(records.TimeEntry)
    joined = entry.join(patient, (p.practice_id == e.practice_id) & (p.patient_id == e.patient_id))
    rows = session.connection().execute(
        select(
            *(e[name] for name in names), e.version, e.recorded_by,
            p.family_name, p.given_name, p.mrn, p.care_manager_id,
        )
        .select_from(joined)
        .where(e.practice_id == practice_id, e.is_current, *where)
        .order_by(e.started_at.desc(), e.entry_id)
        .limit(MOST)
    )  # fmt: skip
    size = len(names)
    return [Kept(records.TimeEntry(*row[:size]), *row[size:]) for row in rows]


def overlapping(
    session: Session, practice_id: str, staff_id: str, started_at: datetime, seconds: int,
    but: str = "",
) -> list[records.TimeEntry]:  # fmt: skip
    """Other entries of this person, with a known start, in [started_at, + seconds)."""
    e = record_table(records.TimeEntry).c
    end = started_at + timedelta(seconds=seconds)
    names = fields_of(records.TimeEntry)
    stop: ColumnElement[Any] = type_coerce(e.started_at, BigInteger) + e.seconds
    rows = session.connection().execute(
        select(*(e[name] for name in names))
        .where(
            e.practice_id == practice_id, e.staff_id == staff_id, e.is_current, e.entry_id != but,
            e.is_start_known,
            e.started_at > started_at - _LONGEST, e.started_at < end,
            stop > int(started_at.timestamp()),
        )
        .order_by(e.started_at)
    )  # fmt: skip
    return [records.TimeEntry(*row) for row in rows]
