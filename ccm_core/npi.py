"""The National Provider Identifier's check digit."""

from __future__ import annotations

import functools

_PREFIX = "80840"


@functools.lru_cache(maxsize=4096)
def is_npi(text: str) -> bool:
    """Whether ten digits pass the Luhn check with the prefix 80840.

    >>> is_npi("1234567893"), is_npi("1234567890")
    (True, False)

    Source: cms-npi.
    """
    if len(text) != 10 or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(c) for c in reversed(_PREFIX + text)]
    doubled = (2 * d for d in digits[1::2])
    return (sum(digits[::2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0
