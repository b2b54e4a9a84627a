"""Which activities count as care management time, by word or by free text."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ccm_core import tables


@dataclass(frozen=True, slots=True)
class Activity:
    """One kind of work. ``reason`` says why it does not count."""

    name: str
    label: str
    counts: bool
    reason: str
    cite: str
    words: tuple[str, ...]


@functools.cache
def all_activities() -> tuple[Activity, ...]:
    """Every activity of the table, counting ones first."""
    return tuple(
        Activity(
            row["activity"], row["label"], row["counts"] == "1", row["reason"], row.cite,
            tuple(row["words"].split("|")),
        )
        for row in tables.load("activities", "activity").rows
    )  # fmt: skip


@functools.lru_cache(maxsize=8192)
def activity_of(text: str) -> Activity | None:
    """The activity that a word or free text names; None when it names none.

    The exact name wins; otherwise activities that do not count are looked for
    first, so that "scheduling call" is scheduling and not a call.
    """
    asked = " ".join(text.lower().replace("_", " ").split())
    by_name = {a.name.replace("_", " "): a for a in all_activities()}
    if asked in by_name:
        return by_name[asked]
    for counts in (False, True):
        for activity in all_activities():
            if activity.counts is counts and any(_names(word, asked) for word in activity.words):
                return activity
    return None


def _names(word: str, asked: str) -> bool:
    """Whether a word of the table stands in the text; ``=word`` must be all of it."""
    return word[1:] == asked if word.startswith("=") else word in asked
