"""The few expressions that SQLite and PostgreSQL write differently."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlmodel import Session

T = TypeVar("T")
_STREAMED = 5_000


def among(session: Session, left: Any, texts: Collection[str]) -> ColumnElement[bool]:
    """Whether a text column is one of many values, sent as a single parameter."""
    if session.get_bind().dialect.name == "postgresql":
        values = bindparam(None, list(texts), type_=ARRAY(Text), unique=True)
        found: ColumnElement[bool] = left == func.any(values)
        return found
    return _Among(left, bindparam(None, json.dumps(list(texts)), type_=Text, unique=True))


def by_name(session: Session, asked: Select[Any], left: Any, texts: Collection[str]) -> Select[Any]:
    """The rows of a statement in which a text column is one of many values, one value at a time.

    Of what a transaction has written PostgreSQL has no statistics: a month that it fills seems
    empty, and all of it, written so far, would be read for every few thousand names. OFFSET
    keeps the question one about a single name. The statement must not say the month so that
    an index can begin by it (see `unindexed`).
    """
    if session.get_bind().dialect.name != "postgresql":
        return asked.where(among(session, left, texts))
    names = bindparam(None, list(texts), type_=ARRAY(Text), unique=True)
    named = func.unnest(names).table_valued("name", name="named").render_derived()
    found = asked.where(left == named.c.name).offset(0).lateral("found")
    return select(found).select_from(named).join(found, true())


def unindexed(session: Session, column: ColumnElement[Any]) -> ColumnElement[str]:
    """A column as its text, by which PostgreSQL chooses no index."""
    as_text = type_coerce(column, Text)
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return as_text.concat("") if is_postgresql else as_text


@contextmanager
def by_index(session: Session) -> Iterator[None]:
    """Let PostgreSQL count a page of an index for little meanwhile.

    It counts pages, of which table and index have about as many. But the table's rows would
    have each name's text worked out anew, which the index holds ready: half the time.
    """
    is_postgresql, cost = session.get_bind().dialect.name == "postgresql", "random_page_cost"
    if is_postgresql:
        was = session.connection().scalar(select(func.current_setting(cost)))
        session.connection().execute(select(func.set_config(cost, "0.1", True)))
    yield
    if is_postgresql:  # after an error the setting ends with the transaction
        session.connection().execute(select(func.set_config(cost, was, True)))


class _Among(ColumnElement[bool]):
    """The same on SQLite. One edit asks it thirty times: built of SQLAlchemy's own parts it
    would take as long as the answer.
    """

    __visit_name__ = "among"
    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy has it
        ("left", InternalTraversal.dp_clauseelement),
        ("values", InternalTraversal.dp_clauseelement),
    ]
    inherit_cache = True
    type = Boolean()

    def __init__(self, left: ColumnElement[Any], values: ColumnElement[str]) -> None:
        self.left, self.values = left, values

    @property
    def _from_objects(self) -> Any:
        return self.left._from_objects

    def self_group(self, against: Any = None) -> Any:
        return self  # a condition already: not to be compared with true


@compiles(_Among)
def _say_among(condition: _Among, compiler: Any, **more: Any) -> str:
    left, values = (compiler.process(one, **more) for one in (condition.left, condition.values))
    return f"{left} IN (SELECT value FROM json_each({values}))"


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


def streamed(session: Session, asked: Any) -> Iterator[Any]:
    """The rows of a statement, some thousand of them held at once."""
    rows = session.connection().execute(asked, execution_options={"yield_per": _STREAMED})
    for some in rows.partitions():
        yield from some


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of at most that many items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
