"""Amounts of money as whole ten-thousandths of a dollar: exact, sortable, summable anywhere."""

from __future__ import annotations

from decimal import Decimal

from ccm_core.errors import UsageError

_PLACES = 4


def amount_to_whole(amount: Decimal) -> int:
    """An amount in ten-thousandths. Raises: UsageError when it has more places."""
    scaled = Decimal(amount).scaleb(_PLACES)
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise UsageError(f"An amount has more than {_PLACES} decimal places; round it first.")
    return int(scaled)


def amount_of(whole: int | Decimal) -> Decimal:
    """The amount of that many ten-thousandths, with two places unless it needs more."""
    cents, rest = divmod(int(whole), 100)
    if rest:
        return Decimal(int(whole)).scaleb(-_PLACES)
    return Decimal(cents).scaleb(-2)
