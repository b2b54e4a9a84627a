from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccm_core.errors import NotInForce, NotPayable, UnknownLocality, UsageError
from ccm_core.fees import allowed
from ccm_core.money.projection import project
from ccm_core.money.scenario import scenario
from ccm_core.months import Month

SHARE = st.decimals(min_value=0, max_value=1, places=3)


def test_g80_by_hand(g80):
    whole = project(g80).total
    assert whole.allowed_usd == Decimal("62062.74")
    assert whole.gross_usd == Decimal("65329.20")
    assert whole.claims == 1080


def test_g80_by_a_second_road(g80):
    """A plain loop over months with its own arithmetic, no code of the product but the fee."""
    sums = Decimal()
    for month in range(1, 13):
        fee = allowed("99490", Month(2025, month).last_day).allowed_usd
        sums += 100 * Decimal("0.90") * Decimal("0.95") * fee
    assert project(g80).total.allowed_usd == sums.quantize(Decimal("0.01"))


def assert_adds_up(line):
    assert sum(line.paid.values()) == line.allowed_usd
    assert line.gross_usd == sum(line.gross.values())
    assert line.revenue_usd == (
        line.paid["medicare"] + line.paid["plan"] + line.paid["crossover"]
        + line.paid["patient"] + line.paid["plan_patient"] - line.uncollected_usd
    )  # fmt: skip
    assert line.net_usd == line.cash_usd - line.cost_usd


@settings(max_examples=25, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "ma_share": SHARE,
            "qmb_share": st.decimals(min_value=0, max_value="0.25", places=3),
            "denial_share": SHARE,
            "rework_share": SHARE,
            "qmb_crossover_share": SHARE,
            "consent_share": SHARE,
            "complex_share": SHARE,
            "personal_share": SHARE,
            "fee_growth_share": st.decimals(min_value="-0.1", max_value="0.1", places=3),
            "delivery": st.sampled_from(["in_house", "outsourced"]),
            "program": st.sampled_from(["ccm", "apcm"]),
        }
    )
)
def test_every_total_is_the_sum_of_its_shown_parts(values):
    made = project(scenario(**values))
    for line in (*made.months, *made.years, made.total):
        assert_adds_up(line)
    for name in ("gross_usd", "cash_usd", "cost_usd", "net_usd", "denied_usd", "revenue_usd"):
        months = sum(getattr(line, name) for line in made.months)
        assert months == getattr(made.total, name)
        assert months == sum(getattr(line, name) for line in made.years)
    assert made.running_net_usd[-1] == made.total.net_usd
    assert made.total.revenue_usd - made.total.cash_usd == made.receivable_usd


@settings(max_examples=25, deadline=None)
@given(a=st.integers(0, 3000), b=st.integers(0, 3000))
def test_more_patients_never_lower_the_gross(a, b):
    low, high = (
        project(scenario(patients_per_physician=n, months=6)).total.gross_usd
        for n in sorted((a, b))
    )
    assert low <= high


@settings(max_examples=20, deadline=None)
@given(a=SHARE, b=SHARE)
def test_more_denials_never_raise_what_is_paid(a, b):
    few, many = sorted((a, b))
    low = project(scenario(denial_share=few, months=6)).total.allowed_usd
    high = project(scenario(denial_share=many, months=6)).total.allowed_usd
    assert low >= high


def test_the_ramp_fills_the_panel_and_then_only_replaces(g80):
    made = project(
        g80.changed(starting_panel=0, consent_share="0.35", ramp_months=10, physicians=1)
    )
    target = 2300 * Decimal("0.2185") * Decimal("0.686") * Decimal("0.95") * Decimal("0.35")
    panels = [line.panel for line in made.months]
    assert panels[0] == (target / 10).quantize(Decimal("0.000001"))
    assert panels[9] == panels[-1] == target.quantize(Decimal("0.000001"))
    assert made.months[-1].new == 0


def test_churn_by_tenure_by_hand(g80):
    """Four months: 30 join in each, 10 % leave while new (2 months), 1 % afterwards."""
    made = project(
        g80.changed(
            months=4, starting_panel=100, patients_per_physician=10_000, medicare_share=1,
            chronic_share=1, excluded_share=0, consent_share="0.03", ramp_months=10,
            tenure_months=2, early_churn_share="0.1", churn_share="0.01",
        )
    )  # fmt: skip
    assert [line.panel for line in made.months] == [
        Decimal(n)
        for n in (
            "130", "156",  # 99 + 27 + 30
            # 98.01 + 24.3 settled, 27 new a month ago, 30 new; then the same once more
            "179.31", "202.3869",
        )
    ]  # fmt: skip


def test_cash_arrives_with_its_lag_and_the_rest_is_receivable(g80):
    made = project(g80.changed(payer_lag_months=2, patient_lag_months=3))
    assert made.months[0].cash_usd == made.months[1].cash_usd == 0
    assert made.months[2].cash["payer"] > 0
    assert made.months[2].cash["patient"] == 0
    late = [line.paid["medicare"] for line in made.months[-2:]]
    assert made.receivable_usd > sum(late)


def test_the_deductible_season_moves_money_from_medicare_to_patients(g80):
    made = project(g80.changed(deductible_open_share="0.6", deductible_months=3))
    january, june = made.months[0], made.months[5]
    assert january.allowed_usd in {june.allowed_usd, june.allowed_usd + Decimal("0.01"),
                                   june.allowed_usd - Decimal("0.01")}  # fmt: skip
    assert january.paid["patient"] > june.paid["patient"]
    assert january.paid["medicare"] < june.paid["medicare"]


def test_hiring_is_stepwise(g80):
    for panel, fte in ((1, "0.5"), (75, "0.5"), (76, "1.0"), (150, "1.0"), (151, "1.5")):
        made = project(
            g80.changed(starting_panel=panel, months=1, nonbillable_minutes=0, oversight_minutes=0)
        )
        assert made.months[0].staff_fte == Decimal(fte), panel


def test_one_nurse_for_one_month_by_hand(g80):
    line = project(g80.changed(months=1, startup_usd=1000)).months[0]
    assert line.costs["staff"] == Decimal("10139.81")  # 173.33 h x 45 $ x 1.30
    assert line.costs["practitioner"] == Decimal("403.00")  # 100 x 3 min x 62 $/h x 1.30
    assert line.costs["software"] == 800
    assert line.costs["start-up"] == 1000


def test_outsourcing_takes_its_share_of_cash_and_no_coordinator(g80):
    line = project(g80.changed(delivery="outsourced", vendor_percent_share="0.5")).total
    assert abs(line.costs["vendor"] - line.revenue_usd / 2) < 1
    assert line.costs["software"] == 0


def test_years_without_a_schedule_are_estimates_at_the_last_fees():
    made = project(scenario(start="2026-12", months=2, consent_share=0, starting_panel=10))
    assert [line.is_estimate for line in made.months] == [False, True]
    assert made.is_estimate
    grown = project(scenario(start="2027-01", months=1, consent_share=0, starting_panel=10,
                             fee_growth_share="0.1", ma_share=0, minutes_histogram="20:1",
                             blocked_baseline_share=0))  # fmt: skip
    assert grown.months[0].gross["99490"] == Decimal("727.40")  # 66.13 x 1.1 = 72.74


def test_a_rural_clinic_bills_single_codes_at_the_national_fee():
    made = project(scenario(setting="rhc", locality="02102-01", start="2026-01", months=1))
    plain = project(scenario(start="2026-01", months=1))
    assert made.total.gross == plain.total.gross


def test_apcm_bills_by_level_and_qmb_by_its_own():
    line = project(scenario(program="apcm", start="2025-01", months=1, starting_panel=100,
                            consent_share=0, ma_share=0, qmb_share="0.2", supplement_share="0.5",
                            apcm_billable_share=1, blocked_baseline_share=0)).months[0]  # fmt: skip
    assert line.units == {"G0557": 80, "G0558": 20}
    assert line.gross["G0557"] == 80 * allowed("G0557", Month(2025, 1).last_day).allowed_usd


def test_own_claims_replace_the_minutes():
    line = project(scenario(code_mix="99490:0.8 99439:0.1", months=1, starting_panel=100,
                            consent_share=0, blocked_baseline_share=0)).months[0]  # fmt: skip
    assert line.units == {"99490": 80, "99439": 10}
    assert line.claims == 80


def test_break_even_needs_the_running_net_to_stay_up(g80):
    made = project(g80.changed(months=36, wage_rn_usd=15, startup_usd=0, starting_panel=150))
    running = made.running_net_usd
    index = [line.label for line in made.months].index(made.break_even_month)
    assert running[index - 1] < 0
    assert all(net >= 0 for net in running[index:])
    assert project(g80.changed(wage_rn_usd=300)).break_even_month is None


def test_errors_of_the_tables_reach_the_reader():
    with pytest.raises(NotInForce):
        project(scenario(start="2018-01", months=1))
    with pytest.raises(UnknownLocality):
        project(scenario(locality="99999-99", months=1))
    with pytest.raises((NotPayable, UsageError, NotInForce)):
        project(scenario(setting="rhc", start="2024-01", months=1))


def test_a_redraw_asks_for_no_fee_again():
    asked = []

    def price(*key):
        asked.append(key)
        return allowed(*key)

    project(scenario(), price)
    first = len(asked)
    assert first > 0
    project(scenario(consent_share="0.36"), price)
    assert len(asked) == first


def test_without_sequestration_its_part_goes_to_medicare_and_nothing_else_moves(g80):
    cut, uncut = project(g80), project(g80.changed(is_sequestered=False))
    lost = cut.total.paid["sequestration"]
    assert lost > 0
    assert uncut.total.paid["sequestration"] == 0
    assert uncut.total.paid["medicare"] - cut.total.paid["medicare"] == lost
    assert uncut.total.gross_usd == cut.total.gross_usd
    assert uncut.total.paid["patient"] == cut.total.paid["patient"]
