import random

import numpy as np
import pytest

from ccm_core import fees
from ccm_core.errors import UsageError
from ccm_core.money.assumptions import assumptions
from ccm_core.money.backtest import PastMonth, backtest
from ccm_core.money.projection import project
from ccm_core.money.scenario import scenario
from ccm_core.money.tornado import tornado
from ccm_core.money.uncertainty import QUANTILES, simulate, spans_of
from ccm_core.months import Month

EVERY = frozenset(assumptions())


@pytest.mark.parametrize(
    "values",
    [
        {}, {"delivery": "outsourced"}, {"program": "apcm"},
        {"policy": "strict", "start": "2024-01"},
        {"personal_share": "0.2", "fee_growth_share": "0.02", "months": 48, "tenure_months": 0},
    ],
)  # fmt: skip
def test_without_chance_the_simulation_is_the_projection(values):
    made = scenario(**values)
    exact = project(made)
    still = simulate(made, draws=2, certain=EVERY, has_chance=False)
    for measure, name in (("gross", "gross_usd"), ("cash", "cash_usd"), ("cost", "cost_usd")):
        months = [float(getattr(line, name)) for line in exact.months]
        # Only the rounding of single Advantage and grown fees to the cent differs.
        assert np.allclose(still.paths[measure][0], months, rtol=2e-4, atol=0.02), measure


def test_g80_without_chance(g80):
    still = simulate(g80, draws=1, certain=EVERY, has_chance=False)
    assert still.paths["gross"].sum() * 0.95 == pytest.approx(62062.74, abs=0.005)


def test_the_same_seed_gives_the_same_paths_and_another_does_not():
    one, same, other = (simulate(scenario(), 200, seed) for seed in (7, 7, 8))
    assert np.array_equal(one.paths["net"], same.paths["net"])
    assert not np.array_equal(one.paths["net"], other.paths["net"])


def test_bands_are_in_order_and_hold_the_share_they_say():
    made = simulate(scenario(), 4000, 3)
    bands = made.bands("running")
    rows = np.array([bands[q] for q in QUANTILES])
    assert (np.diff(rows, axis=0) >= 0).all()
    inside = (made.paths["running"][:, -1] >= bands[0.10][-1]) & (
        made.paths["running"][:, -1] <= bands[0.90][-1]
    )
    assert inside.mean() == pytest.approx(0.8, abs=0.01)
    assert 0 <= made.break_even_share <= 1


def test_chance_alone_is_centered_on_the_projection():
    made = scenario(starting_panel=100)
    drawn = simulate(made, 4000, 5, certain=EVERY)
    assert drawn.paths["gross"].sum(axis=1).mean() == pytest.approx(
        float(project(made).total.gross_usd), rel=0.01
    )
    assert drawn.paths["gross"].sum(axis=1).std() > 0


def test_counts_never_leave_what_is_possible():
    made = simulate(scenario(patients_per_physician=20), 2000, 5)
    assert (made.paths["gross"] >= 0).all()
    assert np.isfinite(made.paths["net"]).all()


def test_an_input_set_to_zero_by_hand_stays_zero():
    spans = {span.name: span for span in spans_of(scenario(ma_share=0, denial_share="0.2"))}
    assert spans["ma_share"].is_point
    assert not spans["denial_share"].is_point
    assert spans["denial_share"].low < spans["denial_share"].mode < spans["denial_share"].high
    assert all(span.high <= 1 for span in spans.values() if span.name.endswith("_share"))


def test_draws_are_limited():
    for draws in (0, 100_001):
        with pytest.raises(UsageError):
            simulate(scenario(), draws)


def test_ten_thousand_draws_ask_for_no_more_fees_than_ten():
    asked = []

    def price(*key):
        asked.append(key)
        return fees.allowed(*key)

    simulate(scenario(), 10, price=price)
    first = len(asked)
    assert first > 0
    assert simulate(scenario(), 10_000, price=price).paths["net"].shape == (10_000, 36)
    assert len(asked) == first


def test_a_tornado_is_sorted_and_its_ends_are_projections():
    made = scenario()
    bars = tornado(made)
    swings = [bar.swing_usd for bar in bars]
    assert swings == sorted(swings, reverse=True)
    top = bars[0]
    at_low = float(project(made.changed(**{top.name: top.span.low})).total.net_usd)
    assert top.at_low_usd == pytest.approx(at_low, rel=1e-3)
    assert top.base_usd == pytest.approx(float(project(made).total.net_usd), rel=1e-3)


def history(months, share=0.85, seed=1):
    first = Month(2026, 11).plus(-months)
    chance = random.Random(seed)
    panel, rows = 200, []
    for i in range(months):
        new, left = chance.randint(6, 12), chance.randint(3, 7)
        panel += new - left
        claims = round(panel * (share + chance.uniform(-0.03, 0.03)))
        rows.append(PastMonth(first.plus(i), panel, new, left, claims, claims * 66.13))
    return rows


def test_a_steady_history_is_forecast_within_its_band():
    made = backtest(history(24), held_out=6)
    assert made.has_passed
    assert made.verdict.startswith("Passed. 18 months forecast the next 6")
    assert made.mean_error_share < 0.1
    assert all(row.low_usd <= row.median_usd <= row.high_usd for row in made.rows)


def test_a_collapse_nobody_could_see_fails_and_says_so():
    rows = history(24)
    broken = [
        *rows[:-6],
        *(PastMonth(r.month, r.panel, r.new, r.left, r.claims // 2, r.allowed_usd / 2)
          for r in rows[-6:]),
    ]  # fmt: skip
    made = backtest(broken, held_out=6)
    assert not made.has_passed
    assert made.coverage_share == 0
    assert made.bias_share > 0.5
    assert "FAILED" in made.verdict


def test_over_many_histories_the_band_holds_about_what_it_promises():
    inside = [
        row.is_inside
        for seed in range(40)
        for row in backtest(history(24, seed=seed), held_out=3, draws=500).rows
    ]
    assert 0.6 <= np.mean(inside) <= 0.98


@pytest.mark.parametrize("held_out", [0, 19, 30])
def test_too_little_history_is_refused(held_out):
    with pytest.raises(UsageError, match="back-test needs"):
        backtest(history(24), held_out=held_out)


def test_a_gap_in_the_history_is_refused():
    rows = history(24)
    with pytest.raises(UsageError, match="jumps from"):
        backtest(rows[:10] + rows[11:])
