"""Rows back into record dataclasses."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.store.schema import record_table
from ccm_core.store.writing import fields_of

R = TypeVar("R")


def columns_of(kind: type[Any]) -> list[ColumnElement[Any]]:
    """The columns that make a record, in the order of its fields."""
    table = record_table(kind)
    return [table.c[name] for name in fields_of(kind)]


def select_records(kind: type[Any], practice_id: str, *where: ColumnElement[bool]) -> Select[Any]:
    """A statement for the records of one kind; time entries only as they stand now."""
    table = record_table(kind)
    conditions = [table.c.practice_id == practice_id, *where]
    if kind is records.TimeEntry:
        conditions.append(table.c.is_current)
    return select(*columns_of(kind)).where(*conditions)


def load(session: Session, kind: type[R], statement: Select[Any]) -> list[R]:
    """Run such a statement and build the records."""
    return [kind(*row) for row in session.connection().execute(statement)]
