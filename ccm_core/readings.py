"""Where the program guides and Medicare's sources differ: both readings, side by side."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ccm_core import tables
from ccm_core.sources import Source, source


@dataclass(frozen=True, slots=True)
class Reading:
    """One question with two answers, and the rules that carry them."""

    topic: str
    guide_says: str
    medicare_says: str
    rules: tuple[str, ...]
    guide: Source
    medicare: Source


@functools.cache
def all_readings() -> tuple[Reading, ...]:
    """Every difference, by topic. Raises: TableError."""
    return tuple(
        Reading(
            row["topic"], row["guide_says"], row["medicare_says"], tuple(row["rules"].split()),
            source(row["guide_source"]), source(row["source_id"]),
        )
        for row in tables.load("readings", "topic").rows
    )  # fmt: skip
