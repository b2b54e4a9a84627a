"""The whole demo practice from one seed and one day: pure, and equal each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ccm_core.demo import billing, diary, enrolling, patients, trouble
from ccm_core.demo.shape import Chart, DemoPractice, Span, dice
from ccm_core.demo.team import Team, practice, practitioners, team
from ccm_core.errors import UsageError
from ccm_core.months import time_zone

BLOCK = 400
"""Eligible patients who share one care team; larger practices are several such blocks."""

SEED = 20_260_101
_MOST_MONTHS = 36
_MOST_PATIENTS = 1_000_000
"""A slip of the finger would make patients for days before it says a word."""
# Beside a hundred eligible patients: some with one chronic condition, seen and not enrolled.
_INELIGIBLE_SHARE = 0.06
_PCM = 6


def build(today: date, patients: int = 400, months: int = 12, seed: int = SEED) -> DemoPractice:
    """Every record of the demo practice. Raises: UsageError."""
    blocks = list(build_blocks(today, patients, months, seed))
    first = blocks[0]
    return DemoPractice(
        first.practice,
        first.practitioners,
        tuple(person for block in blocks for person in block.staff),
        first.span,
        tuple(chart for block in blocks for chart in block.charts),
        tuple(known for block in blocks for known in block.known_since),
    )


def build_blocks(
    today: date, patients: int = 400, months: int = 12, seed: int = SEED
) -> Iterator[DemoPractice]:
    """The same in blocks of one care team each, so that memory stays small.

    Raises: UsageError.
    """
    require_size(patients, months)
    span = Span.ending(today, months)
    for block, first in enumerate(range(0, patients, BLOCK)):
        yield _block(span, block, min(BLOCK, patients - first), seed)


def require_size(patients: int, months: int) -> None:
    """Refuse what is no practice, before anything is made. Raises: UsageError."""
    if not (1 <= patients <= _MOST_PATIENTS and 1 <= months <= _MOST_MONTHS):
        raise UsageError(
            f"{patients:,} patients over {months:,} months were asked for; "
            f"give 1 to {_MOST_PATIENTS:,} patients and 1 to {_MOST_MONTHS} months."
        )


def _block(span: Span, block: int, eligible: int, seed: int) -> DemoPractice:
    people = team(block)
    own = practice()
    book = diary.Diary(span, people, time_zone(own.time_zone), dice(seed, "diary", block))
    charts, known = _charts(span, people, block, eligible, seed)
    diary.fill(book, charts)
    trouble.before_billing(book, charts)
    for chart in charts:
        billing.bill(chart, own, span, seed)
    trouble.after_billing(book, charts)
    return DemoPractice(
        own,
        practitioners(),
        people.everyone,
        span,
        tuple(tuple(chart.records()) for chart in charts),
        known,
    )


def _charts(
    span: Span, people: Team, block: int, eligible: int, seed: int
) -> tuple[list[Chart], tuple[tuple[str, date], ...]]:
    """Eligible patients on their way through enrollment, and a few who are not eligible."""
    charts: list[Chart] = []
    known: list[tuple[str, date]] = []
    others = max(1, round(eligible * _INELIGIBLE_SHARE))
    for place in range(1, eligible + others + 1):
        number = block * 1000 + place
        many = place <= eligible
        chart = patients.chart(span, people, number, seed, many=many)
        if many or place > eligible + others - min(_PCM, others):
            listed_on = enrolling.enroll(chart, span, people, is_willing=not many)
        else:
            chart.change(status="ineligible")
            listed_on = span.first_day
        enrolling.settle(chart, span)
        charts.append(chart)
        known.append((chart.patient_id, listed_on))
    _set_kinds(charts)
    return charts, tuple(known)


def _set_kinds(charts: list[Chart]) -> None:
    """What kind of month each enrolled patient usually has: one in nine is complex."""
    enrolled = [c for c in charts if c.enrolled_on is not None]
    for c in enrolled:
        if sum(k.is_chronic is True for k in c.conditions) < 2:
            c.kind = "pcm"
    for place, c in enumerate(c for c in enrolled if c.kind == "plain"):
        if place % _ONE_COMPLEX_IN == 4:
            c.kind = "complex"
        elif place % _ONE_PERSONAL_IN == 7:
            c.kind = "personal"


_ONE_COMPLEX_IN, _ONE_PERSONAL_IN = 9, 20
