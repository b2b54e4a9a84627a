"""R07, R23: a sign-in that ends by time is one entry of the log, whoever notices it."""

from __future__ import annotations

import pytest
from sqlmodel import select

from ccm_core.access import sessions, timeouts
from ccm_core.store import access_log
from ccm_core.store.schema import LoginSession

LIMITS = sessions.Limits()


@pytest.fixture
def ann(add_user, open_db, clock):
    """(user id, session hash) of a fresh sign-in."""
    user_id = add_user("ann")
    with open_db(write=True) as db:
        token = sessions.begin(db, user_id, clock.now, "10.1.2.3", LIMITS)
    return user_id, sessions.hash_of(token)


def entries(open_db):
    with open_db() as db:
        return [one for one in access_log.newest(db) if one.action == "time_out"]


@pytest.mark.parametrize(("minutes", "reason"), [(15, "no activity"), (12 * 60, "longest time")])
def test_a_time_out_is_one_entry(ann, open_db, clock, minutes, reason):
    clock.move(minutes=minutes - 1)
    if reason == "longest time":
        with open_db(write=True) as db:
            row = db.exec(select(LoginSession)).one()
            row.last_seen_at = clock.now
            db.add(row)
    assert timeouts.note_ended(open_db, clock.now, LIMITS) == 0
    clock.move(minutes=1)
    assert timeouts.note_ended(open_db, clock.now, LIMITS) == 1
    assert timeouts.note_ended(open_db, clock.now, LIMITS) == 0
    (entry,) = entries(open_db)
    assert (entry.user_id, entry.session_hash) == ann
    assert (entry.role, entry.source_ip, entry.reason) == ("care_manager", "10.1.2.3", reason)


def test_a_signed_out_session_does_not_time_out(ann, open_db, clock):
    with open_db(write=True) as db:
        sessions.end(db, ann[1], clock.now)
    clock.move(hours=13)
    assert timeouts.note_ended(open_db, clock.now, LIMITS) == 0
    assert entries(open_db) == []


def test_every_entry_of_a_person_says_where_from(ann, open_db, clock):
    with open_db() as db:
        who = sessions.resolve(db, ann[1], clock.now, LIMITS)
        access_log.record(db, who, "view", "page", "home")
        assert access_log.newest(db)[0].source_ip == "10.1.2.3"
