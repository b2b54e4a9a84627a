"""What the practice charges: its own price list, or a multiple of the allowed amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ccm_core.payment.cents import cents

AllowedOf = Callable[[str, date], Decimal | None]
"""Allowed amount of one unit of a code on a day, or None when the fee table has none."""

ContractedOf = Callable[[tuple[str, str], Mapping[str, int], date], Decimal | None]
"""What the contract with a payer (its name and kind) allows for these units, or None."""


def no_contract(_payer: tuple[str, str], _units: Mapping[str, int], _on: date) -> None:
    """The answer where no contract is on record."""


@dataclass(frozen=True, slots=True)
class Charges:
    """The practice's charges. A price on the list goes before the multiple."""

    allowed: AllowedOf
    multiple: Decimal = Decimal(1)
    price_list: Mapping[str, Decimal] = field(default_factory=dict)
    seen: dict[tuple[str, date], Decimal | None] = field(default_factory=dict, repr=False)

    def of(self, code: str, units: int, on: date) -> Decimal | None:
        """The charge of a line in whole cents; each unit is rounded, then multiplied."""
        listed = self.price_list.get(code)
        if listed is not None:
            return cents(listed) * units
        allowed = self.allowed_unit(code, on)
        return None if allowed is None else cents(allowed * self.multiple) * units

    def allowed_unit(self, code: str, on: date) -> Decimal | None:
        """Allowed amount of one unit, asked once per code and day."""
        key = (code, on)
        if key not in self.seen:
            self.seen[key] = self.allowed(code, on)
        return self.seen[key]

    def allowed_of(self, units: Mapping[str, int], on: date) -> Decimal | None:
        """Allowed amount of a whole claim; None as soon as one code has none."""
        total = Decimal(0)
        for code, count in units.items():
            unit = self.allowed_unit(code, on)
            if unit is None:
                return None
            total += unit * count
        return total
