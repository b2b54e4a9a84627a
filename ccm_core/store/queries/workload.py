"""What each member of the care team has on the desk: panel, time, what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store import reading
from ccm_core.store.kept import kept
from ccm_core.store.queries.common import EVERYBODY, Only
from ccm_core.store.queries.pace import enrolled_in
from ccm_core.store.queries.steps import When
from ccm_core.store.queries.stored_steps import is_stored
from ccm_core.store.queries.wall_clock import OpenHours, is_after_hours
from ccm_core.store.schema import CaseResult, MonthStep, record_table, table_of


@dataclass(frozen=True, slots=True)
class Panel:
    """The patients of one care manager in a month."""

    patients: int = 0
    reached: int = 0
    missing_minutes: int = 0
    """To the first threshold, of those who can still reach it."""


@dataclass(frozen=True, slots=True)
class Worked:
    """The logged time of one person in a month."""

    seconds: int = 0
    billable_seconds: int = 0
    """With patients whose month earns a unit."""
    patients: int = 0
    known_seconds: int = 0
    """Of entries whose start is known."""
    late_seconds: int = 0
    """Of these, begun in a half hour out of hours or on the closed weekday."""


_OF_ENROLLED = (
    "case_result", "month_step", "step_month", "step_mark", "practice", "patient", "consent",
    "payer",
)  # fmt: skip


@kept(*_OF_ENROLLED)
def panels(
    session: Session, practice_id: str, month: Month, reachable_minutes: int, *,
    only: Only = EVERYBODY,
) -> dict[str, Panel]:  # fmt: skip
    """Panels by care manager; patients without one under an empty text.

    The minutes that Home, Minutes and People call missing are all added up here.
    """
    r = table_of(CaseResult).c
    found, p = _of_enrolled(session, practice_id, month, only)
    rows = session.connection().execute(
        found.add_columns(
            p.care_manager_id,
            func.count(),
            func.sum(case((r.path != "", 1), else_=0)),
            func.sum(case((_is_near(reachable_minutes), r.minutes_to_next), else_=0)),
        ).group_by(p.care_manager_id)
    )
    return {manager: Panel(int(n), int(got), int(left)) for manager, n, got, left in rows}


@kept(*_OF_ENROLLED)
def missing_minutes(
    session: Session, practice_id: str, month: Month, reachable_minutes: int, *,
    only: Only = EVERYBODY,
) -> int:  # fmt: skip
    """What all panels miss together: only those who are near are looked up."""
    found, _ = _of_enrolled(session, practice_id, month, only)
    minutes = func.sum(table_of(CaseResult).c.minutes_to_next)
    statement = found.add_columns(minutes).where(_is_near(reachable_minutes))
    return int(session.connection().scalar(statement) or 0)


def _is_near(reachable_minutes: int) -> ColumnElement[bool]:
    r = table_of(CaseResult).c
    return and_(r.path == "", r.minutes_to_next <= reachable_minutes)


def _of_enrolled(
    session: Session, practice_id: str, month: Month, only: Only
) -> tuple[Select[Any], Any]:
    """Results of patients still in the program, and the columns that say whose they are.

    For all patients a stored month says who is, in one row for each; for some the records
    do, which are found by whose patients are meant.
    """
    result, patient = table_of(CaseResult), record_table(records.Patient)
    r, p = result.c, patient.c
    is_in: list[ColumnElement[bool]]
    practice = reading.practice(session, practice_id) if only == EVERYBODY else None
    if practice is not None and is_stored(session, When(practice, month, month.last_day)):
        step = table_of(MonthStep)
        s = step.c
        same = and_(s.patient_id == r.patient_id, s.practice_id == r.practice_id)
        dead = select(p.patient_id).where(p.practice_id == practice_id, p.died_on.is_not(None))
        joined, whose = result.join(step, and_(same, s.month == r.month)), s
        is_in = [s.is_gone.is_(False), s.consented_on.is_not(None), s.patient_id.not_in(dead)]
    else:
        same = and_(p.practice_id == r.practice_id, p.patient_id == r.patient_id)
        joined, whose = result.join(patient, same), p
        is_in = [enrolled_in(month)]
    of_month = (r.practice_id == practice_id, r.month == month)
    return select().select_from(joined).where(*of_month, *is_in, *only.where()), whose


@kept("time_entry", "case_result", "staff")
def worked(
    session: Session, practice_id: str, month: Month, first_at: datetime, end_at: datetime,
    hours: OpenHours,
) -> dict[str, Worked]:  # fmt: skip
    """The time that each person of the team logged between two moments of a month."""
    entry, result, team = (
        record_table(records.TimeEntry), table_of(CaseResult), record_table(records.Staff),
    )  # fmt: skip
    e, r = entry.c, result.c
    # Person by person, as an index has the entries: what all logged need not be sorted.
    of_team = e.staff_id.in_(select(team.c.staff_id).where(team.c.practice_id == practice_id))
    same = and_(r.practice_id == e.practice_id, r.patient_id == e.patient_id, r.month == month)
    is_late = and_(e.is_start_known, is_after_hours(e.started_at, first_at, end_at, hours))
    rows = session.connection().execute(
        select(
            e.staff_id, func.sum(e.seconds),
            func.sum(case((r.path != "", e.seconds), else_=0)),
            func.count(distinct(e.patient_id)),
            func.sum(case((e.is_start_known, e.seconds), else_=0)),
            func.sum(case((is_late, e.seconds), else_=0)),
        )
        .select_from(entry.outerjoin(result, same))
        .where(
            e.practice_id == practice_id, e.is_current, of_team, e.staff_id != "", e.seconds > 0,
            e.started_at >= first_at, e.started_at < end_at,
        )
        .group_by(e.staff_id)
    )  # fmt: skip
    return {staff_id: Worked(*map(int, sums)) for staff_id, *sums in rows}
