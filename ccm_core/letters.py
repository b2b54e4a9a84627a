"""Letters of a typed name that nobody sees, or that turn around how its neighbours are read."""

from __future__ import annotations

import unicodedata

_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_NEEDED = frozenset("\u200c\u200d")
"""Joiners: Persian and the scripts of India spell names with them."""
_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Fillers and an empty Braille cell: letters by their kind, blank on every screen."""


def unseen(text: str) -> str:
    """The first character that cannot be seen, as ``U+202E``; an empty text when there is none.

    With such characters two names look the same and are not, or a name reads as another:
    a log, a signature or an approval would then name somebody else.
    """
    for letter in text:
        if letter in _EMPTY or (
            letter not in _NEEDED and unicodedata.category(letter) in _UNSEEN_KINDS
        ):
            return f"U+{ord(letter):04X}"
    return ""


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen."""
    return not text.strip("".join(_NEEDED)).strip()
