"""The calendar month in the practice's own time zone: the unit that CCM is billed in."""

from __future__ import annotations

import calendar
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ccm_core.errors import UsageError

SECONDS_PER_HOUR = 3600
_MONTH = re.compile(r"(\d{4})-(\d{2})\Z")


@dataclass(frozen=True, order=True)
class Month:
    """One calendar month, for example March 2025.

    Without slots, so that it keeps its days: an audit asks for them a dozen times a case.
    """

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``YYYY-MM``. Raises: UsageError."""
        found = _MONTH.match(text) if isinstance(text, str) else None
        if not found or not 1 <= int(found[2]) <= 12 or not 1900 <= int(found[1]) < 2200:
            raise UsageError(f"{text!r} is not a month. Write it as YYYY-MM, for example 2025-03.")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that a day lies in."""
        return cls(day.year, day.month)

    @functools.cached_property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @functools.cached_property
    def last_day(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def plus(self, months: int) -> Month:
        """The month that many months later (or earlier, when negative)."""
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    @property
    def following(self) -> Month:
        return self.plus(1)

    @property
    def previous(self) -> Month:
        return self.plus(-1)

    def __contains__(self, day: date) -> bool:
        return day.year == self.year and day.month == self.month

    @functools.cached_property
    def _days(self) -> tuple[date, ...]:
        return tuple(date(self.year, self.month, n) for n in range(1, self.last_day.day + 1))

    def days(self) -> tuple[date, ...]:
        """Each day of the month, in order."""
        return self._days

    def bounds(self, zone: tzinfo) -> tuple[int, int]:
        """First and past-the-end moment as epoch seconds, in the practice's time zone."""
        return day_start(self.first_day, zone), day_start(self.following.first_day, zone)

    @functools.cached_property
    def _text(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def __str__(self) -> str:
        return self._text


def months_between(first: Month, last: Month) -> list[Month]:
    """All months from first to last, both included; empty when last is earlier."""
    found = []
    while first <= last:
        found.append(first)
        first = first.following
    return found


@functools.lru_cache(maxsize=4096)
def day_start(day: date, zone: tzinfo) -> int:
    """Midnight that begins this day, as epoch seconds. Right on days when clocks change."""
    return int(datetime.combine(day, time(), tzinfo=zone).timestamp())


_SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def said_day(on: date) -> str:
    """``21 Nov 2026``: a day as pages, files to print and messages say it, in any locale."""
    return f"{on.day} {_SHORT[on.month - 1]} {on.year}"


def said_month(month: Month) -> str:
    """``Nov 2026``."""
    return f"{_SHORT[month.month - 1]} {month.year}"


_ISO = re.compile(r"(?<![\w-])((?:19|20)\d\d-\d\d)(-\d\d)?(?![\w-])")


def said_text(text: str) -> str:
    """A sentence of the audit as people read it: ``2025-06-02`` in it becomes ``2 Jun 2025``.

    Findings keep ISO days, so that outputs compare and sort; what is no day stays as it is.
    """
    return _ISO.sub(_said_match, text)


def _said_match(found: re.Match[str]) -> str:
    try:
        if found[2]:
            return said_day(date.fromisoformat(found[0]))
        return said_month(Month.parse(found[0]))
    except (ValueError, UsageError):
        return found[0]


def noon(day: date, zone: tzinfo) -> datetime:
    """Noon of a day: the moment that stands for a day whose time of day nobody recorded.

    Noon is on the same day in the zones next door, and clocks never change at that hour.
    """
    return datetime.combine(day, time(12), tzinfo=zone)


@functools.lru_cache(maxsize=64)
def time_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises: UsageError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as missing:
        raise UsageError(
            f"{name!r} is not a time zone. Use an IANA name such as America/New_York."
        ) from missing


@functools.lru_cache(maxsize=16384)
def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    month = Month.of(day).plus(months)
    return date(month.year, month.month, min(day.day, month.last_day.day))


def one_year_after(day: date) -> date:
    """The same day next year; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


@functools.lru_cache(maxsize=16384)
def one_year_before(day: date) -> date:
    """The same day last year; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return clock()


# The one clock of the product. A test sets this name, so that everybody who took `utc_now`
# by name, whenever they were loaded, reads the same moment and lets go of it together.
clock: Callable[[], datetime] = functools.partial(datetime.now, UTC)
