"""A store, a clock that a test moves, and accounts to sign in with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pyotp
import pytest
from sqlmodel import Session

from ccm_core.access import second_factor, sessions, users
from ccm_core.access.door import Door
from ccm_core.store import db
from ccm_core.store.access_log import System
from tests.pages import small_practice

CONSOLE = System("test")
PASSWORD = "four unrelated green words"


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moving = Clock()
    monkeypatch.setattr(sessions, "clock", lambda: moving.now)
    return moving


def only_sqlite(template: Path, folder: Path) -> str:
    """A fresh SQLite store, for tests of what does not depend on the kind of database."""
    file = folder / "store.sqlite3"
    shutil.copyfile(template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def open_db(store_url: str) -> Iterator[Callable[..., AbstractContextManager[Session]]]:
    yield partial(db.session, store_url)
    db.dispose(store_url)


@pytest.fixture
def door(open_db) -> Door:
    return Door(open_db)


@pytest.fixture
def add_user(open_db, clock: Clock):
    """Adds an account of a role and gives its user id."""

    def add(username: str, role: str = "care_manager", password: str = PASSWORD, **more) -> str:
        with open_db(write=True) as opened:
            wanted = users.NewAccount(username, username.title(), role, **more)
            return users.add(opened, wanted, password, now=clock.now, actor=CONSOLE).user_id

    return add


@pytest.fixture
def secret(add_user, open_db, clock: Clock) -> str:
    """Nora's account has one-time codes; the code of enrolment is used up."""
    add_user("nora")
    made = second_factor.new_secret()
    with open_db(write=True) as opened:
        code = pyotp.TOTP(made).at(clock.now)
        users.set_second_factor(opened, "nora", made, code, now=clock.now, actor=CONSOLE)
    clock.move(minutes=5)
    return made


@pytest.fixture
def small_store(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The small practice in a store of its own, beside a folder of its own."""
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("CCM_PRACTICE", small_practice.PRACTICE)  # row security binds consultants
    small_practice.fill()
    yield
    db.dispose()
