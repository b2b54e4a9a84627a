"""Rows kept in numbered versions: the next number, how one begins, and how one is taken back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlmodel import Session, SQLModel

from ccm_core.months import utc_now
from ccm_core.store.schema import table_of


def add_version(
    session: Session, kept: type[SQLModel], same: tuple[ColumnElement[bool], ...],
    values: dict[str, Any],
) -> None:  # fmt: skip
    """Store one more version, in force; ``same`` are the conditions that its numbers share."""
    table, now = table_of(kept), utc_now()
    last = session.connection().scalar(
        select(func.coalesce(func.max(table.c.number), 0)).where(*same)
    )
    session.connection().execute(insert(table), [{
        "created_at": now, "updated_at": now, "version": 1, "number": int(last or 0) + 1,
        "is_active": True, "reverted_by": "", "reverted_at": None, **values,
    }])  # fmt: skip


def take_back(session: Session, kept: type[SQLModel], row_id: int, by: str) -> None:
    """Take one version out of force; its rows stay."""
    table, now = table_of(kept), utc_now()
    session.connection().execute(
        update(table)
        .where(table.c.id == row_id, table.c.is_active)
        .values(
            is_active=False, reverted_by=by, reverted_at=now, updated_at=now,
            version=table.c.version + 1,
        )
    )  # fmt: skip
