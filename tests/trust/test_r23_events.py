"""R23, R24: each action leaves one entry with every field, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest

from ccm_core.access import credentials, second_factor, users
from ccm_core.access.credentials import Attempt
from ccm_core.errors import CcmError
from ccm_core.store import access_log, settings
from tests.trust.conftest import CONSOLE, PASSWORD

ANOTHER = "seven quite different blue words"


@pytest.fixture
def newest(open_db) -> Callable[[], access_log.AccessLog]:
    def read():
        with open_db() as db:
            return access_log.newest(db, 1)[0]

    return read


@pytest.fixture
def size(open_db) -> Callable[[], int]:
    def read():
        with open_db() as db:
            return access_log.count(db)

    return read


def attempt(password: str = PASSWORD, code: str = "") -> Attempt:
    return Attempt("ann", password, code, "10.1.2.3")


def test_sign_ins_good_and_bad_are_on_record_with_where_from(add_user, open_db, clock, newest):
    ann = add_user("ann")
    token = credentials.sign_in(open_db, attempt(), now=clock.now)
    entry = newest()
    assert (entry.action, entry.outcome, entry.user_id) == ("sign_in", "ok", ann)
    assert (entry.role, entry.source_ip) == ("care_manager", "10.1.2.3")
    assert entry.session_hash
    assert token not in repr(entry)
    assert credentials.sign_in(open_db, attempt("wrong"), now=clock.now) is None
    entry = newest()
    assert (entry.action, entry.outcome, entry.object_id) == ("sign_in", "refused", ann)
    assert "wrong" not in repr(entry)


CHANGES = {
    "disable_user": lambda db, **more: users.set_active(db, "ann", False, **more),
    "change_role": lambda db, **more: users.set_role(db, "ann", "auditor", **more),
    "set_password": lambda db, **more: users.set_password(db, "ann", ANOTHER, **more),
    "second_factor_off": lambda db, **more: users.set_second_factor(db, "ann", "", "", **more),
    "unlock_user": lambda db, now, actor: users.unlock(db, "ann", actor=actor),
}


@pytest.mark.parametrize("action", CHANGES)
def test_each_change_of_an_account_is_one_entry(action, add_user, open_db, clock, newest, size):
    ann = add_user("ann")
    before = size()
    with open_db(write=True) as db:
        CHANGES[action](db, now=clock.now, actor=CONSOLE)
    assert size() == before + 1
    entry = newest()
    assert (entry.action, entry.object_type, entry.object_id) == (action, "user_account", ann)
    assert entry.user_id == CONSOLE.user_id


def test_switching_codes_on_is_on_record_without_the_secret(add_user, open_db, clock, newest):
    add_user("ann")
    secret = second_factor.new_secret()
    with open_db(write=True) as db:
        code = pyotp.TOTP(secret).at(clock.now)
        users.set_second_factor(db, "ann", secret, code, now=clock.now, actor=CONSOLE)
    assert newest().action == "second_factor_on"
    assert secret not in repr(newest())


def test_a_change_and_its_entry_stand_or_fall_together(add_user, open_db, size):
    before = size()

    def fail() -> None:
        with open_db(write=True) as db:
            settings.write_setting(db, "k", 1)
            access_log.record(db, CONSOLE, "edit", "setting", "k")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert size() == before
    with open_db() as db:
        assert settings.read_setting(db, "k") is None


def test_a_refused_change_leaves_no_entry_and_no_change(add_user, open_db, clock, size):
    add_user("ann", "administrator")
    before = size()
    with pytest.raises(CcmError, match="last active administrator"), open_db(write=True) as db:
        users.set_active(db, "ann", False, now=clock.now, actor=CONSOLE)
    assert size() == before


def test_times_are_utc_and_never_run_back_in_the_chain(add_user, open_db, clock):
    add_user("ann")
    clock.now += timedelta(minutes=1)
    add_user("ben")
    with open_db() as db:
        entries = access_log.newest(db)[::-1]
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert all(entry.at.utcoffset() == timedelta(0) for entry in entries)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
