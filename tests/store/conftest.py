"""Stores with something in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ccm_core.store import db, writing
from tests.store.practices import PRACTICE


@pytest.fixture(autouse=True)
def _private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the key of the access log out of the working tree."""
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("CCM_LOG_KEY", raising=False)


@pytest.fixture
def url(store_url: str) -> Iterator[str]:
    """A fresh store, closed again after the test."""
    yield store_url
    db.dispose(store_url)


@pytest.fixture
def save(url: str) -> Callable[..., writing.Written]:
    """Save records in a transaction of their own."""

    def saving(records: Any, **more: Any) -> writing.Written:
        with db.session(url) as session:
            return writing.save(session, PRACTICE, records, **more)

    return saving
