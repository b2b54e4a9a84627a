"""What kind of X12 file is this? A quick look, before a reader is chosen."""

from __future__ import annotations

import re

from ccm_core.exchange.x12.problems import X12Refused
from ccm_core.exchange.x12.segments import skip_blank
from ccm_core.exchange.x12.separators import decode

PROFESSIONAL, INSTITUTIONAL, REMITTANCE, UNKNOWN = "837P", "837I", "835", "unknown"
_GUIDES = {"X222": PROFESSIONAL, "X098": PROFESSIONAL, "X223": INSTITUTIONAL, "X224": "837D"}
_LOOK = 4000


def looks_like_x12(content: bytes) -> bool:
    """Whether the file starts as an interchange (ISA) or a bare transaction set (ST)."""
    text = _start(content)
    return text[:3] == "ISA" or (text[:2] == "ST" and text[3:6] in ("837", "835"))


def kind_of(content: bytes) -> str:
    """``837P``, ``837I``, ``837D``, ``835``, another transaction's number, or ``unknown``.

    Only the first transaction set is looked at; the reader judges all of them.
    """
    text = _start(content)
    if not looks_like_x12(content):
        return UNKNOWN
    element = text[3:4] if text.startswith("ISA") else text[2:3]
    # An identifier may end in ST as well, so what stands before matters.
    found = (
        re.search(rf"(?<![A-Z0-9])ST{re.escape(element)}([0-9]{{3}})", text) if element else None
    )
    if found is None:
        return UNKNOWN
    if found[1] != "837":
        return found[1]
    return next((kind for guide, kind in _GUIDES.items() if guide in text), PROFESSIONAL)


def _start(content: bytes) -> str:
    """The first characters; a cut in the middle of a character must not matter."""
    head = content[:_LOOK]
    for length in range(len(head), max(len(head) - 4, 0), -1):
        try:
            text, _ = decode(head[:length])
        except X12Refused:
            continue
        return text[skip_blank(text, 0) :]
    return ""
