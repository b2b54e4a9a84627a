"""How much a note says, and which notes may be one: by letters, many notes at once.

For ASCII, words are runs of letters, here as in ``rules.documentation`` and ``copied_notes``;
a note in other letters is always said to be short and like the others: the rules look at it.
"""

from __future__ import annotations

import random
from typing import Any

from ccm_core.engine.facts import Words

_COUNT_BITS = 20
"""Bits of a note's sum that count its letters; the rest tells which letters they are."""
_LONGEST = 1 << _COUNT_BITS
_ASCII = 128


class Notes:
    """The notes of some rows."""

    def __init__(self, notes: Words) -> None:
        import numpy as np
        import pyarrow as pa

        texts = notes.dictionary.cast(pa.large_string())
        said = texts.buffers()
        ends = np.frombuffer(said[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
        signs = np.frombuffer(said[2] or b"", dtype=np.uint8)[ends[0] : ends[-1]]
        ends = ends - ends[0]
        sums = _up_to(_weights()[signs], ends)
        is_letter = _weights()[signs] > 0
        begins = is_letter.copy()
        begins[1:] &= ~is_letter[:-1]
        # A text begins a word of its own, whatever stood at the end of the one before it.
        firsts = ends[:-1][ends[:-1] < ends[1:]]
        begins[firsts] = is_letter[firsts]
        is_odd = (_up_to(signs >= _ASCII, ends) > 0) | (ends[1:] - ends[:-1] >= _LONGEST)
        self._codes = notes.codes
        self._is_odd = is_odd
        self.is_odd = is_odd[notes.codes]
        """Rows whose note has other signs than ASCII, or is longer than any note."""
        self._runs = _up_to(begins, ends)
        self._letters = sums % _LONGEST
        self.words = np.where(is_odd, 0, sums)[notes.codes]
        """A number for each row: equal for notes of the same letters, whatever their signs."""

    def is_short(self, words: int, letters: int) -> Any:
        """Rows whose note may have fewer words than asked, or fewer letters."""
        short = self._is_odd | (self._runs < words) | (self._letters < letters)
        return short[self._codes]


def _up_to(values: Any, ends: Any) -> Any:
    """The sum of the values of each text."""
    import numpy as np

    sums = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    return sums[ends[1:]] - sums[ends[:-1]]


def _weights() -> Any:
    """A number for each sign: none for what is no letter, the same for both cases of one."""
    import numpy as np

    if not _made:
        chance = random.Random(_LONGEST)  # noqa: S311 - tells letters apart, keeps no secret
        made = np.zeros(256, dtype=np.int64)
        for place in range(26):
            weight = chance.randrange(1 << 22) * _LONGEST + 1
            made[ord("a") + place] = made[ord("A") + place] = weight
        _made.append(made)
    return _made[0]


_made: list[Any] = []
