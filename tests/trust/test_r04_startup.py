"""R04: a setting that opens a hole keeps the server from starting, wherever it was set."""

from __future__ import annotations

import pytest

from ccm_core.access.startup import REQUIRED, require_safe
from ccm_core.errors import UsageError

GOOD = {**REQUIRED, "server.address": "127.0.0.1"}


def test_the_shipped_settings_are_good():
    require_safe(GOOD.get, is_tls=False)


@pytest.mark.parametrize("name", REQUIRED)
def test_each_wrong_setting_is_named(name):
    wrong = GOOD | {name: "something else"}
    with pytest.raises(UsageError, match=name):
        require_safe(wrong.get, is_tls=False)


@pytest.mark.parametrize("address", ["0.0.0.0", "", None, "192.168.1.4", "::"])
def test_other_machines_need_tls(address):
    wrong = GOOD | {"server.address": address}
    with pytest.raises(UsageError, match=r"server\.address"):
        require_safe(wrong.get, is_tls=False)
    require_safe(wrong.get, is_tls=True)
