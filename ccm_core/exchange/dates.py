"""Days and moments as exports write them, read without guessing.

``03/04/2025`` is March in one country and April in another: the order is taken
from the mapping, or proved by other values of the same file (``03/25/2025``);
failing both, the file is refused with a question.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from ccm_core.exchange.clock_texts import in_zone, is_clock, read_clock, without_zone
from ccm_core.exchange.day_texts import (
    CENTURY,
    EXCHANGED,
    Calendar,
    day_of,
    has_short_year,
    may_be_exchanged,
    proved_order,
)
from ccm_core.exchange.rejects import RowProblem

__all__ = [
    "EXCHANGED", "ORDERS", "Calendar", "is_zoned_midnight", "may_be_exchanged", "on_the_clock",
    "proved_order", "read_bare_day", "read_birth_day", "read_clock", "read_day",
    "read_moment", "read_past_day", "read_start",
]  # fmt: skip

ORDERS = ("ymd", "mdy", "dmy")
EARLIEST = date(1850, 1, 1)
"""No patient of today was born before; an earlier day is a slip of the pen."""
YOUNGEST = 18
"""A birth year of two digits that gives somebody younger could as well be a century ago."""

_UTC_MIDNIGHT = re.compile(r"\A\d{4}-\d\d-\d\d[T ]00:00:00(?:\.0+)?(?:Z|\+00:00)\Z", re.ASCII)
_STAMP = re.compile(
    r"(\d{8})T?(\d{2})(\d{2})(\d{2})?(?:\.\d{1,6})?(Z|[+-]\d{2}:?\d{2})?\Z", re.ASCII
)
"""A moment without signs between its parts, as HL7 version 2 writes it."""
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?\Z", re.ASCII)
_SERIAL_SAID = "A spreadsheet's number for a day. Format the column as YYYY-MM-DD."


def read_day(text: str, calendar: Calendar, *, is_past: bool = False) -> date:
    """The day that a cell names. Raises: RowProblem (rules I25, I26)."""
    plain = _spaced(text)
    if _UTC_MIDNIGHT.search(plain):
        plain = plain[:10]  # a bare day that the export wrote as a moment
    day = day_of(plain, calendar, is_past=is_past)
    if day is None and (head := _split(plain)[0]) != plain:
        local, zone = without_zone(plain)
        if zone is not None:
            return _sound(read_moment(text, calendar).astimezone(calendar.zone).date(), text)
        tail = _split(local)[1]
        is_timed = bool(tail) and (calendar.pattern or is_clock(_colons(tail)))
        day = day_of(head, calendar, is_past=is_past) if is_timed else None
    if day is None:
        said = _SERIAL_SAID if _SERIAL.match(plain) else "Not a date. Write it as YYYY-MM-DD."
        raise RowProblem("I25", said, value=text)
    return _sound(day, text)


def _sound(day: date, text: str) -> date:
    if day < EARLIEST:
        raise RowProblem("I26", f"A date before {EARLIEST.year} is not plausible.", value=text)
    return day


def read_past_day(text: str, calendar: Calendar) -> date:
    """A day that has come already. Raises: RowProblem (rules I25, I26)."""
    day = read_day(text, calendar, is_past=True)
    if day > calendar.today:
        raise RowProblem("I26", "This date lies in the future.", value=text)
    return day


def read_birth_day(text: str, calendar: Calendar) -> date:
    """The day of a birth; its century is never guessed. Raises: RowProblem (rules I25, I26)."""
    day = read_past_day(text, calendar)
    if has_short_year(text) and day.year > calendar.today.year - YOUNGEST:
        raise RowProblem("I25", CENTURY, value=text)
    return day


_NO_MOMENT = "This moment is not plausible."


def read_moment(text: str, calendar: Calendar) -> datetime:
    """A moment, in UTC; without an offset it is the practice's own clock.

    Raises: RowProblem (rules I25 to I28).
    """
    plain = _spaced(text)
    local, zone = without_zone(plain)
    head, tail = _split(local)
    if not tail:
        said = _SERIAL_SAID if _SERIAL.match(plain) else "A day and a time of day are needed."
        raise RowProblem("I27", said, value=text)
    day, clock = day_of(head, calendar), read_clock(tail)
    if day is None:
        raise RowProblem("I25", "Not a date. Write it as YYYY-MM-DD HH:MM.", value=text)
    if zone is None:
        return on_the_clock(day, clock, calendar)
    found = in_zone(day, clock, zone, text)
    try:
        found.astimezone(calendar.zone)  # every reader asks for the day at the practice
    except OverflowError:
        raise RowProblem("I26", _NO_MOMENT, value=text) from None
    return found


def read_start(text: str, calendar: Calendar) -> datetime | date:
    """A moment; or the day alone, where nothing is said of the time of day.

    Midnight without a zone is what a database writes behind a day that has no time.
    """
    plain = _spaced(text)
    local, zone = without_zone(plain)
    head, tail = _split(local)
    if not tail and day_of(plain, calendar) is not None:
        return read_past_day(text, calendar)
    found = read_moment(text, calendar)
    if zone is None and read_clock(tail) == time():
        calendar.notes["Starts at midnight were taken as days without a time of day."] += 1
        return read_past_day(head, calendar)
    return found


def is_zoned_midnight(text: str) -> bool:
    """Whether a cell names a midnight somewhere, such as ``2025-03-01T00:00:00Z``."""
    try:
        local, zone = without_zone(_spaced(text))
        tail = _split(local)[1]
        return zone is not None and bool(tail) and read_clock(tail) == time()
    except RowProblem:
        return False


def read_bare_day(text: str, calendar: Calendar) -> date:
    """The day that a midnight names, whatever its zone: nobody's clock was meant.

    Raises: RowProblem (rules I25, I26).
    """
    return read_past_day(_split(without_zone(_spaced(text))[0])[0], calendar)


def read_day_with_time(text: str, calendar: Calendar) -> datetime | date:
    """A day, with the time of day where the cell of a day tells one other than midnight.

    Raises: RowProblem (rules I25 to I28).
    """
    local, zone = without_zone(_spaced(text))
    head, tail = _split(local)
    if not tail or (zone is None and read_clock(tail) == time()):
        return read_past_day(text, calendar)
    found = read_moment(text, calendar)
    is_midnight = found.astimezone(calendar.zone).time() == read_clock(tail) == time()
    return read_past_day(head, calendar) if is_midnight else found


def _spaced(text: str) -> str:
    """The text with plain single spaces, and a stamp of digits with signs between its parts."""
    plain = re.sub(r",? at (?=\d)", " ", " ".join(text.split()))
    stamp = _STAMP.match(plain)
    if not stamp:
        return plain
    day, *clock = (stamp[part] or "" for part in range(1, 5))
    return f"{day} {':'.join(filter(None, clock))}{stamp[5] or ''}"


def _split(text: str) -> tuple[str, str]:
    """Day and clock; the clock begins at the last word that has a colon, dots or four digits."""
    if "T" in text[:12] and text[:1].isdigit():
        head, _, tail = text.partition("T")
        return head.strip(), tail.strip()
    found = (
        re.search(r"\s\d{1,2}:\d{2}", text)
        or re.search(r"\s\d{1,2}\.\d{2}\.\d{2}(?:\.\d+)?(?=\s|\Z)", text)
        or re.search(r"(?<=\d)\s\d{4}\Z", text)
    )
    if not found or (
        ":" not in text and "." not in text and not _is_numeric(text[: found.start()])
    ):
        return text, ""
    return text[: found.start()].strip().rstrip(","), text[found.start() :].strip()


def _is_numeric(head: str) -> bool:
    return re.fullmatch(r"[\d/.-]{8,10}", head) is not None


def _colons(tail: str) -> str:
    return re.sub(r"\A(\d{1,2})\.(\d{2})\.(\d{2})", r"\1:\2:\3", tail)


def on_the_clock(day: date, clock: time, calendar: Calendar) -> datetime:
    """The moment at which the practice's clock showed this time.

    In the night when clocks go back an hour stands twice: the first is taken, with a
    note. In the night when they go forward an hour is missing.

    Raises: RowProblem (I26, I28).
    """
    local = datetime.combine(day, clock, tzinfo=calendar.zone)
    try:
        moment = local.astimezone(UTC)
    except OverflowError:  # the last evening of the year 9999, the first one of the year 1
        raise RowProblem("I26", _NO_MOMENT, value=f"{day} {clock}") from None
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
