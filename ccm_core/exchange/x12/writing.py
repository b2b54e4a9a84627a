"""Putting segments on paper: escaping, counting, the envelope around transaction sets."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ccm_core import tables
from ccm_core.errors import UsageError
from ccm_core.exchange.x12.separators import Separators

_NOT_ALLOWED = re.compile(r"[^A-Z0-9 !\"&'()+,./;?=%@\[\]_{}\\|<>#$-]")
_BLANKS = re.compile(r" +")
MOST_CONTROL = 999_999_999
MARKS = Separators()


@dataclass(frozen=True, slots=True)
class Party:
    """A submitter or receiver: who sends the file and who takes it in."""

    name: str
    identifier: str
    """ETIN or the number that the trading partner agreement gave (NM1 46)."""
    interchange_id: str = ""
    """ISA06 or ISA08; the identifier when empty."""
    interchange_qualifier: str = "ZZ"
    contact_name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Controls:
    """Control numbers that the caller took from its counter; none may ever be used again."""

    interchange: int
    group: int
    first_set: int = 1

    def __post_init__(self) -> None:
        for number in (self.interchange, self.group, self.first_set):
            if not 1 <= number <= MOST_CONTROL:
                raise UsageError(f"A control number must lie between 1 and {MOST_CONTROL}.")


@functools.lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Text in the basic character set: capitals without accents, no separators."""
    return _BLANKS.sub(" ", _NOT_ALLOWED.sub(" ", _folded(text))).strip()


def loses_letters(text: str) -> bool:
    """Whether X12 cannot carry a letter of it: what is left would be another name."""
    return any(mark.isalpha() and not mark.isascii() for mark in _folded(text))


def _folded(text: str) -> str:
    """Capitals without accents; letters that are no other letter with an accent are spelled out."""
    marks = unicodedata.normalize("NFKD", text.upper())
    spelled = marks if marks.isascii() else marks.translate(_spelled_out())
    return "".join(mark for mark in spelled if not unicodedata.combining(mark))


@functools.cache
def _spelled_out() -> dict[int, str]:
    rows = tables.load("latin_letters", "letter").rows
    return str.maketrans({row["letter"]: row["said"] for row in rows})


def exact(text: str) -> str:
    """An identifier as it is. Raises: UsageError when it holds a separator or other odd mark."""
    if not is_exact(text):
        raise UsageError("An identifier holds a character that X12 cannot carry. Correct it.")
    return text


def is_exact(text: str) -> bool:
    """Whether an identifier can be written as it is."""
    return text.isascii() and (text.isalnum() or plain(text) == text.upper())


def amount(value: Decimal) -> str:
    """An amount or quantity without needless zeros: ``60.50`` is ``60.5``, ``0`` is ``0``."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: date) -> str:
    """A day as CCYYMMDD."""
    return value.strftime("%Y%m%d")


def composite(*parts: str) -> str:
    """Components joined; empty ones at the end are left out."""
    return MARKS.component.join(parts).rstrip(MARKS.component)


class SegmentWriter:
    """Collects the segments of one transaction set and closes it with the right count."""

    def __init__(self, kind: str, control: int, version: str) -> None:
        self._control = f"{control:04d}"
        self._lines: list[str] = []
        self.add("ST", kind, self._control, version)

    def add(self, *elements: str) -> None:
        """One segment; empty elements at the end are left out."""
        last = len(elements)
        while last and not elements[last - 1]:
            last -= 1
        self._lines.append(MARKS.element.join(elements[:last]) + MARKS.segment)

    def close(self) -> str:
        """The whole transaction set as text."""
        self.add("SE", str(len(self._lines) + 1), self._control)
        return "\n".join(self._lines) + "\n"


def enclose(
    sets: Iterable[str], *, functional_id: str, version: str, sender: Party, receiver: Party,
    controls: Controls, written_at: datetime, is_test: bool,
) -> str:  # fmt: skip
    """One interchange with one group around these transaction sets."""
    bodies = list(sets)
    group = str(controls.group)
    interchange = f"{controls.interchange:09d}"
    isa = MARKS.element.join((
        "ISA", "00", " " * 10, "00", " " * 10,
        sender.interchange_qualifier, _fifteen(sender), receiver.interchange_qualifier,
        _fifteen(receiver), written_at.strftime("%y%m%d"), written_at.strftime("%H%M"),
        MARKS.repetition, "00501", interchange, "0", "T" if is_test else "P", MARKS.component,
    ))  # fmt: skip
    gs = MARKS.element.join((
        "GS", functional_id, exact(_identity(sender)), exact(_identity(receiver)),
        day(written_at.date()), written_at.strftime("%H%M"), group, "X", version,
    ))  # fmt: skip
    end = MARKS.segment + "\n"
    return (
        f"{isa}{end}{gs}{end}{''.join(bodies)}"
        f"GE{MARKS.element}{len(bodies)}{MARKS.element}{group}{end}"
        f"IEA{MARKS.element}1{MARKS.element}{interchange}{end}"
    )


def _identity(party: Party) -> str:
    return party.interchange_id or party.identifier


def _fifteen(party: Party) -> str:
    found = exact(_identity(party))
    if not 1 <= len(found) <= 15:
        raise UsageError("A sender or receiver number for ISA must have 1 to 15 characters.")
    return found.ljust(15)
