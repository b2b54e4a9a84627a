"""Who still misses minutes in a month, and how past months went on from the same workday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, func, or_, select, type_coerce
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store.derived import SERVICE_ACTORS
from ccm_core.store.queries.common import EVERYBODY, Only
from ccm_core.store.reading.members import LEFT, consent_in
from ccm_core.store.schema import CaseResult, record_table, table_of

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Missing:
    """One patient who has a next threshold in the month."""

    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    care_manager_id: str
    path: str
    counted_seconds: int
    next_minutes: int
    missing_minutes: int
    last_contact_at: datetime | None
    plan_on: date | None
    """Day of the last review of a care plan that has not ended, or of the plan itself."""


def missing(
    session: Session, practice_id: str, month: Month, most_minutes: int, *, only: Only = EVERYBODY
) -> list[Missing]:
    """Everybody still in the program who misses at most that many minutes."""
    result, patient = table_of(CaseResult), record_table(records.Patient)
    r, p, plan = result.c, patient.c, record_table(records.CarePlan).c
    reviewed = (
        select(func.max(func.coalesce(plan.reviewed_on, plan.created_on)))
        .where(
            plan.practice_id == p.practice_id,
            plan.patient_id == p.patient_id,
            or_(plan.ended_on.is_(None), plan.ended_on >= month.first_day),
        )
        .scalar_subquery()
    )
    rows = session.connection().execute(
        select(
            r.patient_id, p.family_name, p.given_name, p.mrn, p.care_manager_id, r.path,
            r.counted_seconds, r.next_threshold_minutes, r.minutes_to_next, p.last_contact_at,
            reviewed,
        )
        .select_from(
            result.join(
                patient, and_(p.practice_id == r.practice_id, p.patient_id == r.patient_id)
            )
        )
        .where(
            r.practice_id == practice_id, r.month == month, r.minutes_to_next.is_not(None),
            r.minutes_to_next <= most_minutes, enrolled_in(month), *only.where(),
        )
        .order_by(r.patient_id)
    )  # fmt: skip
    return [Missing(*row) for row in rows]


def enrolled_in(month: Month) -> ColumnElement[bool]:
    """Whether a patient is still in the program, with a consent that holds in the month."""
    p, consent = record_table(records.Patient).c, record_table(records.Consent).c
    agreed = (
        select(consent.id)
        .where(
            consent.practice_id == p.practice_id,
            consent.patient_id == p.patient_id,
            consent_in(month),
        )
        .exists()
    )
    return and_(p.status.not_in(LEFT), p.died_on.is_(None), agreed)


@dataclass(frozen=True, slots=True)
class WentOn:
    """Patient-months that stood at so many minutes at a moment and ended with so many."""

    minutes_then: int
    minutes_at_end: int
    number: int


def went_on(
    session: Session, practice_id: str, month: Month, first_at: datetime, until_at: datetime
) -> list[WentOn]:
    """How the month's enrolled patients stood at a moment, and where they ended.

    Then: logged time of people whose time counts, not face to face. End: counted time.
    """
    entry, result = record_table(records.TimeEntry).c, table_of(CaseResult)
    r = result.c
    then = (
        select(entry.patient_id, func.sum(entry.seconds).label("seconds"))
        .where(
            entry.practice_id == practice_id, entry.is_current,
            entry.started_at >= first_at, entry.started_at < until_at,
            entry.actor.in_(SERVICE_ACTORS), entry.face_to_face.is_(False),
            entry.outside_us.is_(False),
        )
        .group_by(entry.patient_id)
        .subquery()
    )  # fmt: skip
    stood: Any = type_coerce(func.coalesce(then.c.seconds, 0), Integer) // _MINUTE
    ended: Any = type_coerce(r.counted_seconds, Integer) // _MINUTE
    rows = session.connection().execute(
        select(stood, ended, func.count())
        .select_from(result.outerjoin(then, then.c.patient_id == r.patient_id))
        .where(
            r.practice_id == practice_id, r.month == month,
            or_(r.counted_seconds > 0, r.logged_seconds == 0),
        )
        .group_by(stood, ended)
    )  # fmt: skip
    return [WentOn(int(then_), int(end), int(number)) for then_, end, number in rows]
