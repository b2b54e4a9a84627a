"""Names, numbers and notes of invented people, from the tables ``demo_*.csv``."""

from __future__ import annotations

import functools
from collections import defaultdict
from random import Random

from ccm_core import tables
from ccm_core.npi import is_npi

# Letters that a Medicare number may hold. Its second place never holds an S in a real one.
_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
_DIGITS = "0123456789"
_NEVER_REAL = "S"


@functools.cache
def names(kind: str) -> tuple[str, ...]:
    """Given names (``given_f``, ``given_m``) or parts of family names."""
    return tuple(row["text"] for row in tables.load("demo_names").rows if row["kind"] == kind)


@functools.cache
def family_names() -> tuple[str, ...]:
    """Every family name of the demo; each says that it is made up."""
    return tuple(head + tail for head in names("family_head") for tail in names("family_tail"))


@functools.cache
def _notes() -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in tables.load("demo_notes").rows:
        found[row["part"], row["activity"]].append(row["text"])
    return {key: tuple(texts) for key, texts in found.items()}


@functools.cache
def activities() -> tuple[str, ...]:
    """The activities that the demo's notes tell of."""
    return tuple(sorted({activity for part, activity in _notes() if part == "opening"}))


def note(rng: Random, activity: str, condition: str) -> str:
    """A specific note of three parts; two notes of one person are hardly ever alike."""
    opening = rng.choice(_notes()["opening", activity]).format(condition=condition)
    one, two = rng.sample(_notes()["detail", "any"], 2)
    middle = f"{one}; {two}" if rng.random() < 0.4 else one
    return f"{opening}: {middle}. {rng.choice(_notes()['closing', 'any'])}"


@functools.cache
def condition_rows() -> tuple[tuple[str, str, int], ...]:
    """Code, plain label and how many of a hundred patients have it."""
    rows = tables.load("demo_conditions").rows
    return tuple((row["code"], row["label"], row.whole("weight")) for row in rows)


def medicare_number(rng: Random) -> str:
    """A number shaped like a Medicare one, with the S that no real one has."""
    a, n = functools.partial(rng.choice, _LETTERS), functools.partial(rng.choice, _DIGITS)
    return "".join(
        (rng.choice(_DIGITS[1:]), _NEVER_REAL, n(), n(), a(), n(), n(), a(), a(), n(), n())
    )


def phone(number: int) -> str:
    """A number of the block that is kept for invented people."""
    return f"205-555-01{number % 100:02d}"


@functools.cache
def npi(number: int) -> str:
    """A number that passes the check digit and plainly belongs to nobody: 1999999..."""
    return next(text for check in _DIGITS if is_npi(text := f"1999999{number:02d}{check}"))
