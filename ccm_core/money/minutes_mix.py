"""From minutes to units: the code mix of a panel, from its minutes through the real thresholds."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ccm_core.errors import UsageError
from ccm_core.money.disclosure import SMALLEST_SHOWN
from ccm_core.months import Month
from ccm_core.payment.cents import ZERO
from ccm_core.policy import PathSpec, Policy

LONGEST_MINUTES = 1000
_BAND_MINUTES = 10
COUNTED = "counted"
"""First word of a histogram whose weights are patient-months that happened."""
Units = dict[str, Decimal]


def parse_histogram(text: str) -> dict[int, Decimal]:
    """Share of patient-months by whole minutes, from ``0-19:10 20-39:68 40:22``.

    Each word is a minute or a range of minutes (spread evenly) and a weight.
    Raises: UsageError.
    """
    found = _weights(text)
    total = sum(found.values(), ZERO)
    if not total:
        raise UsageError("No minutes were given: write minutes:weight, for example 0-19:10 20:90.")
    return {minute: weight / total for minute, weight in sorted(found.items()) if weight}


def _weights(text: str) -> dict[int, Decimal]:
    weights: dict[int, Decimal] = {}
    for word in text.removeprefix(COUNTED).split():
        first, last, weight = _bin(word)
        for minute in range(first, last + 1):
            weights[minute] = weights.get(minute, ZERO) + weight / (last - first + 1)
    return weights


def _bin(word: str) -> tuple[int, int, Decimal]:
    span, _, weight = word.partition(":")
    first, _, last = span.partition("-")
    try:
        found = int(first), int(last or first), Decimal(weight)
    except (ValueError, InvalidOperation) as bad:
        raise UsageError(f"{word!r} is not minutes:weight, for example 20-39:68.") from bad
    in_range = 0 <= found[0] <= found[1] <= LONGEST_MINUTES
    if not in_range or not found[2].is_finite() or found[2] < 0:
        raise UsageError(f"{word!r} must hold 0 to {LONGEST_MINUTES} minutes and a weight from 0.")
    return found


def shifted(text: str, minutes: int) -> str:
    """The same panel with so many more minutes for every patient that had any."""
    moved: dict[int, Decimal] = {}
    for minute, share in _weights(text).items():
        later = min(minute + minutes, LONGEST_MINUTES) if minute else 0
        moved[later] = moved.get(later, ZERO) + share
    return " ".join(f"{minute}:{share}" for minute, share in sorted(moved.items()))


def parse_code_mix(text: str) -> Units:
    """Units per enrolled patient-month, from ``99490:0.81 99439:0.2``. Raises: UsageError."""
    units: Units = {}
    for word in text.split():
        code, _, number = word.partition(":")
        try:
            units[code] = Decimal(number)
        except InvalidOperation as bad:
            raise UsageError(f"{word!r} is not code:units, for example 99439:0.2.") from bad
        if not (units[code].is_finite() and 0 <= units[code] <= LONGEST_MINUTES):
            raise UsageError(f"{word!r} must hold units from 0.")
    return units


def coarsened(text: str) -> str:
    """A histogram that counts patient-months, by tens of minutes in whole percents.

    A band with fewer than eleven patient-months joins its neighbor, so that no
    small count can be read out. Typed weights are nobody's count and stay.
    """
    if not text.startswith(COUNTED):
        return text
    bands = _bands(_weights(text))
    total = sum((held for _, _, held in bands), ZERO)
    return " ".join(f"{first}-{last}:{held * 100 / total:.0f}" for first, last, held in bands)


def _bands(counts: Mapping[int, Decimal]) -> list[tuple[int, int, Decimal]]:
    bands: list[tuple[int, int, Decimal]] = []
    for first in range(0, max(counts) + 1, _BAND_MINUTES):
        last = first + _BAND_MINUTES - 1
        held = sum((counts.get(m, ZERO) for m in range(first, last + 1)), ZERO)
        if bands and held < SMALLEST_SHOWN:
            bands[-1] = (bands[-1][0], bands[-1][1], bands[-1][2] + held)
        elif bands and bands[-1][2] < SMALLEST_SHOWN:
            bands[-1] = (bands[-1][0], last, bands[-1][2] + held)
        else:
            bands.append((first, last, held))
    return bands


def coarse_code_mix(text: str) -> str:
    """Units per patient-month to two decimals; codes that then vanish are left out."""
    units = {code: round(number, 2) for code, number in parse_code_mix(text).items()}
    return " ".join(f"{code}:{number}" for code, number in sorted(units.items()) if number)


def code_mix_of(units: Mapping[str, int], patient_months: int) -> str:
    """The code mix text of a practice's own claims. Raises: UsageError without patient-months."""
    if patient_months <= 0:
        raise UsageError("A code mix was asked for; no enrolled patient-month is there.")
    return " ".join(
        f"{code}:{Decimal(n) / patient_months:.6f}" for code, n in sorted(units.items())
    )


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of working a month: expected units per patient-month and share billed."""

    units: Units
    billed_share: Decimal


@dataclass(frozen=True, slots=True)
class Mix:
    """Units per enrolled patient-month under each arm, for one month.

    ``only`` limits a code to some payer groups (APCM's level for QMB).
    """

    plain: Arm
    complex: Arm
    personal: Arm
    mean_minutes: Decimal
    only: Mapping[str, frozenset[str]]

    @property
    def codes(self) -> tuple[str, ...]:
        found = {*self.plain.units, *self.complex.units, *self.personal.units}
        return tuple(sorted(found))


def mix_of(month: Month, histogram: str, setting: str) -> Mix:
    """The mix that these minutes earn in that month. Raises: UsageError, NotInForce."""
    paths = {path.name: path for path in Policy.on(month, setting=setting).paths}
    plain = paths.get("staff") or paths.get("clinic")
    if plain is None:
        raise UsageError(f"CCM in {month} was asked; it could not be billed in this setting then.")
    return _mix(histogram, plain, paths.get("complex"), paths.get("personal"))


@functools.lru_cache(maxsize=512)
def _mix(
    histogram: str, plain: PathSpec, complex_path: PathSpec | None, personal: PathSpec | None
) -> Mix:
    shares = parse_histogram(histogram)
    return Mix(
        plain=_arm(shares, None, plain),
        complex=_arm(shares, complex_path, plain),
        personal=_arm(shares, personal, plain),
        mean_minutes=sum((minute * share for minute, share in shares.items()), ZERO),
        only={},
    )


def _arm(shares: Mapping[int, Decimal], path: PathSpec | None, otherwise: PathSpec) -> Arm:
    units: Units = {}
    billed = ZERO
    for minute, share in shares.items():
        earned = (units_of(path, minute) if path else {}) or units_of(otherwise, minute)
        for code, number in earned.items():
            units[code] = units.get(code, ZERO) + share * number
        billed += share if earned else ZERO
    return Arm(units, billed)


def units_of(path: PathSpec, minutes: int) -> dict[str, int]:
    """Units that so many whole minutes earn on one path; empty below its first threshold."""
    seconds = minutes * 60
    base = path.base.units_earned(seconds)
    if not base:
        return {}
    more = path.addon.units_earned(seconds) if path.addon else 0
    return {path.base.code: base, **({path.addon.code: more} if path.addon and more else {})}


def fixed_mix(units: Units, mean_minutes: Decimal, only: Mapping[str, frozenset[str]]) -> Mix:
    """A mix that no arm changes: from a practice's own claims, or APCM."""
    arm = Arm(units, max(units.values(), default=ZERO))
    return Mix(arm, arm, arm, mean_minutes, only)
