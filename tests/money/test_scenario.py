import base64
import zlib
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccm_core.errors import UsageError
from ccm_core.money.assumptions import assumptions
from ccm_core.money.minutes_mix import (
    COUNTED,
    LONGEST_MINUTES,
    code_mix_of,
    mix_of,
    parse_histogram,
    shifted,
)
from ccm_core.money.scenario import FIELDS, from_link, from_text, scenario
from ccm_core.months import Month
from ccm_core.tables import load

JAN_2026 = Month(2026, 1)


def histogram_of(minutes):
    """Counted minutes of each patient-month, as somebody might paste them."""
    counts = Counter(min(m, LONGEST_MINUTES) for m in minutes)
    return " ".join((COUNTED, *(f"{minute}:{n}" for minute, n in sorted(counts.items()))))


def test_every_input_has_a_default_with_a_listed_source():
    named = {name for name, a in assumptions().items() if a.group not in ("checks",)}
    assert named == set(FIELDS)
    for one in assumptions().values():
        assert one.source.title
        assert one.checked_on == "2026-11-21"
        assert one.label


def test_own_figures_are_known_as_such_and_the_rest_names_somebody():
    own = [a.name for a in assumptions().values() if a.is_own]
    assert "software_per_patient_usd" in own
    assert "ma_share" not in own


def test_a_likely_range_holds_its_default():
    for one in assumptions().values():
        if one.is_uncertain:
            assert one.low <= Decimal(one.value) <= one.high, one.name


def test_a_link_brings_the_same_scenario_back():
    made = scenario("Two nurses", start="2026-07", physicians=3, is_qp="yes", credential="lpn")
    assert from_link(made.to_link()) == made.changed(name="Shared scenario")
    assert from_text(made.to_text()) == made


def test_a_link_carries_no_name_and_no_count_of_few_patients():
    minutes = [5] * 3 + [12] * 40 + [25] * 100 + [47] * 2 + [63] * 30
    made = scenario("Mrs. Example's practice", minutes_histogram=histogram_of(minutes),
                    code_mix="99437:0.001234 99490:0.654321")  # fmt: skip
    shared = from_link(made.to_link())
    assert shared.name == "Shared scenario"
    # The 3 below ten minutes join the band above, the 2 at 47 the band below.
    assert shared.minutes_histogram == "0-19:25 20-29:58 60-69:17"
    assert shared.code_mix == "99490:0.65"


def test_typed_weights_are_nobodys_count_and_stay():
    made = scenario(minutes_histogram="0:10 20:90")
    assert from_link(made.to_link()).minutes_histogram == "0:10 20:90"


@given(st.lists(st.integers(0, 150), min_size=30, max_size=300))
def test_a_shared_histogram_has_no_band_of_few(minutes):
    shared = scenario(minutes_histogram=histogram_of(minutes)).shareable().minutes_histogram
    for word in shared.split():
        first, last = map(int, word.split(":")[0].split("-"))
        held = sum(first <= m <= last for m in minutes)
        percent = int(word.split(":")[1])
        assert held >= 11 or percent * len(minutes) / 100 >= 10.5 or len(shared.split()) == 1


def test_links_and_texts_of_others_are_refused():
    bomb = base64.urlsafe_b64encode(zlib.compress(b"0" * 50_000_000)).decode()
    for text in ("", "!!!", "abcd", bomb):
        with pytest.raises(UsageError):
            from_link(text)
    for text in ("[]", '{"name": 1}', '{"nonsense": "1"}', "{"):
        with pytest.raises(UsageError):
            from_text(text)


@pytest.mark.parametrize(
    "values",
    [
        {"ma_share": "1.1"}, {"ma_share": "x"}, {"ma_share": "NaN"}, {"months": 0}, {"months": 121},
        {"months": "1.5"}, {"policy": "loose"}, {"ramp_months": 0}, {"panel_cap": 0},
        {"qmb_share": "0.5", "supplement_share": "0.6"}, {"start": "2026"}, {"is_qp": "maybe"},
        {"minutes_histogram": "20"}, {"minutes_histogram": "0:0"}, {"minutes_histogram": "5-1:1"},
        {"code_mix": "99490"}, {"code_mix": "99490:-1"}, {"startup_usd": "-1"}, {"tennure": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(values):
    with pytest.raises(UsageError) as refused:
        scenario(**values)
    assert str(refused.value).endswith(".") or ";" in str(refused.value)


@pytest.mark.parametrize(
    ("minutes", "units"),
    [
        (19, {}), (20, {"99490": 1}), (39, {"99490": 1}), (40, {"99490": 1, "99439": 1}),
        (59, {"99490": 1, "99439": 1}), (60, {"99490": 1, "99439": 2}),
        (200, {"99490": 1, "99439": 2}),
    ],
)  # fmt: skip
def test_minutes_become_units_through_the_real_thresholds(minutes, units):
    assert mix_of(JAN_2026, f"{minutes}:1", "office").plain.units == units


def test_complex_and_personal_months_fall_back_to_staff_below_their_thresholds():
    mix = mix_of(JAN_2026, "25:1 90:1", "office")
    half = Decimal("0.5")
    assert mix.complex.units == {"99490": half, "99487": half, "99489": half}
    assert mix.personal.units == {"99490": half, "99491": half, "99437": 2 * half}
    assert mix.plain.billed_share == 1


def test_thresholds_follow_their_dates():
    assert mix_of(Month(2019, 6), "45:1", "office").plain.units == {"99490": 1}
    assert mix_of(Month(2020, 6), "45:1", "office").plain.units == {"99490": 1, "G2058": 1}
    assert mix_of(Month(2021, 6), "65:1", "office").personal.units == {"99491": 1}
    assert mix_of(Month(2024, 6), "45:1", "rhc").plain.units == {"G0511": 1}


def test_a_range_is_spread_evenly():
    found = parse_histogram("0-19:10 20:90")
    assert found[0] == found[19] == Decimal("0.005")
    assert found[20] == Decimal("0.9")


def test_history_becomes_a_code_mix():
    assert code_mix_of({"99490": 3, "99439": 1}, 4) == "99439:0.250000 99490:0.750000"
    with pytest.raises(UsageError):
        code_mix_of({}, 0)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=50), st.integers(0, 30))
def test_more_minutes_never_earn_fewer_units(minutes, more):
    text = histogram_of(minutes)
    before = mix_of(JAN_2026, text, "office").plain.units
    after = mix_of(JAN_2026, shifted(text, more), "office").plain.units
    dust = Decimal("1e-20")  # shares such as 1/18 have no end
    assert all(after.get(code, 0) >= number - dust for code, number in before.items())


def test_the_tables_are_in_order():
    names = [row["name"] for row in load("assumptions", "name").rows]
    assert len(names) == len(set(names))
