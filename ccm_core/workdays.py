"""Workdays of an office: Monday to Friday without the federal holidays of ``data/``.

A year that ``federal_holidays.csv`` does not cover has no holidays here; ``uncovered``
names it, so that whoever shows a count can say so.
"""

from __future__ import annotations

import functools
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date

from ccm_core import tables
from ccm_core.months import Month

A_WEEK = 5
"""Monday to Friday; weekly hours are spread over so many days."""

_DAYS = 7


@dataclass(frozen=True, slots=True)
class Holiday:
    """A weekday on which federal offices are closed."""

    on: date
    name: str


@dataclass(frozen=True, slots=True)
class _Known:
    """The table: its days, their names, and the years that it covers."""

    days: tuple[date, ...]
    holidays: tuple[Holiday, ...]
    years: frozenset[int]


def between(first: date, last: date) -> int:
    """Workdays from one day to another, both included."""
    weeks, rest = divmod(max(0, (last - first).days + 1), _DAYS)
    began = first.weekday()
    weekdays = weeks * A_WEEK + sum((began + n) % _DAYS < A_WEEK for n in range(rest))
    return weekdays - len(holidays(first, last))


def left(month: Month, today: date) -> int:
    """Workdays from today to the end of the month, today included."""
    return between(max(today, month.first_day), month.last_day)


def holidays(first: date, last: date) -> tuple[Holiday, ...]:
    """Federal holidays from one day to another, both included, oldest first."""
    known = _known()
    return known.holidays[bisect_left(known.days, first) : bisect_right(known.days, last)]


def uncovered(first: date, last: date) -> tuple[int, ...]:
    """Years between two days of which the table names no holidays."""
    years = _known().years
    return tuple(year for year in range(first.year, last.year + 1) if year not in years)


@functools.cache
def _known() -> _Known:
    rows = tables.load("federal_holidays", "day").rows
    found = sorted((date.fromisoformat(row["day"]), row["name"]) for row in rows)
    days = tuple(on for on, _ in found)
    return _Known(
        days, tuple(Holiday(on, name) for on, name in found), frozenset(day.year for day in days)
    )
