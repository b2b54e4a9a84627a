"""What a code asks for in minutes, and the families of codes that are billed together."""

from __future__ import annotations

from dataclasses import dataclass

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Threshold:
    """Full minutes that a code asks for in one calendar month."""

    code: str
    first_seconds: int
    seconds_per_unit: int
    max_units: int | None
    whose_time: str
    where: str
    cite: str

    @property
    def first_minutes(self) -> int:
        return self.first_seconds // _MINUTE

    @property
    def minutes_per_unit(self) -> int:
        return self.seconds_per_unit // _MINUTE

    def units_earned(self, seconds: int) -> int:
        """Whole units that this much counted time earns; a part of a unit earns nothing."""
        if seconds < self.first_seconds:
            return 0
        more = (
            (seconds - self.first_seconds) // self.seconds_per_unit if self.seconds_per_unit else 0
        )
        earned = 1 + more
        return earned if self.max_units is None else min(earned, self.max_units)

    def seconds_for(self, units: int) -> int:
        """Counted time that so many units ask for."""
        return self.first_seconds + (units - 1) * self.seconds_per_unit


@dataclass(frozen=True, slots=True)
class PathSpec:
    """One code family that may be billed for a month: a base code and its add-on."""

    name: str
    label: str
    base: Threshold
    addon: Threshold | None
    mdm: frozenset[str]
    conditions: str
    cite: str

    @property
    def whose_time(self) -> str:
        return self.base.whose_time

    @property
    def codes(self) -> frozenset[str]:
        """The base code and its add-on."""
        return frozenset(t.code for t in (self.base, self.addon) if t)
