"""Settings of the daily work: how long a sign-in lasts, when a timer asks whether it was forgotten.

Both have a value without any setting: sign-ins what the server was started with, the
timer's warning the number of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ccm_core.access import sessions
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import Conflict, UsageError
from ccm_core.program import time_checks
from ccm_core.program.enrolling import practice_of
from ccm_core.program.practice_settings import PAGE
from ccm_core.store import settings
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write

if TYPE_CHECKING:
    from sqlmodel import Session

TIMER = "timer_warning"
MOST_TIMER_MINUTES = 8 * 60
FIELDS = ("idle_minutes", "hours", "timer_minutes")
_SPANS = {
    "idle_minutes": (sessions.MOST_IDLE_MINUTES, "Minutes without activity"),
    "hours": (sessions.MOST_HOURS, "Hours at most"),
    "timer_minutes": (MOST_TIMER_MINUTES, "Minutes until the timer asks"),
}


def warn_minutes(session: Session, today: date) -> int:
    """Minutes after which a running timer asks whether it was forgotten."""
    chosen = settings.read_setting(session, TIMER)
    if chosen:
        return int(chosen)
    return time_checks.policy_on(practice_of(session), today).whole("timer_warn_minutes")


def shown(session: Session, who: Identity, today: date) -> tuple[dict[str, int], int]:
    """The values in force, and the version that travels with the form.

    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "view")
    limits = sessions.limits_in_force(session)
    values = {
        "idle_minutes": int(limits.idle.total_seconds() // 60),
        "hours": int(limits.absolute.total_seconds() // 3600),
        "timer_minutes": warn_minutes(session, today),
    }
    return values, _version(session)


def _version(session: Session) -> int:
    """Changes so far: the two settings are shown and saved as one form."""
    return sum(settings.read_versioned(session, key)[1] for key in (sessions.SETTING, TIMER))


def save(session: Session, who: Identity, values: Mapping[str, Any], version: int) -> None:
    """Keep all three; sign-ins follow at once, those that are open as well.

    Raises: PermissionDenied, UsageError, Conflict.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    if _version(session) != version:
        raise Conflict("These settings were changed by somebody else since they were shown.")
    wanted = {name: _checked(name, values.get(name)) for name in FIELDS}
    limits = {name: wanted[name] for name in ("idle_minutes", "hours")}
    settings.write_setting(session, sessions.SETTING, limits)
    settings.write_setting(session, TIMER, wanted["timer_minutes"])
    said = ", ".join(f"{name} {value}" for name, value in wanted.items())
    record(session, who, "settings", "setting", "work", reason=said)


def _checked(name: str, value: Any) -> int:
    most, label = _SPANS[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise UsageError(f"{label}: {value!r} was given; it is a whole number from 1 to {most}.")
    return value
