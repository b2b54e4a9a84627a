"""One statement for many rows, without asking SQLAlchemy about each of their values.

A month of ten thousand cases stores some fifty thousand rows of twenty columns; most
columns hold a handful of different values, and each of these is converted once. Many rows
go to PostgreSQL by COPY into a temporary table and from there by the same INSERT, so that
row-level security, triggers and what is said of conflicts hold as they do for one row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Connection,
    Insert,
    Table,
    bindparam,
    column,
    func,
    select,
    table,
    update,
)
from sqlmodel import Session

FROM_ROWS = 200
"""Rows from which COPY is worth its three statements."""


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
    target: Any = statement.table
    columns = {name: _column(target, name, rows, dialect) for name in names}
    if dialect.name == "postgresql" and len(rows) >= FROM_ROWS and _may_copy(connection):
        _copy(connection, statement, columns)
        return
    if compiled.positional:
        ordered = [columns[name] for name in compiled.positiontup]
        made: list[Any] = list(zip(*ordered, strict=True))
    else:
        made = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    connection.exec_driver_sql(compiled.string, made)


def _may_copy(connection: Connection) -> bool:
    """Whether the role may make temporary tables: an administrator may have taken that away."""
    asked = "SELECT has_database_privilege(current_database(), 'TEMP')"
    return bool(connection.exec_driver_sql(asked).scalar_one())


def _copy(connection: Connection, statement: Insert, columns: Mapping[str, Sequence[Any]]) -> None:
    """COPY the rows into a temporary table, then run the statement over it."""
    target: Any = statement.table
    names = list(columns)
    held = table("bulk_rows", *(column(name) for name in names))
    listed = ", ".join(f'"{name}"' for name in names)
    # As its types: what COPY reads is held to them, as a parameter would be.
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE bulk_rows ON COMMIT DROP AS "
        f'SELECT {listed} FROM "{target.name}" WITH NO DATA'
    )
    raw: Any = connection.connection.dbapi_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY bulk_rows ({listed}) FROM STDIN") as lines:
        for row in zip(*columns.values(), strict=True):
            lines.write_row(row)
    taken = select(*(held.c[name] for name in names))
    connection.execute(statement.from_select(names, taken, include_defaults=False))
    connection.exec_driver_sql("DROP TABLE bulk_rows")


def _column(
    table: Table, name: str, rows: Sequence[Mapping[str, Any]], dialect: Any
) -> Sequence[Any]:
    """One column of all rows, as the driver wants it."""
    values = [row[name] for row in rows]
    convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values
    if {list, dict} & set(map(type, values)):
        return list(map(convert, values))
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]


def update_many(
    session: Session, table: Table, key: str, rows: Sequence[Mapping[str, Any]], *where: Any
) -> None:
    """Set columns of many rows; each mapping holds the key of its row and the new values."""
    if not rows:
        return
    names = [name for name in rows[0] if name != key]
    if session.get_bind().dialect.name != "postgresql":
        sets: dict[str, Any] = {name: bindparam(f"b_{name}") for name in names}
        session.connection().execute(
            update(table).where(table.c[key] == bindparam(f"b_{key}"), *where).values(sets),
            [{f"b_{name}": value for name, value in row.items()} for row in rows],
        )
        return
    # One statement: a row each would be as many of the server as there are rows.
    new = func.unnest(
        *(
            bindparam(None, [row[name] for row in rows], ARRAY(table.c[name].type), unique=True)
            for name in (key, *names)
        )
    ).table_valued(key, *names, name="new_values").render_derived()  # fmt: skip
    session.connection().execute(
        update(table)
        .where(table.c[key] == new.c[key], *where)
        .values({name: new.c[name] for name in names})
    )
