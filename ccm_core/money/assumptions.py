"""Where every default of a projection comes from: ``data/assumptions.csv``."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Decimal

from ccm_core import tables
from ccm_core.errors import UsageError
from ccm_core.sources import Source, source
from ccm_core.tables import Row

OWN = "money-own"


@dataclass(frozen=True, slots=True)
class Assumption:
    """One input's default: its value, unit, likely range and source."""

    name: str
    group: str
    label: str
    value: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    shape: str
    """``triangular`` (between low and high, most likely the value) or ``fixed``."""
    cite: str
    checked_on: str
    note: str

    @property
    def is_uncertain(self) -> bool:
        return self.shape == "triangular"

    @property
    def pinpoint(self) -> str:
        return self.source.pinpoint

    @property
    def source(self) -> Source:
        return source(self.cite)

    @property
    def is_own(self) -> bool:
        """True when no source was found and the figure is only ours."""
        return self.cite.split("#")[0] == OWN


@functools.cache
def assumptions() -> dict[str, Assumption]:
    """Every assumption by name, in table order. Raises: TableError."""
    return {row["name"]: _of(row) for row in tables.load("assumptions", "name").rows}


def assumption(name: str) -> Assumption:
    """One assumption. Raises: UsageError."""
    found = assumptions().get(name)
    if found is None:
        raise UsageError(f"{name!r} is not an input of a projection; see data/assumptions.csv.")
    return found


def _of(row: Row) -> Assumption:
    return Assumption(
        name=row["name"],
        group=row["group"],
        label=row["label"],
        value=row["value"],
        unit=row["unit"],
        low=row.number("low") if row["low"] else None,
        high=row.number("high") if row["high"] else None,
        shape=row["shape"],
        cite=row.cite,
        checked_on=row["checked_on"],
        note=row["note"],
    )
