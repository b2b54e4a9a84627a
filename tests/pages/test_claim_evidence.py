"""Evidence of an opened claim reads as people write it."""

from __future__ import annotations

import pytest

from ccm_core.findings import Evidence
from pages.parts import claim_card


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
