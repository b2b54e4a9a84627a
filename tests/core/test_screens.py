"""Every screen of the time log states its statistic, threshold and chance, worked out anew."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from ccm_core import rule_book, screens, tables
from ccm_core.months import Month
from ccm_core.policy import Policy
from tools import chance

MONTH = Month(2026, 11)
ROWS = {row["rule"]: row for row in tables.load("screens", "rule").rows}


@pytest.mark.parametrize("rule", sorted(chance.CHANCES))
def test_the_chance_in_the_table_is_the_one_worked_out(rule):
    assert ROWS[rule]["chance"] == chance.written(chance.CHANCES[rule](Policy.on(MONTH)))


def test_every_screen_has_a_chance_and_says_how_it_was_found():
    assert set(ROWS) == set(chance.CHANCES)
    for row in ROWS.values():
        assert row["method"] in ("exact", "simulated")
        assert (row["runs"] != "0") == (row["method"] == "simulated")
    assert ROWS["D04"]["runs"] == str(chance.RUNS)


def test_no_documentation_rule_goes_without_a_chance_unless_it_counts_nothing():
    """D02 and D14 look at an empty field: chance plays no part."""
    documentation = {e.rule.id for e in rule_book.entries(MONTH) if e.rule.id.startswith("D")}
    assert documentation - set(ROWS) == {"D02", "D14"}


@pytest.mark.parametrize("rule", sorted(ROWS))
def test_the_reader_sees_numbers_and_not_their_names(rule):
    shown = screens.lines(rule, MONTH)
    assert len(shown) == 3
    assert not any(re.search(r"[{}_]", line) for line in shown)


def test_threshold_follows_the_table_of_numbers():
    found = screens.screen_of("D06", MONTH)
    assert found is not None
    assert found.threshold == "60 percent of 20 entries or more"
    assert found.chance == "once in 2,400,000,000, per one person's month"


def test_a_rule_that_is_no_screen_has_no_lines():
    assert screens.lines("E01", MONTH) == ()


def test_tail_of_the_binomial():
    assert chance.at_least(2, 3, Fraction(1, 2)) == Fraction(1, 2)
    assert chance.at_least(0, 3, Fraction(1, 5)) == 1
    assert chance.any_of(2, Fraction(1, 2)) == Fraction(3, 4)


def test_a_chance_without_a_hit_is_bounded_and_not_zero():
    assert screens.lines("D04", MONTH)[2].startswith(
        "By chance: never in 400 runs, so below once in 130, per one person's month (simulated)"
    )
