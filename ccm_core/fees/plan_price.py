"""The allowed amount of a whole plan: several codes and units, one day, one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ccm_core import overlay
from ccm_core.errors import NotInForce, NotPayable, UnknownLocality
from ccm_core.fees.geography import NATIONAL
from ccm_core.fees.schedule import allowed

# Clinics are paid care management at the national non-facility rate.
_CLINICS = frozenset({"rhc", "fqhc"})


@dataclass(frozen=True, slots=True)
class PlanPrice:
    """Allowed amount of a plan in dollars, or the reason why there is none."""

    allowed_usd: Decimal | None
    estimate: bool
    reason: str


def price_plan(units: Mapping[str, int], on: date, locality: str, setting: str) -> PlanPrice:
    """Sum of unit amount x units; each unit amount is rounded once. Never $0 for unknown."""
    return _price(tuple(sorted(units.items())), on, locality, setting)


@overlay.cached(65536)
def _price(units: tuple[tuple[str, int], ...], on: date, locality: str, setting: str) -> PlanPrice:
    place = NATIONAL if setting in _CLINICS else locality
    side = "facility" if setting == "facility" else "nonfacility"
    total, estimate = Decimal(0), False
    for code, count in units:
        try:
            fee = allowed(code, on, place, side)
        except (NotInForce, NotPayable, UnknownLocality) as unknown:
            return PlanPrice(None, False, str(unknown))
        total += fee.allowed_usd * count
        estimate = estimate or fee.estimate
    return PlanPrice(total, estimate, "")
