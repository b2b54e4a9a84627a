"""R09: Argon2id, length, blocklist, Unicode, nothing cut off silently."""

from __future__ import annotations

import unicodedata

import pytest

from ccm_core.access import passwords, users
from ccm_core.errors import UsageError
from ccm_core.store.access_log import System
from tests.trust.conftest import CONSOLE, PASSWORD


def test_hash_has_owasp_parameters():
    assert passwords.hashed("x" * 20).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    "password",
    [
        "a quiet green river",
        "ж" * 7 + "длинный пароль",
        "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆",
        "p" * 100 + "q1w2e3" * 16,
    ],
)
def test_long_and_foreign_passwords_are_good(password):
    passwords.check_new(password)
    stored = passwords.hashed(password)
    assert passwords.matches(password, stored)
    assert not passwords.matches(password[:-1], stored)


def test_nothing_is_cut_off_at_72_bytes():
    stored = passwords.hashed("long" * 40 + "a")
    assert not passwords.matches("long" * 40 + "b", stored)


def test_the_same_letters_from_another_keyboard():
    stored = passwords.hashed(unicodedata.normalize("NFD", "crème brûlée à Zürich"))
    assert passwords.matches(unicodedata.normalize("NFC", "crème brûlée à Zürich"), stored)


def test_a_long_password_in_parts_of_letters_opens_what_it_was_set_for():
    """Refused by its length as typed, it was taken when it was set and never again."""
    typed = unicodedata.normalize("NFD", "crème brûlée à Zürich, déjà vu " * 6)
    assert len(typed) > passwords.LONGEST
    passwords.check_new(typed)
    assert passwords.matches(typed, passwords.hashed(typed))
    assert not passwords.matches("x" * 201, passwords.hashed("x" * 201))


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("fourteen chars", "15 to 200"),
        ("x" * 201, "15 to 200"),
        ("aaaaaaaaaaaaaaaaaaaa", "easily guessed"),
        ("passwordpassword", "easily guessed"),
        ("PasswordPassword123", "easily guessed"),
        ("correct horse battery staple", "easily guessed"),
        ("i am nora-lee myself", "user name"),
    ],
)
def test_weak_passwords_are_refused_without_repeating_them(password, said):
    with pytest.raises(UsageError, match=said) as refused:
        passwords.check_new(password, "nora-lee")
    assert password not in str(refused.value)


def test_eight_characters_are_enough_beside_a_second_factor():
    passwords.check_new("q7 blue!", has_second_factor=True)
    with pytest.raises(UsageError):
        passwords.check_new("q7 blu!", has_second_factor=True)


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$broken", "plain text"])
def test_a_broken_hash_matches_nothing(stored):
    assert not passwords.matches("whatever it may be", stored)


def test_a_first_password_is_not_changed_to_itself(add_user, open_db, clock):
    """Who chose it would go on knowing it; another person may set whatever is good."""
    nora = System(add_user("nora", must_change_password=True), "care_manager")
    with pytest.raises(UsageError, match="you have now"), open_db(write=True) as db:
        users.set_password(db, "nora", PASSWORD, now=clock.now, actor=nora)
    with open_db(write=True) as db:
        assert users.get(db, "nora").must_change_password
        users.set_password(db, "nora", PASSWORD, now=clock.now, actor=CONSOLE)
        users.set_password(db, "nora", "another long good phrase", now=clock.now, actor=nora)
        assert not users.get(db, "nora").must_change_password
