"""R53: no text becomes a formula in a spreadsheet, numbers stay numbers, the way back is exact."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccm_core.exchange.safe_cells import guarded, unguarded

SIGNS = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"
BEFORE = ("", " ", "  ", '"', "'", ' "', "\u00a0")


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_is_guarded_also_after_spaces_and_quotes(sign, before):
    text = f"{before}{sign}cmd|' /C calc'!A0"
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@given(st.text(max_size=40))
@example("'")
@example("''=")
@example("'=1")
@example(" ")
def test_the_way_back_is_exact_and_nothing_starts_a_formula(text):
    safe = guarded(text)
    assert unguarded(safe) == text or safe == text
    assert not safe.startswith(tuple(SIGNS))


@pytest.mark.parametrize("text", ["", "O'Brien", "'t Hooft", "12.50", "a=b", "x@y.example", " "])
def test_plain_text_stays_as_it_is(text):
    assert guarded(text) == text
    assert unguarded(text) == text
