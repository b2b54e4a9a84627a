from decimal import Decimal

import pytest

from ccm_core.money import answers, presets
from ccm_core.money.projection import project
from ccm_core.money.published import figures
from ccm_core.money.scenario import scenario
from ccm_core.sources import source


@pytest.mark.parametrize(
    ("year", "annual", "is_true"),
    [
        (2021, "98808.00", False), (2022, "153648.00", True), (2023, "150456.00", True),
        (2024, "149784.00", False), (2025, "145176.00", False), (2026, "158712.00", True),
    ],
)  # fmt: skip
def test_the_200_patient_claim_year_by_year(year, annual, is_true):
    found = {claim.year: claim for claim in presets.claim_years()}[year]
    assert (found.annual_usd, found.is_true) == (Decimal(annual), is_true)
    assert found.cites


def test_2024_turns_on_the_fee_of_march_and_the_sentence_says_so():
    found = {claim.year: claim for claim in presets.claim_years()}[2024]
    assert found.at_last_fee_usd == Decimal("150192.00")
    assert found.fees_usd == (Decimal("61.56"), Decimal("62.58"))
    assert "At December's fee all year it would be $150,192.00." in found.sentence


def test_in_a_facility_the_claim_is_never_true():
    assert not any(claim.is_true for claim in presets.claim_years("facility"))


def test_after_ordinary_losses_the_claim_is_never_true():
    found = presets.claim_years()
    assert all(claim.after_losses_usd < claim.claimed_usd for claim in found)
    assert found[4].after_losses_usd == Decimal("124125.48")  # 145,176 x .9 x .95


def test_basu_is_reproduced_as_far_as_its_inputs_are_public():
    basu = presets.basu_2015()
    low, high = basu.reproductions[:2]
    assert (low.published, low.ours) == (131, 131)
    assert (high.published, high.ours) == (131, 130)
    assert "does not show" in low.how
    assert len(basu.not_published) == 4
    assert {f.name: f.value for f in basu.figures}["basu_net_ma_usd"] == 385
    assert set(basu.today) == {"RN", "LPN", "MA"}


def test_every_published_figure_names_a_listed_source():
    assert all(source(one.cite).title for one in figures().values())


def test_the_national_average_practice_bills_five_months_of_twelve():
    line = project(presets.national_scenario().changed(months=1, blocked_baseline_share=0)).months[
        0
    ]
    assert line.panel == 47
    assert abs(line.claims - 47 * Decimal(5) / 12) < Decimal("0.01")


def test_ways_to_deliver_are_priced_on_the_same_patients():
    ways = answers.ways_to_deliver(scenario(months=12)).ways
    assert len(ways) == 4
    assert len({made.total.gross_usd for made in ways.values()}) == 1
    assert ways["In-house, MA"].total.cost_usd < ways["In-house, RN"].total.cost_usd


def test_what_the_tables_refuse_is_listed_with_its_reason():
    found = answers.programs(scenario(start="2024-06", months=3))
    assert list(found.ways) == ["CCM"]
    assert "APCM in 2024-06" in found.refused["APCM"]


def test_the_strict_policy_costs_what_it_blocks():
    found = answers.policies(scenario(months=12))
    base, strict = (found.ways[word].total.gross_usd for word in ("baseline", "strict"))
    assert base > strict
    assert abs(strict / base - Decimal("0.90") / Decimal("0.98")) < Decimal("0.0001")


def test_one_more_patient_is_a_steady_year_of_one_patient(g80):
    minute, patient, post = answers.worth_of_one_more(g80, Decimal(100))
    alone = project(answers.steady(g80, Decimal(1))).total
    assert abs(patient.revenue_usd - alone.revenue_usd) <= Decimal("0.02")
    assert minute.revenue_usd == 0  # 21 minutes earn no more than 20, and zero stays zero
    assert post.revenue_usd == project(answers.steady(g80, Decimal(150))).total.revenue_usd


def test_a_minute_earns_where_it_crosses_a_threshold(g80):
    minute = answers.worth_of_one_more(g80.changed(minutes_histogram="19:10 25:90"), Decimal(100))[
        0
    ]
    assert minute.revenue_usd > 0


def test_break_even_panels_are_exact_around_the_edge():
    made = scenario(credential="ma")
    found = answers.break_even_panel(made)

    def earned(panel):
        whole = project(answers.steady(made, Decimal(panel)).changed(
            payer_lag_months=0, patient_lag_months=0, rework_lag_months=0)).total  # fmt: skip
        return whole.net_usd

    assert earned(found.first) >= 0 > earned(found.first - 1)
    assert earned(found.safe_from) >= 0 > earned(found.safe_from - 1)
    assert answers.break_even_panel(scenario(credential="rn")).first is None
