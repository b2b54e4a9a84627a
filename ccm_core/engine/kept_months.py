"""What the months of one run have in common, kept while it lasts. Nothing here is a patient's."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ccm_core import records
from ccm_core.allocation import Path
from ccm_core.cases import Request
from ccm_core.engine.programs import SHARED_OF_REQUEST, Program
from ccm_core.fees import PlanPrice
from ccm_core.months import Month
from ccm_core.outcome import Settled
from ccm_core.policy import Policy

_MOST_SHARED = 20_000
"""Kinds of months that are kept at once."""


@dataclass(slots=True)
class Kind:
    """Months that differ in whose they are and in their seconds, and in what rules read further."""

    policy: Policy
    plan: Mapping[str, int]
    day: date | None
    paths: tuple[Path, ...]
    chosen: Path | None
    settled: Settled
    amount: PlanPrice
    conditions: int
    """How many chronic ones count."""
    needs: tuple[tuple[int, str], ...]
    """Seconds that the planned units need, and whose."""
    program: Program
    written: Any = None
    """Its part of what is written of a month; kept by whoever writes."""


@dataclass(slots=True)
class Shared:
    """What months with the same earnings, request, day of service and payer have in common."""

    settled: Settled
    bits: int
    """What plan, request and claim show."""
    amount: PlanPrice
    kinds: dict[int, Kind] = field(default_factory=dict)
    """By the identity of the rules that are asked together."""


@dataclass(slots=True)
class Earned:
    """What whole minutes and conditions earn under one policy."""

    paths: tuple[Path, ...]
    chosen: Path | None
    plan: Mapping[str, int]
    needs: tuple[tuple[int, str], ...]
    """Seconds that the planned units need, and whose."""
    shared: dict[Any, Shared] = field(default_factory=dict)
    """By request, day of service, payer, and whether that day comes before the threshold."""


@dataclass
class Kept:
    """What the months of one run have in common."""

    earned: dict[Any, Earned] = field(default_factory=dict)
    payers: dict[tuple[Any, ...], int] = field(default_factory=dict)
    wanted: dict[tuple[int, ...], set[type[Any]]] = field(default_factory=dict)
    """Kinds of records that rules have read, by the identities of those run together."""
    rules: dict[int, Any] = field(default_factory=dict)
    """Rules asked together; held, for their identities are keys."""
    policies: dict[int, Policy] = field(default_factory=dict)
    """Held, for their identities are keys."""
    size: int = 0
    """Kinds of months kept so far."""

    def make_room(self) -> None:
        """Begin anew where so many kinds were seen that few come again."""
        self.size += 1
        if self.size > _MOST_SHARED:
            self.earned.clear()
            self.rules.clear()
            self.size = 0


@functools.lru_cache(maxsize=4)
def kept_of(practice: records.Practice, month: Month, policy: str | None, fees: Any) -> Kept:
    """What is kept of one practice's month under these fees."""
    return Kept()


def key_of_request(request: Request) -> tuple[Any, ...]:
    """A request as a key: it holds a mapping, and cannot be one."""
    others = [getattr(request, name) for name in SHARED_OF_REQUEST]
    return tuple(request.units.items()), *others


def needs_of(policy: Policy, plan: Mapping[str, int]) -> tuple[tuple[int, str], ...]:
    """Seconds that each planned code needs, and whose; nothing where one asks for no time."""
    found = []
    for code, units in plan.items():
        if units > 0:
            threshold = policy.find_threshold(code)
            if threshold is None:
                return ()
            found.append((threshold.seconds_for(units), threshold.whose_time))
    return tuple(found)
