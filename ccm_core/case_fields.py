"""Reading single fields of a case file: the right kind of value, or why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from ccm_core.errors import UsageError
from ccm_core.months import time_zone
from ccm_core.records import Practice

DAY_MINUTES = 24 * 60
MONTH_MINUTES = 31 * DAY_MINUTES
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?\Z", re.ASCII)


def known(given: Any, fields: tuple[str, ...], name: str) -> None:
    """Refuse fields that a part of the case does not have. Raises: UsageError."""
    if not isinstance(given, Mapping):
        raise UsageError(f"{name} is not an object.")
    unknown = sorted(set(given) - set(fields))
    if unknown:
        raise UsageError(
            f"{name} has the unknown field {unknown[0]!r}; it may have: {', '.join(fields)}."
        )


def word(given: Mapping[str, Any], field: str, words: tuple[str, ...], otherwise: str) -> str:
    """One of several words. Raises: UsageError."""
    value = given.get(field, otherwise)
    if value is None:
        value = otherwise
    if value not in words:
        raise UsageError(f"{field} is {_shown(value)}; it may be: {', '.join(words)}.")
    return str(value)


def text(given: Mapping[str, Any], field: str, otherwise: str) -> str:
    """A text; nothing said as null is an empty text. Raises: UsageError."""
    value = given.get(field, otherwise)
    if value is None:
        return ""
    # An identifier or a code may come as a whole number; other kinds were meant otherwise.
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UsageError(f"{field} is {_shown(value)}, not a text.")
    return str(value)


def _shown(value: Any) -> str:
    """A value as the file may have written it, cut short."""
    said = {None: "null", True: "true", False: "false"}.get(value, "") if _plain(value) else ""
    shown = said or repr(value)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool)


_MOST_SHOWN = 60


def flag(given: Mapping[str, Any], field: str, otherwise: bool) -> bool:
    """True or false. Raises: UsageError."""
    value = given.get(field, otherwise)
    if not isinstance(value, bool):
        raise UsageError(f"{field} is true or false, not {_shown(value)}.")
    return value


def day(given: Mapping[str, Any], field: str) -> date | None:
    """An ISO day, or None. Raises: UsageError."""
    value = given.get(field)
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as bad:
        raise UsageError(f"{field} is {_shown(value)}, not a day such as 2025-03-31.") from bad


def clock(value: Any) -> time:
    """A time of day on the practice's clocks. Raises: UsageError."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, str) and _CLOCK.match(value):
        try:
            return time.fromisoformat(value.zfill(len("10:00")))
        except ValueError:
            pass
    raise UsageError(f"start {_shown(value)} is not a time of day such as 10:00.")


def number(given: Mapping[str, Any], field: str, most: int) -> Decimal | None:
    """A number from zero to ``most``, or None. Raises: UsageError."""
    value = given.get(field)
    if value is None:
        return None
    if isinstance(value, bool):
        raise UsageError(f"{field} is {_shown(value)}, not a number.")
    try:
        found = Decimal(str(value))
    except InvalidOperation as bad:
        raise UsageError(f"{field} is {_shown(value)}, not a number.") from bad
    if not found.is_finite() or found < 0 or found > most:
        raise UsageError(f"{field} is {_shown(value)}; it must be between 0 and {most}.")
    return found


def moment(given: Mapping[str, Any], field: str, practice: Practice) -> datetime | None:
    """A moment in UTC, told by the practice's clocks unless it says otherwise; None: not told.

    Raises: UsageError.
    """
    value = given.get(field)
    if value is None:
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as bad:
        raise UsageError(
            f"{field} is {_shown(value)}, not a moment such as 2025-03-31T10:00."
        ) from bad
    return in_utc(found if found.tzinfo else found.replace(tzinfo=time_zone(practice.time_zone)))


def in_utc(told: datetime) -> datetime:
    """The moment in UTC, as everywhere: Python takes two of one zone apart by the wall's clock.

    Raises: UsageError.
    """
    try:
        return told.astimezone(UTC)
    except OverflowError:
        raise UsageError(
            f"{told.isoformat()} is a moment that no calendar of this program holds; "
            "write one of the years 2 to 9998."
        ) from None


def listed(given: Mapping[str, Any], field: str) -> list[Any]:
    """A list; nothing said is an empty one. Raises: UsageError."""
    value = given.get(field)
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise UsageError(f"{field} is a list, not {_shown(value)}.")
    return list(value)


def words(given: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """A list of texts. Raises: UsageError."""
    found = listed(given, field)
    if not all(isinstance(one, str) for one in found):
        raise UsageError(f"{field} is a list of texts.")
    return tuple(found)
