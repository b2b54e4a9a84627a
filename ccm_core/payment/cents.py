"""Whole cents: rounding so that every shown total is the sum of its shown parts.

Amounts are exact Decimals until they are shown. A series is shown with
``Carry``, which hands the rounding error of one month to the next, so the
shown months always add up to the rounded exact total.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

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
