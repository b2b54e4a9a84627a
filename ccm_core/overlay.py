"""Rows that somebody imported, laid over the tables that we ship: one object for the whole process.

The core asks here and never asks the store. Whoever opens a store makes an
`Overlay` from its imported fee files and calls `use`; one run that must not see
a change halfway runs under `pinned`. An overlay is never changed: caches that
depend on it keep it in their key and fill themselves under it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, ParamSpec, TypeVar

Cells = Mapping[str, str]
P = ParamSpec("P")
R = TypeVar("R")
D = TypeVar("D", bound=Any)

KEY_OF = {
    "rvu": "code",
    "gpci": "locality",
    "conversion_factors": "basis",
    "zip_localities": "zip5",
    "payer_amounts": "payer",
    "sources": "source_id",
}
"""The tables that may be laid over, and the column that tells their rows apart."""
ESTIMATE = "is_estimate"
"""A cell of rows that only fill days for which nothing else is on record."""


@dataclass(frozen=True, eq=False)
class Overlay:
    """Imported rows by table and key, in the order in which they are laid over each other.

    Two overlays are the same only when they are one object. ``version`` is empty
    when no amount differs from the shipped tables.
    """

    version: str = ""
    rows: Mapping[str, Mapping[str, tuple[Cells, ...]]] = field(default_factory=dict, repr=False)


EMPTY = Overlay()
_pinned: ContextVar[Overlay | None] = ContextVar("pinned_overlay", default=None)
_used = EMPTY


def current() -> Overlay:
    """The overlay of this run, or of the process."""
    return _pinned.get() or _used


def use(overlay: Overlay) -> None:
    """Put an overlay in force for the process."""
    global _used  # noqa: PLW0603 - one reference, swapped whole
    _used = overlay


@contextmanager
def pinned(overlay: Overlay) -> Iterator[None]:
    """Hold one overlay for a run, whatever is imported meanwhile."""
    token = _pinned.set(overlay)
    try:
        yield
    finally:
        _pinned.reset(token)


def cached(maxsize: int | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep results by overlay: what is computed under one is never given under another."""

    def kept_by_overlay(function: Callable[P, R]) -> Callable[P, R]:
        @functools.lru_cache(maxsize)
        def kept(over: Overlay, *args: P.args, **named: P.kwargs) -> R:
            with pinned(over):
                return function(*args, **named)

        @functools.wraps(function)
        def asked(*args: P.args, **named: P.kwargs) -> R:
            return kept(current(), *args, **named)  # type: ignore[arg-type]

        return asked

    return kept_by_overlay


def without(rows: Sequence[D], others: Sequence[D]) -> list[D]:
    """What is left of dated rows on days that none of the others has."""
    left = list(rows)
    for other in others:
        left = [
            replace(row, valid_from=first, valid_to=last)
            for row in left
            for first, last in _around(row, other)
        ]
    return left


def _around(row: Any, other: Any) -> Iterator[tuple[date, date]]:
    if other.valid_to < row.valid_from or row.valid_to < other.valid_from:
        yield row.valid_from, row.valid_to
        return
    if row.valid_from < other.valid_from:
        yield row.valid_from, other.valid_from - timedelta(days=1)
    if other.valid_to < row.valid_to:
        yield other.valid_to + timedelta(days=1), row.valid_to
