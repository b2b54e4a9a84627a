"""The small practice of the page tests, with a clock."""

from __future__ import annotations

import pytest

from ccm_core import months
from ccm_core.store import db
from tests.pages import small_practice
from tests.time_log.desk import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moving = Clock()
    monkeypatch.setattr(months, "clock", moving)
    return moving


@pytest.fixture
def practice(store_url, clock, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    small_practice.fill()
    yield store_url
    db.dispose(store_url)
