"""The minutes page: every patient of a month against the next threshold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, select, type_coerce
from sqlmodel import Session

from ccm_core import records, workdays
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store.kept import kept
from ccm_core.store.queries.common import (
    EVERYBODY,
    Only,
    Page,
    of_patients,
    ordered,
    page_of,
    patient_has,
    with_patient,
)
from ccm_core.store.schema import CaseResult, ResultCount, record_table, table_of
from ccm_core.store.summaries.result_counts import patients_by

REACHES = ("reached", "within", "out", "none")
"""Reached a threshold; can still; cannot any more; no minutes at all."""

MINUTES_A_WORKDAY = 5
"""What one patient can be given on one workday without anything else being left undone."""


@dataclass(frozen=True, slots=True)
class MinutesRow:
    """One patient's month."""

    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    npi: str
    care_manager_id: str
    location: str
    status: str
    counted_seconds: int
    logged_seconds: int
    staff_seconds: int
    practitioner_seconds: int
    leftover_seconds: int
    path: str
    next_threshold_minutes: int | None
    minutes_to_next: int | None
    last_contact_at: datetime | None
    effective_status: str
    reach: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How many patients stand where, by the end of the month."""

    reached: int = 0
    within: int = 0
    out: int = 0
    none: int = 0

    @property
    def total(self) -> int:
        return self.reached + self.within + self.out + self.none


def reachable_minutes(month: Month, today: date) -> int:
    """Missing minutes that can still be worked before the month ends."""
    return workdays.left(month, today) * MINUTES_A_WORKDAY


def _tables() -> tuple[Any, Any]:
    return table_of(CaseResult).c, record_table(records.Patient).c


def _reach(reachable: int) -> ColumnElement[str]:
    r = table_of(CaseResult).c
    return case(
        (r.path != "", "reached"),
        (and_(r.minutes_to_next.is_not(None), r.minutes_to_next <= reachable), "within"),
        (r.counted_seconds == 0, "none"),
        else_="out",
    )


def _reach_counted(reachable: int) -> ColumnElement[str]:
    """The same of the sums that are kept beside the results."""
    c = table_of(ResultCount).c
    return case(
        (c.has_path.is_(True), "reached"),
        (c.minutes_to_next <= reachable, "within"),
        (c.has_time.is_(False), "none"),
        else_="out",
    )


def _where(practice_id: str, month: Month, only: Only) -> list[ColumnElement[bool]]:
    r = table_of(CaseResult).c
    return [r.practice_id == practice_id, r.month == month, *only.where()]


def minutes_page(  # noqa: PLR0913 - the controls of one list
    session: Session, practice_id: str, month: Month, *, only: Only = EVERYBODY, reach: str = "",
    search: str = "", sort: str = "to_next", limit: int = 100, offset: int = 0,
    today: date | None = None,
) -> Page[MinutesRow]:  # fmt: skip
    """Patients of a month with their minutes, filtered, sorted and cut on the server."""
    today = today or _today()
    statement = _listed(practice_id, month, only, reach, today, sort)
    if search:
        statement = statement.where(patient_has(search, table_of(CaseResult).c))

    def counted() -> int:
        found = reach_counts(session, practice_id, month, today=today)
        return int(getattr(found, reach or "total"))

    return page_of(
        session, _sorted(statement, sort), MinutesRow, limit, offset,
        table_of(CaseResult).c.patient_id,
        counted if only == EVERYBODY else None, search,
    )  # fmt: skip


def minutes_rows(
    session: Session, practice_id: str, month: Month, *, only: Only = EVERYBODY, reach: str = "",
    today: date,
) -> Iterator[MinutesRow]:  # fmt: skip
    """The same list by name, whole: for a file, never for a page."""
    statement = _sorted(_listed(practice_id, month, only, reach, today, "name"), "name")
    for row in session.connection().execute(statement):
        yield MinutesRow(*row)


def _listed(
    practice_id: str, month: Month, only: Only, reach: str, today: date, sort: str
) -> Select[Any]:
    r, p = _tables()
    standing = _reach(reachable_minutes(month, today))
    statement: Select[Any] = (
        select(
            r.patient_id, p.family_name, p.given_name, p.mrn, r.npi, p.care_manager_id,
            p.location, p.status, r.counted_seconds, r.logged_seconds, r.staff_seconds,
            r.practitioner_seconds, r.leftover_seconds, r.path, r.next_threshold_minutes,
            r.minutes_to_next, r.last_contact_at, r.effective_status, standing.label("reach"),
        )
        .select_from(with_patient(table_of(CaseResult), sort=sort))
        .where(*_where(practice_id, month, only))
    )  # fmt: skip
    if not reach:
        return statement
    if reach not in REACHES:
        raise UsageError(f"Reach {reach!r} was asked for; there is {', '.join(REACHES)}.")
    return statement.where(standing == reach)


def _sorted(statement: Select[Any], sort: str) -> Select[Any]:
    r, p = _tables()
    sorts = {
        "name": p.family_name, "minutes": r.counted_seconds, "to_next": r.minutes_to_next,
        "last_contact": r.last_contact_at, "care_manager": p.care_manager_id,
        "practitioner": r.npi, "location": p.location, "status": r.effective_status,
        "leftover": r.leftover_seconds, "logged": r.logged_seconds,
    }  # fmt: skip
    return ordered(statement, sorts, sort, [r.patient_id])


def reach_counts(
    session: Session, practice_id: str, month: Month, *, only: Only = EVERYBODY,
    today: date | None = None,
) -> Reach:  # fmt: skip
    """How many patients reached a threshold, still can, or cannot any more."""
    reachable = reachable_minutes(month, today or _today())
    return Reach(**_standings(session, practice_id, month, only, reachable))


@kept("result_count", "case_result", "patient", "payer")
def _standings(
    session: Session, practice_id: str, month: Month, only: Only, reachable: int
) -> dict[str, int]:
    """Patients by where they stand."""
    if only == EVERYBODY:
        return patients_by(session, practice_id, month, _reach_counted(reachable))
    standing = _reach(reachable)
    rows = session.connection().execute(
        select(standing, func.count())
        .select_from(of_patients(table_of(CaseResult), only))
        .where(*_where(practice_id, month, only))
        .group_by(standing)
    )
    return {str(name): int(number) for name, number in rows}


def minute_histogram(
    session: Session, practice_id: str, month: Month, *, only: Only = EVERYBODY,
    bin_minutes: int = 5,
) -> list[tuple[int, int]]:  # fmt: skip
    """First minute of each bin and the patients in it, without holes between."""
    found = _bins(session, practice_id, month, only, bin_minutes)
    last = max(found, default=-1)
    return [(n * bin_minutes, found.get(n, 0)) for n in range(last + 1)]


@kept("result_count", "case_result", "patient", "payer")
def _bins(
    session: Session, practice_id: str, month: Month, only: Only, bin_minutes: int
) -> dict[int, int]:
    """Patients by the number of their bin."""
    if only == EVERYBODY:
        minutes = table_of(ResultCount).c.counted_minutes
        return patients_by(
            session, practice_id, month, type_coerce(minutes, Integer) // bin_minutes
        )
    r = table_of(CaseResult).c
    place = type_coerce(r.counted_seconds, Integer) // (bin_minutes * 60)
    rows = session.connection().execute(
        select(place, func.count())
        .select_from(of_patients(table_of(CaseResult), only))
        .where(*_where(practice_id, month, only))
        .group_by(place)
    )
    return {int(bin_number): int(number) for bin_number, number in rows}


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the day on the wall
