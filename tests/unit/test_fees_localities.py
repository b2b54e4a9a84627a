"""Localities by year and by ZIP code."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core import fees
from ccm_core.errors import NotInForce, UnknownLocality

TODAY = date(2025, 6, 30)


def test_localities_of_a_year():
    assert [len(fees.localities(year)) for year in range(2019, 2027)] == [112] * 5 + [109] * 3
    assert sum(each.estimate for each in fees.localities(2026)) == 99
    assert not any(each.estimate for each in fees.localities(2025))
    alabama = next(each for each in fees.localities(2025) if each.locality == "10112-00")
    assert (alabama.state, alabama.name) == ("AL", "ALABAMA")


@pytest.mark.parametrize("year", [2018, 2027])
def test_a_year_without_a_table_is_refused(year):
    with pytest.raises(NotInForce, match="2019-01-01 to 2026-12-31"):
        fees.localities(year)
    with pytest.raises(NotInForce):
        fees.locality_of_zip("35203", date(year, 5, 1))


@pytest.mark.parametrize(
    ("zip5", "locality"),
    [
        ("35203", "10112-00"),
        ("99501", "02102-01"),
        ("94105", "01112-05"),
        ("10001", "13202-01"),
        ("33130", "09102-04"),
        ("00801", "09202-50"),
    ],
)
def test_zip_to_locality(zip5, locality):
    assert fees.locality_of_zip(zip5, TODAY) == locality


def test_the_zip_table_holds_for_2025_and_2026_without_a_note():
    for on in (date(2025, 1, 1), date(2026, 12, 31)):
        assert fees.place_of_zip("35203", on).notes == ()


def test_another_year_uses_the_zip_table_and_says_so():
    place = fees.place_of_zip("35203", date(2022, 3, 1))
    assert place.locality == "10112-00"
    assert place.notes == ("ZIP table of 2025-01-01 to 2026-12-31 used for 2022-03-01.",)


@pytest.mark.parametrize(
    ("zip5", "then"),
    [("94105", "01112-06, 01112-07"), ("94401", "01112-06"), ("92701", "01182-26")],
)
def test_a_zip_code_of_a_locality_that_was_divided_then_is_refused(zip5, then):
    """San Mateo, Alameda, Contra Costa and Orange County lost their own localities in 2024."""
    assert fees.locality_of_zip(zip5, date(2024, 1, 1))
    with pytest.raises(UnknownLocality) as refused:
        fees.locality_of_zip(zip5, date(2023, 12, 31))
    assert then in str(refused.value)


def test_a_zip_code_across_localities_says_that_the_plus4_decides():
    place = fees.place_of_zip("02324", TODAY)
    assert place.locality == "14212-99"
    assert "ZIP+4" in place.notes[0]


FULL_WIDTH = "".join(chr(0xFF10 + digit) for digit in (9, 4, 1, 0, 5))


@pytest.mark.parametrize("zip5", ["00000", "9410", "94105-1234", "ABCDE", "", "9410,", FULL_WIDTH])
def test_an_unknown_zip_code_is_refused(zip5):
    with pytest.raises(UnknownLocality, match="no such code"):
        fees.locality_of_zip(zip5, TODAY)


@pytest.mark.parametrize(
    ("locality", "on", "hint"),
    [
        ("10112-99", TODAY, "carrier 10112 has 10112-00"),
        ("00000-00", TODAY, "109 localities are known"),
        ("", TODAY, "109 localities are known"),
        ("01112-06", date(2024, 1, 1), "it ended on 2023-12-31. Use 01112-05."),
        ("01182-26", date(2025, 1, 1), "Use 01182-18."),
    ],
)
def test_an_unknown_locality_says_which_there_are(locality, on, hint):
    with pytest.raises(UnknownLocality) as refused:
        fees.allowed("99490", on, locality)
    assert hint in str(refused.value)
