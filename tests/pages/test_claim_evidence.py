"""Evidence of an opened claim reads as people write it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ccm_core.findings import Evidence
from ccm_core.payment.expected import expected
from pages.parts import claim_card, claim_paths


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (Evidence("difference", "-11.57"), "Difference: -$11.57"),
        (Evidence("difference", "1234.5", ("a",)), "Difference: $1,234.50 (a)"),
        (Evidence("consent", "2025-06-02"), "Consent: 2 Jun 2025"),
    ],
)
def test_money_and_days(evidence, said):
    assert claim_card._evidence(evidence) == said


def test_the_parts_of_an_allowed_amount_add_up_to_it():
    said = claim_paths.parts(expected(Decimal("61.32"), date(2026, 10, 31)))
    assert said == (
        "$61.32 allowed are $48.08 from Medicare, $12.26 from the patient and "
        "$0.98 kept back by sequestration."
    )
