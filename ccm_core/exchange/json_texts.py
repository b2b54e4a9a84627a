"""A JSON file that is no NDJSON: one resource, a bundle, an array, or several one after another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ccm_core.exchange import strict_json

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}\n]')


@dataclass
class Places:
    """On which line each document, each element of an array and each bundle entry begins."""

    documents: list[int] = field(default_factory=list)
    elements: dict[int, list[int]] = field(default_factory=dict)
    """By document."""
    entries: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """By document and element; the element is 0 when the document itself is the bundle."""

    def element(self, document: int, number: int) -> int:
        """The line of an element, or of its document where the document is no array."""
        return _at(self.elements.get(document, []), number, _at(self.documents, document, 1))


def _at(lines: list[int], number: int, otherwise: int) -> int:
    return lines[number] if number < len(lines) else otherwise


def values(text: str) -> Iterator[tuple[int, int, Any]]:
    """Document, element and value of everything in a text; an array gives its elements.

    Raises: RowProblem for text that is not JSON.
    """
    for document, value in enumerate(strict_json.several(text)):
        several = value if isinstance(value, list) else [value]
        for element, one in enumerate(several):
            yield document, element, one


def places(plain: bytes) -> Places:
    """Where the parts of a text begin, told from its brackets and line ends alone."""
    found = Places()
    line, last = 1, b""
    opened: list[bytes] = []
    """The brackets that are open: ``{``, ``[``, and ``e`` for a list of entries."""
    for token in _TOKEN.finditer(plain):
        sign = token.group()
        if sign == b"\n":
            line += 1
        elif sign in (b"{", b"["):
            _open(found, opened, sign, line, last)
            last = b""
        elif sign in (b"}", b"]"):
            if opened:
                opened.pop()
        else:
            last = sign
    return found


def _open(found: Places, opened: list[bytes], sign: bytes, line: int, last: bytes) -> None:
    if not opened:
        found.documents.append(line)
    document = len(found.documents) - 1
    if opened == [b"["] and sign == b"{":
        found.elements.setdefault(document, []).append(line)
    if opened and opened[-1] == b"e" and len(opened) <= _DEEPEST and sign == b"{":
        element = max(0, len(found.elements.get(document, ())) - 1)
        found.entries.setdefault((document, element), []).append(line)
    opened.append(b"e" if sign == b"[" and last == b'"entry"' else sign)


_DEEPEST = 3
"""Brackets around an entry: of an array, of the bundle, and of its list of entries."""
