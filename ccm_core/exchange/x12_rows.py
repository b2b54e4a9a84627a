"""Claims and remittances (X12) as rows of an import: one row per claim line."""

from __future__ import annotations

from collections.abc import Iterator

from ccm_core.errors import ImportRefused
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.rows_in import Taken


def kind(content: bytes) -> str:
    """``837P`` or ``835``."""
    return "835" if b"835" in content[:400] else "837P"


def read(content: bytes, calendar: Calendar) -> Iterator[Taken]:
    """Not yet joined to the claim readers."""
    raise ImportRefused("I60: claim files are not read by this version yet.")
