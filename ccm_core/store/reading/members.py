"""Which patients are cases of a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, or_, select, type_coerce, union
from sqlmodel import Session

from ccm_core import records
from ccm_core.case_building import LEFT, LONGEST
from ccm_core.months import Month, time_zone
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among, streamed
from ccm_core.store.types import moment_of

__all__ = [
    "LEFT", "LONGEST", "consent_in", "entry_touches", "member_ids", "month_window",
    "stream_members",
]  # fmt: skip


def month_window(month: Month, practice: records.Practice) -> ColumnElement[bool]:
    """Whether an entry, in any version, starts where it may reach into the month."""
    entry = record_table(records.TimeEntry).c
    first, end = _moments(month, practice)
    return and_(entry.started_at >= first - LONGEST, entry.started_at < end)


def entry_touches(month: Month, practice: records.Practice) -> ColumnElement[bool]:
    """Whether a current time entry lies at least partly within the month."""
    entry = record_table(records.TimeEntry).c
    first, _ = _moments(month, practice)
    reaches_in = (_seconds(entry.started_at) + entry.seconds) > int(first.timestamp())
    return and_(
        entry.is_current,
        month_window(month, practice),
        or_(entry.started_at >= first, and_(entry.is_start_known, reaches_in)),
    )


def _moments(month: Month, practice: records.Practice) -> tuple[datetime, datetime]:
    zone = time_zone(practice.time_zone)
    first, end = month.bounds(zone)
    return moment_of(first), moment_of(end)


def _seconds(moment: Any) -> ColumnElement[Any]:
    """A moment column as the integer that it is stored as."""
    return type_coerce(moment, BigInteger)


def consent_in(month: Month) -> ColumnElement[bool]:
    """Whether a consent holds for at least a part of the month (revoking ends with a month)."""
    consent = record_table(records.Consent).c
    return and_(
        consent.given_on <= month.last_day,
        or_(consent.revoked_on.is_(None), consent.revoked_on >= month.first_day),
    )


def member_ids(
    session: Session,
    practice: records.Practice,
    month: Month,
    patient_ids: Sequence[str] | None = None,
) -> list[str]:
    """Patients with time or claims in the month, and everybody enrolled; in order.

    Enrolled: a consent that holds in the month, alive in it, and not marked as having
    left by a status set on or before its last day.
    """
    asked = _asked(practice, month)
    if patient_ids is not None:
        asked = asked.where(among(session, asked.selected_columns.patient_id, patient_ids))
    return sorted(session.connection().scalars(asked))


def stream_members(session: Session, practice: records.Practice, month: Month) -> Iterator[str]:
    """All of them in no order, some thousand held at once."""
    for row in streamed(session, _asked(practice, month)):
        yield row[0]


def _asked(practice: records.Practice, month: Month) -> Select[Any]:
    entry = record_table(records.TimeEntry).c
    claim = record_table(records.ClaimLine).c
    wanted = union(
        select(entry.patient_id).where(
            entry.practice_id == practice.practice_id, entry_touches(month, practice)
        ),
        select(claim.patient_id).where(
            claim.practice_id == practice.practice_id, claim.month == month
        ),
        _enrolled(practice.practice_id, month),
    ).subquery()
    return select(wanted.c.patient_id)


def _enrolled(practice_id: str, month: Month) -> Any:
    patient = record_table(records.Patient).c
    consent = record_table(records.Consent).c
    change = record_table(records.StatusChange).c
    left_later = (
        select(change.id)
        .where(
            change.practice_id == patient.practice_id,
            change.patient_id == patient.patient_id,
            change.status == patient.status,
            change.changed_on > month.last_day,
        )
        .exists()
    )
    return (
        select(patient.patient_id)
        .join(
            record_table(records.Consent),
            and_(
                consent.practice_id == patient.practice_id,
                consent.patient_id == patient.patient_id,
            ),
        )
        .where(
            patient.practice_id == practice_id,
            consent_in(month),
            or_(patient.died_on.is_(None), patient.died_on >= month.first_day),
            or_(patient.status.not_in(LEFT), left_later),
        )
    )
