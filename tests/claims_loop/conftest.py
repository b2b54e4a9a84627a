"""The demo practice early in a month, so that nothing of the month before has been billed yet."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ccm_core import demo, months
from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import billing_settings, claim_files, claim_run
from ccm_core.records import Practice
from ccm_core.store import db, reading

MONTH = Month(2026, 10)
TODAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
PATIENTS = 120


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(months, "clock", lambda: NOW)


def fill(url: str) -> None:
    """The demo practice with billing settings."""
    with db.session(url, write=True) as session:
        demo.load(session, patients=PATIENTS, months=3, today=TODAY)
        practice = reading.practice(session)
        assert practice is not None
        billing_settings.seed_demo(session, practice)


@pytest.fixture(scope="session")
def _filled_sqlite(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("claims_loop") / "filled.sqlite3"
    shutil.copyfile(_migrated_sqlite, file)
    fill(f"sqlite:///{file}")
    db.dispose(f"sqlite:///{file}")
    return file


@pytest.fixture
def url(store_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A store with the demo practice, on both databases."""
    if store_url.startswith("sqlite"):
        filled = request.getfixturevalue("_filled_sqlite")
        shutil.copyfile(filled, store_url.removeprefix("sqlite:///"))
    else:
        fill(store_url)
    yield store_url
    db.dispose(store_url)


@pytest.fixture
def lite(_filled_sqlite: Path, tmp_path: Path) -> Iterator[str]:
    """The same on SQLite only, for tests that hold nothing about the database."""
    file = tmp_path / "one.sqlite3"
    shutil.copyfile(_filled_sqlite, file)
    yield f"sqlite:///{file}"
    db.dispose(f"sqlite:///{file}")


def practice_of(url: str) -> Practice:
    with db.session(url) as session:
        found = reading.practice(session)
    assert found is not None
    return found


def who(role: str) -> Identity:
    return Identity(f"u-{role}", role, role.replace("_", " ").title(), role, "hash", "")


@pytest.fixture
def sent(lite: str) -> str:
    """That practice with the month's claims approved and written to files."""
    lead, practice = who("billing_lead"), practice_of(lite)
    with db.session(lite, write=True) as session:
        claim_run.make(session, lead, practice, MONTH)
        claim_files.export(session, lead, practice, MONTH)
    return lite
