"""Sums of a month's results: triggers keep them, pages read them instead of the results.

On PostgreSQL each transaction counts in rows of its own (`ResultCount.lane`). They are
added up here, by one at a time and only where nobody must wait for it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    delete,
    func,
    literal,
    select,
    text,
    type_coerce,
)
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.schema import CaseResult, ResultCount, table_of
from ccm_core.store.schema.results import NEVER
from ccm_core.store.statements import inserting

MOST_LANES = 200
"""Rows of transactions from which an audit adds a month up; its sums alone are about as many."""
_ADDING_UP = 0x73756D73
_SUMS = ("patients", "allowed_usd", "expected_medicare_usd")
_ALIKE = tuple(c.name for c in table_of(ResultCount).primary_key.columns if c.name != "lane")
"""What results have in common that are counted together."""


def patients_by(
    session: Session, practice_id: str, month: Month, what: ColumnElement[Any]
) -> dict[Any, int]:
    """Patients with a result in the month, by an expression over the columns of the counts."""
    c = table_of(ResultCount).c
    patients = func.sum(c.patients)
    rows = session.connection().execute(
        select(what, patients)
        .where(c.practice_id == practice_id, c.month == month)
        .group_by(what)
        .having(patients != 0)
    )
    return {value: int(number) for value, number in rows}


def tidy(session: Session, practice_id: str, month: Month) -> None:
    """Add up the rows of many transactions, so that a month stays quick to read."""
    if dialect_of(session) != "postgresql":
        return
    c = table_of(ResultCount).c
    of_others = c.practice_id == practice_id, c.month == month, c.lane != 0
    lanes = session.connection().scalar(select(func.count()).where(*of_others))
    if lanes and lanes > MOST_LANES:
        add_up(session, practice_id, c.month == month)


def add_up(session: Session, practice_id: str, *where: ColumnElement[bool]) -> None:
    """Bring each sum into one row, and drop those of nobody.

    Whoever finds somebody else at it leaves it to them: two would count twice.
    """
    begin_write(session)
    connection, table = session.connection(), table_of(ResultCount)
    mine = (table.c.practice_id == practice_id, *where)
    if dialect_of(session) == "postgresql":
        if not connection.scalar(select(func.pg_try_advisory_xact_lock(_ADDING_UP))):
            return
        # One statement, so that what is taken away is what is added.
        gone = delete(table).where(*mine, table.c.lane != 0).returning(table).cte("gone").c
        alike = [gone[name] for name in _ALIKE]
        summed = select(*alike, *(func.sum(gone[name]) for name in _SUMS)).group_by(*alike)
        connection.execute(_added(session, summed))
    connection.execute(delete(table).where(*mine, table.c.lane == 0, table.c.patients == 0))


def _added(session: Session, summed: Select[Any]) -> Any:
    """Add sums, in the order of `_ALIKE` and `_SUMS`, to the rows that belong to nobody."""
    table = table_of(ResultCount)
    statement = inserting(session, table).from_select(
        [*_ALIKE, *_SUMS, "lane"], summed.add_columns(literal(0))
    )
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: table.c[name] + statement.excluded[name] for name in _SUMS},
    )


def rebuild(session: Session, practice_id: str) -> None:
    """Write the sums of every month anew; nobody changes a result meanwhile."""
    begin_write(session)
    connection, table = session.connection(), table_of(ResultCount)
    if dialect_of(session) == "postgresql":
        connection.execute(text("LOCK TABLE case_result IN SHARE MODE"))
        connection.execute(select(func.pg_advisory_xact_lock(_ADDING_UP)))
    connection.execute(delete(table).where(table.c.practice_id == practice_id))
    connection.execute(_added(session, _of_results(practice_id)))


def differences(session: Session, practice_id: str) -> list[str]:
    """Months whose sums are not those of their results, in words without patients."""
    c = table_of(ResultCount).c
    alike = [c[name] for name in _ALIKE]
    kept = select(*alike, *(func.sum(c[name]) for name in _SUMS)).group_by(*alike)
    should = _sums(session, _of_results(practice_id))
    found = _sums(session, kept.where(c.practice_id == practice_id))
    wrong: dict[Month, int] = {}
    for key in {*should, *found}:
        if should.get(key) != found.get(key):
            wrong[key[1]] = wrong.get(key[1], 0) + 1
    return [f"{month}: {number} sums of results" for month, number in sorted(wrong.items())]


def _sums(session: Session, asked: Select[Any]) -> dict[Any, tuple[Any, ...]]:
    """Sums by what they have in common; none where every sum is zero."""
    rows = [tuple(row) for row in session.connection().execute(asked)]
    return {row[: len(_ALIKE)]: row[len(_ALIKE) :] for row in rows if any(row[len(_ALIKE) :])}


def _of_results(practice_id: str) -> Select[Any]:
    """What the results themselves add up to, as the triggers count them."""
    r = table_of(CaseResult).c
    worked_out: dict[str, Any] = {
        "has_path": r.path != "",
        "has_time": r.counted_seconds != 0,
        "minutes_to_next": func.coalesce(r.minutes_to_next, NEVER),
        "counted_minutes": type_coerce(r.counted_seconds, Integer) // 60,
    }
    alike = [worked_out[name] if name in worked_out else r[name] for name in _ALIKE]
    sums = [func.coalesce(func.sum(r[name]), 0) for name in _SUMS[1:]]
    asked = select(*alike, func.count(), *sums).where(r.practice_id == practice_id)
    return asked.group_by(*alike)
