"""Single rows that people change: nobody's change is lost.

The version that was shown travels with the form. A change names it; when somebody
else was faster, nothing is written and the caller shows both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select, update
from sqlmodel import Session, SQLModel

from ccm_core import records
from ccm_core.errors import Conflict, UsageError
from ccm_core.months import utc_now
from ccm_core.record_ids import SAME_BY
from ccm_core.store import derived
from ccm_core.store.db import begin_write
from ccm_core.store.schema import ROW_OF, record_table, table_of
from ccm_core.store.writing import fields_of, insert_rows, stored_form

_FIXED = frozenset({"id", "version", "practice_id", "created_at", "updated_at"})
Where = type[SQLModel] | type[Any]


def shown(session: Session, kind: type[Any], practice_id: str, /, **natural_id: Any) -> Row[Any]:
    """The row of a record as a form shows it, with ``id`` and ``version``.

    For a time entry the version that stands. Raises: Conflict when there is none.
    """
    table = record_table(kind)
    if set(natural_id) != set(SAME_BY[kind]):
        raise UsageError(f"{kind.__name__} is found by {', '.join(SAME_BY[kind])}.")
    where = [table.c[name] == value for name, value in natural_id.items()]
    if kind is records.TimeEntry:
        where.append(table.c.is_current)
    found = (
        session.connection()
        .execute(select(table).where(table.c.practice_id == practice_id, *where))
        .first()
    )
    if found is None:
        raise Conflict(f"A {kind.__name__} was asked for; it is not there (any more).")
    return found


def update_checked(
    session: Session, kind: Where, row_id: int, version: int, changes: Mapping[str, Any]
) -> int:
    """Change a row if it still is at this version; gives the new version.

    ``kind`` is a record kind or a table class. Time entries are corrected instead.
    Raises: Conflict, UsageError.
    """
    if kind is records.TimeEntry or kind is ROW_OF[records.TimeEntry]:
        raise UsageError("A time entry is never overwritten; use correct_entry.")
    begin_write(session)
    table = record_table(kind) if kind in ROW_OF else table_of(kind)
    if wrong := [name for name in changes if name not in table.c or name in _FIXED]:
        raise UsageError(f"{', '.join(wrong)} cannot be changed here.")
    values = {name: stored_form(value) for name, value in changes.items()}
    done = session.connection().execute(
        update(table)
        .where(table.c.id == row_id, table.c.version == version)
        .values(version=version + 1, updated_at=utc_now(), **values)
    )
    if done.rowcount != 1:
        raise Conflict(
            "The record was changed by somebody else since it was shown. "
            "Look at both versions and decide."
        )
    _follow(session, kind, table, row_id)
    return version + 1


def _follow(session: Session, kind: Where, table: Any, row_id: int) -> None:
    if table is record_table(records.Condition):
        row = session.connection().execute(select(table).where(table.c.id == row_id)).one()
        derived.count_chronic_groups(session, row.practice_id, [row.patient_id])


def correct_entry(
    session: Session, practice_id: str, entry: records.TimeEntry, version: int, *,
    corrected_by: str, reason: str,
) -> int:  # fmt: skip
    """Put a new version of a time entry in the place of the one shown; gives its version.

    The version before stays readable with who corrected it and why.
    Raises: Conflict, UsageError.
    """
    if not reason.strip():
        raise UsageError("A correction was asked for without a reason; write one.")
    old = _retire(session, practice_id, entry.entry_id, version)
    if old.patient_id != entry.patient_id:
        raise UsageError(
            "A time entry was to be moved to another patient; withdraw it and log a new one."
        )
    names = fields_of(records.TimeEntry)
    values = tuple(stored_form(getattr(entry, name)) for name in names)
    insert_rows(
        session, practice_id, records.TimeEntry, names, [values], version=version + 1,
        replaces_id=old.id, corrected_by=corrected_by, correction_reason=reason.strip(),
        recorded_by=old.recorded_by,
    )  # fmt: skip
    derived.note_first_and_last(session, practice_id, [entry.patient_id])
    return version + 1


def withdraw_entry(
    session: Session, practice_id: str, entry_id: str, version: int, *,
    withdrawn_by: str, reason: str,
) -> None:  # fmt: skip
    """Take a time entry out: a last version of no seconds says who did it and why.

    Raises: Conflict, UsageError.
    """
    if not reason.strip():
        raise UsageError("A time entry was to be withdrawn without a reason; write one.")
    old = _retire(session, practice_id, entry_id, version)
    names = fields_of(records.TimeEntry)
    entry = dataclasses.replace(
        records.TimeEntry(*(getattr(old, name) for name in names)), seconds=0
    )
    values = tuple(getattr(entry, name) for name in names)
    insert_rows(
        session, practice_id, records.TimeEntry, names, [values], version=version + 1,
        replaces_id=old.id, corrected_by=withdrawn_by, correction_reason=reason.strip(),
        is_current=False, recorded_by=old.recorded_by,
    )  # fmt: skip
    derived.note_first_and_last(session, practice_id, [old.patient_id])


def _retire(session: Session, practice_id: str, entry_id: str, version: int) -> Row[Any]:
    """End the version that stands, if it is the one that was shown."""
    begin_write(session)
    table = record_table(records.TimeEntry)
    same = (table.c.practice_id == practice_id, table.c.entry_id == entry_id)
    done = session.connection().execute(
        update(table)
        .where(*same, table.c.version == version, table.c.is_current)
        .values(is_current=False, updated_at=utc_now())
    )
    if done.rowcount != 1:
        raise Conflict(
            "The time entry was changed by somebody else since it was shown. "
            "Look at both versions and decide."
        )
    statement = select(table).where(*same, table.c.version == version)
    return session.connection().execute(statement).one()


def versions_of(session: Session, practice_id: str, entry_id: str) -> list[Row[Any]]:
    """Every version of a time entry, first one first."""
    table = record_table(records.TimeEntry)
    return list(
        session.connection().execute(
            select(table)
            .where(table.c.practice_id == practice_id, table.c.entry_id == entry_id)
            .order_by(table.c.version)
        )
    )
