"""Counts about the program as a whole: who joined, who left, whom nobody reached."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month, time_zone
from ccm_core.store.reading.members import LEFT, consent_in
from ccm_core.store.schema import record_table
from ccm_core.store.types import moment_of


def unseen(session: Session, practice: records.Practice, month: Month) -> tuple[int, int]:
    """Enrolled patients, and those of them whom nobody reached since the month began."""
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


def joined_between(session: Session, practice_id: str, first: date, last: date) -> int:
    """Patients whose first consent lies between two days, both included."""
    consent = record_table(records.Consent).c
    firsts = (
        select(func.min(consent.given_on).label("first_on"))
        .where(consent.practice_id == practice_id)
        .group_by(consent.patient_id)
        .subquery()
    )
    found = session.connection().scalar(
        select(func.count()).where(firsts.c.first_on.between(first, last))
    )
    return int(found or 0)


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
