"""When two notes are one note: the words that count, and how alike they must be."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from rapidfuzz import fuzz

T = TypeVar("T")
_WORD = re.compile(r"[^\W\d_]+")
_SIGNS = {place: " " for place in range(128) if not chr(place).isalpha()}


@functools.lru_cache(maxsize=16384)
def plain(note: str) -> str:
    """The words of a note without case, numbers and signs."""
    low = note.lower()
    if low.isascii():
        # The same at a third of the time: among these, letters are the twenty-six.
        return " ".join(low.translate(_SIGNS).split())
    return " ".join(_WORD.findall(low))


def merged(groups: Mapping[str, Sequence[T]], likeness: int) -> Iterator[list[T]]:
    """Groups of equal notes, joined where the texts are almost equal.

    Only neighbours in alphabetical order are compared: copies that differ late in
    the text stand side by side, and the work stays linear.
    """
    joined: list[T] = []
    before = ""
    for text in sorted(groups):
        if before and fuzz.ratio(before, text, score_cutoff=likeness) < likeness:
            yield joined
            joined = []
        joined.extend(groups[text])
        before = text
    if joined:
        yield joined
