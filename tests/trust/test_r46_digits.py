"""R46: a number of a workbook is taken only with all its digits."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ccm_core.exchange.workbook_reader import cell_text

LOST = ["I42"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(999_999_999_999_999, "999999999999999"), (10**15, LOST), (9_007_199_254_740_993, LOST),
     (-(10**15), LOST), (1e15, LOST), (float("inf"), LOST), (float("nan"), LOST),
     (123.0, "123"), (12.5, "12.5"), (True, "true")],
)  # fmt: skip
def test_a_number_with_more_digits_than_a_spreadsheet_keeps_is_rejected(value, text):
    cell = SimpleNamespace(value=value, data_type="n", number_format="General")
    assert cell_text(cell) == text
