"""Settings of the installation: one JSON value for each key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from ccm_core.errors import Conflict
from ccm_core.months import utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.schema import Setting, table_of


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
