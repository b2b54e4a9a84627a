"""Text that spreadsheet programs must not take for a formula.

A cell that begins with a formula sign gets a leading apostrophe, also when spaces, quotes
or letters that nobody sees stand before the sign, and when the sign is one of another
script's forms, which a program may turn into the plain one. Numbers stay numbers.
``unguarded`` undoes it on the way in.

A cell with any separator in it is written in quotes: LibreOffice offers to cut lines at
commas, semicolons and tabs at once, and what stands behind one would begin a cell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Protocol

_SIGNS = frozenset("=+-@")
_MOVING = frozenset("\t\r\n\0")
"""At the front of a cell these may begin another one, or be dropped."""
_UNSEEN = frozenset("\"'`\u2018\u2019\u201c\u201d\u115f\u1160\u3164\uffa0")
"""Quotes, and letters that are drawn as nothing (Hangul fillers)."""
_UNSEEN_KINDS = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn"})
"""Spaces, line ends, controls, zero widths and marks of direction, marks on no letter."""
_CUTTING = frozenset(',;|\t"\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029')


class Target(Protocol):
    """What takes text: a file, or a text in memory."""

    def write(self, text: str, /) -> object:
        """Take some more text."""
        ...


class Rows:
    """Writes lines of CSV, as ``csv.writer`` does, with every separator in quotes."""

    def __init__(self, target: Target, end: str = "\r\n") -> None:
        self.target, self.end = target, end

    def writerow(self, cells: Iterable[object]) -> None:
        """Write one line; None is an empty cell. Text of others must be `guarded` already."""
        line = ["" if cell is None else _quoted(str(cell)) for cell in cells]
        # A line of one empty cell would be no line.
        self.target.write(('""' if line == [""] else ",".join(line)) + self.end)


def guarded(text: str) -> str:
    """The text, made safe to stand in a cell."""
    return "'" + text if _begins_formula(text) else text


def unguarded(text: str) -> str:
    """The text as it was before `guarded`."""
    return text[1:] if text[:1] == "'" and _begins_formula(text[1:]) else text


def _begins_formula(text: str) -> bool:
    for letter in text:
        if letter in _MOVING:
            return True
        if letter.isascii() and letter.isalnum():
            return False
        if letter in _UNSEEN or unicodedata.category(letter) in _UNSEEN_KINDS:
            continue
        return unicodedata.normalize("NFKC", letter)[:1] in _SIGNS
    return False


def _quoted(text: str) -> str:
    if _CUTTING.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'
