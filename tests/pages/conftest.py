"""The database that pages read in a test, on the day of the small practice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ccm_core import months
from ccm_core.store import db
from tests.pages import small_practice


@pytest.fixture
def own_store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty store of the test's own, as the default one of the pages; gives its address."""
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setattr(months, "clock", lambda: small_practice.NOW)
    # On PostgreSQL row security binds consultants, so that the practice must be named.
    monkeypatch.setenv("CCM_PRACTICE", small_practice.PRACTICE)
    yield store_url
    db.dispose(store_url)


@pytest.fixture
def small_store(own_store: str) -> str:
    """The same with the small practice in it."""
    small_practice.fill()
    return own_store
