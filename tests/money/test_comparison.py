from datetime import date
from decimal import Decimal

import pytest

from ccm_core import fees
from ccm_core.errors import UsageError
from ccm_core.money.comparison import by_locality, by_state, by_year
from ccm_core.money.history import OwnFigures, churn_of, own_inputs
from ccm_core.money.projection import project
from ccm_core.money.scenario import scenario


def test_one_code_over_the_years_in_both_settings():
    rows = by_year(["99490"], range(2021, 2027))
    amounts = {(row.on.year, row.setting): row.allowed_usd for row in rows}
    assert amounts[2025, "nonfacility"] == Decimal("60.49")
    assert amounts[2025, "facility"] == Decimal("47.87")
    assert len(amounts) == 12


def test_where_there_is_no_amount_there_is_a_reason_and_no_zero():
    rows = by_year(["99454", "G2058"], [2025])
    facility = next(r for r in rows if r.code == "99454" and r.setting == "facility")
    assert (facility.allowed_usd, "NA" in facility.reason) == (None, True)
    assert all(row.allowed_usd is None and row.reason for row in rows if row.code == "G2058")


def test_localities_are_ranked_and_alaska_leads():
    ranked = by_locality("99490", date(2025, 12, 31))
    assert len(ranked) == len(fees.localities(2025))
    assert (ranked[0].state, ranked[0].allowed_usd, ranked[0].rank) == ("AK", Decimal("77.99"), 1)
    assert ranked[0].percent_of_national == Decimal("128.9")
    amounts = [row.allowed_usd for row in ranked]
    assert amounts == sorted(amounts, reverse=True)
    alabama = next(row for row in ranked if row.state == "AL")
    assert alabama.allowed_usd == Decimal("56.23")


def test_equal_amounts_share_a_rank():
    ranked = by_locality("99490", date(2025, 12, 31))
    for first, second in zip(ranked, ranked[1:], strict=False):
        assert (first.rank == second.rank) == (first.allowed_usd == second.allowed_usd)


def test_a_state_is_the_mean_of_its_localities():
    ranked = by_locality("99490", date(2025, 12, 31))
    states = by_state(ranked)
    assert states["AL"] == Decimal("56.23")
    california = [row.allowed_usd for row in ranked if row.state == "CA"]
    assert min(california) <= states["CA"] <= max(california)


def test_estimates_say_so():
    assert any(row.is_estimate for row in by_locality("99490", date(2026, 6, 30)))


def test_churn_by_hand():
    # Ten leave in month 2 of 10; ninety stay 10 months. New are the first 3.
    spells = [(2, True)] * 10 + [(10, False)] * 85 + [(10, True)] * 5
    early, later = churn_of(spells, 3)
    assert early == (Decimal(10) / (10 * 2 + 90 * 3)).quantize(Decimal("0.000001"))
    assert later == (Decimal(5) / (90 * 7)).quantize(Decimal("0.000001"))
    assert churn_of([(2, True), (2, False)], 3) == (Decimal("0.25"), Decimal("0.25"))
    with pytest.raises(UsageError):
        churn_of([(0, False)], 3)


OWN = OwnFigures(
    minutes=[10] * 20 + [25] * 60 + [45] * 20,
    units={"99490": 76, "99439": 18},
    spells=[(12, False)] * 9 + [(12, True)],
    claims=80, denied_first=8, reworked=6, reworked_paid=3,
    blocked={"baseline": 4, "strict": 12}, reached=80,
)  # fmt: skip


def test_own_history_replaces_the_defaults():
    made = own_inputs(OWN, scenario())
    assert made.minutes_histogram == "counted 10:20 25:60 45:20"
    assert (made.denial_share, made.rework_share, made.rework_success_share) == (
        Decimal("0.1"), Decimal("0.75"), Decimal("0.5"),
    )  # fmt: skip
    assert (made.blocked_baseline_share, made.blocked_strict_share) == (
        Decimal("0.05"), Decimal("0.15"),
    )  # fmt: skip
    assert made.early_churn_share == 0
    line = project(made.changed(months=1, starting_panel=100, consent_share=0)).months[0]
    assert line.units["99490"] == 76  # 80 of 100 reach 20 minutes, 5 % of those are blocked


def test_own_claims_are_already_what_passed():
    made = own_inputs(OWN, scenario(), use_claims=True)
    line = project(made.changed(months=1, starting_panel=100, consent_share=0)).months[0]
    assert line.units == {"99439": 18, "99490": 76}


def test_what_the_history_does_not_know_stays_at_its_default():
    made = own_inputs(OwnFigures(claims=50), scenario())
    assert made == scenario()
    with pytest.raises(UsageError, match="at least 30"):
        own_inputs(OwnFigures(minutes=[20] * 29), scenario())
