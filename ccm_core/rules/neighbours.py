"""Which codes may exclude another one of the month at all: most visits may not."""

from __future__ import annotations

import functools

from ccm_core import tables
from ccm_core.policy import Policy


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
