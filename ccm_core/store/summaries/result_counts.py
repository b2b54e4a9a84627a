"""Sums of a month's results and findings: triggers keep them, pages read them instead.

On PostgreSQL each transaction counts in rows of its own (`ResultCount.lane`). They are
added up here, by one at a time and only where nobody must wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
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
from ccm_core.store.schema import CaseResult, FindingCount, FindingRow, ResultCount, table_of
from ccm_core.store.schema.results import NEVER
from ccm_core.store.statements import inserting

MOST_LANES = 200
"""Rows of transactions from which an audit adds a month up; its sums alone are about as many."""
_ADDING_UP = 0x73756D73


@dataclass(frozen=True, slots=True)
class _Sums:
    """One table of sums, and what rows add up to."""

    table: Table
    sums: tuple[str, ...]
    said: str
    of_rows: Callable[[str, Sequence[str]], Select[Any]]
    """What the rows of a practice add up to, as the triggers count them."""

    @property
    def alike(self) -> tuple[str, ...]:
        """What rows have in common that are counted together."""
        return tuple(c.name for c in self.table.primary_key.columns if c.name != "lane")


def _of_results(practice_id: str, alike: Sequence[str]) -> Select[Any]:
    r = table_of(CaseResult).c
    worked_out: dict[str, Any] = {
        "has_path": r.path != "",
        "has_time": r.counted_seconds != 0,
        "minutes_to_next": func.coalesce(r.minutes_to_next, NEVER),
        "counted_minutes": type_coerce(r.counted_seconds, Integer) // 60,
    }
    group = [worked_out[name] if name in worked_out else r[name] for name in alike]
    usd = (func.coalesce(func.sum(r[n]), 0) for n in ("allowed_usd", "expected_medicare_usd"))
    asked = select(*group, func.count(), *usd).where(r.practice_id == practice_id)
    return asked.group_by(*group)


def _of_findings(practice_id: str, alike: Sequence[str]) -> Select[Any]:
    f = table_of(FindingRow).c
    group = [f[name] for name in alike]
    return select(*group, func.count()).where(f.practice_id == practice_id).group_by(*group)


_RESULTS = _Sums(
    table_of(ResultCount), ("patients", "allowed_usd", "expected_medicare_usd"),
    "sums of results", _of_results,
)  # fmt: skip
_FINDINGS = _Sums(table_of(FindingCount), ("cases",), "counts of findings", _of_findings)
_ALL = (_RESULTS, _FINDINGS)


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
    for one in _ALL:
        c = one.table.c
        of_others = c.practice_id == practice_id, c.month == month, c.lane != 0
        lanes = session.connection().scalar(select(func.count()).where(*of_others))
        if lanes and lanes > MOST_LANES:
            _add_up(session, one, practice_id, c.month == month)


def add_up(session: Session, practice_id: str) -> None:
    """Bring each sum into one row, and drop those of nobody."""
    for one in _ALL:
        _add_up(session, one, practice_id)


def _add_up(session: Session, one: _Sums, practice_id: str, *where: ColumnElement[bool]) -> None:
    """Whoever finds somebody else at it leaves it to them: two would count twice."""
    begin_write(session)
    connection, table = session.connection(), one.table
    mine = (table.c.practice_id == practice_id, *where)
    if dialect_of(session) == "postgresql":
        if not connection.scalar(select(func.pg_try_advisory_xact_lock(_ADDING_UP))):
            return
        # One statement, so that what is taken away is what is added.
        gone = delete(table).where(*mine, table.c.lane != 0).returning(table).cte("gone").c
        alike = [gone[name] for name in one.alike]
        summed = select(*alike, *(func.sum(gone[name]) for name in one.sums)).group_by(*alike)
        connection.execute(_added(session, one, summed))
    nobody = table.c.lane == 0, table.c[one.sums[0]] == 0
    connection.execute(delete(table).where(*mine, *nobody))


def _added(session: Session, one: _Sums, summed: Select[Any]) -> Any:
    """Add sums, in the order of their table, to the rows that belong to nobody."""
    statement = inserting(session, one.table).from_select(
        [*one.alike, *one.sums, "lane"], summed.add_columns(literal(0))
    )
    return statement.on_conflict_do_update(
        index_elements=list(one.table.primary_key.columns),
        set_={name: one.table.c[name] + statement.excluded[name] for name in one.sums},
    )


def rebuild(session: Session, practice_id: str) -> None:
    """Write the sums of every month anew; nobody changes a result or a finding meanwhile."""
    begin_write(session)
    connection = session.connection()
    if dialect_of(session) == "postgresql":
        connection.execute(text("LOCK TABLE case_result, finding IN SHARE MODE"))
        connection.execute(select(func.pg_advisory_xact_lock(_ADDING_UP)))
    for one in _ALL:
        connection.execute(delete(one.table).where(one.table.c.practice_id == practice_id))
        connection.execute(_added(session, one, one.of_rows(practice_id, one.alike)))


def differences(session: Session, practice_id: str) -> list[str]:
    """Months whose sums are not those of their rows, in words without patients."""
    return [said for one in _ALL for said in _differences(session, one, practice_id)]


def _differences(session: Session, one: _Sums, practice_id: str) -> list[str]:
    c = one.table.c
    alike = [c[name] for name in one.alike]
    kept = select(*alike, *(func.sum(c[name]) for name in one.sums)).group_by(*alike)
    should = _sums(session, one, one.of_rows(practice_id, one.alike))
    found = _sums(session, one, kept.where(c.practice_id == practice_id))
    wrong: dict[Month, int] = {}
    for key in {*should, *found}:
        if should.get(key) != found.get(key):
            wrong[key[1]] = wrong.get(key[1], 0) + 1
    return [f"{month}: {number} {one.said}" for month, number in sorted(wrong.items())]


def _sums(session: Session, one: _Sums, asked: Select[Any]) -> dict[Any, tuple[Any, ...]]:
    """Sums by what they have in common; none where every sum is zero."""
    rows = [tuple(row) for row in session.connection().execute(asked)]
    end = len(one.alike)
    return {row[:end]: row[end:] for row in rows if any(row[end:])}
