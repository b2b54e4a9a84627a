from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ccm_core.payment.cents import CENT, Carry, cents

EXACT = st.decimals(min_value=0, max_value=10_000, places=7)


@given(st.lists(EXACT, max_size=60))
def test_a_shown_series_adds_up_to_the_rounded_whole(amounts):
    carry = Carry()
    shown = [carry.show(amount) for amount in amounts]
    assert sum(shown, Decimal()) == cents(sum(amounts, Decimal()))
    assert all(abs(s - a) <= CENT for s, a in zip(shown, amounts, strict=True))


def test_half_a_cent_goes_up():
    assert cents(Decimal("12.098")) == Decimal("12.10")
    assert cents(Decimal("0.005")) == Decimal("0.01")
