"""The enrollment page: funnel, trend by week, and who is stalled at which step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, not_, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store import reading
from ccm_core.store.queries.common import EVERYBODY, Only, Page, ordered, page_of, patient_has
from ccm_core.store.queries.step_sums import steps_of, sums, waiting_of
from ccm_core.store.queries.steps import SINCE_ONE_DAY, When
from ccm_core.store.schema import OutreachRow, record_table, table_of
from ccm_core.store.summaries.names import CLAIMS, MONTHLY, STEPS

NEXT_ACTION = {
    "invited": "Call or write to invite the patient",
    "consented": "Follow up the invitation and document consent",
    "care_plan": "Write the care plan and give a copy",
    "active": "Call the patient: no time logged this month",
    "threshold": "Finish the care that is due this month",
    "billed": "Run the pre-flight check and send the claim",
    "paid": "Follow up the claim with the payer",
}


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step: patients at it, their share of the step before, the change in a week."""

    step: str
    patients: int
    rate: Decimal | None
    """Share of the step before, 0 to 1; None for the first step or after an empty one."""
    change: int | None
    """Against seven days earlier; None where the month had not begun then."""
    skipped: int
    """Patients who meet this step but miss an earlier one, and so are not counted."""
    waiting: int
    """Patients at the step before who can still take this one."""
    left: int
    """Patients at the step before who declined, left or died: nobody should call them.

    0 for the claims: the month of somebody who left is billed all the same.
    """


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps of one group of patients; ``group`` is empty for all of them."""

    group: str
    steps: tuple[FunnelStep, ...]

    def patients(self, step: str) -> int:
        """How many patients stand at a step."""
        return next(s.patients for s in self.steps if s.step == step)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Patients at one step on one day."""

    on: date
    step: str
    patients: int


@dataclass(frozen=True, slots=True)
class Stalled:
    """One patient who waits for a step."""

    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    practitioner_npi: str
    care_manager_id: str
    location: str
    status: str
    since_on: date
    next_on: date | None
    counted_seconds: int | None
    minutes_to_next: int | None
    next_action: str

    def days_waiting(self, today: date) -> int:
        """Whole days since the step before."""
        return max(0, (today - self.since_on).days)


def funnel(
    session: Session, practice_id: str, month: Month, *, by: str = "", only: Only = EVERYBODY,
    as_of: date | None = None, today: date | None = None,
) -> list[Funnel]:  # fmt: skip
    """The funnel of a month; one for all patients, or one for each group of ``by``."""
    when = _when(session, practice_id, month, as_of, today)
    now = sums(session, when, by, only)
    week_ago = when.week_before()
    before = sums(session, week_ago, by, only)
    is_same_month = week_ago.as_of >= month.first_day
    return [
        Funnel(group, _steps(found, before.get(group, {}), is_same_month))
        for group, found in sorted(now.items())
    ]


def _when(
    session: Session, practice_id: str, month: Month, as_of: date | None, today: date | None
) -> When:
    practice = reading.practice(session, practice_id)
    if practice is None:
        raise UsageError("A funnel was asked for; the database does not hold the practice.")
    return When.of(practice, month, as_of, today or date.today())  # noqa: DTZ011 - the wall's day


def _steps(
    now: dict[str, int], before: dict[str, int], is_same_month: bool
) -> tuple[FunnelStep, ...]:
    found = []
    previous: int | None = None
    for name in STEPS:
        here = now[f"at_{name}"]
        rate = Decimal(here) / Decimal(previous) if previous else None
        is_known = name not in MONTHLY or is_same_month
        change = here - before.get(f"at_{name}", 0) if is_known else None
        left = now.get(f"left_{name}", 0)
        waiting = previous - here - left if previous is not None else 0
        skipped = now[f"is_{name}"] - here
        found.append(FunnelStep(name, here, rate, change, skipped, waiting, left))
        previous = here
    return tuple(found)


def funnel_trend(
    session: Session, practice_id: str, until: date, *, weeks: int = 12, only: Only = EVERYBODY,
    steps: Sequence[str] = STEPS[:5],
) -> list[TrendPoint]:  # fmt: skip
    """Patients at each step at the end of each of the last weeks, oldest first.

    ``active`` counts from the beginning of the month that the day lies in.
    """
    found = []
    for week in reversed(range(weeks)):
        on = until - timedelta(days=7 * week)
        counts = sums(session, _when(session, practice_id, Month.of(on), on, on), "", only)
        found += [TrendPoint(on, step, counts[""][f"at_{step}"]) for step in steps]
    return found


def stalled(  # noqa: PLR0913 - the controls of one list
    session: Session, practice_id: str, month: Month, step: str, *, only: Only = EVERYBODY,
    search: str = "", sort: str = "since", limit: int = 100, offset: int = 0,
    as_of: date | None = None, today: date | None = None,
) -> Page[Stalled]:  # fmt: skip
    """Patients at the step before who can still take this one; longest waiting first.

    Who declined, left or died is on the lists of claims only.
    """
    when = _when_waiting(session, practice_id, month, step, as_of, today)
    s = steps_of(session, when, only).c
    statement = _listed(s, step, sort)
    total = None if search else waiting_of(session, when, step, only)
    if total == 0:
        return Page((), 0)
    if search:
        statement = statement.where(patient_has(search, s))
    counted = None if total is None else lambda: total
    return page_of(session, statement, Stalled, limit, offset, s.patient_id, counted, search)


def stalled_rows(
    session: Session, practice_id: str, month: Month, step: str, *, only: Only = EVERYBODY,
    today: date,
) -> Iterator[Stalled]:  # fmt: skip
    """The same list whole, longest waiting first: for a file, never for a page."""
    when = _when_waiting(session, practice_id, month, step, None, today)
    s = steps_of(session, when, only).c
    for row in session.connection().execute(_listed(s, step, "since")):
        yield Stalled(*row)


def _when_waiting(
    session: Session, practice_id: str, month: Month, step: str, as_of: date | None,
    today: date | None,
) -> When:  # fmt: skip
    if step not in STEPS[1:]:
        raise UsageError(f"Waiting for {step!r} was asked for; steps are {', '.join(STEPS[1:])}.")
    return _when(session, practice_id, month, as_of, today)


def _listed(s: Any, step: str, sort: str) -> Select[Any]:
    since = s[f"since_{step}"]
    statement = select(
        s.patient_id, s.family_name, s.given_name, s.mrn, s.practitioner_npi, s.care_manager_id,
        s.location, s.status, since, _next_on(s), s.counted_seconds, s.minutes_to_next,
        literal(NEXT_ACTION[step]),
    ).where(_stands_before(s, step), not_(_is_gone(s, step)))  # fmt: skip
    sorts = {
        "since": since, "name": s.family_name, "care_manager": s.care_manager_id,
        "practitioner": s.practitioner_npi, "minutes": s.counted_seconds,
        "to_next": s.minutes_to_next,
    }  # fmt: skip
    if step in SINCE_ONE_DAY and sort.removeprefix("-") == "since":
        return statement.order_by(s.patient_id)  # as stored, so that nothing is sorted
    return ordered(statement, sorts, sort, [s.patient_id])


def _stands_before(steps: Any, step: str) -> ColumnElement[bool]:
    """Whether a patient stands at the step before and not at this one.

    Where most go wrong is asked first: the database stops at the first answer.
    """
    before = STEPS[: STEPS.index(step)]
    is_not_yet = steps[f"is_{step}"] == 0
    return and_(is_not_yet, *(steps[f"is_{name}"] == 1 for name in reversed(before)))


def _is_gone(steps: Any, step: str) -> ColumnElement[bool]:
    """Whether there is nothing to do for this step because the patient is not there any more."""
    return false() if step in CLAIMS else steps.is_gone == 1


def _next_on(steps: Any) -> Any:
    """The next date that somebody set for the patient: at the last attempt, or with a status."""
    change, attempt = record_table(records.StatusChange).c, table_of(OutreachRow).c
    planned = (
        select(func.max(change.next_on))
        .where(change.practice_id == steps.practice_id, change.patient_id == steps.patient_id)
        .scalar_subquery()
    )
    agreed = (
        select(attempt.next_on)
        .where(attempt.practice_id == steps.practice_id, attempt.patient_id == steps.patient_id)
        .order_by(attempt.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(agreed, planned)


def leaving_reasons(
    session: Session, practice_id: str, first: date, last: date
) -> list[tuple[str, str, int]]:
    """Status, reason and number of patients who declined or left between two days."""
    change = record_table(records.StatusChange).c
    rows = session.connection().execute(
        select(change.status, change.reason, func.count(func.distinct(change.patient_id)))
        .where(
            change.practice_id == practice_id,
            change.status.in_(("declined", "enrolled_elsewhere", "unenrolled", "ineligible")),
            change.changed_on.between(first, last),
        )
        .group_by(change.status, change.reason)
        .order_by(func.count(func.distinct(change.patient_id)).desc(), change.reason)
    )
    return [(status, reason, int(number)) for status, reason, number in rows]
