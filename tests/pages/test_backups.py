"""Backups on the Settings page: red until a drill succeeded, red again when it is old."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ccm_core.months import utc_now
from ccm_core.store import db, settings
from tests.pages import small_practice
from tests.pages.signed_in import open_as


@pytest.fixture(autouse=True)
def _store(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    small_practice.fill()
    yield
    db.dispose()


def put(days_old: int) -> None:
    at = (utc_now() - timedelta(days=days_old)).isoformat(timespec="seconds")
    with db.session(write=True) as session:
        settings.write_setting(session, "last_backup", {"at": at, "file": "x"})
        settings.write_setting(session, "last_drill", {
            "at": at, "rows": 1234, "rto_seconds": 2.5, "rpo_seconds": 7200,
        })  # fmt: skip


def test_the_colours_follow_the_drill():
    at = open_as("administrator", "settings")
    assert not at.exception
    assert sum("never" in shown.value for shown in at.error) == 2
    put(0)
    at.run()
    assert sum("Last" in shown.value for shown in at.success) == 2
    assert "1,234 rows in 2.5 seconds" in " ".join(shown.value for shown in at.caption)
    put(100)
    at.run()
    assert sum("Last" in shown.value for shown in at.error) == 2
