"""Where a case file says that things happen: state, fee locality, place of service.

A place that no table knows would silently switch a state's rules or an amount
off, so it is refused instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ccm_core import tables
from ccm_core.case_fields import text
from ccm_core.errors import UsageError
from ccm_core.fees.geography import NATIONAL

_PLACE = re.compile(r"[0-9]{2}\Z")


def state(said: Mapping[str, Any]) -> str:
    """A state's two letters, or an empty text. Raises: UsageError."""
    found = text(said, "state", "").strip().upper()
    if found and not tables.load("states", "state").history(found):
        raise UsageError(f"state is {found!r}; write the two letters of a state, for example CA.")
    return found


def locality(said: Mapping[str, Any]) -> str:
    """``MAC-NN`` or ``national``. Raises: UsageError for one that no year knows."""
    found = text(said, "locality", NATIONAL).strip() or NATIONAL
    if found != NATIONAL and not tables.load("gpci", "locality").history(found):
        raise UsageError(
            f"locality {found!r} was asked; no year's fee schedule lists it. "
            "Write contractor and number, for example 01112-05, or national."
        )
    return found


def place(said: Mapping[str, Any]) -> str:
    """The two digits of a place of service, or an empty text. Raises: UsageError."""
    found = text(said, "place", "").strip()
    if found and not _PLACE.match(found):
        raise UsageError(f"place is {found!r}; a place of service has two digits, for example 11.")
    return found
