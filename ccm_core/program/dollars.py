"""Amounts that people type: how large one may be, and whether it has whole cents."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

MOST_USD = Decimal(100_000)
"""Beyond what any claim, payment or price of a practice's program is: a slip of the keyboard."""
_CENT = Decimal("0.01")


def amount(text: str) -> Decimal | None:
    """The amount in whole cents; None when it is none, too large, or has parts of a cent.

    The size is asked first: Python cannot round a number such as 1e999999 to cents.
    """
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) > MOST_USD or found != found.quantize(_CENT):
        return None
    return found.quantize(_CENT) + 0  # no minus before a nought, no exponent
