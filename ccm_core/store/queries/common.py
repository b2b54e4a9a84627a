"""What all page queries share: who is meant, one page of rows, and search by words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    String,
    Table,
    and_,
    cast,
    func,
    literal_column,
    select,
    tuple_,
    type_coerce,
)
from sqlmodel import Session

from ccm_core import records
from ccm_core.errors import UsageError
from ccm_core.store.schema import record_table
from ccm_core.store.schema.people import SEARCHED
from ccm_core.store.statements import by_index

R = TypeVar("R")

MOST_ROWS = 100
"""No page asks for more rows at once; exports read in other ways."""

BY = {
    "practitioner": "practitioner_npi",
    "care_manager": "care_manager_id",
    "location": "location",
}
"""How numbers can be split, and the patient's column behind it."""


@dataclass(frozen=True, slots=True)
class Only:
    """Whose patients are meant; an empty field means all."""

    npi: str = ""
    care_manager_id: str = ""
    location: str = ""
    payer: str = ""

    def where(self, columns: Any = None) -> list[ColumnElement[bool]]:
        """Conditions on the patient table, or on columns of the same names."""
        patient = record_table(records.Patient).c if columns is None else columns
        found: list[ColumnElement[bool]] = []
        if self.npi:
            found.append(patient.practitioner_npi == self.npi)
        if self.care_manager_id:
            found.append(patient.care_manager_id == self.care_manager_id)
        if self.location:
            found.append(patient.location == self.location)
        if self.payer:
            found.append(_has_payer(self.payer, patient))
        return found


EVERYBODY = Only()


def _has_payer(kind: str, patient: Any) -> ColumnElement[bool]:
    payer = record_table(records.Payer).c
    return (
        select(payer.id)
        .where(
            payer.practice_id == patient.practice_id,
            payer.patient_id == patient.patient_id,
            payer.kind == kind,
            payer.is_primary.is_(True),
            payer.to_on.is_(None),
        )
        .exists()
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some of the rows, and how many there are in all."""

    rows: tuple[R, ...]
    total: int


def page_of(
    session: Session, statement: Select[Any], make: type[R], limit: int, offset: int,
    key: ColumnElement[Any] | None = None, counted: Callable[[], int] | None = None,
    search: str = "",
) -> Page[R]:  # fmt: skip
    """One page of a statement whose columns are the fields of ``make``, in order.

    With the ``key`` of its rows the page is found first, from the columns that filter and
    sort; everything else is then read for the rows of the page alone. ``counted`` says how
    many rows there are where that is known without counting them and nobody is searched.
    """
    limit, connection = min(limit, MOST_ROWS), session.connection()
    if key is None:
        rows = connection.execute(statement.limit(limit).offset(offset)).all()
        total = _total(session, statement, len(rows), limit, offset)
        return Page(tuple(make(*row) for row in rows), total)
    keys = statement.with_only_columns(key)
    if search and connection.dialect.name == "postgresql":
        chosen, total = _found(session, keys, limit, offset)
    else:
        chosen = connection.scalars(keys.limit(limit).offset(offset)).all()
        known = None if search else counted
        total = _total(session, keys, len(chosen), limit, offset, known)
    return Page(_rows_of(session, statement, make, key, chosen), total)


def _found(
    session: Session, keys: Select[Any], limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    """What a search finds, and how much: counted apart, everybody would be read twice.

    SQLite is quicker when it is asked twice.
    """
    asked = keys.add_columns(func.count().over()).limit(limit).offset(offset)
    with by_index(session):
        rows = session.connection().execute(asked).all()
    total = int(rows[0][1]) if rows else _total(session, keys, 0, limit, offset)
    return [row[0] for row in rows], total


def _rows_of(
    session: Session, statement: Select[Any], make: type[R], key: ColumnElement[Any],
    chosen: Sequence[Any],
) -> tuple[R, ...]:  # fmt: skip
    """The rows with these keys, in their order.

    Asked to sort them, a database without statistics would walk a whole month in the order
    of the list to find a hundred.
    """
    if not chosen:
        return ()
    asked = statement.order_by(None).where(key.in_(chosen)).add_columns(key)
    by_key = {row[-1]: row[:-1] for row in session.connection().execute(asked)}
    return tuple(make(*by_key[one]) for one in chosen if one in by_key)


def _total(
    session: Session, statement: Select[Any], seen: int, limit: int, offset: int,
    counted: Callable[[], int] | None = None,
) -> int:  # fmt: skip
    """How many rows there are; not asked again where the page shows the end of the list."""
    if seen < limit and (seen or not offset):
        return offset + seen
    if counted is not None:
        return counted()
    # An offset, even of nothing, keeps SQLite from folding the two queries into one that
    # joins tables of which no column is needed.
    rows = statement.order_by(None).offset(0).subquery()
    return int(session.connection().scalar(select(func.count()).select_from(rows)) or 0)


def with_patient(table: Table, joined: Any = None, sort: str = "") -> Any:
    """Rows about patients (or a join of them) with the patient beside them.

    Every row has one. Said as an outer join, a database leaves the patient out of a list
    where no column of it is asked for; sorted by name, it walks the index of the names and
    looks for the row of each, until the page is full.
    """
    p = record_table(records.Patient)
    same = (p.c.practice_id == table.c.practice_id, p.c.patient_id == table.c.patient_id)
    is_outer = sort.removeprefix("-") != "name"
    return (table if joined is None else joined).join(p, and_(*same), isouter=is_outer)


def of_patients(table: Table, only: Only, joined: Any = None) -> Any:
    """The same for sums: without the patient where all are meant."""
    rows = table if joined is None else joined
    return rows if only == EVERYBODY else with_patient(table, rows)


def ordered(
    statement: Select[Any], sorts: Mapping[str, ColumnElement[Any]], sort: str,
    tie: Sequence[ColumnElement[Any]],
) -> Select[Any]:  # fmt: skip
    """Sort by a name of ``sorts``, downwards with a leading minus; empty values last."""
    name = sort.removeprefix("-")
    if name not in sorts:
        raise UsageError(f"Sorting by {name!r} was asked for; there is {', '.join(sorts)}.")
    column = sorts[name]
    way = column.desc() if sort.startswith("-") else column.asc()
    if getattr(column, "nullable", True):
        way = way.nulls_last()  # where there are none, saying so would only hide the index
    return statement.order_by(way, *tie)


def patient_has(search: str, columns: Any = None) -> ColumnElement[bool]:
    """Whether the name or number of a row's patient matches the search.

    The patients are found first, from an index that holds the searched text of everybody:
    a word holds no space, so that it stands in one of the joined columns or in none.
    ``columns`` are of any table about patients; without them the rows are the patients.
    """
    p = record_table(records.Patient)
    of = p.c if columns is None else columns
    q = p.alias("searched")
    text = literal_column(SEARCHED, String)
    found = select(q.c.practice_id, q.c.patient_id)
    for word in search.split():
        for sign in "/%_":
            word = word.replace(sign, f"/{sign}")  # noqa: PLW2901 - the same word, escaped
        found = found.where(text.like(func.lower(f"%{word}%"), escape="/"))
    return tuple_(of.practice_id, of.patient_id).in_(found)


def day_of(session: Session, moment: ColumnElement[Any]) -> ColumnElement[date]:
    """The UTC day of a moment column."""
    seconds = type_coerce(moment, BigInteger)
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.timezone("UTC", func.to_timestamp(seconds)), Date)
    day: ColumnElement[date] = func.date(seconds, "unixepoch", type_=Date)
    return day


def split_by(by: str) -> ColumnElement[Any]:
    """The patient's column to split numbers by. Raises: UsageError."""
    if by not in BY:
        raise UsageError(f"A split by {by!r} was asked for; there is {', '.join(BY)}.")
    return record_table(records.Patient).c[BY[by]]
