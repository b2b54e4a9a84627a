"""Whole cents: rounding so that every shown total is the sum of its shown parts.

Amounts are exact Decimals until they are shown. A series is shown with
``Carry``, which hands the rounding error of one month to the next, so the
shown months always add up to the rounded exact total. Parts of one shown
amount come from ``Split``, which gives away every cent exactly once.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """The amount in whole cents, half a cent upwards (as fee schedules round)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


class Carry:
    """Shows one series of amounts in cents; its running sum stays within half a cent."""

    def __init__(self) -> None:
        self._exact = ZERO
        self._shown = ZERO

    def show(self, amount: Decimal) -> Decimal:
        """The next amount of the series, in cents."""
        self._exact += amount
        shown = cents(self._exact) - self._shown
        self._shown += shown
        return shown


class Split:
    """Splits shown totals into shown parts; each part's error is carried to the next split."""

    def __init__(self) -> None:
        self._owed: dict[str, Decimal] = {}

    def show(self, total: Decimal, parts: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """The parts in cents: they sum to ``total``, and a part of nothing stays nothing."""
        wanted = {name: part + self._owed.get(name, ZERO) for name, part in parts.items() if part}
        shown = share_out(total, wanted)
        for name, want in wanted.items():
            self._owed[name] = want - shown[name]
        return {name: shown.get(name, ZERO) for name in parts}


def share_out(total: Decimal, wanted: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Whole cents that sum to ``total``, nearest to ``wanted`` (largest remainder first)."""
    if not wanted:
        return {}
    shown = {name: want.quantize(CENT, ROUND_FLOOR) for name, want in wanted.items()}
    missing = int((total - sum(shown.values(), ZERO)) / CENT)
    by_remainder = sorted(wanted, key=lambda name: (shown[name] - wanted[name], name))
    if missing < 0:
        by_remainder.reverse()
    for turn in range(abs(missing)):
        shown[by_remainder[turn % len(wanted)]] += CENT if missing > 0 else -CENT
    return shown
