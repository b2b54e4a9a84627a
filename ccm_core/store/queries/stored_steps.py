"""The steps of a month as they are stored: counts by group, and one row for each patient."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.sql import Subquery
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store.kept import kept
from ccm_core.store.queries.common import BY, EVERYBODY, Only, with_patient
from ccm_core.store.queries.steps import When, flags_of, since_columns
from ccm_core.store.schema import (
    CaseResult,
    MonthStep,
    StepCount,
    StepMark,
    StepMonth,
    record_table,
    table_of,
)
from ccm_core.store.summaries.names import CLAIMS, STEPS
from ccm_core.store.summaries.working import Calendar


def is_stored(session: Session, when: When) -> bool:
    """Whether the month is stored by today's definitions and nothing waits to be worked off."""
    practice = when.practice
    return _is_stored(session, practice.practice_id, when.month, practice.time_zone)


@kept("step_month", "step_mark")
def _is_stored(session: Session, practice_id: str, month: Month, zone: str) -> bool:
    mark, stored = table_of(StepMark).c, table_of(StepMonth).c
    recipe = session.connection().scalar(
        select(stored.recipe).where(
            stored.practice_id == practice_id,
            stored.month == month,
            ~select(mark.id).where(mark.practice_id == practice_id).exists(),
        )
    )
    return recipe is not None and recipe == Calendar(month, zone).recipe(zone)


def counted(session: Session, when: When, by: str, only: Only) -> list[Any]:
    """Group, kind, step, whether gone, and patients; ``when`` is near its month, no payer."""
    c = table_of(StepCount).c
    group = c[BY[by]] if by else literal("")
    gone = func.sum(case((c.is_gone, c.patients), else_=0))
    # By kind and step, as the counts are stored, so that for all groups nothing is sorted.
    keys = (group, c.kind, c.step) if by else (c.kind, c.step)
    rows = session.connection().execute(
        select(group.label("group_name"), c.kind, c.step, func.sum(c.patients), gone)
        .where(*_until(when), *only.where(c))
        .group_by(*keys)
    )
    return [
        (*key, is_gone, int(patients))
        for *key, all_, left in rows
        for is_gone, patients in ((False, all_ - left), (True, left))
        if patients
    ]


def counted_waiting(session: Session, when: When, step: str, only: Only) -> int:
    """Patients at the step before less those at this one; without those who left, but for claims.

    ``when`` is near its month, and no payer is asked for.
    """
    c = table_of(StepCount).c
    before = STEPS[STEPS.index(step) - 1]
    rows = select(func.sum(case((c.step == before, c.patients), else_=-c.patients))).where(
        *_until(when), *only.where(c), c.kind == "at", c.step.in_((before, step))
    )
    if step not in CLAIMS:
        rows = rows.where(c.is_gone.is_(False))
    return int(session.connection().scalar(rows) or 0)


def _until(when: When) -> list[ColumnElement[bool]]:
    """Counts of a month up to its days."""
    c = table_of(StepCount).c
    return [
        c.practice_id == when.practice.practice_id,
        c.month == when.month,
        c.since_on <= when.as_of,
        c.claims_since_on <= (when.claims_by or when.as_of),
    ]


def stored_steps(session: Session, when: When, only: Only = EVERYBODY) -> Subquery:
    """What `patient_steps` gives, from the stored days instead of the records."""
    patient, step, result = (
        record_table(records.Patient), table_of(MonthStep), table_of(CaseResult),
    )  # fmt: skip
    p, s, r = patient.c, step.c, result.c
    by, claims_by = when.as_of, when.claims_by or when.as_of
    of_month = and_(
        r.practice_id == s.practice_id, r.patient_id == s.patient_id, r.month == s.month
    )
    return (
        select(
            *(s.get(column.key, column) for column in p),
            case((s.is_gone, 1), else_=0).label("is_gone"),
            *flags_of(_met(s, by, claims_by)),
            *since_columns(
                session, when, p,
                invited_on=case((s.invited_on <= by, s.invited_on), else_=s.consented_on),
                consented_on=s.consented_on, planned_on=s.planned_on,
                claimed_on=case((s.claimed_on <= claims_by, s.claimed_on)),
            ),
            r.counted_seconds,
            r.minutes_to_next,
        )
        .select_from(with_patient(step).outerjoin(result, of_month))
        .where(
            s.practice_id == when.practice.practice_id, s.month == when.month, *only.where(s)
        )
        .subquery()
    )  # fmt: skip


def _met(s: Any, by: Any, claims_by: Any) -> dict[str, ColumnElement[bool]]:
    """Each step met by a day; a day that is missing meets nothing."""
    return {
        "eligible": s.is_eligible.is_(True),
        "invited": or_(s.invited_on <= by, s.consented_on <= by),
        "consented": s.consented_on <= by,
        "care_plan": s.planned_on <= by,
        "active": s.active_on <= by,
        "threshold": s.threshold_on <= by,
        "billed": s.sent_on <= claims_by,
        "paid": s.paid_on <= claims_by,
    }
