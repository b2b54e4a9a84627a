"""Figures that others published, as they printed them: ``data/published_figures.csv``."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Decimal

from ccm_core import tables
from ccm_core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure with its source."""

    name: str
    group: str
    text: str
    unit: str
    label: str
    cite: str

    @property
    def value(self) -> Decimal:
        return Decimal(self.text)


@functools.cache
def figures() -> dict[str, Figure]:
    """Every published figure by name, in table order. Raises: TableError."""
    return {
        row["name"]: Figure(
            row["name"], row["group"], row["value"], row["unit"], row["label"], row.cite
        )
        for row in tables.load("published_figures", "name").rows
    }


def figure(name: str) -> Figure:
    """One published figure. Raises: UsageError."""
    found = figures().get(name)
    if found is None:
        raise UsageError(f"{name!r} is not on record; see data/published_figures.csv.")
    return found


def group(name: str) -> list[Figure]:
    """All figures of one group, in table order."""
    return [one for one in figures().values() if one.group == name]
