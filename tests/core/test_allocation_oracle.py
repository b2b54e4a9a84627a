"""legal_paths and choose against brute force, over thousands of random months."""

from __future__ import annotations

import random

import pytest

from ccm_core.audit import audit_case
from ccm_core.casefile import read_case
from ccm_core.months import Month
from tests.core import oracle

EDGES = (0, 1, 19, 20, 21, 29, 30, 31, 39, 40, 41, 59, 60, 61, 79, 80, 89, 90, 91, 119, 120, 150)


def random_month(draw: random.Random) -> dict[str, object]:
    minutes = lambda: draw.choice(EDGES) if draw.random() < 0.7 else draw.randint(0, 160)  # noqa: E731
    return {
        "month": str(Month(draw.randint(2017, 2026), draw.randint(1, 12))),
        "staff_minutes": minutes(),
        "practitioner_minutes": draw.choice((0, minutes())),
        "mdm": draw.choice(("none", "low", "moderate", "high")),
        "chronic_conditions": draw.choice((0, 1, 2, 3)),
    }


@pytest.mark.parametrize("seed", range(8))
def test_legal_paths_and_choices_agree_with_brute_force(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(250):
        said = random_month(draw)
        case, policy = read_case(said)
        outcome = audit_case(case, policy)
        expected = oracle.legal_sets(
            said["staff_minutes"], said["practitioner_minutes"], said["mdm"],
            said["chronic_conditions"], case.month.last_day,
        )  # fmt: skip
        ours = [dict(p.units) for p in outcome.paths]
        assert sorted(map(sorted_items, ours)) == sorted(map(sorted_items, expected)), said
        highest(said, expected)


def sorted_items(held: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(held.items())


def highest(said: dict[str, object], expected: list[dict[str, int]]) -> None:
    """The highest preference takes the dearest legal set, when fees are known."""
    case, policy = read_case({**said, "preference": "highest"})
    outcome = audit_case(case, policy)
    priced = [oracle.price(held, case.month.last_day) for held in expected]
    known = [usd for usd in priced if usd is not None]
    if not expected:
        assert outcome.chosen is None
    elif known:
        assert outcome.chosen is not None
        assert outcome.chosen.allowed_usd == max(known), said
