"""Dated numbers of the claim cycle: filing, appeal and refund deadlines, aging edges."""

from __future__ import annotations

from datetime import date

from ccm_core import tables


def term(name: str, on: date) -> int:
    """The whole number of that name in force on that day. Raises: NotInForce, TableError."""
    return tables.load("claim_terms", "name").get(name, on=on).whole("value")


def aging_edges(on: date) -> tuple[int, ...]:
    """Last day of each aging bucket but the open one, ascending."""
    rows = tables.load("claim_terms", "name").in_force(on)
    return tuple(sorted(row.whole("value") for row in rows if row["name"].startswith("aging_edge")))
