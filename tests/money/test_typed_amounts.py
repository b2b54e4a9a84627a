"""Amounts that people type: whole cents, no larger than the program knows, never an error."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ccm_core.errors import UsageError
from ccm_core.program import billing_settings, dollars, samples

WRONG = ["1e999999", "9" * 40, "-1e400", "1e-400", "NaN", "sNaN", "Infinity", "61.575", "", "\0",
         "100000.01", "0x10"]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_amount_is_refused_and_not_rounded(text):
    assert dollars.amount(text) is None
    if text:  # nothing typed is no money
        with pytest.raises(UsageError, match="whole cents"):
            samples.dollars(text)


@pytest.mark.parametrize(
    ("text", "kept"), [("61.57", "61.57"), ("-5", "-5.00"), ("1e2", "100.00"), ("-0", "0.00")]
)
def test_an_amount_is_kept_in_cents_without_an_exponent(text, kept):
    assert str(dollars.amount(text)) == kept
    assert samples.dollars(f"${text}") == Decimal(kept)


@pytest.mark.parametrize("price", ["1e999999", "9" * 40, "0", "61.575"])
def test_a_price_that_is_none_is_named_and_breaks_no_page(price):
    """The settings are stored complete or not: a price like 1e999999 broke every later look."""
    wrong = replace(billing_settings.BillingSettings(), price_list={"99490": price})
    assert [said for said in billing_settings.missing(wrong) if "99490" in said]
