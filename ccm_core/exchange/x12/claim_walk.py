"""Where a reader of claims stands, and what an implementation guide tells it to do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from ccm_core.exchange.x12.claim_parts import OpenLine
from ccm_core.exchange.x12.claim_records import Claim, PayerName, Person, Provider
from ccm_core.exchange.x12.fields import FieldReader
from ccm_core.exchange.x12.segments import Segment


@dataclass(slots=True)
class Walk:
    """Where the reader stands in the tree of providers, subscribers, patients and claims."""

    before_closing: Callable[[Walk], None]
    level: str = ""
    levels: dict[str, str] = field(default_factory=dict)
    billing: Provider = field(default_factory=Provider)
    subscriber: Person = field(default_factory=Person)
    patient: Person | None = None
    payer: PayerName = field(default_factory=PayerName)
    responsibility: str = "P"
    relation: str = ""
    group_number: str = ""
    party: str = ""
    """The NM101 of the last name segment: N3, N4, REF and DMG belong to it."""
    claim: Claim | None = None
    claim_at: Segment | None = None
    in_other_payer: bool = False
    line_at: Segment | None = None
    line: OpenLine | None = None
    statement: tuple[date, date] | None = None
    """Of an institutional claim: the days that its statement covers."""
    done: list[Claim] = field(default_factory=list)


Step = Callable[[FieldReader, Walk, Segment], None]


@dataclass(frozen=True, slots=True)
class Guide:
    """What an implementation guide calls a claim: versions, segments and what each says."""

    kind: str
    versions: tuple[str, ...]
    composites: Mapping[str, tuple[int, ...]]
    known: frozenset[str]
    steps: Mapping[str, Step]
    before_closing: Callable[[Walk], None] = lambda _: None
