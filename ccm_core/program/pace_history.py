"""The chance to reach a threshold, from the practice's own past, and how well it foretells.

The estimator is a share: of the patient-months of the last six months that, with as
many workdays left, missed about as many minutes to the same threshold, how many
reached it. Its calibration leaves each month out in turn and foretells it from the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import workdays
from ccm_core.months import Month, day_start, time_zone
from ccm_core.program.progress import marks
from ccm_core.records import Practice
from ccm_core.store.queries.pace import WentOn, went_on

if TYPE_CHECKING:
    from sqlmodel import Session

MONTHS = 6
FEWEST = 10
"""Patient-months under which no chance is told."""

STEP = 5
"""Minutes in one bin of what is missing."""

BINS = 5
_TENTH = Decimal("0.01")
Group = tuple[int, int]
"""A threshold in minutes, and the bin of missing minutes."""


@dataclass(slots=True)
class Tally:
    """Patient-months of one group, and how many of them reached the threshold."""

    number: int = 0
    reached: int = 0

    @property
    def share(self) -> Decimal | None:
        """None while too few are known."""
        if self.number < FEWEST:
            return None
        return (Decimal(self.reached) / self.number).quantize(_TENTH)


Tallies = Mapping[Group, Tally]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """What was foretold against what came, over all past patient-months of one bin."""

    low: Decimal
    high: Decimal
    number: int
    predicted: Decimal
    observed: Decimal


@dataclass(frozen=True, slots=True)
class History:
    """What past months teach about a workday."""

    workdays_left: int
    months: tuple[Month, ...]
    tallies: Tallies = field(default_factory=dict)
    calibration: tuple[CalibrationBin, ...] = ()

    def chance(self, threshold: int, missing: int) -> Decimal | None:
        """Share of past patient-months like this one that got there; None: too few known."""
        found = self.tallies.get(group_of(threshold, missing))
        return found.share if found else None

    def known(self, threshold: int, missing: int) -> int:
        """How many past patient-months the chance rests on."""
        found = self.tallies.get(group_of(threshold, missing))
        return found.number if found else 0


def group_of(threshold: int, missing: int) -> Group:
    """The group of a patient-month."""
    return threshold, (max(missing, 1) - 1) // STEP


def history(session: Session, practice: Practice, month: Month, today: date) -> History:
    """Tallies of the months before, each cut where as many workdays were left as now."""
    left = workdays.left(month, today)
    by_month: dict[Month, dict[Group, Tally]] = {}
    for back in range(1, MONTHS + 1):
        past = month.plus(-back)
        rows = _rows(session, practice, past, left)
        if rows:
            by_month[past] = tally(rows, marks(practice, past))
    return History(left, tuple(sorted(by_month)), joined(by_month.values()), calibrate(by_month))


def _rows(session: Session, practice: Practice, past: Month, left: int) -> list[WentOn]:
    zone = time_zone(practice.time_zone)
    first = datetime.fromtimestamp(day_start(past.first_day, zone), UTC)
    cut = cut_day(past, left) + timedelta(days=1)
    until = datetime.fromtimestamp(day_start(cut, zone), UTC)
    return went_on(session, practice.practice_id, past, first, until)


def cut_day(month: Month, left: int) -> date:
    """The last day of a month with so many workdays left, or its first day."""
    for day in reversed(list(month.days())):
        if workdays.left(month, day) >= left:
            return day
    return month.first_day


def tally(rows: Iterable[WentOn], thresholds: Iterable[int]) -> dict[Group, Tally]:
    """Patient-months by their next threshold and what they missed of it."""
    ladder = sorted(thresholds)
    found: dict[Group, Tally] = defaultdict(Tally)
    for row in rows:
        ahead = next((mark for mark in ladder if mark > row.minutes_then), None)
        if ahead is None:
            continue
        one = found[group_of(ahead, ahead - row.minutes_then)]
        one.number += row.number
        one.reached += row.number if row.minutes_at_end >= ahead else 0
    return dict(found)


def joined(some: Iterable[Tallies]) -> dict[Group, Tally]:
    """Several months as one."""
    found: dict[Group, Tally] = defaultdict(Tally)
    for tallies in some:
        for group, one in tallies.items():
            found[group].number += one.number
            found[group].reached += one.reached
    return dict(found)


def calibrate(by_month: Mapping[Month, Tallies]) -> tuple[CalibrationBin, ...]:
    """Foretell each month from the others, and compare by bins of the chance foretold."""
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for month, own in by_month.items():
        others = joined(tallies for other, tallies in by_month.items() if other != month)
        for group, one in own.items():
            told = others.get(group, Tally()).share
            if told is None:
                continue
            place = min(int(told * BINS), BINS - 1)
            number, predicted, observed = sums[place]
            sums[place] = [number + one.number, predicted + told * one.number,
                           observed + one.reached]  # fmt: skip
    width = Decimal(1) / BINS
    return tuple(
        CalibrationBin(
            place * width, (place + 1) * width, int(number),
            (predicted / number).quantize(_TENTH), (observed / number).quantize(_TENTH),
        )
        for place, (number, predicted, observed) in sorted(sums.items())
        if number
    )  # fmt: skip
