"""The text behind fingerprints is what ``repr`` says, letter for letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core.claims.texts import text_of
from ccm_core.exchange.x12.claim_records import Address, Person, Provider
from tests.claims.made import batch

CLAIM = batch().claims[0].claim


@pytest.mark.parametrize("record", [
    CLAIM,
    replace(CLAIM, lines=(*CLAIM.lines, replace(CLAIM.lines[0], modifiers=("25",)))),
    replace(CLAIM, lines=()),
    replace(CLAIM, rendering=None, patient=Person("O'Brien", 'Ann "A"', born_on=date(1950, 1, 1))),
    replace(CLAIM, charge_usd=Decimal("1E+2"), diagnoses=("I10",), segment_index=7),
    CLAIM.subscriber,
    Address("1 %s St", "", "Город", "NY", "12207"),
    Provider("Practice", address=Address("100% Way")),
], ids=range(8))  # fmt: skip
def test_text_is_repr(record):
    assert text_of(record) == repr(record)
