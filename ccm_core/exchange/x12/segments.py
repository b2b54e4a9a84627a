"""Cutting text into segments, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ccm_core.exchange.x12.problems import X12Problem, refuse
from ccm_core.exchange.x12.separators import Separators

LONGEST_SEGMENT = 20_000
MOST_SEGMENTS = 1_000_000
"""About 50,000 claims; held in memory that is under one gigabyte."""
_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}\Z")
_BLANK = "\r\n\t "
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufeff\ufffd]")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. ``elements[0]`` is its id; elements that are not there read as ``""``."""

    elements: tuple[str, ...]
    index: int
    position: int

    @property
    def id(self) -> str:
        return self.elements[0]

    def __getitem__(self, number: int) -> str:
        return self.elements[number] if number < len(self.elements) else ""

    def problem(self, code: str, message: str, *, is_error: bool = True) -> X12Problem:
        """A problem located at this segment."""
        return X12Problem(code, message, self.index, self.position, self.id, is_error)


def skip_blank(text: str, at: int) -> int:
    """The first position from here on that is not a line break or a blank."""
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def cut(
    text: str, at: int, separators: Separators, index: int, notes: list[X12Problem]
) -> Iterator[tuple[Segment, int]]:
    """Segments from ``at`` on, each with the position behind it. Raises: X12Refused.

    Line breaks around segments are layout. Inside a segment they are taken out
    with a warning, because files wrapped at 80 columns are met in practice.
    """
    allowed = set(separators.all)
    while True:
        start = skip_blank(text, at)
        if start >= len(text):
            return
        end = text.find(separators.segment, start)
        if end < 0:
            raise refuse(
                "truncated",
                "The file ends inside a segment: the last segment has no terminator.",
                segment_index=index,
                position=start,
                segment_id=_id_of(text[start:], separators),
            )
        if index > MOST_SEGMENTS:
            raise refuse(
                "too_large",
                f"The file has over {MOST_SEGMENTS} segments. Split it.",
                segment_index=index,
                position=start,
                segment_id="?",
            )
        yield _segment(text[start:end], index, start, separators, allowed, notes), end + 1
        at, index = end + 1, index + 1


def _segment(
    raw: str,
    index: int,
    position: int,
    separators: Separators,
    allowed: set[str],
    notes: list[X12Problem],
) -> Segment:
    def fault(code: str, message: str) -> Exception:
        return refuse(
            code,
            message,
            segment_index=index,
            position=position,
            segment_id=_id_of(raw, separators),
        )

    if len(raw) > LONGEST_SEGMENT:
        raise fault("segment_too_long", f"The segment has {len(raw)} characters.")
    odd = {mark for mark in _CONTROL.findall(raw) if mark not in allowed}
    if odd and odd <= {"\r", "\n"}:
        raw = raw.replace("\r", "").replace("\n", "")
        notes.append(
            X12Problem(
                "line_break",
                "A line break inside a segment was taken out.",
                index,
                position,
                _id_of(raw, separators),
                False,
            )
        )
    elif odd:
        raise fault("control_character", "The segment holds a control character.")
    elements = tuple(raw.split(separators.element))
    if raw == "":
        raise fault("empty_segment", "Two segment terminators follow each other.")
    if not _ID.match(elements[0]):
        raise fault("segment_id", "The segment does not start with a segment identifier.")
    return Segment(elements, index, position)


def _id_of(raw: str, separators: Separators) -> str:
    found = raw[:4].split(separators.element, maxsplit=1)[0]
    return found if _ID.match(found) else "?"
