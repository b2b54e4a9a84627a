"""The clock on the practice's wall as arithmetic that a database can do for any number of rows."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, literal, or_, type_coerce

from ccm_core.months import time_zone

_HALF_HOUR, _HOUR, _DAY, _WEEK_DAYS = 1_800, 3_600, 86_400, 7
_WEEKDAY_OF_EPOCH = 3
"""1 January 1970 was a Thursday; Monday is 0."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """From which hour to which a practice is open, and on which weekday it is not."""

    zone_name: str
    opens: int
    closes: int
    closed_weekday: int


def is_after_hours(
    started_at: Any, first_at: datetime, end_at: datetime, hours: OpenHours
) -> ColumnElement[bool]:
    """Whether the half hour of a moment between two others lies out of hours."""
    began: Any = type_coerce(started_at, BigInteger) // _HALF_HOUR * _HALF_HOUR
    local = began + _shift(began, first_at, end_at, hours.zone_name)
    weekday = (local // _DAY + _WEEKDAY_OF_EPOCH) % _WEEK_DAYS
    hour = local % _DAY // _HOUR
    return or_(weekday == hours.closed_weekday, hour < hours.opens, hour >= hours.closes)


def _shift(began: Any, first_at: datetime, end_at: datetime, zone_name: str) -> Any:
    """Seconds from UTC to the wall's clock: one number, or one for each stretch between changes."""
    changes = _changes(first_at, end_at, zone_name)
    stretches = [(began < until, shift) for (_, shift), (until, _) in pairwise(changes)]
    last = literal(changes[-1][1], BigInteger)
    return case(*stretches, else_=last) if stretches else last


@functools.lru_cache(maxsize=64)
def _changes(first_at: datetime, end_at: datetime, zone_name: str) -> list[tuple[int, int]]:
    """Half hours at which the shift is another than in the one before, with the shift."""
    zone, found = time_zone(zone_name), list[tuple[int, int]]()
    start = int(first_at.timestamp()) // _HALF_HOUR * _HALF_HOUR
    for moment in range(start, int(end_at.timestamp()) + _HALF_HOUR, _HALF_HOUR):
        offset = datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()
        shift = int(offset.total_seconds()) if offset is not None else 0
        if not found or found[-1][1] != shift:
            found.append((moment, shift))
    return found
