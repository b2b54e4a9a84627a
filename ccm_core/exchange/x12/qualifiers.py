"""Qualifiers in small letters or padded with blanks, as some senders do: read, and said.

A qualifier tells what the next element is. One that is not known because of its
spelling would let the element fall away unseen.
"""

from __future__ import annotations

from collections.abc import Iterable

from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.segments import Segment

PLACES = {
    "AMT": (1,), "BPR": (1, 3, 4), "CAS": (1,), "CLP": (2, 6), "DMG": (1, 3), "DTM": (1,),
    "DTP": (1, 2), "LQ": (1,), "N1": (1, 3), "NM1": (1, 2, 8), "PRV": (1, 2), "REF": (1,),
    "SBR": (1, 9), "SV1": (3,), "IK5": (1,), "AK1": (1,), "AK9": (1,), "STC": (3,),
}  # fmt: skip
"""Elements that hold a qualifier or a word of a short list."""

COMPOSITES = {"HI": range(1, 13), "SV1": (1,), "SVC": (1, 6), "PLB": range(3, 15, 2), "STC": (1,)}
"""Composites whose first component is one."""


def capitals(
    segments: Iterable[Segment], component: str
) -> tuple[tuple[Segment, ...], list[X12Problem]]:
    """The segments with every qualifier in capitals, and a warning where one was not."""
    found, notes = [], []
    for segment in segments:
        if segment.id in PLACES or segment.id in COMPOSITES:
            changed = _capital(segment, component)
            if changed is not segment:
                notes.append(segment.problem(
                    "small_letters",
                    "A qualifier in small letters, or with blanks around it, was read without.",
                    is_error=False,
                ))  # fmt: skip
            found.append(changed)
        else:
            found.append(segment)
    return tuple(found), notes


def _capital(segment: Segment, component: str) -> Segment:
    cells = list(segment.elements)
    for at in PLACES.get(segment.id, ()):
        if at < len(cells):
            cells[at] = cells[at].strip().upper()
    for at in COMPOSITES.get(segment.id, ()):
        if at < len(cells):
            head, mark, rest = cells[at].partition(component)
            cells[at] = head.strip().upper() + mark + rest
    if tuple(cells) == segment.elements:
        return segment
    return Segment(tuple(cells), segment.index, segment.position)
