"""Days, moments and durations as exports write them, read without guessing.

``03/04/2025`` is March in one country and April in another: the order is taken
from the mapping, or proved by other values of the same file (``03/25/2025``);
failing both, the file is refused with a question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ccm_core.exchange.rejects import RowProblem

ORDERS = ("ymd", "mdy", "dmy")
EARLIEST = date(1850, 1, 1)
"""No patient of today was born before; an earlier day is a slip of the pen."""
DAY_SECONDS = 24 * 60 * 60

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z", re.ASCII)
_LATE_YEAR = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\Z", re.ASCII)
_EARLY_YEAR = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})\Z", re.ASCII)
_NAMED = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d %Y")
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s*([AaPp])?\.?(?:[Mm]\.?)?\Z", re.ASCII
)
_ZONE = re.compile(r"(?:Z|z|\s?UTC|([+-])(\d{2}):?(\d{2}))\Z", re.ASCII)
_UTC_MIDNIGHT = re.compile(r"\A\d{4}-\d\d-\d\d[T ]00:00:00(?:\.0+)?(?:Z|\+00:00)\Z", re.ASCII)
_SPAN = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)\Z", re.ASCII)
_WORDS = re.compile(
    r"(?:(\d{1,2})\s*(?:hours?|hrs?|h))?\s*(?:(\d{1,4})\s*(?:minutes?|mins?|m))?\s*"
    r"(?:(\d{1,5})\s*(?:seconds?|secs?|s))?\.?\Z",
    re.ASCII | re.IGNORECASE,
)
_WHOLE = re.compile(r"\d+(?:\.0+)?\Z", re.ASCII)


@dataclass
class Calendar:
    """How one file writes its dates, and what day it is today."""

    zone: tzinfo
    today: date
    order: str = ""
    """``mdy`` or ``dmy`` for dates such as 03/04/2025; empty while nothing proves it."""
    pattern: str = ""
    """A form of strptime that the mapping demands, such as ``%d.%m.%y``."""
    notes: Counter[str] = field(default_factory=Counter)


def proved_order(values: Iterable[str]) -> str:
    """``mdy`` or ``dmy`` when the values prove it, ``""`` when they hold nothing to prove.

    Raises: RowProblem (rule I09) when the order matters and nothing, or both, is proved.
    """
    is_month_first = is_day_first = has_doubt = False
    for value in values:
        found = _LATE_YEAR.match(value.strip().split(" ")[0].split("T")[0])
        if not found:
            continue
        first, second = int(found[1]), int(found[3])
        is_day_first |= first > 12 >= second
        is_month_first |= second > 12 >= first
        has_doubt |= first <= 12 and second <= 12 and first != second
    if has_doubt and is_month_first == is_day_first:
        raise RowProblem(
            "I09",
            "Dates such as 03/04/2025 can be March or April, and this file does not tell. "
            'Say date_format "mdy" or "dmy" in the mapping.',
        )
    return "dmy" if is_day_first and not is_month_first else "mdy" if is_month_first else ""


def read_day(text: str, calendar: Calendar) -> date:
    """The day that a cell names. Raises: RowProblem (rules I25, I26)."""
    plain = text.strip()
    if _UTC_MIDNIGHT.search(plain):
        plain = plain[:10]  # a bare day that the export wrote as a moment
    if len(plain) > 10 and plain[4:5] == "-" and plain[10] in "T ":
        return read_moment(plain, calendar).astimezone(calendar.zone).date()
    day = _day(plain, calendar)
    if day is None and " " in plain:
        head, _, tail = plain.partition(" ")
        day = _day(head, calendar) if _CLOCK.match(tail.strip()) else None
    if day is None:
        said = "Not a date. Write it as YYYY-MM-DD."
        if re.fullmatch(r"\d{5}(?:\.\d+)?", plain, re.ASCII):
            said = "A spreadsheet's number for a day. Format the column as YYYY-MM-DD."
        raise RowProblem("I25", said, value=text)
    if day < EARLIEST:
        raise RowProblem("I26", f"A date before {EARLIEST.year} is not plausible.", value=text)
    return day


def read_past_day(text: str, calendar: Calendar) -> date:
    """A day that has come already. Raises: RowProblem (rules I25, I26)."""
    day = read_day(text, calendar)
    if day > calendar.today:
        raise RowProblem("I26", "This date lies in the future.", value=text)
    return day


def _day(text: str, calendar: Calendar) -> date | None:
    if calendar.pattern:
        return _patterned(text, calendar.pattern)
    found = _ISO.match(text) or _COMPACT.match(text) or _EARLY_YEAR.match(text)
    if found:
        return _checked(found[1], found[2], found[3], text)
    late = _LATE_YEAR.match(text)
    if late:
        month, day = (late[3], late[1]) if calendar.order == "dmy" else (late[1], late[3])
        return _checked(late[4], month, day, text)
    if not any(sign.isalpha() for sign in text):
        return None
    return next(filter(None, (_patterned(text, pattern) for pattern in _NAMED)), None)


def _patterned(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _checked(year: str, month: str, day: str, text: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise RowProblem("I25", "The calendar has no such day.", value=text) from None


def read_clock(text: str) -> time:
    """The time of day in a cell. Raises: RowProblem (rule I27)."""
    found = _CLOCK.match(text.strip())
    if not found:
        said = "Not a time of day. Write it as HH:MM."
        if _CLOCK.match(text.strip().partition(" ")[0]) and text.strip()[-1:].isalpha():
            said = "A time zone is written as its offset from UTC, such as -05:00."
        raise RowProblem("I27", said, value=text)
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise RowProblem("I27", "The clock has no such time.", value=text)
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
    except ValueError:
        raise RowProblem("I27", "The clock has no such time.", value=text) from None


def read_moment(text: str, calendar: Calendar) -> datetime:
    """A moment, in UTC; without an offset it is the practice's own clock.

    Raises: RowProblem (rules I25 to I28).
    """
    plain = text.strip()
    zone = _ZONE.search(plain) if ":" in plain else None
    local = plain[: zone.start()].strip() if zone else plain
    head, _, tail = local.partition("T") if "T" in local[:12] else _split(local)
    if not tail:
        raise RowProblem("I27", "A day and a time of day are needed.", value=text)
    day, clock = _day(head.strip().rstrip(","), calendar), read_clock(tail)
    if day is None:
        raise RowProblem("I25", "Not a date. Write it as YYYY-MM-DD HH:MM.", value=text)
    if zone is None:
        return on_the_clock(day, clock, calendar)
    return _with_offset(datetime.combine(day, clock, tzinfo=UTC), zone, text)


def read_start(text: str, calendar: Calendar) -> datetime | date:
    """A moment; or the day alone, where nothing is said of the time of day."""
    try:
        return read_moment(text, calendar)
    except RowProblem as problem:
        if ":" in text or problem.rule != "I27" or _day(text.strip(), calendar) is None:
            raise
    return read_past_day(text, calendar)


def _split(text: str) -> tuple[str, str, str]:
    """Day and clock; the clock begins at the last word that has a colon."""
    found = re.search(r"\s\d{1,2}:\d{2}", text)
    return (text[: found.start()], " ", text[found.start() :].strip()) if found else (text, "", "")


def _with_offset(moment: datetime, zone: re.Match[str], text: str) -> datetime:
    if not zone[1]:
        return moment
    offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    if offset > timedelta(hours=14):
        raise RowProblem("I27", "No place on earth has this offset from UTC.", value=text)
    try:
        return moment - offset if zone[1] == "+" else moment + offset
    except OverflowError:
        raise RowProblem("I26", "This moment is not plausible.", value=text) from None


def on_the_clock(day: date, clock: time, calendar: Calendar) -> datetime:
    """The moment at which the practice's clock showed this time.

    In the night when clocks go back an hour stands twice: the first is taken, with a
    note. In the night when they go forward an hour is missing. Raises: RowProblem (I28).
    """
    local = datetime.combine(day, clock, tzinfo=calendar.zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(calendar.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise RowProblem(
            "I28",
            "Clocks went forward that night: this time did not exist. "
            "Correct the time or write the offset from UTC.",
            value=f"{day} {clock}",
        )
    if local.replace(fold=1).utcoffset() != local.utcoffset():
        calendar.notes["Times in the hour that stands twice were taken as the first."] += 1
    return moment


def read_minutes(text: str) -> int:
    """Seconds of a cell with whole minutes or H:MM:SS. Raises: RowProblem (I29 to I33)."""
    return _seconds(text, 60, "minutes")


def read_seconds(text: str) -> int:
    """Seconds of a cell with whole seconds or H:MM:SS. Raises: RowProblem (I29 to I33)."""
    return _seconds(text, 1, "seconds")


def _seconds(text: str, unit: int, name: str) -> int:
    plain = text.strip()
    span = _SPAN.match(plain)
    if span:
        return plausible(int(span[1]) * 3600 + int(span[2]) * 60 + int(span[3]), text)
    worded = _WORDS.match(plain)
    if worded and any(worded.groups()):
        hours, minutes, seconds = (int(part or 0) for part in worded.groups())
        return plausible(hours * 3600 + minutes * 60 + seconds, text)
    if re.match(r"[-\u2212]\s*[\d.]", plain):
        raise RowProblem("I30", "A duration cannot be negative.", value=text)
    if re.fullmatch(r"\d*\.\d+", plain) and not _WHOLE.match(plain):
        raise RowProblem(
            "I31", f"{name.capitalize()} must be whole; write H:MM:SS for parts.", value=text
        )
    if re.fullmatch(r"\d{1,3}:\d\d", plain):
        raise RowProblem(
            "I29", "Hours and minutes, or minutes and seconds? Write H:MM:SS.", value=text
        )
    if not _WHOLE.match(plain) or len(plain) > 12:
        raise RowProblem("I29", f"Not a duration: whole {name}, H:MM:SS or 1 h 5 min.", value=text)
    return plausible(int(plain.split(".")[0]) * unit, text)


def plausible(seconds: int, text: str) -> int:
    """The duration itself when it is one. Raises: RowProblem (rules I30, I32, I33)."""
    if seconds < 0:
        raise RowProblem(
            "I30",
            "The end is before the start. Past midnight, write the end with its day.",
            value=text,
        )
    if seconds == 0:
        raise RowProblem("I33", "The duration is nothing.", value=text)
    if seconds > DAY_SECONDS:
        raise RowProblem("I32", "More than 24 hours in one entry.", value=text)
    return seconds
