"""Every rule of the book shows itself in the demo, except those that cannot."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core import demo
from ccm_core.demo import PRACTICE_ID
from ccm_core.months import Month
from ccm_core.rules import ALL_RULES
from ccm_core.store import db, queries

# Rules that no record of an ordinary practice can break in these months, and why.
CANNOT_FIRE = {
    "C03": "consent had to be in writing in 2015 and 2016 only",
    "X09": "a claim line with an unknown code is not taken for a claim of the program",
    "X15": "its pairs are monitoring codes, which the program's claims never plan",
    "O13": "a stored claim line does not say to whom it was addressed",
    "L09": "the practice's locality has an index published by CMS: no amount is an estimate",
    "L16": "other programs' claims are not read as a request of this one",
    "L19": "the tables were checked in the year of the demo",
    "T13": "only a clinic's single code has further units without a cap",
    "X17": "the pair tables begin before the demo's first month",
    "X20": "a claim line with an unknown code is not taken for a claim of the program",
    "X22": "this program's claims plan no code that Medicare never pays",
    "X19": "the dates of all codes that this program's claims plan were read, not remembered",
    "X18": "the pair tables begin before the demo's first month",
    "L10": "an office may bill every timed code in force; the clinic's own ended in September 2025",
}


@pytest.fixture(scope="module")
def fired(demo_url) -> set[str]:
    with db.session(demo_url) as session:
        return {c.rule for c in queries.rule_counts(session, PRACTICE_ID, Month(2026, 11))}


@pytest.mark.parametrize("rule", [r.id for r in ALL_RULES if r.id not in CANNOT_FIRE])
def test_the_rule_fires(rule, fired):
    assert rule in fired


def test_the_exceptions_are_true_and_few(fired):
    assert not fired & set(CANNOT_FIRE)
    assert set(CANNOT_FIRE) <= {r.id for r in ALL_RULES}
    assert len(CANNOT_FIRE) <= 14


@pytest.mark.slow
@pytest.mark.parametrize(
    "today", [date(2026, 12, 1), date(2026, 1, 31), date(2026, 3, 1), date(2026, 7, 10)], ids=str
)
def test_every_rule_fires_whatever_the_day(today, store_url):
    with db.session(store_url, write=True) as session:
        demo.load(session, today=today)
        counts = queries.rule_counts(session, PRACTICE_ID, Month.of(today))
    assert {r.id for r in ALL_RULES} - {c.rule for c in counts} == set(CANNOT_FIRE)
