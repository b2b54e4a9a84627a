"""Which codes may exclude another one of the month at all: most visits may not."""

from __future__ import annotations

import functools

from ccm_core import tables
from ccm_core.policy import Policy
from ccm_core.tables import Row


@functools.cache
def _named() -> tuple[frozenset[str], frozenset[str]]:
    """Families, and codes, that a row of ``monthly_conflicts`` or ``either_or`` names, ever."""
    families = tables.load("monthly_conflicts", "billed", "other", "by").rows
    pairs = tables.load("either_or", "code_a", "code_b").rows
    codes = {row[name] for row in pairs for name in ("code_a", "code_b")}
    named = frozenset(row["other"] for row in families)
    return named, named | codes


def is_neighbour(code: str, policy: Policy) -> bool:
    """Whether a service of this code may exclude a planned one, by either of the two tables."""
    families, codes = _named()
    return policy.family(code) in families or code in codes


def planned_clash(one: str, two: str, policy: Policy) -> Row | None:
    """The row of ``monthly_conflicts`` that speaks against planning two codes side by side.

    A row with one name twice speaks of a service billed again, and one of an add-on and its
    base of claims apart.
    """
    bases = policy.addon_bases
    if two in bases.get(one, ()) or one in bases.get(two, ()):
        return None
    row = policy.monthly_conflict(one, two, "same") or policy.monthly_conflict(two, one, "same")
    return row if row is not None and row["billed"] != row["other"] else None
