"""One transaction set (ST..SE) and whether its trailer fits."""

from __future__ import annotations

from dataclasses import dataclass

from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.segments import Segment
from ccm_core.exchange.x12.separators import Separators


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """One ST..SE with the envelope facts that matter. ``segments`` leaves out ST and SE."""

    kind: str
    control: str
    version: str
    segments: tuple[Segment, ...]
    separators: Separators
    functional_id: str = ""
    sender: str = ""
    receiver: str = ""
    interchange_control: str = ""
    group_control: str = ""
    is_test: bool = False
    is_bare: bool = False
    """True when the file had no ISA and GS around it."""
    problems: tuple[X12Problem, ...] = ()

    @property
    def is_refused(self) -> bool:
        return any(problem.is_error for problem in self.problems)


def set_problems(st: Segment, se: Segment, between: int) -> list[X12Problem]:
    """What is wrong with the trailer of a set: its control number, its count."""
    found = []
    if not st[2] or st[2].strip() != se[2].strip():
        found.append(
            se.problem("control_number", "SE02 differs from ST02: this is not the end of that set.")
        )
    if number(se[1]) != between + 2:
        found.append(
            se.problem(
                "segment_count", f"SE01 says {shown(se[1])} segments; there are {between + 2}."
            )
        )
    return found


def number(text: str) -> int:
    """A count, or -1 when the text is none. Only ASCII digits count."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1


def shown(text: str) -> str:
    """A count as it is said, without quoting what is none."""
    return str(number(text)) if number(text) >= 0 else "no number of"
