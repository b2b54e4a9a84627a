"""How many patients were enrolled, joined and left in each month: counts, no patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month, months_between
from ccm_core.store.queries.common import Only
from ccm_core.store.queries.step_sums import steps_of
from ccm_core.store.queries.steps import When
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


def patients_by_payer(
    session: Session, practice: records.Practice, month: Month, kind: str
) -> dict[str, int]:
    """Enrolled patients at the end of a month by the name of their primary payer of one kind."""
    day = month.last_day
    steps = steps_of(session, When.of(practice, month, day, day), Only(payer=kind))
    payer = record_table(records.Payer).c
    name = func.min(payer.name).label("name")
    one = (
        select(name)
        .join(steps, steps.c.patient_id == payer.patient_id)
        .where(
            payer.practice_id == practice.practice_id, payer.kind == kind,
            payer.is_primary.is_(True), payer.to_on.is_(None),
            *(steps.c[f"is_{step}"] == 1 for step in ("eligible", "invited", "consented")),
        )
        .group_by(payer.patient_id)
        .subquery()
    )  # fmt: skip
    rows = session.connection().execute(
        select(one.c.name, func.count()).group_by(one.c.name).order_by(one.c.name)
    )
    return {str(found): int(number) for found, number in rows}
