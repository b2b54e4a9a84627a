"""Fees side by side: by year, by setting, and every locality ranked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from ccm_core import fees
from ccm_core.errors import NotInForce, NotPayable, UnknownLocality
from ccm_core.fees import Fee

Price = Callable[[str, date, str, str], Fee]
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Compared:
    """One amount, or the reason why there is none."""

    code: str
    on: date
    locality: str
    setting: str
    allowed_usd: Decimal | None
    is_estimate: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One locality's amount and its place among all localities of the year."""

    rank: int
    locality: str
    state: str
    name: str
    allowed_usd: Decimal
    percent_of_national: Decimal
    is_estimate: bool


def by_year(
    codes: Iterable[str],
    years: Iterable[int],
    locality: str = fees.NATIONAL,
    settings: Iterable[str] = fees.SETTINGS,
    price: Price = fees.allowed,
) -> list[Compared]:
    """Amounts at the end of each year; what has no amount says why, and is not zero."""
    days = [date(year, 12, 31) for year in years]
    return [
        _one(code, on, locality, setting, price)
        for code in codes
        for setting in settings
        for on in days
    ]


def by_locality(
    code: str, on: date, setting: str = "nonfacility", price: Price = fees.allowed
) -> list[Ranked]:
    """Every locality of the year, highest first; equal amounts share a rank.

    Raises: NotInForce, NotPayable.
    """
    national = price(code, on, fees.NATIONAL, setting).allowed_usd
    places = fees.localities(on.year)
    found = [(place, price(code, on, place.locality, setting)) for place in places]
    found.sort(key=lambda pair: (-pair[1].allowed_usd, pair[0].locality))
    amounts = [fee.allowed_usd for _, fee in found]
    return [
        Ranked(
            rank=amounts.index(fee.allowed_usd) + 1,
            locality=place.locality,
            state=place.state,
            name=place.name,
            allowed_usd=fee.allowed_usd,
            percent_of_national=(fee.allowed_usd / national * 100).quantize(_TENTH, ROUND_HALF_UP),
            is_estimate=fee.estimate,
        )
        for place, fee in found
    ]


def by_state(ranked: Iterable[Ranked]) -> dict[str, Decimal]:
    """Plain mean of a state's localities, for a map: not weighted by patients."""
    sums: dict[str, list[Decimal]] = {}
    for row in ranked:
        sums.setdefault(row.state, []).append(row.allowed_usd)
    cent = Decimal("0.01")
    return {
        state: (sum(amounts, Decimal()) / len(amounts)).quantize(cent, ROUND_HALF_UP)
        for state, amounts in sorted(sums.items())
    }


def _one(code: str, on: date, locality: str, setting: str, price: Price) -> Compared:
    try:
        fee = price(code, on, locality, setting)
    except (NotInForce, NotPayable, UnknownLocality) as why:
        return Compared(code, on, locality, setting, None, False, str(why))
    return Compared(code, on, locality, setting, fee.allowed_usd, fee.estimate)
