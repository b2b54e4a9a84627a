"""Rows back into record dataclasses, column by column.

Reading goes past the row objects of SQLAlchemy: a month of ten thousand patients is
some hundred thousand rows, and a column converts each of its distinct values once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among
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
    return list(map(kind, *fetch_columns(session, statement)))


def of_patients(
    session: Session, practice_id: str, name: str, patient_ids: Collection[str]
) -> dict[str, Any]:
    """One column of these patients' rows, by patient."""
    p = record_table(records.Patient).c
    rows = session.connection().execute(
        select(p.patient_id, p[name]).where(
            p.practice_id == practice_id, among(session, p.patient_id, patient_ids)
        )
    )
    return {row[0]: row[1] for row in rows}


def fetch_columns(session: Session, statement: Select[Any]) -> list[Sequence[Any]]:
    """The result of a statement as one sequence of Python values for each column."""
    connection = session.connection()
    wanted = list(statement.selected_columns)
    result = connection.execute(statement)
    rows = result.cursor.fetchall() if result.cursor is not None else []
    result.close()
    if not rows:
        return [()] * len(wanted)
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place, column in enumerate(wanted):
        convert = _converter(column, connection.dialect)
        if convert is not None:
            columns[place] = _converted(columns[place], convert)
    return columns


def _converter(column: ColumnElement[Any], dialect: Any) -> Callable[[Any], Any] | None:
    kind = column.type.dialect_impl(dialect)
    return kind.result_processor(dialect, None)


def _converted(values: Sequence[Any], convert: Callable[[Any], Any]) -> list[Any]:
    meaning = {value: convert(value) for value in set(values)}
    return [meaning[value] for value in values]
