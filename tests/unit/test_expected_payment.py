from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccm_core.errors import NotInForce, UsageError
from ccm_core.payment import medicare
from ccm_core.payment.expected import expected, total
from ccm_core.sources import source
from ccm_core.tables import load

USD = st.decimals(min_value=0, max_value=2000, places=2)
DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31))


def parts(line):
    return line.medicare_usd + line.patient_usd + line.sequestration_usd + line.written_off_usd


def test_g79_february_2025_at_60_49():
    line = expected(Decimal("60.49"), date(2025, 2, 28))
    assert (line.medicare_usd, line.patient_usd) == (Decimal("47.42"), Decimal("12.10"))
    assert line.sequestration_usd == Decimal("0.97")


def test_g75_a_qmb_patient_owes_nothing_and_nothing_is_lost_from_the_sum():
    line = expected(Decimal("60.49"), date(2025, 2, 28), qmb=True)
    assert line.patient_usd == 0
    assert line.written_off_usd == Decimal("12.10")
    assert line.medicare_usd == Decimal("47.42")
    assert parts(line) == line.allowed_usd


@pytest.mark.parametrize(
    ("on", "share"),
    [
        (date(2013, 3, 31), "0"), (date(2013, 4, 1), "0.02"),
        (date(2020, 4, 30), "0.02"), (date(2020, 5, 1), "0"),
        (date(2022, 3, 31), "0"), (date(2022, 4, 1), "0.01"),
        (date(2022, 6, 30), "0.01"), (date(2022, 7, 1), "0.02"), (date(2026, 11, 21), "0.02"),
    ],
)  # fmt: skip
def test_sequestration_by_date(on, share):
    assert medicare.sequestration_share(on) == Decimal(share)


def test_while_sequestration_was_suspended_medicare_pays_four_fifths():
    line = expected(Decimal("100"), date(2021, 6, 30))
    assert (line.medicare_usd, line.patient_usd, line.sequestration_usd) == (80, 20, 0)


def test_an_open_deductible_is_the_patients_and_is_not_cut():
    line = expected(Decimal("60.49"), date(2025, 1, 31), deductible_left_usd=Decimal("257"))
    assert (line.patient_usd, line.medicare_usd, line.sequestration_usd) == (Decimal("60.49"), 0, 0)


def test_the_last_dollars_of_a_deductible_then_coinsurance_on_the_rest():
    line = expected(Decimal("100"), date(2025, 3, 31), deductible_left_usd=Decimal("40"))
    assert line.deductible_usd == 40
    assert line.patient_usd == 52  # 40 + 20 % of 60
    assert line.sequestration_usd == Decimal("0.96")
    assert line.medicare_usd == Decimal("47.04")


def test_a_plan_pays_by_contract_and_says_it_is_an_estimate():
    line = expected(
        Decimal("58.68"), date(2026, 1, 31), payer="medicare_advantage",
        plan_patient_share=Decimal("0.10"),
    )  # fmt: skip
    assert line.is_estimate
    assert (line.medicare_usd, line.patient_usd) == (Decimal("52.81"), Decimal("5.87"))
    assert line.sequestration_usd == 0


@given(USD, DAYS, st.booleans(), st.sampled_from(["medicare", "medicare_advantage"]), USD)
def test_the_parts_are_the_whole(allowed, on, qmb, payer, deductible):
    line = expected(allowed, on, qmb, payer, deductible)
    assert parts(line) == line.allowed_usd
    assert all(
        part >= 0
        for part in (
            line.medicare_usd,
            line.patient_usd,
            line.sequestration_usd,
            line.written_off_usd,
        )
    )
    assert line.cost_share_usd >= line.deductible_usd


@given(st.lists(USD, max_size=20), DAYS)
def test_totals_are_sums_of_shown_lines(amounts, on):
    lines = [expected(amount, on) for amount in amounts]
    sums = total(lines)
    assert sums["allowed_usd"] == sum(line.allowed_usd for line in lines)
    assert sums["allowed_usd"] == sum(v for k, v in sums.items() if k != "allowed_usd")


@given(USD, USD, DAYS)
def test_a_higher_fee_never_pays_medicare_less(a, b, on):
    low, high = sorted((a, b))
    assert expected(low, on).medicare_usd <= expected(high, on).medicare_usd


def test_what_cannot_be_is_refused():
    with pytest.raises(UsageError, match="below zero"):
        expected(Decimal("-1"), date(2025, 1, 1))
    with pytest.raises(UsageError, match="Payer 'va'"):
        expected(Decimal("1"), date(2025, 1, 1), payer="va")
    with pytest.raises(NotInForce):
        medicare.number("part_b_deductible_usd", date(2027, 1, 1))


def test_a_deductible_not_yet_known_is_the_last_one_and_says_so():
    assert medicare.part_b_deductible_usd(date(2027, 5, 1)) == 283
    assert not medicare.is_known("part_b_deductible_usd", date(2027, 5, 1))
    assert medicare.is_known("part_b_deductible_usd", date(2026, 5, 1))


def test_every_row_names_a_listed_source_of_the_same_confidence():
    for row in load("medicare_numbers", "name").rows:
        assert source(row.cite).confidence == row["confidence"], row.where
