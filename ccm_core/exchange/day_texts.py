"""One day as a text of an export: its spellings, its century, the order of day and month."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from ccm_core.exchange.rejects import RowProblem

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z", re.ASCII)
_EARLY_YEAR = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})\Z", re.ASCII)
_LATE_YEAR = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\Z", re.ASCII)
_SHORT_YEAR = re.compile(r"(\d{1,2})(/)(\d{1,2})/(\d{2})\Z", re.ASCII)
_STARTS = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2}(?!\d))", re.ASCII
)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_NAMED = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d %Y", "%d%b%Y",
          "%Y-%b-%d", "%B %d %Y")  # fmt: skip
_SHORT_NAMED = ("%d-%b-%y", "%d %b %y", "%d%b%y")
_TWO_DIGITS = "Years of two digits were taken as the latest that fits."
_AHEAD = 20
"""Years that a day without a century may lie ahead of today, such as the end of a coverage."""

DOUBT = (
    "Dates such as 03/04/2025 can be March or April, and this file does not tell. "
    'Say date_format "mdy" or "dmy" in the mapping.'
)
CENTURY = "A year of two digits: which century? Write four digits."


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

    A first number beyond 12 is a day, unless the year has two digits and may stand first.
    Raises: RowProblem (rule I09) when the order matters and nothing, or both, is proved.
    """
    is_month_first = is_day_first = has_doubt = False
    for value in values:
        found = _STARTS.match(value.strip())
        if not found or (len(found[4]) == 2 and found[2] != "/"):
            continue
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        may_lead = len(found[4]) == 2 and year <= 31
        is_day_first |= first > 12 >= second and not may_lead
        is_month_first |= second > 12 >= first
        has_doubt |= (first <= 12 and second <= 12 and first != second) or (first > 12 and may_lead)
    if has_doubt and is_month_first == is_day_first:
        raise RowProblem("I09", DOUBT)
    return "dmy" if is_day_first and not is_month_first else "mdy" if is_month_first else ""


def may_be_exchanged(rows: Iterable[Sequence[str]], places: Iterable[int]) -> bool:
    """Whether a spreadsheet of another country may have exchanged day and month in a column.

    It turns 03/04/2025 into a date of its own order and leaves 03/25/2025, which it cannot
    read, as text: then no date has a day beyond 12, and no text could be read in both ways.
    """
    counts = {place: [0, 0] for place in places}
    for cells in rows:
        for place in [*counts]:
            dates, texts, is_cleared = _exchanged(cells[place].strip())
            counts[place][0] += dates
            counts[place][1] += texts
            if is_cleared:
                del counts[place]
        if not counts:
            return False
    return any(min(dates, texts) >= _TELLING for dates, texts in counts.values())


def _exchanged(text: str) -> tuple[bool, bool, bool]:
    """Whether a cell may be an exchanged date, a text that was left, or clears its column."""
    if found := _ISO_START.match(text):
        return found[1] != found[2], False, int(found[2]) > 12
    if found := _STARTS.match(text):
        return False, True, int(found[1]) <= 12 and int(found[3]) <= 12
    return False, False, False


_ISO_START = re.compile(r"\d{4}-(\d{2})-(\d{2})(?!\d)", re.ASCII)
_TELLING = 3
"""Dates, and texts, that must stand in a column before their days are no chance."""
EXCHANGED = (
    "Some days are dates, none of them after the 12th, and the others are texts: a spreadsheet "
    "of another country may have exchanged day and month of the dates. Export the file anew and "
    "import it without opening it. If the dates are right, say date_format for the texts."
)


def day_of(text: str, calendar: Calendar, *, is_past: bool = True) -> date | None:
    """The day that a text names, or None when it names none. Raises: RowProblem (I25).

    ``is_past``: a day of two digits for the year cannot lie ahead.
    """
    if calendar.pattern:
        return _patterned(text, calendar.pattern, calendar, is_past=is_past)
    found = _ISO.match(text) or _COMPACT.match(text) or _EARLY_YEAR.match(text)
    if found:
        return _checked(int(found[1]), found[2], found[3], text)
    late = _LATE_YEAR.match(text) or _SHORT_YEAR.match(text)
    if late:
        return _late(late, calendar, text, is_past=is_past)
    if not any(sign.isalpha() for sign in text):
        return None
    plain = _WEEKDAY.sub("", text, count=1) if _WEEKDAY.match(text) else text
    if plain != text and not any(sign.isalpha() for sign in plain):
        return day_of(plain, calendar, is_past=is_past)
    named = (_patterned(plain, form, calendar, is_past=is_past) for form in _NAMED + _SHORT_NAMED)
    return next(filter(None, named), None)


def _late(found: re.Match[str], calendar: Calendar, text: str, *, is_past: bool) -> date:
    first, second = int(found[1]), int(found[3])
    is_open = calendar.order not in ("mdy", "dmy") and first != second
    if is_open and first <= 12 and second <= 12:
        raise RowProblem("I25", "Day and month can be exchanged here. Write it as YYYY-MM-DD.",
                         value=text)  # fmt: skip
    is_day_first = calendar.order == "dmy" or (is_open and first > 12)
    month, day = (found[3], found[1]) if is_day_first else (found[1], found[3])
    if len(found[4]) == 4:
        return _checked(int(found[4]), month, day, text)
    return _in_century(_checked(2000 + int(found[4]), month, day, text), calendar, text, is_past)


def _patterned(text: str, pattern: str, calendar: Calendar, *, is_past: bool) -> date | None:
    try:
        found = datetime.strptime(text, pattern).replace(tzinfo=UTC).date()
    except ValueError:
        return None
    if "%y" not in pattern:
        return found
    return _in_century(_later(found, found.year % 100), calendar, text, is_past)


def _later(found: date, short: int) -> date:
    return found.replace(year=2000 + short) if (found.month, found.day) != (2, 29) else found


def _in_century(found: date, calendar: Calendar, text: str, is_past: bool) -> date:
    """The latest day of these two digits that fits. Raises: RowProblem (rule I25)."""
    calendar.notes[_TWO_DIGITS] += 1
    if found <= calendar.today:
        return found
    if not is_past:
        if found.year > calendar.today.year + _AHEAD:
            raise RowProblem("I25", CENTURY, value=text)
        return found
    return _checked(found.year - 100, str(found.month), str(found.day), text)


def has_short_year(text: str) -> bool:
    """Whether the year of a day has two digits only."""
    return re.search(r"\d{4}", text) is None


def _checked(year: int, month: str, day: str, text: str) -> date:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        raise RowProblem("I25", "The calendar has no such day.", value=text) from None
