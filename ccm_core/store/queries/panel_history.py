"""How many patients were enrolled, joined and left in each month: counts, no patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month, months_between
from ccm_core.store.kept import kept
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


@kept("consent", "patient")
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
    c = record_table(records.Consent).c
    one = _consents(practice_id).group_by(c.patient_id).subquery()
    rows = session.connection().execute(
        select(one.c.joined, one.c.ended, func.count()).group_by(one.c.joined, one.c.ended)
    )
    for joined, ended, number in rows:
        yield joined, ended, int(number)
    for joined, ended, died in session.connection().execute(_of_the_dead(practice_id)):
        yield joined, ended, -1  # counted above as if alive
        yield joined, died if ended is None else min(ended, died), 1


def _consents(practice_id: str) -> Select[Any]:
    """First consent and end of the last, from an index that holds nothing else of a consent."""
    c = record_table(records.Consent).c
    is_over = func.count(c.revoked_on) == func.count()
    return select(
        func.min(c.given_on).label("joined"),
        case((is_over, func.max(c.revoked_on))).label("ended"),
    ).where(c.practice_id == practice_id)


def _of_the_dead(practice_id: str) -> Select[Any]:
    """The same for the few who died, one by one, with the day of death."""
    c, p = record_table(records.Consent).c, record_table(records.Patient).c
    dead = select(p.patient_id).where(p.practice_id == practice_id, p.died_on.is_not(None))
    return (
        _consents(practice_id)
        .add_columns(p.died_on)
        .where(
            # Their consents are found by them, not they by everybody's consents.
            c.patient_id.in_(dead),
            p.practice_id == c.practice_id,
            p.patient_id == c.patient_id,
        )
        .group_by(c.patient_id, p.died_on)
    )


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
