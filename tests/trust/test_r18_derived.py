"""R18: amounts, months and days beside each other tell a consultant no small count."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccm_core.money.backtest import PastMonth
from ccm_core.money.disclosure import HIDDEN, is_small, rough_usd, suppress_series
from ccm_core.money.scenario import scenario
from ccm_core.months import Month
from ccm_core.program import aggregates, health, home_told, publishing
from ccm_core.program.revenue_view import History, PastRow
from ccm_core.records import Practice
from ccm_core.store import db, reading
from tests.pages.page_text import metrics, text_of
from tests.pages.signed_in import open_as
from tests.trust.test_r16_services import person

FEES = (Decimal("61.32"), Decimal("132.47"), Decimal("83.37"))


@given(st.lists(st.integers(0, 60), max_size=12))
def test_no_two_months_that_are_shown_differ_by_one_to_ten(counts):
    shown = suppress_series(counts)
    told = [int(text) for text in shown if text != HIDDEN]
    assert not any(map(is_small, told))
    assert not any(is_small(abs(a - b)) for a, b in combinations(told, 2))
    assert all(text in (HIDDEN, str(n)) for text, n in zip(shown, counts, strict=True))
    assert shown.count(HIDDEN) != 1 or len(counts) == 1, "one alone follows from a total"


def test_the_newest_month_goes_first():
    assert suppress_series([25, 34, 37, 60]) == [HIDDEN, HIDDEN, "37", "60"]
    assert suppress_series([30, 30, 42, 42]) == ["30", "30", "42", "42"]


@given(st.integers(11, 90), st.integers(1, 10))
def test_rough_dollars_fit_several_counts_of_a_small_code(many, few):
    """With fees that everybody knows, and the number of claims, exact dollars are an equation."""
    shown = rough_usd(many * FEES[0] + few * FEES[1])
    fits = [n for n in range(12) if rough_usd((many + few - n) * FEES[0] + n * FEES[1]) == shown]
    assert len(fits) > 1


def history() -> History:
    months = zip((8, 9, 10), ("30", "34", "38"), ("30", "30", HIDDEN), strict=True)
    rows = tuple(
        PastRow(Month(2026, month), people, billed, Decimal("2276.09"), Decimal("1801.5"))
        for month, people, billed in months
    )
    made = scenario(
        "Own history", churn_share=Decimal("0.125417"), code_mix="99490:0.468750 99439:0.114583"
    )
    past = (PastMonth(Month(2026, 10), 38, 8, 4, 17, 2276.09),)
    return History(Practice("p", "P"), rows, past, {}, made, {"churn_share": "12 left in 96"})


def test_the_own_history_for_readers_of_aggregates():
    found = aggregates.told(history(), {}, {})
    assert [row.enrolled for row in found.rows] == [HIDDEN, HIDDEN, "38"]
    assert [row.billed for row in found.rows] == [HIDDEN, "30", HIDDEN]
    assert {row.allowed_usd for row in found.rows} == {Decimal(2000)}
    assert [row.paid_usd for row in found.rows] == [None, Decimal(2000), None]
    assert found.past == ()
    assert found.scenario is not None
    assert found.scenario.churn_share == Decimal("0.125")
    assert found.scenario.code_mix == "99490:0.47 99439:0.11"
    assert "96" not in found.notes["churn_share"]


def test_no_count_of_the_own_history_can_be_worked_out_from_its_inputs():
    """140 of 246 consented, 143 are enrolled: three are enrolled whom the funnel does not have."""
    exact = {
        "consent_share": Decimal(140) / 246, "denial_share": Decimal(42) / 766,
        "ma_share": Decimal(39) / 127, "patients_per_physician": Decimal(391),
        "minutes_histogram": "0-19:174 20-39:610 40-59:172 60-79:105",
    }  # fmt: skip
    notes = {
        "consent_share": "140 of 246 invited patients consented", "denial_share": "42 of 766",
        "ma_share": "39 of 127", "patients_per_physician": "391 eligible patients on record",
        "ramp_months": "150 patients joined in 11 months", "minutes_histogram": "Counted minutes",
    }  # fmt: skip
    shown = {name: str(round(n, 6)) if isinstance(n, Decimal) else n for name, n in exact.items()}
    made = replace(history(), scenario=scenario("Own history", **shown), notes=notes)
    found = aggregates.told(made, {}, {})
    assert found.scenario is not None
    for share, whole in (("consent_share", 246), ("denial_share", 766), ("ma_share", 127)):
        told = getattr(found.scenario, share)
        fits = [n for n in range(whole + 1) if round(Decimal(n) / whole, 2) == told]
        assert len(fits) > 1, share
    assert found.scenario.patients_per_physician == 390
    assert str(found.scenario.patients_per_physician) == "390", "not 3.9E+2"
    assert found.scenario.minutes_histogram == "0-19:16 20-39:57 40-59:16 60-79:10"
    for name, note in found.notes.items():
        assert not re.search(r"\d", note.replace(found.span, "")), name


def test_what_is_a_default_is_not_rounded():
    plain = scenario("Own history")
    found = aggregates.told(replace(history(), scenario=plain, notes={}), {}, {})
    assert found.scenario == plain


@pytest.mark.usefixtures("small_store")
@pytest.mark.parametrize("day", [date(2026, 11, 21), date(2026, 11, 24), date(2026, 11, 30)])
def test_outsiders_see_one_day_of_each_month(day):
    """Of two days they could tell how few came or left between them."""
    with db.session(write=True) as session:
        publishing.publish(session, reading.practice(session), day)
        found = health.health(session, person("consultant"), day)
        inside = health.health(session, person("practice_manager"), day)
        told = home_told.home_told(session, person("consultant"), "p1")
    assert told is not None
    assert dict(found.steps) == told.steps
    assert found.on == date(2026, 10, 31)
    assert inside.on == day


@pytest.mark.usefixtures("small_store")
def test_home_tells_a_consultant_the_same_day_and_no_counts_of_audits():
    at = open_as("consultant")
    assert "Reached a threshold" in metrics(at)
    assert not re.search(r"\d to review", text_of(at))
    assert not any("." in value for value in metrics(at).values()), "no cents"
