"""Legal paths, and the choice among them, with every path's price known or not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ccm_core import tables
from ccm_core.allocation import (
    choose,
    earn,
    legal_paths,
    next_threshold,
    seconds_to_next,
    suits_conditions,
)
from ccm_core.casefile import read_case
from ccm_core.errors import UsageError
from ccm_core.minutes import count
from ccm_core.months import Month
from ccm_core.policy import Policy
from ccm_core.thresholds import Threshold

POLICY = Policy.on(Month(2025, 5))
PATHS = {path.name: path for path in POLICY.paths}


def month_of(staff: int, own: int, mdm: str = "none", conditions: int = 2):
    case, policy = read_case(
        {"month": "2025-05", "staff_minutes": staff, "practitioner_minutes": own}
    )
    counted = count(case, policy)
    return counted, legal_paths(counted, policy, mdm, conditions)


def price_of(**prices: str | None):
    """A price list by base code; what is not named has no price."""

    def price(units):
        found = prices.get(f"c{min(units)}") if len(units) == 1 else prices.get(f"c{max(units)}")
        return None if found is None else Decimal(found)

    return price


@pytest.mark.parametrize(
    ("staff", "own", "mdm", "conditions", "legal"),
    [
        (20, 0, "none", 2, ["staff"]), (19, 0, "none", 2, []), (60, 0, "none", 2, ["staff"]),
        (60, 0, "low", 2, ["staff"]), (60, 0, "moderate", 2, ["complex", "staff"]),
        (60, 0, "high", 3, ["complex", "staff"]), (59, 0, "high", 2, ["staff"]),
        (0, 30, "none", 2, ["personal", "staff"]), (0, 29, "none", 2, ["staff"]),
        (30, 29, "none", 2, ["staff"]), (30, 0, "none", 0, []),
    ],
)  # fmt: skip
def test_what_a_month_earns(staff, own, mdm, conditions, legal):
    _, paths = month_of(staff, own, mdm, conditions)
    assert sorted(p.name for p in paths) == legal


def test_one_condition_is_pcm_and_two_are_ccm():
    names = {n: [p.spec.conditions for p in month_of(30, 30, "high", n)[1]] for n in (0, 1, 2)}
    assert set(names[1]) == {"one"}
    assert set(names[2]) == {"many"}
    assert names[0] == []
    for path in POLICY.paths:
        fits = [suits_conditions(path, POLICY, n) for n in (0, 1, 2, 3)]
        assert fits == (
            [False, True, False, False] if path.conditions == "one" else [False, False, True, True]
        )


def test_every_path_is_for_one_condition_or_for_many():
    rows = tables.load("paths", "path", "settings").rows
    assert {row["conditions"] for row in rows} == {"one", "many"}


@pytest.mark.parametrize(
    ("staff", "own", "mdm", "natural"),
    [
        (25, 0, "none", "staff"), (60, 0, "moderate", "complex"), (0, 30, "none", "personal"),
        (1, 30, "none", "staff"), (30, 30, "moderate", "complex"), (0, 60, "high", "personal"),
    ],
)  # fmt: skip
def test_the_natural_choice(staff, own, mdm, natural):
    counted, paths = month_of(staff, own, mdm)
    for order in (paths, paths[::-1]):
        assert choose(order, counted, "natural", price_of()).name == natural
    assert choose((), counted, "natural", price_of()) is None


def test_only_the_practitioners_path_is_left_when_nothing_else_is_legal():
    counted, paths = month_of(5, 30)
    own = tuple(p for p in paths if p.name == "personal")
    assert choose(own, counted, "natural", price_of()).name == "personal"


@pytest.mark.parametrize(
    ("personal", "staff", "best"),
    [
        ("80.00", "60.00", "personal"), ("60.00", "80.00", "staff"), (None, "1.00", "staff"),
        ("1.00", None, "personal"),
    ],
)  # fmt: skip
def test_the_highest_known_amount_is_chosen_whatever_the_order(personal, staff, best):
    counted, paths = month_of(0, 30)
    price = price_of(c99491=personal, c99490=staff)
    for order in (paths, paths[::-1]):
        assert choose(order, counted, "highest", price).name == best


def test_of_equal_amounts_the_first_stays():
    counted, paths = month_of(0, 30)
    price = price_of(c99491="5.00", c99490="5.00")
    assert choose(paths, counted, "highest", price) is paths[0]
    assert choose(paths[::-1], counted, "highest", price) is paths[-1]
    assert choose(paths, counted, "highest", price_of()) is paths[0]


def test_an_unknown_preference_is_refused_with_what_there_is():
    counted, paths = month_of(0, 30)
    with pytest.raises(UsageError, match="'cheapest' was asked; there are natural and highest"):
        choose(paths, counted, "cheapest", price_of())


@pytest.mark.parametrize(
    ("name", "minutes", "units", "used"),
    [
        ("staff", 20, {"99490": 1}, 20), ("staff", 39, {"99490": 1}, 20),
        ("staff", 40, {"99490": 1, "99439": 1}, 40), ("staff", 99, {"99490": 1, "99439": 2}, 60),
        ("complex", 89, {"99487": 1}, 60), ("complex", 150, {"99487": 1, "99489": 3}, 150),
    ],
)  # fmt: skip
def test_units_and_the_time_that_they_use(name, minutes, units, used):
    path = earn(PATHS[name], minutes * 60)
    assert (dict(path.units), path.used_seconds) == (units, used * 60)
    assert earn(PATHS[name], PATHS[name].base.first_seconds - 1) is None


def test_the_next_unit_of_a_family_until_it_is_capped():
    staff = PATHS["staff"]
    assert seconds_to_next(staff, 0) == (1200, 1200)
    assert seconds_to_next(staff, 1199) == (1200, 1)
    assert seconds_to_next(staff, 1200) == (2400, 1200)
    assert seconds_to_next(staff, 2400) == (3600, 1200)
    assert seconds_to_next(staff, 3600) is None
    assert next_threshold(staff, 1199).code == "99490"
    assert next_threshold(staff, 1200).code == "99439"
    assert seconds_to_next(PATHS["complex"], 36_000) == (37_800, 1800)


def test_minutes_are_whole_and_a_code_without_further_units_is_earned_once():
    addon = PATHS["staff"].addon
    assert (str(addon.first_minutes), str(addon.minutes_per_unit)) == ("40", "20")
    once = Threshold("A", 1200, 0, None, "all", "", "")
    assert [once.units_earned(seconds) for seconds in (1199, 1200, 99_999)] == [0, 1, 1]


def test_a_family_without_an_add_on_ends_with_its_base():
    (early,) = (p for p in Policy.on(Month(2019, 5)).paths if p.name == "staff")
    assert early.addon is None
    assert seconds_to_next(early, 1199) == (1200, 1)
    assert seconds_to_next(early, 1200) is None
    assert dict(earn(early, 9000).units) == {"99490": 1}
