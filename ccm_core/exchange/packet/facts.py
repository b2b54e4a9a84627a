"""What a packet is made from, and the blocks that it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ccm_core.audit import CheckLine, Outcome
from ccm_core.cases import Case
from ccm_core.policy import Policy
from ccm_core.records import ClaimLine


@dataclass(frozen=True, slots=True)
class Said:
    """One finding with the word of the person who accepted it."""

    rule: str
    level: str
    summary: str
    cites: tuple[str, ...]
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PacketFacts:
    """One patient and month with everything that the packet shows."""

    case: Case
    outcome: Outcome
    policy: Policy
    checklist: tuple[CheckLine, ...]
    findings: tuple[Said, ...]
    people: Mapping[str, str]
    """Names of practitioners by NPI and of staff by identifier."""
    claim: tuple[ClaimLine, ...] = ()
    """The lines of the claim of the month, as they stand."""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names and values, one pair on a line."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``widths`` are shares of the page."""

    head: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    text: str


Block = Pairs | Table | Words


@dataclass(frozen=True, slots=True)
class Section:
    """One section with its heading."""

    title: str
    blocks: Sequence[Block]
