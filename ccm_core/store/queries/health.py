"""Counts about the program as a whole: who joined, who left, whom nobody reached."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month, time_zone
from ccm_core.store.kept import kept
from ccm_core.store.queries.steps import When
from ccm_core.store.queries.stored_steps import is_stored
from ccm_core.store.reading.members import LEFT, consent_in
from ccm_core.store.schema import MonthStep, StepCount, record_table, table_of
from ccm_core.store.types import moment_of


def unseen(session: Session, practice: records.Practice, month: Month) -> tuple[int, int]:
    """Enrolled patients, and those of them whom nobody reached since the month began."""
    if is_stored(session, When(practice, month, month.last_day)):
        return _unseen_as_stored(session, practice, month)
    patient = record_table(records.Patient).c
    consent = record_table(records.Consent).c
    begins = moment_of(month.bounds(time_zone(practice.time_zone))[0])
    has_consent = (
        select(consent.id)
        .where(
            consent.practice_id == patient.practice_id,
            consent.patient_id == patient.patient_id,
            consent_in(month),
        )
        .exists()
    )
    not_reached = or_(patient.last_contact_at.is_(None), patient.last_contact_at < begins)
    enrolled, not_seen = session.connection().execute(
        select(func.count(), func.count(case((not_reached, 1)))).where(
            patient.practice_id == practice.practice_id, has_consent,
            patient.status.not_in(LEFT), patient.died_on.is_(None),
        )
    ).one()  # fmt: skip
    return int(enrolled), int(not_seen)


@kept("step_count", "month_step", "patient", "contact")
def _unseen_as_stored(
    session: Session, practice: records.Practice, month: Month
) -> tuple[int, int]:  # fmt: skip
    """The same from stored counts: who is enrolled, less who died, less who was reached."""
    patient, step, count = (
        record_table(records.Patient), table_of(MonthStep), table_of(StepCount).c,
    )  # fmt: skip
    p, s = patient.c, step.c
    begins = moment_of(month.bounds(time_zone(practice.time_zone))[0])
    counted = select(func.coalesce(func.sum(count.patients), 0)).where(
        count.practice_id == practice.practice_id, count.month == month, count.kind == "is",
        count.step == "consented", count.is_gone.is_(False),
    )  # fmt: skip
    # By patients who died or were reached, few or in an index: never everybody's row.
    is_enrolled = (
        select(s.patient_id)
        .where(
            s.practice_id == p.practice_id, s.month == month, s.patient_id == p.patient_id,
            s.consented_on.is_not(None), s.is_gone.is_(False),
        )
        .exists()
    )  # fmt: skip
    enrolled = select(func.count()).where(p.practice_id == practice.practice_id, is_enrolled)
    dead = enrolled.where(p.died_on.is_not(None))
    reached = enrolled.where(p.last_contact_at >= begins, p.died_on.is_(None))
    many, died, seen = session.connection().execute(
        select(counted.scalar_subquery(), dead.scalar_subquery(), reached.scalar_subquery())
    ).one()  # fmt: skip
    return int(many - died), int(many - died - seen)


@kept("consent")
def joined_between(session: Session, practice_id: str, first: date, last: date) -> int:
    """Patients whose first consent lies between two days, both included."""
    consent = record_table(records.Consent)
    c, before = consent.c, consent.alias("before").c
    has_earlier = (
        select(before.id)
        .where(
            before.practice_id == c.practice_id, before.patient_id == c.patient_id,
            before.given_on < first,
        )
        .exists()
    )  # fmt: skip
    found = session.connection().scalar(
        select(func.count(func.distinct(c.patient_id))).where(
            c.practice_id == practice_id, c.given_on.between(first, last), ~has_earlier
        )
    )
    return int(found or 0)


@kept("status_change", "consent")
def left_between(session: Session, practice_id: str, first: date, last: date) -> int:
    """Patients with a consent who stopped, left or died between two days."""
    change, consent = record_table(records.StatusChange).c, record_table(records.Consent).c
    had_consent = (
        select(consent.id)
        .where(
            and_(
                consent.practice_id == change.practice_id,
                consent.patient_id == change.patient_id,
                consent.given_on <= change.changed_on,
            )
        )
        .exists()
    )
    found = session.connection().scalar(
        select(func.count(func.distinct(change.patient_id))).where(
            change.practice_id == practice_id, change.status.in_(LEFT), had_consent,
            change.changed_on.between(first, last),
        )
    )  # fmt: skip
    return int(found or 0)
