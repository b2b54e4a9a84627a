"""One code across years and across localities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ccm_core import tables
from ccm_core.errors import NotInForce, NotPayable, UnknownLocality
from ccm_core.fees.geography import NATIONAL, localities
from ccm_core.fees.schedule import Fee, allowed


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The amount from one day on, or why there is none."""

    on: date
    fee: Fee | None
    reason: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """One locality with its amount."""

    locality: str
    state: str
    name: str
    allowed_usd: Decimal
    estimate: bool


def starts() -> tuple[date, ...]:
    """Every first day of a final conversion factor, oldest first."""
    rows = tables.load("conversion_factors").rows
    return tuple(sorted({row.valid_from for row in rows}))


def priced_codes(on: date) -> tuple[str, ...]:
    """Codes that the fee schedule lists on a day, sorted."""
    return tuple(sorted({row["code"] for row in tables.load("rvu").in_force(on)}))


def trend(code: str, locality: str = NATIONAL, setting: str = "nonfacility") -> list[TrendPoint]:
    """The amount at the start of every conversion factor."""
    found = []
    for on in starts():
        try:
            found.append(TrendPoint(on, allowed(code, on, locality, setting), ""))
        except (NotInForce, NotPayable, UnknownLocality) as none:
            found.append(TrendPoint(on, None, str(none)))
    return found


def ranking(code: str, on: date, setting: str = "nonfacility") -> list[Ranked]:
    """Every locality's amount on a day, the highest first. Raises: NotInForce, NotPayable."""
    found = []
    for place in localities(on.year):
        fee = allowed(code, on, place.locality, setting)
        found.append(Ranked(place.locality, place.state, place.name, fee.allowed_usd, fee.estimate))
    return sorted(found, key=lambda ranked: (-ranked.allowed_usd, ranked.locality))


def has_qp(on: date) -> bool:
    """Whether qualifying APM participants have a conversion factor of their own on a day."""
    rows = tables.load("conversion_factors").in_force(on)
    return any(row["basis"] == "qualifying" for row in rows)
