"""The command for one fee: a place that was given and is empty is no national amount."""

from __future__ import annotations

import pytest

from ccm_core.cli.fee import _one_place
from ccm_core.errors import UsageError


@pytest.mark.parametrize("given", [("", None), (None, ""), ("10112-00", "")])
def test_an_empty_place_is_refused(given):
    with pytest.raises(UsageError, match="need a value"):
        _one_place(*given, national=False)


def test_no_place_is_the_nation():
    assert _one_place(None, None, national=False) == ("national", "")
    assert _one_place(None, "97201", national=False) == ("", "97201")
