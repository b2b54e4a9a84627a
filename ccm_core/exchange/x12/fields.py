"""Reading typed values out of segments: money, counts, days, composites.

Values that cannot be read become ``None`` and a problem with a place; nothing
is coerced. Digits are ASCII digits, amounts are Decimal, dates are real days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.qualifiers import capitals
from ccm_core.exchange.x12.segments import Segment
from ccm_core.exchange.x12.transaction import TransactionSet

_NUMBER = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})\Z")
OTHER_CLAIMS = {"X223": "institutional claims (837I)", "X224": "dental claims (837D)"}
AS_A_TABLE = (
    "Ask the system that made the file for the same claims as a table (CSV or XLSX); import that."
)
_OTHER_COMPONENT = ">:<|\\;"
_CENT = Decimal("0.01")
_ZERO = Decimal(0)
_MOST_USD = Decimal("9999999999.99")
"""Far over the ten digits that the guides allow, and still exact in every database."""
_YEARS = range(1850, 2200)


class FieldReader:
    """Reads elements of one transaction set and collects what is wrong with them."""

    def __init__(
        self, source: TransactionSet, composite_places: Mapping[str, tuple[int, ...]]
    ) -> None:
        self.source = source
        self.problems: list[X12Problem] = list(source.problems)
        self._component = self._component_in_use(composite_places)
        segments, notes = capitals(source.segments, self._component)
        self.source = replace(source, segments=segments)
        self.problems.extend(notes)

    def error(self, segment: Segment, code: str, message: str) -> None:
        self.problems.append(segment.problem(code, message))

    def warn(self, segment: Segment, code: str, message: str) -> None:
        self.problems.append(segment.problem(code, message, is_error=False))

    def segment(self, index: int) -> Segment:
        """The segment of this set with that number in the file."""
        return self.source.segments[index - self.source.segments[0].index]

    def number(self, segment: Segment, at: int, *, needed: bool = True) -> Decimal | None:
        """A decimal number. Empty is an error only when needed."""
        text = segment[at].strip()
        if not text:
            if needed:
                self.error(
                    segment, "missing", f"{_name(segment, at)} is empty; a number is needed."
                )
            return None
        if not _NUMBER.match(text):
            self.error(segment, "number", f"{_name(segment, at)} is not a number.")
            return None
        return Decimal(text)

    def money(self, segment: Segment, at: int, *, needed: bool = True) -> Decimal | None:
        """An amount of dollars with at most two decimals."""
        found = self.number(segment, at, needed=needed)
        if found is None:
            return None
        if found != found.quantize(_CENT):
            self.error(segment, "money", f"{_name(segment, at)} has fractions of a cent.")
            return None
        if abs(found) > _MOST_USD:
            self.error(segment, "money", f"{_name(segment, at)} is over {_MOST_USD:,}.")
            return None
        return found.quantize(_CENT) + _ZERO  # a sum, so that -0 is 0

    def require_dollars(self, segment: Segment) -> None:
        """An error when CUR names another currency: nothing here converts money."""
        if segment[2].strip() not in ("", "USD"):
            self.error(segment, "currency", "CUR02 is not USD; only dollars are read.")

    def day(self, segment: Segment, at: int, *, needed: bool = True) -> date | None:
        """A day written CCYYMMDD. A wrong one is an error only when needed."""
        found = parse_day(segment[at])
        if found is None and (needed or segment[at]):
            self.problems.append(
                segment.problem(
                    "date", f"{_name(segment, at)} is not a day written CCYYMMDD.", is_error=needed
                )
            )
        return found

    def period(self, segment: Segment) -> tuple[date, date] | None:
        """The days of a DTP segment: D8 one day, RD8 a range."""
        first, dash, last = segment[3].partition("-")
        if segment[2] == "D8" and not dash:
            last = first
        elif segment[2] != "RD8" or not dash:
            self.error(segment, "date", "DTP02 must be D8 with one day or RD8 with two.")
            return None
        start, end = parse_day(first), parse_day(last)
        if start is None or end is None:
            self.error(segment, "date", "DTP03 does not hold days written CCYYMMDD.")
            return None
        if end < start:
            self.error(segment, "date_order", "DTP03 ends before it starts.")
            return None
        return start, end

    def parts(self, segment: Segment, at: int) -> tuple[str, ...]:
        """The components of a composite element."""
        return tuple(segment[at].split(self._component))

    def _component_in_use(self, places: Mapping[str, tuple[int, ...]]) -> str:
        """The declared component separator, or the one the composites really use.

        Real files are met whose ISA16 says ``:`` while every composite is
        written with ``>``. One other separator throughout is read, with a warning.
        """
        declared = self.source.separators.component
        cells = [
            (segment, segment[at])
            for segment in self.source.segments
            for at in places.get(segment.id, ())
            if segment[at]
        ]
        if not cells or any(declared in text for _, text in cells):
            return declared
        others = {mark for _, text in cells for mark in text if mark in _OTHER_COMPONENT}
        others -= set(self.source.separators.all)
        if len(others) != 1:
            return declared
        other = others.pop()
        first = next(segment for segment, text in cells if other in text)
        self.warn(
            first,
            "component_separator",
            f"The composites use {other!r}; ISA16 declares {declared!r}.",
        )
        return other


def check_kind(
    source: TransactionSet, kind: str, functional_id: str, versions: tuple[str, ...]
) -> list[X12Problem]:
    """Why this set is not of the kind and version that a reader reads; empty when it is."""
    at = source.segments[0] if source.segments else None

    def fault(code: str, message: str) -> X12Problem:
        if at is None:
            return X12Problem(code, message)
        return X12Problem(code, message, at.index, at.position, at.id)

    if source.kind != kind:
        shown = source.kind if source.kind.isdigit() and len(source.kind) == 3 else "something else"
        return [fault("transaction_kind", f"This is a {shown} transaction; {kind} is read here.")]
    guide = next((name for name in OTHER_CLAIMS if name in source.version), "")
    if kind == "837" and guide and source.version not in versions:
        return [fault(
            "claim_kind",
            f"These are {OTHER_CLAIMS[guide]}; professional claims (837P) are read here. "
            f"{AS_A_TABLE}",
        )]  # fmt: skip
    if source.functional_id not in ("", functional_id):
        return [fault("functional_id", f"GS01 must be {functional_id} around a {kind}.")]
    if source.version not in versions and not (source.is_bare and not source.version):
        return [
            fault("version", f"The version in ST03 or GS08 is not one of {', '.join(versions)}.")
        ]
    if at is None:
        return [fault("empty_set", f"Transaction set {source.control} holds no segments.")]
    return []


def parse_day(text: str) -> date | None:
    """CCYYMMDD as a day, or None."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        found = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def _name(segment: Segment, at: int) -> str:
    return f"{segment.id}{at:02d}"
