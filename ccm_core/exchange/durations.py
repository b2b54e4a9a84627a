"""How long something took, in whole seconds, as exports write it; never guessed.

``0:20`` is twenty minutes in one system and twenty seconds in another: a column whose header
says which (``Duration (h:mm)``) is read, any other is rejected with the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from ccm_core.exchange.rejects import RowProblem

DAY_SECONDS = 24 * 60 * 60

_SPAN = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)\Z", re.ASCII)
_PAIR = re.compile(r"(\d{1,4}):([0-5]\d)\Z", re.ASCII)
_ISO = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,4})M)?(?:(\d{1,5})(?:\.0+)?S)?\Z", re.ASCII)
_WORDS = re.compile(
    r"(?:(\d{1,2})\s*(?:hours?|hrs?|h))?\s*(?:(\d{1,4})\s*(?:minutes?|mins?|m))?\s*"
    r"(?:(\d{1,5})\s*(?:seconds?|secs?|s))?\.?\Z",
    re.ASCII | re.IGNORECASE,
)
_PARTS = re.compile(
    r"(\d{1,4}\.\d{1,4})\s*(?:(hours?|hrs?|h)|minutes?|mins?|m)\.?\Z", re.ASCII | re.IGNORECASE
)
_WHOLE = re.compile(r"\d+(?:\.0+)?\Z", re.ASCII)
_HOURS = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*(?:hours?|hrs?|h)?\.?\Z", re.ASCII | re.IGNORECASE)
_NONE = re.compile(r"0+(?:\.0+)?\Z", re.ASCII)
_ROUNDED = Decimal("0.01")
"""Hours by which a length in hours may differ from the same in minutes: two places."""
_THOUSANDS = re.compile(r"\d{1,2},\d{3}(?:\.0+)?\Z", re.ASCII)


def read_minutes(text: str) -> int:
    """Seconds of a cell with whole minutes or H:MM:SS. Raises: RowProblem (I29 to I33)."""
    return _seconds(text, 60, "minutes")


def read_minutes_in_doubt(text: str) -> int:
    """As `read_minutes`, in a column of which `may_be_minutes` holds. Raises: RowProblem."""
    found = read_minutes(text)
    if _SPAN.match(text.strip()):
        said = (
            "Hours, or minutes that a spreadsheet took for hours? Most of this column would be "
            "hours. Store MM:SS as text, or map the column to hours_minutes."
        )
        raise RowProblem("I29", said, value=text)
    return found


def may_be_minutes(values: Iterable[str]) -> bool:
    """Whether durations may be MM:SS that a spreadsheet keeps as hours and minutes.

    It takes ``12:30`` for half past noon: then no duration has seconds, and most have hours.
    """
    spans = [span for value in values if (span := _SPAN.match(value.strip()))]
    if len(spans) < _TELLING or any(int(span[3]) for span in spans):
        return False
    return 2 * sum(int(span[1]) > 0 for span in spans) > len(spans)


_TELLING = 3
"""Durations that must stand in a column before their hours are no chance."""


def read_seconds(text: str) -> int:
    """Seconds of a cell with whole seconds or H:MM:SS. Raises: RowProblem (I29 to I33).

    ``1,200`` is a number with thousands here: no part of a second has three digits.
    """
    plain = text.strip()
    return _seconds(plain.replace(",", "") if _THOUSANDS.match(plain) else text, 1, "seconds")


def read_hours_minutes(text: str) -> int:
    """Seconds of a cell whose header says H:MM. Raises: RowProblem (rules I29 to I33)."""
    return _pair(text, 3600, 60, "H:MM")


def read_minutes_seconds(text: str) -> int:
    """Seconds of a cell whose header says MM:SS. Raises: RowProblem (rules I29 to I33).

    A spreadsheet keeps ``12:30`` as half past noon: three parts without seconds may be that.
    """
    span = _SPAN.match(text.strip())
    if span and span[3] == "00":
        said = "Hours, or minutes that a spreadsheet took for hours? Store MM:SS as text."
        raise RowProblem("I29", said, value=text)
    return _pair(text, 60, 1, "MM:SS")


def read_day_hours(text: str) -> Decimal:
    """Hours of a day, also none and parts. Raises: RowProblem (rules I29, I30, I32)."""
    plain = " ".join(text.split())
    found = _HOURS.match(plain)
    if not found:
        raise _no_duration(plain, "hours", text)
    if Decimal(found[1]) * 3600 > DAY_SECONDS:
        raise RowProblem("I32", "More than 24 hours in one entry.", value=text)
    return Decimal(found[1])


def read_minutes_beside_hours(text: str) -> int:
    """Seconds of a cell with minutes of an hour, also none. Raises: RowProblem (I29 to I33)."""
    return 0 if _NONE.match(text.strip()) else read_minutes(text)


def with_hours(hours: Decimal, beside: int | None) -> int:
    """Seconds of hours and of the seconds beside them: minutes of the hour, or the same length.

    Raises: RowProblem (rules I29, I31 to I33).
    """
    exact, text = hours * 3600, str(hours)
    is_whole = hours == hours.to_integral_value()
    if beside is None or (is_whole and beside < 3600):
        if exact != exact.to_integral_value():
            raise RowProblem("I31", "No whole seconds; write H:MM:SS.", "hours", value=text)
        return plausible(int(exact) + (beside or 0), text)
    if abs(exact - beside) > _ROUNDED * 3600:
        raise RowProblem("I29", "Hours and minutes tell two durations.", "hours", value=text)
    return beside


def _pair(text: str, first: int, second: int, form: str) -> int:
    plain = text.strip()
    found = _PAIR.match(plain)
    if found:
        return plausible(int(found[1]) * first + int(found[2]) * second, text)
    if ":" not in plain and not _ISO.match(plain):
        raise RowProblem("I29", f"Not a duration of the form {form}.", value=text)
    return _seconds(text, 60, "minutes")


def _seconds(text: str, unit: int, name: str) -> int:
    plain = " ".join(text.split())  # spaces of web pages are spaces, too
    span = _SPAN.match(plain)
    if span:
        return plausible(int(span[1]) * 3600 + int(span[2]) * 60 + int(span[3]), text)
    worded = _WORDS.match(plain) or _ISO.match(plain)
    if worded and any(worded.groups()):
        hours, minutes, seconds = (int(part or 0) for part in worded.groups())
        return plausible(hours * 3600 + minutes * 60 + seconds, text)
    parts = _PARTS.match(plain)
    if parts:
        exact = Decimal(parts[1]) * (3600 if parts[2] else 60)
        if exact == exact.to_integral_value():
            return plausible(int(exact), text)
    if _WHOLE.match(plain) and len(plain) <= 12:
        return plausible(int(plain.split(".")[0]) * unit, text)
    raise _no_duration(plain, name, text)


def _no_duration(plain: str, name: str, text: str) -> RowProblem:
    """Why a cell is no duration of that unit."""
    rule, said = "I29", f"Not a duration: whole {name}, H:MM:SS or 1 h 5 min."
    if re.match(r"[-\u2212]\s*[\d.]", plain):
        rule, said = "I30", "A duration cannot be negative."
    elif re.fullmatch(r"\d*\.\d+", plain):
        rule, said = "I31", f"{name.capitalize()} must be whole; write H:MM:SS for parts."
    elif _PAIR.match(plain):
        said = (
            "Hours and minutes, or minutes and seconds? Write H:MM:SS, or map the column to "
            "hours_minutes or minutes_seconds."
        )
    elif re.fullmatch(r"\d{1,3}(?:,\d+)+", plain):
        said = "A comma for thousands, or for a part? Write it without."
    return RowProblem(rule, said, value=text)


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
