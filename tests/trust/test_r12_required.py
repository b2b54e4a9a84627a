"""R12: where the operator asks for it, nobody works without a second factor."""

from __future__ import annotations

import pyotp
import pytest

from ccm_core.access import permissions, second_factor, sessions, users
from tests.pages.signed_in import open_as
from tests.trust.conftest import CONSOLE


@pytest.fixture
def required(monkeypatch):
    monkeypatch.setenv(second_factor.REQUIRED, "1")


def test_only_the_own_account_opens_without_codes(required, small_store):
    for role in permissions.ROLES:
        at = open_as(role)
        assert not at.exception
        assert at.title[0].value == "My account"
        assert any("one-time codes" in one.value for one in at.warning)


def test_codes_open_the_rest(required, add_user, open_db, clock):
    add_user("ann")

    def signed_in():
        with open_db(write=True) as opened:
            mark = sessions.begin(opened, users.get(opened, "ann").user_id, clock.now)
        with open_db() as opened:
            return sessions.resolve(opened, sessions.hash_of(mark), clock.now)

    before = signed_in()
    pages = {page for _, page, _ in permissions.allowed()}
    assert {page for page in pages if permissions.can(before, page)} == {permissions.OWN_PAGE}
    secret = second_factor.new_secret()
    with open_db(write=True) as opened:
        code = pyotp.TOTP(secret).at(clock.now)
        users.set_second_factor(opened, "ann", secret, code, now=clock.now, actor=CONSOLE)
    assert permissions.can(signed_in(), "home")


@pytest.mark.parametrize(("said", "asked"), [("", False), ("0", False), ("1", True), ("yes", True)])
def test_any_value_but_none_and_0_asks_for_it(said, asked, monkeypatch):
    monkeypatch.setenv(second_factor.REQUIRED, said)
    assert second_factor.is_required() is asked
    monkeypatch.delenv(second_factor.REQUIRED)
    assert not second_factor.is_required()
