"""One statement for many rows, without asking SQLAlchemy about each of their values.

A month of ten thousand cases stores some fifty thousand rows of twenty columns; most
columns hold a handful of different values, and each of these is converted once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import Insert, Table
from sqlmodel import Session


def insert_many(session: Session, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run an INSERT, of whatever dialect, for rows that all have the same columns."""
    if not rows:
        return
    connection = session.connection()
    dialect = connection.dialect
    names = list(rows[0])
    # Inline: on PostgreSQL nobody reads the numbers of the new rows.
    compiled: Any = statement.inline().compile(dialect=dialect, column_keys=names)
    if compiled.insert_prefetch or sorted(compiled.binds) != sorted(names):
        # A column is filled by the program: only SQLAlchemy knows how.
        connection.execute(statement, rows)
        return
    table: Any = statement.table
    columns = {name: _column(table, name, rows, dialect) for name in names}
    if compiled.positional:
        ordered = [columns[name] for name in compiled.positiontup]
        made: list[Any] = list(zip(*ordered, strict=True))
    else:
        made = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    connection.exec_driver_sql(compiled.string, made)


def _column(
    table: Table, name: str, rows: Sequence[Mapping[str, Any]], dialect: Any
) -> Sequence[Any]:
    """One column of all rows, as the driver wants it."""
    values = [row[name] for row in rows]
    convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values
    known: dict[Hashable, Any] = {}
    return [_converted(value, convert, known) for value in values]


def _converted(value: Any, convert: Callable[[Any], Any], known: dict[Hashable, Any]) -> Any:
    if isinstance(value, list | dict):
        return convert(value)
    found = known.get(value, known)
    if found is known:
        found = known[value] = convert(value)
    return found
