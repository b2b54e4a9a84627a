"""The health of the program: rates against dated targets, for outsiders without small counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from ccm_core import records, tables
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import can, require
from ccm_core.claims.terms import term
from ccm_core.errors import UsageError
from ccm_core.money.disclosure import HIDDEN, is_small, suppress_nested
from ccm_core.months import Month
from ccm_core.store import figures, reading
from ccm_core.store.queries import funnel, monthly_history, receivables
from ccm_core.store.queries.enrollment import Funnel
from ccm_core.store.queries.health import joined_between, left_between, unseen
from ccm_core.store.queries.panel_history import panel_history
from ccm_core.store.queries.receivables import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

PAGE = "program_health"
NOT_YET = (
    "The figures of this practice are not published yet: the server works them out within "
    "minutes after the first patients came, and anew once a day. Look again soon."
)
CLAIM_MONTHS = 12
CHURN_MONTHS = 3
GROWTH_DAYS = 28
WAITING = (
    ("invited", "Waiting for an invitation"),
    ("consented", "Invited, waiting for an answer"),
    ("care_plan", "Consented, without a care plan"),
    ("active", "With a plan, no time logged this month"),
)
"""Steps of enrollment, and those who wait for each in words."""
JOINED = "New consents in seven days"
JUDGED_FROM_DAY = 15
"""Before the middle of a month nobody is late in reaching patients."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with its target. ``value`` is None when unknown or hidden."""

    name: str
    label: str
    unit: str
    value: Decimal | None
    counts: str
    """The counts behind it in words; empty where they are not told."""
    target: Decimal
    alarm: Decimal
    note: str
    cite: str
    standing: str
    """``good``, ``between``, ``alarm``, ``hidden`` or empty when there is nothing to rate."""


@dataclass(frozen=True, slots=True)
class Health:
    """The program on one day: today, or the end of the last full month for outsiders."""

    practice: records.Practice
    on: date
    measures: tuple[Measure, ...]
    week: tuple[tuple[str, str], ...]
    """What happened in seven days: what, and how many."""
    steps: tuple[tuple[str, str], ...]
    """For readers of aggregates: patients at each step at the end of the last full month."""
    is_aggregate: bool
    """True for readers who see no patients: small counts are hidden."""

    def measure(self, name: str) -> Measure:
        return next(m for m in self.measures if m.name == name)

    @property
    def alarms(self) -> tuple[Measure, ...]:
        return tuple(m for m in self.measures if m.standing == "alarm")


def health(session: Session, who: Identity, today: date) -> Health:
    """Every measure on that day; for readers of aggregates, what was published last.

    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "view")
    practice = reading.practice(session)
    if practice is None:
        raise UsageError("The health of the program was asked for; there is no practice yet.")
    if not can(who, "patient", "identify"):
        return _published(session, practice)
    month = Month.of(today)
    whole = funnel(session, practice.practice_id, month, today=today)[0]
    measures, week = _found(session, practice, today, month.previous, whole)
    judged = tuple(_judged(one, today, False) for one in measures)
    told = tuple((what, f"{n:,}") for what, n in week)
    return Health(practice, today, judged, told, (), is_aggregate=False)


def _published(session: Session, practice: records.Practice) -> Health:
    from ccm_core.program import told_texts

    found = figures.newest(session, practice.practice_id, PAGE)
    if found is None:
        raise UsageError(NOT_YET)
    return told_texts.health_of(found.content, practice)


def work_out_told(session: Session, practice: records.Practice, today: date) -> Health:
    """The same for readers of aggregates, from the records, for `publishing`.

    They get one day of each month, the one of the projection from own history: of two days
    they could tell how few came or left between them.
    """
    full = Month.of(today).previous
    whole = _whole(session, practice, full)
    measures, week = _found(session, practice, full.last_day, full, whole)
    judged = tuple(_judged(one, today, True, _is_told(one, whole, full)) for one in measures)
    telling = _telling(whole) | _telling_of_joining(measures, dict(week))
    told = tuple((what, _alike(n, what in telling)) for what, n in week)
    return Health(practice, full.last_day, judged, told, _steps(whole), is_aggregate=True)


def steps_of(session: Session, practice: records.Practice, today: date) -> dict[str, str]:
    """Patients at each step at the end of the last full month, as aggregates."""
    return dict(_steps(_whole(session, practice, Month.of(today).previous)))


def _whole(session: Session, practice: records.Practice, full: Month) -> Funnel:
    return funnel(session, practice.practice_id, full, today=full.last_day)[0]


def _found(
    session: Session, practice: records.Practice, on: date, full: Month, whole: Funnel
) -> tuple[list[_Raw], tuple[tuple[str, int], ...]]:
    """The measures, and what happened in the week, of one day."""
    measures = [*_claims(session, practice, on), *_people(session, practice, on, full, whole)]
    waiting = ((what, whole_of(whole, step)) for step, what in WAITING)
    return measures, (*_moves(session, practice, on), *waiting)


def whole_of(whole: Funnel, name: str) -> int:
    """How many wait for a step."""
    return next(step.waiting for step in whole.steps if step.step == name)


def _telling(whole: Funnel) -> set[str]:
    """Counts of waiting people that would tell, with the steps shown, a small one beside them."""
    found, steps = set(), dict(_steps(whole))
    for before, step in pairwise(whole.steps):
        gone = before.patients - step.patients - step.waiting
        is_between = HIDDEN in (steps[before.step], steps[step.step])
        if step.step in dict(WAITING) and (is_between or is_small(gone)):
            found.add(dict(WAITING)[step.step])
    return {what for what in found if not is_small(_waiting_for(whole, what))}


def _alike(count: int, is_telling: bool) -> str:
    """A count as text: hidden ones look alike, lest of two that add up one be told large."""
    return HIDDEN if is_telling or is_small(count) else str(count)


def _telling_of_joining(measures: Sequence[_Raw], week: Mapping[str, int]) -> set[str]:
    """The consents of a week, when four weeks less that week would tell a small count."""
    grown = next(one.part for one in measures if one.name == "enrollment_growth") or 0
    joined = week[JOINED]
    is_telling = not is_small(grown) and not is_small(joined) and is_small(grown - joined)
    return {JOINED} if is_telling else set()


def _is_told(raw: _Raw, whole: Funnel, full: Month) -> bool:
    """Whether a measure tells no small count beside the steps and the enrolled.

    Few eligible: the share tells a hidden step. A February: its consents tell who left.
    """
    if raw.name == "enrollment_growth":
        return full.last_day.day != GROWTH_DAYS
    shown = dict(_steps(whole))
    return raw.name != "enrollment_rate" or HIDDEN not in (shown["eligible"], shown["consented"])


def _waiting_for(whole: Funnel, what: str) -> int:
    return whole_of(whole, next(name for name, label in WAITING if label == what))


def _steps(whole: Funnel) -> tuple[tuple[str, str], ...]:
    told = suppress_nested([step.patients for step in whole.steps])
    return tuple(zip((step.step for step in whole.steps), told, strict=True))


@dataclass(frozen=True, slots=True)
class _Raw:
    """A measure before its target: a share with its counts, or a number alone."""

    name: str
    part: int | None = None
    whole: int | None = None
    number: Decimal | None = None
    said: str = ""
    is_early: bool = False

    @property
    def value(self) -> Decimal | None:
        if self.whole is None or self.part is None:
            return self.number
        return Decimal(self.part) / self.whole if self.whole else None

    @property
    def is_hidden(self) -> bool:
        """Whether a share would tell about one to ten patients or claims."""
        if self.whole is None or self.part is None:
            return self.part is not None and is_small(self.part)
        return any(map(is_small, (self.part, self.whole, self.whole - self.part)))


def _claims(session: Session, practice: records.Practice, today: date) -> list[_Raw]:
    last = Month.of(today)
    span = Span(practice.practice_id, last.plus(1 - CLAIM_MONTHS), last)
    s = receivables.standing(session, span)
    days = term("ar_period_days", today)
    charged = receivables.charged_between(session, span, today - timedelta(days - 1), today)
    open_lines = receivables.open_by_day(session, span)
    open_usd = sum((usd for *_, usd in open_lines), Decimal(0))
    age = (open_usd * days / charged).quantize(Decimal("0.1")) if charged else None
    return [
        _Raw("denial_rate", s.refused, s.sent - s.waiting, said="claims denied first"),
        _Raw("ar_days", number=age),
        _Raw("clean_claim_rate", s.sent - s.touched, s.sent, said="claims never touched again"),
    ]


def _people(
    session: Session, practice: records.Practice, today: date, full: Month, whole: Funnel
) -> list[_Raw]:
    month = Month.of(today)
    grown = joined_between(session, practice.practice_id, today - timedelta(GROWTH_DAYS - 1), today)
    past = panel_history(session, practice.practice_id, full.plus(1 - CHURN_MONTHS), full)
    left = sum(one.left for one in past)
    stood = sum(one.panel + one.left for one in past)
    billed = monthly_history(session, practice.practice_id, full, full)[0]
    enrolled, not_seen = unseen(session, practice, month)
    return [
        _Raw("enrollment_rate", whole.patients("consented"), whole.patients("eligible"),
             said="eligible patients with a consent"),
        _Raw("enrollment_growth", part=grown, number=Decimal(grown)),
        _Raw("churn_rate", left, stood, said="patient-months that ended the enrollment"),
        _Raw("billable_share", billed.reached, billed.cases, said="patients over a threshold"),
        _Raw("unseen_share", not_seen, enrolled, said="enrolled patients not reached yet",
             is_early=today.day < JUDGED_FROM_DAY),
    ]  # fmt: skip


def _judged(raw: _Raw, today: date, is_aggregate: bool, is_told: bool = True) -> Measure:
    row = tables.load("program_targets", "name").get(raw.name, on=today)
    target, alarm = row.number("target"), row.number("alarm")
    is_hidden = is_aggregate and (raw.is_hidden or not is_told)
    value = None if is_hidden else raw.value
    shown = value
    if is_aggregate and value is not None and row["unit"] == "share":
        shown = value.quantize(Decimal("0.01"))  # a fine share tells its small denominator
    counts = ""
    if raw.said and raw.whole is not None and not is_aggregate:
        counts = f"{raw.part:,} of {raw.whole:,} {raw.said}"
    return Measure(
        raw.name, row["label"], row["unit"], shown, counts, target, alarm, row["note"], row.cite,
        "hidden" if is_hidden else "" if raw.is_early else judge(value, target, alarm),
    )  # fmt: skip


def judge(value: Decimal | None, target: Decimal, alarm: Decimal) -> str:
    """``good``, ``between`` or ``alarm``; the target says which way is better.

    Where target and alarm are the same, less than it is an alarm.
    """
    if value is None:
        return ""
    is_more_better = target >= alarm
    if value >= target if is_more_better else value <= target:
        return "good"
    return "alarm" if (value < alarm if is_more_better else value > alarm) else "between"


def _moves(
    session: Session, practice: records.Practice, today: date
) -> tuple[tuple[str, int], ...]:
    first = today - timedelta(6)
    return (
        (JOINED,
         joined_between(session, practice.practice_id, first, today)),
        ("Patients lost in seven days", left_between(session, practice.practice_id, first, today)),
    )  # fmt: skip
