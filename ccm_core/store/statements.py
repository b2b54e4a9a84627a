"""The few expressions that SQLite and PostgreSQL write differently."""

from __future__ import annotations

import gc
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ARRAY, Date, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session

T = TypeVar("T")


def among(session: Session, left: Any, texts: Collection[str]) -> ColumnElement[bool]:
    """Whether a text column is one of many values, sent as a single parameter."""
    if session.get_bind().dialect.name == "postgresql":
        values = bindparam(None, list(texts), type_=ARRAY(Text), unique=True)
        found: ColumnElement[bool] = left == func.any(values)
        return found
    values = bindparam(None, json.dumps(list(texts)), type_=Text, unique=True)
    listed = func.json_each(values).table_valued(column("value", Text))
    within: ColumnElement[bool] = left.in_(select(listed.c.value))
    return within


def days_before(session: Session, day: Any, days: int) -> ColumnElement[date]:
    """The day that many days before a date column."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(day - days, Date)
    shifted: ColumnElement[date] = func.date(day, f"-{days} days", type_=Date)
    return shifted


def inserting(session: Session, table: Table) -> Any:
    """An INSERT that can say what to do when the row is there."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of at most that many items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@contextmanager
def collector_paused() -> Iterator[None]:
    """No garbage collection meanwhile: records hold no cycles, and looking for some
    among a hundred thousand new objects takes longer than reading them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
