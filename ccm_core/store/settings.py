"""Settings of the installation: one JSON value for each key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from ccm_core.errors import Conflict
from ccm_core.months import utc_now
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.schema import Setting, table_of
from ccm_core.store.statements import among


def read_setting(session: Session, key: str, default: Any = None) -> Any:
    """The value of a setting, or the default."""
    return read_versioned(session, key, default)[0]


def read_versioned(session: Session, key: str, default: Any = None) -> tuple[Any, int]:
    """The value of a setting and its version; version 0 when it was never set."""
    table = table_of(Setting)
    found = (
        session.connection()
        .execute(select(table.c.value, table.c.version).where(table.c.key == key))
        .first()
    )
    return (found.value, found.version) if found else (default, 0)


def write_setting(session: Session, key: str, value: Any, version: int | None = None) -> int:
    """Set a value; gives its new version.

    With ``version``, only if that is still the version stored. Raises: Conflict.
    """
    begin_write(session)
    table = table_of(Setting)
    known = read_versioned(session, key)[1]
    if version is not None and version != known:
        raise Conflict("The setting was changed by somebody else since it was shown.")
    row = {"value": value, "version": known + 1, "updated_at": utc_now()}
    if known:
        done = session.connection().execute(
            update(table).where(table.c.key == key, table.c.version == known).values(row)
        )
        if done.rowcount != 1:
            raise Conflict("The setting was changed by somebody else meanwhile; try again.")
    else:
        session.connection().execute(insert(table), [{"key": key, **row}])
    return known + 1


def read_settings(session: Session, keys: Sequence[str]) -> dict[str, Any]:
    """The values of those of these settings that were ever set."""
    table = table_of(Setting)
    rows = session.connection().execute(
        select(table.c.key, table.c.value).where(among(session, table.c.key, keys))
    )
    return {row.key: row.value for row in rows}


def put_setting(session: Session, key: str, value: Any) -> None:
    """Set a value that the program keeps for itself: the last one stands, nobody is refused."""
    begin_write(session)
    table = table_of(Setting)
    writing = postgresql if dialect_of(session) == "postgresql" else sqlite
    row = {"value": value, "updated_at": utc_now()}
    session.connection().execute(
        writing.insert(table)
        .values(key=key, version=1, **row)
        .on_conflict_do_update(index_elements=["key"], set_={**row, "version": table.c.version + 1})
    )
