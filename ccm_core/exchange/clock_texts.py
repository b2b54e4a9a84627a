"""A time of day and its zone as texts of an export."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ccm_core.exchange.rejects import RowProblem
from ccm_core.months import time_zone

_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*([AaPp])?\.?(?:[Mm]\.?)?\Z", re.ASCII
)
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{2})\.(\d{2})(\.\d{1,9})?(?=\s|\Z)", re.ASCII)
_PLAIN = re.compile(r"([01]?\d|2[0-3])([0-5]\d)\Z", re.ASCII)
_ZONE = re.compile(
    r"(?:Z|z|\s?(?:UTC|GMT)|\s?([+-])(\d{2}):?(\d{2})?|\s\(?([A-Z]{2,4})\)?)\Z", re.ASCII
)
_RANGE = re.compile(r":\d\d\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:-|\u2013|to)\s*\d")
_NAMES = {
    "E": "America/New_York", "C": "America/Chicago", "M": "America/Denver",
    "P": "America/Los_Angeles", "AK": "America/Anchorage", "H": "Pacific/Honolulu",
}  # fmt: skip
_NAMED = re.compile(r"(AK|[ECMPH])([SD]?)T\Z")
_ODD_MINUTES = {"00", "30", "45", None}


def is_clock(text: str) -> bool:
    """Whether a text is a time of day with a colon."""
    return _CLOCK.match(text) is not None


def read_clock(text: str) -> time:
    """The time of day in a cell. Raises: RowProblem (rule I27)."""
    plain = " ".join(text.split())
    found = _CLOCK.match(_DOTTED.sub(r"\1:\2:\3\4", plain))
    if found is None and (bare := _PLAIN.match(plain)):
        return time(int(bare[1]), int(bare[2]))
    if not found:
        said = "Not a time of day. Write it as HH:MM."
        if _RANGE.search(plain):
            said = "Two times of day. Write the end in a column of its own."
        elif _CLOCK.match(plain.partition(" ")[0]) and plain[-1:].isalpha():
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


@dataclass(frozen=True, slots=True)
class Zone:
    """What a moment says about its zone: an offset from UTC, or the letters of a zone."""

    offset: timedelta | None = None
    letters: str = ""


def without_zone(text: str) -> tuple[str, Zone | None]:
    """A moment's text without its zone, and the zone. Raises: RowProblem (rule I27)."""
    found = _ZONE.search(text) if ":" in text or "." in text else None
    if found is None or (found[4] and not _NAMED.match(found[4])):
        return text, None
    local = text[: found.start()].strip()
    if found[4]:
        return local, Zone(letters=found[4])
    if not found[1]:
        return local, Zone(timedelta())
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if offset > timedelta(hours=14) or found[3] not in _ODD_MINUTES:
        raise RowProblem("I27", "No place on earth has this offset from UTC.", value=text)
    if _may_be_range(local, found):
        said = "Two times of day, or one with its offset from UTC? Write the end in its own column."
        raise RowProblem("I27", said, value=text)
    return local, Zone(offset if found[1] == "+" else -offset)


def _may_be_range(local: str, zone: re.Match[str]) -> bool:
    """Whether ``10:00-11:00`` could as well be the beginning and the end of something."""
    clock = re.search(r"(?<!\d)(\d{1,2}):(\d{2})\Z", local)
    if clock is None or zone[1] != "-" or zone[3] is None or "T" in local:
        return False
    return (int(zone[2]), int(zone[3])) > (int(clock[1]), int(clock[2]))


def in_zone(day: date, clock: time, zone: Zone, text: str) -> datetime:
    """The moment in UTC of a time of day in a stated zone. Raises: RowProblem (I26, I27, I28)."""
    try:
        if zone.offset is not None:
            return datetime.combine(day, clock, tzinfo=UTC) - zone.offset
        return _in_named(day, clock, zone.letters, text)
    except OverflowError:
        raise RowProblem("I26", "This moment is not plausible.", value=text) from None


def _in_named(day: date, clock: time, letters: str, text: str) -> datetime:
    """In a zone of the United States, whose letters tell summer from winter time."""
    found = _NAMED.match(letters)
    here = time_zone(_NAMES[found[1]]) if found else UTC
    if letters == "MST":  # Arizona keeps it all year
        return datetime.combine(day, clock, tzinfo=UTC) + timedelta(hours=7)
    for fold in (0, 1):
        local = datetime.combine(day, clock, tzinfo=here).replace(fold=fold)
        back = local.astimezone(UTC).astimezone(here)
        if back.replace(tzinfo=None) == local.replace(tzinfo=None) and (
            local.tzname() == letters or (found and not found[2])
        ):
            return local.astimezone(UTC)
    said = f"Clocks did not show {letters} then. Write the offset from UTC, such as -05:00."
    raise RowProblem("I28", said, value=text)
