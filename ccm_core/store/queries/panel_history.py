"""How many patients were enrolled, joined and left in each month: counts, no patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month, months_between
from ccm_core.store.schema import record_table


@dataclass(frozen=True, slots=True)
class PanelMonth:
    """One month: enrolled on its last day, consents first given in it, enrollments ended in it."""

    month: Month
    panel: int
    new: int
    left: int


def panel_history(
    session: Session, practice_id: str, first: Month, last: Month
) -> list[PanelMonth]:  # fmt: skip
    """Every month from first to last. Enrolled: from the first consent to its end or to death."""
    spans = list(_spans(session, practice_id))
    return [
        PanelMonth(
            month,
            sum(n for joined, ended, n in spans
                if joined <= month.last_day and (ended is None or ended > month.last_day)),
            sum(n for joined, _, n in spans if joined in month),
            sum(n for _, ended, n in spans if ended is not None and ended in month),
        )
        for month in months_between(first, last)
    ]  # fmt: skip


def _spans(session: Session, practice_id: str) -> Iterable[tuple[date, date | None, int]]:
    """First consent, end of the enrollment, and how many patients have these two days."""
    consent, patient = record_table(records.Consent), record_table(records.Patient)
    c, p = consent.c, patient.c
    one = (
        select(
            func.min(c.given_on).label("joined"),
            case((func.count(c.revoked_on) == func.count(), func.max(c.revoked_on))).label("ended"),
            p.died_on.label("died"),
        )
        .select_from(
            consent.join(patient, (p.practice_id == c.practice_id) & (p.patient_id == c.patient_id))
        )
        .where(c.practice_id == practice_id)
        .group_by(c.patient_id, p.died_on)
        .subquery()
    )
    rows = session.connection().execute(
        select(one.c.joined, one.c.ended, one.c.died, func.count()).group_by(
            one.c.joined, one.c.ended, one.c.died
        )
    )
    for joined, ended, died, number in rows:
        ends = [day for day in (ended, died) if day is not None]
        yield joined, min(ends, default=None), int(number)
