"""What each member of the care team has on the desk: panel, time, what is still missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    distinct,
    func,
    select,
    type_coerce,
)
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store import reading
from ccm_core.store.queries.common import EVERYBODY, Only
from ccm_core.store.queries.pace import enrolled_in
from ccm_core.store.queries.steps import When
from ccm_core.store.queries.stored_steps import is_stored
from ccm_core.store.schema import CaseResult, MonthStep, record_table, table_of

HALF_HOUR = 1800


@dataclass(frozen=True, slots=True)
class Panel:
    """The patients of one care manager in a month."""

    patients: int = 0
    reached: int = 0
    missing_minutes: int = 0
    """To the first threshold, of those who can still reach it."""


@dataclass(slots=True)
class Worked:
    """The logged time of one person in a month."""

    seconds: int = 0
    billable_seconds: int = 0
    """With patients whose month earns a unit."""
    patients: int = 0
    entries: int = 0
    by_half_hour: dict[int, int] = field(default_factory=dict)
    """Seconds by the half hour (counted from the epoch) in which an entry began, if known."""


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


def worked(
    session: Session, practice_id: str, month: Month, first_at: datetime, end_at: datetime
) -> dict[str, Worked]:
    """The time that each person logged between two moments of a month."""
    entry, result = record_table(records.TimeEntry), table_of(CaseResult)
    e, r = entry.c, result.c
    of_month = [
        e.practice_id == practice_id, e.is_current, e.staff_id != "", e.seconds > 0,
        e.started_at >= first_at, e.started_at < end_at,
    ]  # fmt: skip
    earns = case((r.path != "", e.seconds), else_=0)
    joined = entry.outerjoin(
        result,
        and_(r.practice_id == e.practice_id, r.patient_id == e.patient_id, r.month == month),
    )
    found: dict[str, Worked] = {}
    for staff_id, seconds, earned, patients, number in session.connection().execute(
        select(
            e.staff_id, func.sum(e.seconds), func.sum(earns), func.count(distinct(e.patient_id)),
            func.count(),
        )
        .select_from(joined)
        .where(*of_month)
        .group_by(e.staff_id)
    ):  # fmt: skip
        found[staff_id] = Worked(int(seconds), int(earned), int(patients), int(number))
    place: Any = type_coerce(e.started_at, BigInteger) // HALF_HOUR
    for staff_id, half_hour, seconds in session.connection().execute(
        select(e.staff_id, type_coerce(place, Integer), func.sum(e.seconds))
        .where(*of_month, e.is_start_known)
        .group_by(e.staff_id, place)
    ):
        found[staff_id].by_half_hour[int(half_hour)] = int(seconds)
    return found
