"""Samples can be drawn again, and the arithmetic equals published worked values."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccm_core.claims.intervals import (
    clopper_pearson,
    hypergeometric,
    normal_quantile,
    t_quantile,
    wilson,
)
from ccm_core.claims.sampling import (
    Stratum,
    Verdict,
    draw,
    draw_stratified,
    error_rate,
    estimate,
    extrapolate,
    proportional,
    work_paper,
)
from ccm_core.errors import UsageError

FRAME = [f"C{number:04d}" for number in range(500)]
FIRST = Verdict(draw(FRAME, 1, "s").item_ids[0], True, Decimal(1))


@pytest.mark.parametrize(
    ("errors", "sampled", "exact", "score"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, 95 percent, methods 5 and 3
        (81, 263, (0.2527, 0.3676), (0.2553, 0.3662)),
        (15, 148, (0.0578, 0.1617), (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1684), (0.0000, 0.1611)),
        (1, 29, (0.0009, 0.1776), (0.0061, 0.1718)),
    ],
)
def test_newcombe_1998(errors, sampled, exact, score):
    found = clopper_pearson(errors, sampled, 0.95)
    assert (round(found.low, 4), round(found.high, 4)) == exact
    found = wilson(errors, sampled, 0.95)
    assert (round(found.low, 4), round(found.high, 4)) == score


def test_scipy_documentation():
    found = clopper_pearson(7, 50, 0.95)
    assert found.low == pytest.approx(0.05819170033997342, rel=1e-9)
    assert found.high == pytest.approx(0.26739600249700846, rel=1e-9)


@pytest.mark.parametrize(
    ("freedom", "published"),
    [(1, 6.314), (2, 2.920), (5, 2.015), (10, 1.812), (29, 1.699), (99, 1.660), (120, 1.658)],
)
def test_t_table(freedom, published):
    """Upper 5 percent points of Student's t, as printed in every table."""
    assert round(t_quantile(0.95, freedom), 3) == published
    assert t_quantile(0.05, freedom) == pytest.approx(-t_quantile(0.95, freedom))


def test_normal_table():
    assert normal_quantile(0.95) == pytest.approx(1.644853626951)


def test_cochran_petition_sheets():
    """Cochran, Sampling Techniques, 3rd ed. 1977, section 2.8: 676 sheets, 50 drawn.

    Total 1,471, s squared 229.0: point estimate 19,888, limits at z = 1.28 of
    18,107 and 21,669.
    """
    found = estimate([Stratum("sheets", 676, 50, 1471 / 50, math.sqrt(229.0))], 0.80)
    assert round(found.point_usd) == 19888
    half = Decimal("1.28") * found.standard_error_usd
    assert abs(found.point_usd - half - 18107) < 2
    assert abs(found.point_usd + half - 21669) < 2


def test_lohr_farm_acres():
    """Lohr, Sampling: Design and Analysis, example 3.2: four regions, total and its error."""
    found = estimate(
        [
            Stratum("NC", 1054, 103, 300504.16, math.sqrt(29618183543)),
            Stratum("NE", 220, 21, 97629.81, math.sqrt(7647472708)),
            Stratum("S", 1382, 135, 211315.04, math.sqrt(53587487856)),
            Stratum("W", 422, 41, 662295.51, math.sqrt(396185950266)),
        ],
        0.95,
    )
    assert abs(found.point_usd - 909736034) < 2
    assert abs(found.standard_error_usd - 50417248) < 2
    assert "normal" in found.method


def test_a_worked_overpayment():
    """100 of 1,000 claims, ten overpaid by 50: 5 per claim, s = 15.0756; t(99) = 1.660391."""
    sample = draw([f"C{n}" for n in range(1000)], 100, "2025-self-audit")
    wrong = set(sample.item_ids[:10])
    verdicts = [Verdict(i, i in wrong, Decimal(50 if i in wrong else 0)) for i in sample.item_ids]
    found = extrapolate(sample, verdicts)
    assert found.point_usd == Decimal("5000.00")
    # 1000 x 15.0756 / 10 x sqrt(0.9) = 1430.19
    assert found.standard_error_usd == Decimal("1430.19")
    assert found.quantile == pytest.approx(1.660391156)
    assert found.low_usd == Decimal("2625.32")
    assert found.refund_usd == found.low_usd
    rate = error_rate(verdicts)
    assert (rate.errors, rate.share) == (10, 0.1)
    assert rate.interval.low < 0.1 < rate.interval.high


def test_underpayments_count_against_overpayments():
    sample = draw(FRAME, 10, "s")
    verdicts = [Verdict(item, True, Decimal(-1)) for item in sample.item_ids]
    found = extrapolate(sample, verdicts)
    assert (found.point_usd, found.refund_usd) == (Decimal("-500.00"), Decimal("0.00"))


def test_a_full_count_has_no_error():
    sample = draw(FRAME[:5], 5, "s")
    found = extrapolate(
        sample, [Verdict(i, True, Decimal(n)) for n, i in enumerate(sample.item_ids)]
    )
    assert found.low_usd == found.high_usd == found.point_usd == Decimal("10.00")


@given(st.permutations(FRAME[:40]), st.integers(1, 40), st.text(max_size=10))
def test_the_same_seed_draws_the_same_items(frame, size, seed):
    first, again = draw(FRAME[:40], size, seed), draw(frame, size, seed)
    assert first == again
    assert len(set(first.item_ids)) == size
    assert set(first.item_ids) <= set(FRAME[:40])
    # A larger sample of one seed begins with the smaller one: spares come for free.
    assert draw(frame, 40, seed).item_ids[:size] == first.item_ids


def test_a_known_draw_stays():
    assert draw(FRAME, 3, "2025").item_ids == draw(reversed(FRAME), 3, "2025").item_ids
    assert draw(FRAME, 20, "1").item_ids != draw(FRAME, 20, "2").item_ids


def test_draws_are_even():
    hits = dict.fromkeys(FRAME[:50], 0)
    for seed in range(400):
        for item in draw(hits, 10, str(seed)).item_ids:
            hits[item] += 1
    assert sum(hits.values()) == 4000
    assert all(50 <= count <= 110 for count in hits.values())  # 80 expected


@given(
    st.dictionaries(st.sampled_from("abcde"), st.integers(1, 60), min_size=1),
    st.data(),
)
def test_proportional_sizes_sum_and_fit(counts, data):
    frame = {name: [f"{name}{n}" for n in range(count)] for name, count in counts.items()}
    total = sum(counts.values())
    least = sum(min(2, count) for count in counts.values())
    size = data.draw(st.integers(least, total))
    sizes = proportional(frame, size)
    assert all(min(2, counts[name]) <= sizes[name] <= counts[name] for name in frame)
    assert sum(sizes.values()) == size
    drawn = draw_stratified(frame, sizes, "s")
    assert len(drawn.item_ids) == size


def test_stratified_extrapolation_adds_up():
    frame = {"99490": FRAME[:300], "99487": FRAME[300:]}
    sample = draw_stratified(frame, {"99490": 30, "99487": 20}, "s")
    verdicts = [Verdict(item, n % 5 == 0, Decimal(n % 5 == 0) * 60)
                for n, item in enumerate(sample.item_ids)]  # fmt: skip
    found = extrapolate(sample, verdicts)
    assert found.point_usd == sum(Decimal(repr(s.total)) for s in found.strata).quantize(
        Decimal("0.01")
    )
    assert found.low_usd < found.point_usd < found.high_usd
    assert (found.population, found.sampled) == (500, 50)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: draw([*FRAME, FRAME[0]], 3, "s"),
        lambda: draw(FRAME, 501, "s"),
        lambda: draw(FRAME, -1, "s"),
        lambda: draw_stratified({"a": FRAME}, {"b": 1}, "s"),
        lambda: extrapolate(draw(FRAME, 3, "s"), []),
        lambda: extrapolate(draw(FRAME, 1, "s"), [FIRST]),
        lambda: extrapolate(draw(FRAME, 2, "s"), [FIRST, FIRST]),
        lambda: proportional({"a": FRAME, "b": ["x", "y"]}, 3),
        lambda: clopper_pearson(3, 2),
        lambda: clopper_pearson(0, 0),
        lambda: wilson(1, 2, 1.0),
        lambda: hypergeometric(1, 10, 5),
        lambda: t_quantile(0.95, 0),
        lambda: proportional({"a": FRAME}, 0),
        lambda: estimate([]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(UsageError):
        wrong()


@given(st.integers(1, 60), st.data(), st.sampled_from([0.8, 0.9, 0.95]))
@settings(max_examples=60)
def test_intervals_hold_the_sample_share(sampled, data, confidence):
    errors = data.draw(st.integers(0, sampled))
    share = errors / sampled
    for found in (
        clopper_pearson(errors, sampled, confidence),
        wilson(errors, sampled, confidence),
        hypergeometric(errors, sampled, sampled * 4, confidence),
    ):
        assert -1e-12 <= found.low <= share + 1e-12
        assert share - 1e-12 <= found.high <= 1 + 1e-12


def test_the_exact_interval_of_a_small_population():
    """By hand: 1 of 2 drawn from 4 is wrong. 1 wrong: P(>=1) = 1/2; 3 wrong: P(<=1) = 1/2."""
    found = hypergeometric(1, 2, 4, 0.90)
    assert (found.low, found.high) == (0.25, 0.75)
    whole = hypergeometric(3, 10, 10)
    assert (whole.low, whole.high) == (0.3, 0.3)
    large = hypergeometric(5, 100, 100_000)
    assert large.low == pytest.approx(clopper_pearson(5, 100).low, abs=1e-4)


def test_the_work_paper_lists_every_drawn_item():
    sample = draw_stratified({"b": FRAME[:5], "a": FRAME[5:9]}, {"a": 2, "b": 1}, "s")
    first = sample.item_ids[0]
    rows = work_paper(sample, [Verdict(first, True, Decimal("60.49"), "auditor", "no consent")])
    assert [(row["stratum"], row["draw"]) for row in rows] == [("a", "1"), ("a", "2"), ("b", "1")]
    assert rows[0]["item"] == first
    assert (rows[0]["verdict"], rows[0]["overpaid_usd"]) == ("error", "60.49")
    assert rows[1]["verdict"] == ""
