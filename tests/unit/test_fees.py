"""Allowed amounts: what was published, what an independent sum says, what is refused."""

from __future__ import annotations

import csv
import itertools
import time
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ccm_core import fees, sources
from ccm_core.errors import NotInForce, NotPayable, UsageError

ROOT = Path(__file__).resolve().parents[2]
MARCH = date(2025, 3, 31)


def lines(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def published() -> list[dict[str, str]]:
    return lines("tests/oracles/published_rates.csv")


# The carrier files print a facility amount even where the relative value file marks the
# facility setting NA. The product follows the mark: it is "not paid there", never a number.
PRINTED_THOUGH_NA = {
    ("99453", "10112-00"),
    ("99453", "02102-01"),
    ("99454", "10112-00"),
    ("99454", "02102-01"),
    ("99473", "10112-00"),
    ("G0179", "02102-01"),
    ("G0180", "02102-01"),
    ("G0181", "02102-01"),
    ("G0182", "02102-01"),
    ("G0438", "10112-00"),
    ("G0439", "10112-00"),
}


def is_na(rate: dict[str, str]) -> bool:
    return rate["setting"] == "facility" and (rate["code"], rate["locality"]) in PRINTED_THOUGH_NA


def of_published(rate: dict[str, str]) -> fees.Fee:
    # The middle of the year: a single rate per year was published.
    on = date(int(rate["year"]), 7, 1)
    return fees.allowed(rate["code"], on, rate["locality"], rate["setting"])


def test_published_amounts_reproduce_to_the_cent():
    checked = 0
    for rate in published():
        if not is_na(rate):
            assert of_published(rate).allowed_usd == Decimal(rate["published_amount"]), rate
            checked += 1
    assert checked == 179


def test_amounts_printed_for_an_na_setting_are_refused():
    refused = [rate for rate in published() if is_na(rate)]
    assert len(refused) == len(PRINTED_THOUGH_NA) == 11
    for rate in refused:
        with pytest.raises(NotPayable, match="NA: not paid there"):
            of_published(rate)


def in_cents(amount: Fraction) -> int:
    """Half up; every amount here is positive."""
    return (amount * 200 + 1) // 2


def by_hand(rvu, gpci, factor, setting) -> int:
    parts = (
        ("work_rvu", "work_gpci"),
        (f"{setting}_pe_rvu", "pe_gpci"),
        ("mp_rvu", "mp_gpci"),
    )
    total = sum(Fraction(rvu[value]) * Fraction(gpci[index]) for value, index in parts)
    return in_cents(total * Fraction(factor["conversion_factor"]))


def overlapping(row, others):
    return [
        each
        for each in others
        if each["valid_from"] <= row["valid_to"] and row["valid_from"] <= each["valid_to"]
    ]


def test_every_code_in_some_localities_against_an_independent_sum():
    gpcis, factors = lines("data/gpci.csv"), lines("data/conversion_factors.csv")
    wanted = {"02102-01", "01112-05", "10112-00", "09102-04", "13202-01", "03602-21"}
    gpcis = [each for each in gpcis if each["locality"] in wanted]
    compared = 0
    for rvu in lines("data/rvu.csv"):
        if rvu["status"] not in {"A", "R", "T"}:
            continue
        for gpci, factor in itertools.product(overlapping(rvu, gpcis), overlapping(rvu, factors)):
            for setting in fees.SETTINGS:
                if rvu[f"{setting}_na"] == "1":
                    continue
                on = max(rvu["valid_from"], gpci["valid_from"], factor["valid_from"])
                found = fees.allowed(
                    rvu["code"],
                    date.fromisoformat(on),
                    gpci["locality"],
                    setting,
                    qp=factor["basis"] == "qualifying",
                )
                expected = by_hand(rvu, gpci, factor, setting)
                assert found.allowed_usd * 100 == expected, (rvu["code"], on, gpci["locality"])
                compared += 1
    assert compared > 9_000


def test_every_locality_and_year_for_99490_against_an_independent_sum():
    rvus = [row for row in lines("data/rvu.csv") if row["code"] == "99490"]
    factors = [f for f in lines("data/conversion_factors.csv") if f["basis"] != "qualifying"]
    rows = lines("data/gpci.csv")
    for gpci in rows:
        (rvu,), factor = overlapping(gpci, rvus), overlapping(gpci, factors)[-1]
        on = date.fromisoformat(max(gpci["valid_from"], factor["valid_from"]))
        found = fees.allowed("99490", on, gpci["locality"])
        assert found.allowed_usd * 100 == by_hand(rvu, gpci, factor, "nonfacility")
        assert found.estimate == gpci["basis"].startswith("carried")
    assert len(rows) == 887


def test_rounds_half_up_once_at_the_end():
    # 2.00 x 0.5025 rounds to 1.01 half up; a banker would say 1.00.
    assert in_cents(Fraction("1.005")) == 101
    assert of_published(published()[0]).allowed_usd.as_tuple().exponent == -2


def test_factor_of_2024_changes_on_9_march():
    before, after = (fees.allowed("99490", date(2024, 3, day)) for day in (8, 9))
    assert (before.conversion_factor, before.allowed_usd) == (Decimal("32.7442"), Decimal("61.56"))
    assert (after.conversion_factor, after.allowed_usd) == (Decimal("33.2875"), Decimal("62.58"))
    assert before.rvu == after.rvu


def test_qualifying_participants_have_their_own_factor_from_2026():
    assert fees.allowed("99490", date(2026, 3, 31)).conversion_factor == Decimal("33.4009")
    own = fees.allowed("99490", date(2026, 3, 31), qp=True)
    assert own.conversion_factor == Decimal("33.5675")
    assert own.cites[-1].startswith("cms-1832-f#")


def test_before_2026_a_qualifying_participant_gets_the_one_factor_and_a_note():
    found = fees.allowed("99490", MARCH, qp=True)
    assert found.allowed_usd == fees.allowed("99490", MARCH).allowed_usd
    assert any("qualifying" in note for note in found.notes)


def test_a_gpci_carried_into_2026_makes_an_estimate_and_a_real_one_does_not():
    carried = fees.allowed("99490", date(2026, 3, 31), "03602-21")
    assert carried.estimate
    assert "GPCI2025, carried into 2026" in carried.notes[0]
    assert not fees.allowed("99490", date(2026, 3, 31), "10112-00").estimate
    assert not fees.allowed("99490", date(2026, 3, 31)).estimate


def test_the_national_amount_uses_indices_of_one():
    found = fees.allowed("99490", MARCH)
    assert found.locality == "national"
    assert set(found.gpci.values()) == {Decimal(1)}
    assert found.allowed_usd == Decimal("60.49")


def test_facility_and_nonfacility_differ_only_in_practice_expense():
    office, hospital = (fees.allowed("99490", MARCH, setting=name) for name in fees.SETTINGS)
    assert office.rvu["work"] == hospital.rvu["work"]
    assert office.rvu["pe"] > hospital.rvu["pe"]


@pytest.mark.parametrize(
    ("code", "on", "says"),
    [
        ("99454", MARCH, None),
        ("G0511", MARCH, "X"),
        ("90952", MARCH, "C"),
        ("99375", MARCH, "I"),
        ("99441", date(2019, 6, 1), "N"),
        ("G2211", date(2023, 6, 1), "B"),
    ],
)
def test_an_unpriced_code_is_refused_and_never_worth_zero(code, on, says):
    setting = "nonfacility" if says else "facility"
    with pytest.raises(NotPayable) as refused:
        fees.allowed(code, on, setting=setting)
    message = str(refused.value)
    assert f"{code} on {on.isoformat()} ({setting}) was asked" in message
    assert "$0" not in message
    if says:
        assert f"as {says}: " in message


@pytest.mark.parametrize(
    ("code", "on", "hint"),
    [
        ("99490", date(2018, 12, 31), "2019-01-01 to 2026-12-31"),
        ("99490", date(2027, 1, 1), "2019-01-01 to 2026-12-31"),
        ("G2058", date(2021, 1, 1), "2020-01-01 to 2020-12-31"),
        ("99439", date(2020, 12, 31), "2021-01-01"),
        ("G2065", date(2022, 1, 1), "2020-01-01 to 2021-12-31"),
        ("G0511", date(2026, 1, 1), "2025-12-31"),
        ("99445", date(2025, 12, 31), "2026-01-01 to 2026-12-31"),
        ("12345", MARCH, "no such code"),
        ("", MARCH, "no such code"),
    ],
)
def test_a_code_out_of_force_says_when_it_was(code, on, hint):
    with pytest.raises(NotInForce) as refused:
        fees.allowed(code, on)
    assert hint in str(refused.value)


def test_no_proposed_factor_is_on_record():
    assert max(row["valid_to"] for row in lines("data/conversion_factors.csv")) == "2026-12-31"


@pytest.mark.parametrize("setting", ["office", "", "Facility"])
def test_an_unknown_setting_is_refused(setting):
    with pytest.raises(UsageError, match="nonfacility, facility"):
        fees.allowed("99490", MARCH, setting=setting)


def test_codes_of_one_year_only_are_priced_in_that_year():
    assert fees.allowed("G2058", date(2020, 6, 1)).allowed_usd == Decimal("37.89")
    assert fees.allowed("99491", date(2019, 6, 1)).allowed_usd > 0


def test_flags_lent_by_another_release_are_said():
    assert "status from RVU20A" in fees.allowed("99490", date(2019, 6, 1)).notes[0]
    with pytest.raises(NotPayable):
        fees.allowed("99454", date(2019, 6, 1), setting="facility")
    with pytest.raises(NotPayable):
        fees.allowed("99454", date(2024, 11, 1), setting="facility")


def test_every_cite_resolves_to_a_source():
    for on, locality in ((MARCH, "10112-00"), (date(2026, 5, 1), "03602-21")):
        for cite in fees.allowed("99490", on, locality, qp=True).cites:
            assert sources.source(cite).title


def test_a_million_repeated_questions_are_answered_from_memory():
    asked = [("99490", "10112-00"), ("99439", "10112-00"), ("99487", "02102-01")]
    for code, locality in asked:
        fees.allowed(code, MARCH, locality)
    started = time.process_time()
    for index in range(100_000):
        code, locality = asked[index % 3]
        fees.allowed(code, MARCH, locality)
    # 0.3 s for a million when measured; the bound leaves room for a busy machine.
    assert time.process_time() - started < 0.5
