from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ccm_core.payment.cents import CENT, Carry, Split, cents, share_out

EXACT = st.decimals(min_value=0, max_value=10_000, places=7)


@given(st.lists(EXACT, max_size=60))
def test_a_shown_series_adds_up_to_the_rounded_whole(amounts):
    carry = Carry()
    shown = [carry.show(amount) for amount in amounts]
    assert sum(shown, Decimal()) == cents(sum(amounts, Decimal()))
    assert all(abs(s - a) <= CENT for s, a in zip(shown, amounts, strict=True))


@given(st.lists(st.tuples(EXACT, EXACT, EXACT), min_size=1, max_size=30))
def test_split_parts_add_up_every_time_and_stay_near(rows):
    split, carry = Split(), Carry()
    for row in rows:
        parts = dict(zip("abc", row, strict=True))
        total = carry.show(sum(row, Decimal()))
        if not any(row):
            continue
        shown = split.show(total, parts)
        assert sum(shown.values(), Decimal()) == total
        for name, part in parts.items():
            assert abs(shown[name] - part) <= 3 * CENT
            assert part or not shown[name]


def test_no_cent_is_lost_between_equal_parts():
    assert share_out(Decimal("0.01"), dict.fromkeys("abc", Decimal("0.0033"))) == {
        "a": CENT, "b": 0, "c": 0,
    }  # fmt: skip
    assert sum(share_out(Decimal("1.00"), dict.fromkeys("abc", Decimal("0.3333"))).values()) == 1


def test_half_a_cent_goes_up():
    assert cents(Decimal("12.098")) == Decimal("12.10")
    assert cents(Decimal("0.005")) == Decimal("0.01")
