"""Saved projections, by person and name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlmodel import Session

from ccm_core.months import utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.schema import SavedScenario, table_of


def of_user(session: Session, user_id: str) -> list[Row[Any]]:
    """Everything that a person saved, by name."""
    table = table_of(SavedScenario)
    wanted = select(table).where(table.c.user_id == user_id).order_by(table.c.name)
    return list(session.connection().execute(wanted))


def put(session: Session, user_id: str, name: str, content: str, tables_version: str) -> None:
    """Keep a projection under its name, in the place of one of the same name."""
    begin_write(session)
    table, now = table_of(SavedScenario), utc_now()
    changes = {"content": content, "tables_version": tables_version, "updated_at": now}
    done = session.connection().execute(
        update(table)
        .where(table.c.user_id == user_id, table.c.name == name)
        .values(**changes, version=table.c.version + 1)
    )
    if not done.rowcount:
        new = {"user_id": user_id, "name": name, "created_at": now, "version": 1}
        session.connection().execute(insert(table), [new | changes])


def rename(session: Session, user_id: str, name: str, to: str) -> bool:
    """Give one another name that is free; gives whether it was there."""
    begin_write(session)
    table = table_of(SavedScenario)
    done = session.connection().execute(
        update(table)
        .where(table.c.user_id == user_id, table.c.name == name)
        .values(name=to, updated_at=table.c.updated_at, version=table.c.version + 1)
    )
    return bool(done.rowcount)


def drop(session: Session, user_id: str, name: str) -> bool:
    """Delete one; gives whether it was there."""
    begin_write(session)
    table = table_of(SavedScenario)
    done = session.connection().execute(
        delete(table).where(table.c.user_id == user_id, table.c.name == name)
    )
    return bool(done.rowcount)
