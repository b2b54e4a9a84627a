"""R10: strangers' guesses do not keep out somebody whose browser is known; marks open nothing."""

from __future__ import annotations

import pytest
from sqlmodel import select

from ccm_core.access import credentials, devices, sessions, throttle, users
from ccm_core.errors import UsageError
from ccm_core.store.schema import AccessLog
from ccm_core.store.schema.door import SignInFailure
from tests.trust.conftest import CONSOLE, PASSWORD


@pytest.fixture
def attempt(open_db, clock):
    def go(password=PASSWORD, device="", address="10.0.0.1", username="nora"):
        typed = credentials.Attempt(username, password, "", address, device)
        return credentials.sign_in(open_db, typed, now=clock.now)

    return go


@pytest.fixture
def nora(add_user):
    add_user("nora")
    return devices.issue("nora")


def fail(open_db, clock, key, times):
    with open_db(write=True) as db:
        for _ in range(times):
            throttle.count_failure(db, key, clock.now)


@pytest.mark.parametrize("times", [7, throttle.LAST_PER_ACCOUNT])
def test_a_named_person_is_not_kept_out_by_guesses_of_others(attempt, nora, open_db, clock, times):
    fail(open_db, clock, throttle.account_key("nora"), times)
    assert attempt() is None
    assert attempt(device=nora) is not None


@pytest.mark.parametrize("device", ["x.y", ".", "x", "é.ü", "a" * 4000])
def test_a_made_up_mark_waits_like_everybody(attempt, nora, open_db, clock, device):
    fail(open_db, clock, throttle.account_key("nora"), 7)
    assert attempt(device=device) is None
    assert attempt(device=devices.issue("somebody-else")) is None
    assert attempt(device=nora[:-1] + ("0" if nora[-1] != "0" else "1")) is None


def test_a_known_browser_has_a_count_of_its_own(attempt, nora, clock):
    for _ in range(5):
        assert attempt("wrong", nora) is None
    assert attempt(device=nora) is None
    assert attempt() is not None, "guesses from it do not make others wait"
    clock.move(seconds=throttle.FIRST_WAIT_SECONDS)
    assert attempt(device=nora) is not None


def test_an_administrator_forgives_browsers_too(nora, open_db, clock):
    key = devices.key_of("nora", nora)
    fail(open_db, clock, key, throttle.LAST_PER_ACCOUNT)
    fail(open_db, clock, throttle.account_key("nora"), 9)
    fail(open_db, clock, throttle.account_key("ben"), 9)
    with open_db(write=True) as db:
        users.unlock(db, "nora", actor=CONSOLE)
        left = db.exec(select(SignInFailure)).all()
    assert [row.key for row in left] == [throttle.account_key("ben")]


def test_a_mark_is_no_sign_in(nora, open_db, clock):
    with open_db() as db:
        assert sessions.find(db, sessions.hash_of(nora), clock.now) is None


def test_guesses_of_the_own_password_wait_as_well(nora, open_db, clock, add_user):
    with open_db(write=True) as db:
        token = sessions.begin(db, users.get(db, "nora").user_id, clock.now, "10.0.0.9")
        who = sessions.resolve(db, sessions.hash_of(token), clock.now)
    fail(open_db, clock, throttle.account_key("nora"), throttle.LAST_PER_ACCOUNT)
    assert credentials.confirm(open_db, who, PASSWORD, clock.now).username == "nora"
    for _ in range(throttle.FREE_PER_ACCOUNT):
        with pytest.raises(UsageError, match="wrong"):
            credentials.confirm(open_db, who, "guess", clock.now)
    with pytest.raises(UsageError, match="too many"):
        credentials.confirm(open_db, who, PASSWORD, clock.now)
    with open_db() as db:
        rows = db.exec(select(AccessLog).where(AccessLog.action == "confirm_password")).all()
    assert [row.outcome for row in rows] == ["refused"] * 5
    assert "guess" not in repr(rows)


def test_first_failures_at_one_moment_are_both_counted(open_db, clock, store_url):
    if store_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer")
    key = throttle.address_key("10.0.0.1")
    with open_db() as one:
        throttle.count_failure(one, key, clock.now)
        one.commit()
        with open_db() as two:
            assert throttle.count_failure(two, key, clock.now) == 2
