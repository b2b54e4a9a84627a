"""What a rule says about a case: a finding with its evidence."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from ccm_core.quick import quick


class Level(enum.StrEnum):
    """How much a finding weighs."""

    BLOCK = "BLOCK"
    REVIEW = "REVIEW"
    NOTE = "NOTE"
    OFF = "OFF"

    @property
    def weight(self) -> int:
        return ("OFF", "NOTE", "REVIEW", "BLOCK").index(self.value)


@quick
@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a decision rests on. ``ids`` name records or table lines."""

    name: str
    value: Any
    ids: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule function returns when it objects. Its level comes from the policy."""

    summary: str
    evidence: tuple[Evidence, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with the rule and the level that the policy gave it."""

    rule: str
    level: Level
    layer: str
    """Which layer set the level: ``rule``, ``policy``, ``state`` or ``payer``."""
    finding: Finding
    cites: tuple[str, ...]
    fix: str

    @property
    def summary(self) -> str:
        return self.finding.summary

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self.finding.evidence
