"""R10, R12: guessing is slowed per account and per address; codes work once."""

from __future__ import annotations

import pyotp
import pytest
from sqlmodel import select

from ccm_core.access import (
    credentials,
    passwords,
    sealing,
    second_factor,
    sessions,
    throttle,
    users,
)
from ccm_core.errors import UsageError
from ccm_core.store.schema import AccessLog, LoginSession, UserAccount
from tests.trust.conftest import CONSOLE, PASSWORD


@pytest.fixture
def attempt(open_db, clock):
    def go(username="nora", password=PASSWORD, code="", address="10.0.0.1", **more):
        typed = credentials.Attempt(username, password, code, address)
        return credentials.sign_in(open_db, typed, now=clock.now, **more)

    return go


def test_right_credentials_open_a_session(attempt, add_user, open_db, clock):
    user_id = add_user("nora")
    token = attempt(" NORA ")
    with open_db() as opened:
        found = sessions.find(opened, sessions.hash_of(token), clock.now)
    assert found is not None
    assert found.user_id == user_id


def test_five_wrong_guesses_make_the_sixth_wait(attempt, add_user, clock):
    add_user("nora")
    assert [attempt(password="wrong") for _ in range(5)] == [None] * 5
    assert attempt() is None, "the right password must wait as well"
    clock.move(seconds=throttle.FIRST_WAIT_SECONDS)
    assert attempt() is not None


def test_the_wait_doubles_and_has_an_end(open_db, clock):
    key, waits = throttle.account_key("x"), []
    for _ in range(14):
        with open_db(write=True) as opened:
            throttle.count_failure(opened, key, clock.now)
            until = throttle.waits_until(opened, key, clock.now)
        waits.append(int((until - clock.now).total_seconds()) if until else 0)
        clock.now = until or clock.now
    assert waits[:8] == [0, 0, 0, 0, 15, 30, 60, 120]
    assert waits[-1] == throttle.LONGEST_WAIT_SECONDS


def test_a_hundred_failures_close_the_account_until_an_administrator_opens_it(
    attempt, add_user, open_db, clock
):
    add_user("nora")
    for _ in range(throttle.LAST_PER_ACCOUNT):
        with open_db(write=True) as opened:
            throttle.count_failure(opened, throttle.account_key("nora"), clock.now)
    clock.move(days=400)
    assert attempt() is None
    with open_db(write=True) as opened:
        users.unlock(opened, "nora", actor=CONSOLE)
    assert attempt() is not None


def test_one_guess_on_each_of_many_accounts_is_slowed_by_address(attempt, monkeypatch):
    monkeypatch.setattr(passwords, "matches", lambda *_: False)
    monkeypatch.setattr(passwords, "decoy", lambda: "")
    for number in range(throttle.FREE_PER_ADDRESS):
        attempt(f"name{number}", "guess")
    spent = []
    monkeypatch.setattr(passwords, "matches", lambda *_: spent.append(1))
    assert attempt("name-last", "guess") is None
    assert not spent, "a refused address must cost no hash"
    attempt("name-last", "guess", address="10.0.0.2")
    assert spent


def test_unknown_and_known_names_cost_the_same_hash(attempt, add_user, monkeypatch):
    add_user("nora")
    passwords.decoy()
    hashes = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda p, h: hashes.append(h[:30]) or real(p, h))
    attempt("nora", "wrong")
    attempt("nobody", "wrong")
    assert len(hashes) == 2
    assert hashes[0] == hashes[1]


def test_waiting_is_the_same_for_names_that_do_not_exist(attempt, open_db, clock):
    for _ in range(5):
        attempt("ghost", "wrong")
    with open_db() as opened:
        assert throttle.waits_until(opened, throttle.account_key("ghost"), clock.now)


def test_disabled_and_misplaced_demo_accounts_stay_out(attempt, add_user, open_db, clock):
    add_user("nora")
    add_user("demo-x", is_demo=True)
    with open_db(write=True) as opened:
        users.set_active(opened, "nora", False, now=clock.now, actor=CONSOLE)
    assert attempt("nora") is None
    assert attempt("demo-x") is None
    assert attempt("demo-x", is_demo_practice=True) is not None


def test_attempts_are_on_record_without_what_was_typed(attempt, add_user, open_db):
    user_id = add_user("nora")
    attempt(password="my-secret-typo")
    attempt("someone-elses-password-as-name", "x")
    attempt()
    with open_db() as opened:
        rows = opened.exec(select(AccessLog).where(AccessLog.action == "sign_in")).all()
    assert [(row.object_id, row.outcome) for row in rows] == [
        (user_id, "refused"), ("", "refused"), (user_id, "ok"),
    ]  # fmt: skip
    assert "secret" not in repr(rows)
    assert "someone" not in repr(rows)


def test_an_outdated_hash_is_renewed_at_sign_in(attempt, add_user, open_db):
    from argon2 import PasswordHasher

    add_user("nora")
    with open_db(write=True) as opened:
        user = opened.exec(select(UserAccount)).one()
        user.password_hash = PasswordHasher(1, 8192, 1).hash(PASSWORD)
        opened.add(user)
    assert attempt()
    with open_db() as opened:
        assert "m=19456" in opened.exec(select(UserAccount)).one().password_hash


def test_a_code_is_needed_and_works_once(attempt, secret, clock):
    assert attempt() is None
    code = pyotp.TOTP(secret).at(clock.now)
    assert attempt(code=code) is not None
    assert attempt(code=code) is None
    clock.move(seconds=30)
    assert attempt(code=code) is None, "also not in the next step, which would tolerate it"
    assert attempt(code=pyotp.TOTP(secret).at(clock.now)) is not None


@pytest.mark.parametrize(
    ("off_by", "is_good"), [(-31, True), (31, True), (-61, False), (61, False)]
)
def test_clocks_may_differ_by_one_step(attempt, secret, clock, off_by, is_good):
    clock.now = clock.now.replace(second=0)
    code = pyotp.TOTP(secret).at(int(clock.now.timestamp()) + off_by + (off_by < 0))
    assert (attempt(code=code) is not None) is is_good


@pytest.mark.parametrize("code", ["", "0", "000000", "abcdef", "١٢٣٤٥٦", "1234567", "٣" * 8])
def test_nonsense_codes_are_wrong(attempt, secret, code):
    assert attempt(code=code) is None


def test_guessing_does_not_lock_out_who_has_the_code(attempt, secret, clock):
    for _ in range(7):
        attempt(password="wrong", address="10.9.9.9")
    assert attempt(code=pyotp.TOTP(secret).at(clock.now)) is not None


def test_enrolment_needs_a_right_code(add_user, open_db, clock):
    add_user("nora")
    with pytest.raises(UsageError, match="code is wrong"), open_db(write=True) as opened:
        users.set_second_factor(
            opened, "nora", second_factor.new_secret(), "12", now=clock.now, actor=CONSOLE
        )


def test_no_session_is_left_by_a_refused_attempt(attempt, add_user, open_db):
    add_user("nora")
    attempt(password="wrong")
    with open_db() as opened:
        assert opened.exec(select(LoginSession)).all() == []


def test_the_secret_of_the_codes_is_not_readable_in_the_database(secret, open_db, monkeypatch):
    with open_db() as opened:
        stored = opened.exec(select(UserAccount)).one().totp_secret
    assert secret not in stored
    assert sealing.unseal(stored) == secret
    monkeypatch.setenv("CCM_ACCESS_KEY", "k" * 32)
    with pytest.raises(UsageError, match=r"access\.key"):
        sealing.unseal(stored)
