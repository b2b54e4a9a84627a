"""A small practice in a store of its own, and the people who work in it."""

from __future__ import annotations

import pytest

from ccm_core import months
from ccm_core.access.identity import Identity
from ccm_core.store import db
from tests.pages import small_practice


@pytest.fixture
def practice(store_url, monkeypatch, tmp_path):
    """The default store holds the small practice; today is 21 November 2026."""
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("CCM_LOG_KEY", raising=False)
    monkeypatch.setattr(months, "clock", lambda: small_practice.NOW)
    small_practice.fill()
    yield small_practice.PRACTICE
    db.dispose(store_url)


@pytest.fixture
def person():
    """Somebody of a role, made as the sign-in makes them."""

    def made(role: str, staff_id: str = "") -> Identity:
        return Identity(f"u-{role}", role, role.title(), role, "0" * 64, staff_id)

    return made
