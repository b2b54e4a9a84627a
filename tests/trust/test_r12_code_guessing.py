"""R10, R12: whoever knows the password guesses few codes, from however many addresses."""

from __future__ import annotations

import pyotp
import pytest

from ccm_core.access import credentials, devices, passwords, throttle, users
from tests.trust.conftest import CONSOLE, PASSWORD, only_sqlite


@pytest.fixture
def store_url(_migrated_sqlite, tmp_path):
    return only_sqlite(_migrated_sqlite, tmp_path)


@pytest.fixture
def attempt(open_db, clock, monkeypatch):
    """Each attempt comes from another address, so that only the account can slow it."""
    # A hundred real hashes would take as many tenths of a second and show nothing more.
    monkeypatch.setattr(passwords, "matches", lambda typed, _: typed == PASSWORD)
    made = iter(range(100_000))

    def go(password=PASSWORD, code="", device="", address=""):
        number = next(made)
        address = address or f"10.0.{number // 250}.{number % 250}"
        typed = credentials.Attempt("nora", password, code, address, device)
        return credentials.sign_in(open_db, typed, now=clock.now)

    return go


def right(secret, clock):
    return pyotp.TOTP(secret).at(clock.now)


def test_after_five_wrong_codes_the_right_one_waits_too(attempt, secret, clock):
    assert [attempt(code="000000") for _ in range(5)] == [None] * 5
    assert attempt(code=right(secret, clock)) is None
    clock.move(minutes=16)
    assert attempt(code=right(secret, clock)) is not None


def test_a_recovery_code_waits_with_the_others(attempt, secret, clock):
    for _ in range(5):
        attempt(code="AAAA-AAAA-AAAA-AAAA")
    assert attempt(code=right(secret, clock)) is None


def test_wrong_passwords_make_no_code_wait(attempt, secret, clock):
    for _ in range(40):
        attempt(password="wrong", code="000000")
    assert attempt(code=right(secret, clock)) is not None


def test_a_browser_that_is_known_does_not_wait_for_strangers(attempt, secret, clock):
    for _ in range(9):
        attempt(code="000000")
    assert attempt(code=right(secret, clock), device=devices.issue("nora")) is not None


def test_an_administrator_forgives_codes_as_well(attempt, secret, open_db, clock):
    for _ in range(9):
        attempt(code="000000")
    with open_db(write=True) as opened:
        users.unlock(opened, "nora", actor=CONSOLE)
    assert attempt(code=right(secret, clock)) is not None


def test_made_up_codes_do_not_close_an_account_for_good(attempt, add_user, open_db, clock):
    """A code is what gets an attempt read during the wait; counting it there would add up."""
    add_user("nora")
    for _ in range(throttle.LAST_PER_ACCOUNT + 10):
        attempt(password="wrong", code="000000")
    clock.move(minutes=16)
    assert attempt() is not None


ADDRESSES = [
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
    ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ("::ffff:10.0.0.1", "10.0.0.1", True),
    ("10.0.0.1", "10.0.0.2", False),
]


@pytest.mark.parametrize(("one", "other", "is_same"), ADDRESSES)
def test_all_addresses_of_one_ipv6_network_count_together(one, other, is_same):
    assert (throttle.address_key(one) == throttle.address_key(other)) is is_same


def test_no_address_makes_a_key_of_any_length():
    assert len(throttle.address_key("x" * 9000)) < 100
