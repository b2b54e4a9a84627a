"""R05, R07, R08: the row decides on every call; limits are exact; changes end every session."""

from __future__ import annotations

import hashlib

import pytest
from sqlmodel import select

from ccm_core.access import sessions, users
from ccm_core.access.sessions import Limits, begin, find, live, resolve, seconds_left, touch
from ccm_core.errors import NotSignedIn, UsageError
from ccm_core.store.schema import LoginSession, UserAccount
from tests.trust.conftest import CONSOLE

LIMITS = Limits()


@pytest.fixture
def signed_in(open_db, add_user, clock):
    """(session hash, user id, token) of a fresh sign-in."""
    user_id = add_user("nora")
    with open_db(write=True) as opened:
        token = begin(opened, user_id, clock.now, "127.0.0.1", LIMITS)
    return sessions.hash_of(token), user_id, token


def test_only_the_hash_of_the_token_is_stored(open_db, signed_in):
    session_hash, _, token = signed_in
    assert len(token) >= 43
    assert session_hash == hashlib.sha256(token.encode()).hexdigest()
    with open_db() as opened:
        row = opened.exec(select(LoginSession)).one()
    assert token not in repr(row)


@pytest.mark.parametrize(("seconds", "is_in"), [(899, True), (900, False)])
def test_idle_limit_to_the_second(open_db, signed_in, clock, seconds, is_in):
    clock.move(seconds=seconds)
    with open_db() as opened:
        assert (find(opened, signed_in[0], clock.now, LIMITS) is not None) is is_in


@pytest.mark.parametrize(("seconds", "is_in"), [(12 * 3600 - 1, True), (12 * 3600, False)])
def test_absolute_limit_in_spite_of_activity(open_db, signed_in, clock, seconds, is_in):
    start = clock.now
    while (clock.now - start).total_seconds() + 600 < seconds:
        clock.move(seconds=600)
        with open_db(write=True) as opened:
            touch(opened, signed_in[0], clock.now, LIMITS)
    clock.now = start
    clock.move(seconds=seconds)
    with open_db() as opened:
        assert (find(opened, signed_in[0], clock.now, LIMITS) is not None) is is_in


def test_activity_extends_and_cannot_revive(open_db, signed_in, clock):
    clock.move(seconds=600)
    with open_db(write=True) as opened:
        touch(opened, signed_in[0], clock.now, LIMITS)
        assert seconds_left(opened, signed_in[0], clock.now, LIMITS) == 900
    clock.move(seconds=900)
    with open_db(write=True) as opened:
        touch(opened, signed_in[0], clock.now, LIMITS)
        assert find(opened, signed_in[0], clock.now, LIMITS) is None
        assert seconds_left(opened, signed_in[0], clock.now, LIMITS) == 0


def test_a_made_up_hash_is_nobody(open_db, clock):
    with open_db() as opened, pytest.raises(NotSignedIn):
        resolve(opened, "0" * 64, clock.now, LIMITS)


def test_role_is_read_from_the_database(open_db, signed_in, clock):
    with open_db(write=True) as opened:
        user = opened.exec(select(UserAccount)).one()
        user.role = "auditor"
        opened.add(user)
    with open_db() as opened:
        assert resolve(opened, signed_in[0], clock.now, LIMITS).role == "auditor"


CHANGES = {
    "role": lambda o, **m: users.set_role(o, "nora", "auditor", **m),
    "password": lambda o, **m: users.set_password(o, "nora", "another long good phrase", **m),
    "disabled": lambda o, **m: users.set_active(o, "nora", False, **m),
    "code off": lambda o, **m: users.set_second_factor(o, "nora", "", "", **m),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_account_ends_all_its_sessions(open_db, signed_in, clock, change):
    with open_db(write=True) as opened:
        second = sessions.hash_of(begin(opened, signed_in[1], clock.now, limits=LIMITS))
    with open_db(write=True) as opened:
        CHANGES[change](opened, now=clock.now, actor=CONSOLE)
    with open_db() as opened:
        assert live(opened, [signed_in[0], second], clock.now, LIMITS) == set()


def test_signing_out_ends_one_session_only(open_db, signed_in, clock):
    with open_db(write=True) as opened:
        second = sessions.hash_of(begin(opened, signed_in[1], clock.now, limits=LIMITS))
        sessions.end(opened, signed_in[0], clock.now)
    with open_db() as opened:
        assert live(opened, [signed_in[0], second], clock.now, LIMITS) == {second}


def test_the_last_administrator_stays(open_db, add_user, clock):
    add_user("root", "administrator")
    for change in (
        lambda o: users.set_active(o, "root", False, now=clock.now, actor=CONSOLE),
        lambda o: users.set_role(o, "root", "auditor", now=clock.now, actor=CONSOLE),
    ):
        with pytest.raises(UsageError, match="last active administrator"), open_db(write=True) as o:
            change(o)


def test_names_are_never_given_out_twice(open_db, add_user, clock):
    add_user("nora")
    with open_db(write=True) as opened:
        users.set_active(opened, "nora", False, now=clock.now, actor=CONSOLE)
    with pytest.raises(UsageError, match="taken"):
        add_user("NORA")


@pytest.mark.parametrize("value", ["0", "61", "-1", "1.5", "soon", ""])
def test_limits_outside_their_range_are_refused(monkeypatch, value):
    monkeypatch.setenv("CCM_IDLE_MINUTES", value)
    with pytest.raises(UsageError, match="CCM_IDLE_MINUTES"):
        Limits.from_environment()
