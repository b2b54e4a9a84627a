"""One demo practice, made once and loaded once, for all tests that only look at it."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from ccm_core import demo
from ccm_core.store import db

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def practice() -> demo.DemoPractice:
    return demo.build(TODAY)


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory, _migrated_sqlite) -> str:
    file = tmp_path_factory.mktemp("demo") / "demo.sqlite3"
    shutil.copyfile(_migrated_sqlite, file)
    url = f"sqlite:///{file}"
    with db.session(url, write=True) as session:
        demo.load(session, today=TODAY)
    return url
