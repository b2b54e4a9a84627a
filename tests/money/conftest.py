from decimal import Decimal

import pytest

from ccm_core.money.scenario import scenario


@pytest.fixture
def g80():
    """100 patients, 90 % billable, 5 % denied, 99490 only, no chance and no cost share tricks."""
    return scenario(
        "G80", credential="rn", start="2025-01", months=12, starting_panel=100, consent_share=0,
        churn_share=0, early_churn_share=0, minutes_histogram="0:10 20:90",
        blocked_baseline_share=0, complex_share=0, ma_share=0,
        denial_share=Decimal("0.05"), rework_share=0,
    )  # fmt: skip
