"""R12: recovery codes work once each, are kept as hashes, and go with the second factor."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import text

from ccm_core.access import credentials, recovery, second_factor, users
from ccm_core.access.credentials import Attempt
from ccm_core.errors import UsageError
from ccm_core.store import access_log
from tests.trust.conftest import CONSOLE, PASSWORD


@pytest.fixture
def codes(add_user, open_db, clock) -> tuple[str, ...]:
    add_user("ann")
    secret = second_factor.new_secret()
    with open_db(write=True) as db:
        code = pyotp.TOTP(secret).at(clock.now)
        users.set_second_factor(db, "ann", secret, code, now=clock.now, actor=CONSOLE)
        return recovery.issue(db, users.get(db, "ann"), CONSOLE)


@pytest.fixture
def enter(open_db, clock):
    def enter(code: str, username: str = "ann", password: str = PASSWORD) -> str | None:
        attempt = Attempt(username, password, code, "10.0.0.1")
        return credentials.sign_in(open_db, attempt, now=clock.now)

    return enter


def test_each_code_opens_once(codes, enter, clock, open_db):
    assert len(set(codes)) == 10
    assert enter(codes[0])
    clock.now += timedelta(hours=1)
    assert enter(codes[0]) is None
    clock.now += timedelta(hours=1)
    assert enter(codes[1].lower().replace("-", " "))
    with open_db() as db:
        assert recovery.left(db, users.get(db, "ann")) == 8
        assert access_log.count(db, action="recovery_code_used") == 2


def test_the_password_is_asked_for_all_the_same(codes, enter):
    assert enter(codes[0], password="another long wrong password") is None
    assert enter(codes[0])


def test_codes_of_somebody_else_open_nothing(codes, enter, add_user, open_db, clock):
    add_user("ben")
    secret = second_factor.new_secret()
    with open_db(write=True) as db:
        code = pyotp.TOTP(secret).at(clock.now)
        users.set_second_factor(db, "ben", secret, code, now=clock.now, actor=CONSOLE)
    assert enter(codes[0], "ben") is None


def test_new_codes_and_a_switched_factor_void_the_old(codes, enter, open_db, clock):
    with open_db(write=True) as db:
        recovery.issue(db, users.get(db, "ann"), CONSOLE)
    assert enter(codes[0]) is None
    with open_db(write=True) as db:
        users.set_second_factor(db, "ann", "", "", now=clock.now, actor=CONSOLE)
        assert recovery.left(db, users.get(db, "ann")) == 0
        with pytest.raises(UsageError, match="switch those on"):
            recovery.issue(db, users.get(db, "ann"), CONSOLE)


def test_the_database_and_the_log_hold_no_code(codes, enter, open_db):
    enter(codes[0])
    with open_db() as db:
        kept = repr(db.connection().execute(text("SELECT * FROM recovery_code")).all())
        logged = repr(access_log.newest(db))
    for code in codes:
        for shape in (code, code.replace("-", "")):
            assert shape not in kept
            assert shape not in logged


@pytest.mark.parametrize("code", ["", "123456", "AAAA-AAAA-AAAA-AAAA", "x" * 5000])
def test_made_up_codes_open_nothing(codes, enter, code):
    assert enter(code) is None


def test_the_setup_picture_is_made_here():
    secret = second_factor.new_secret()
    one, two = (second_factor.setup_picture(secret, name) for name in ("ann", "ben"))
    assert one.startswith("data:image/svg+xml")
    assert one != two
    assert not [word for word in (secret[:8], "href", "script", '"', "<") if word in one]
