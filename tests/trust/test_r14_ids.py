"""R14: an account's id is never given again, its name stays taken, old entries still resolve."""

from __future__ import annotations

import pytest

from ccm_core.access import users
from ccm_core.errors import UsageError
from ccm_core.store import access_log, log_report
from tests.trust.conftest import CONSOLE


def test_a_disabled_account_keeps_its_name_and_its_entries(add_user, open_db, clock):
    old = add_user("ann")
    with open_db(write=True) as db:
        access_log.record(db, access_log.System(old, "care_manager"), "view", "patient", "p1")

    with open_db(write=True) as db:
        users.set_active(db, "ann", False, now=clock.now, actor=CONSOLE)
    with pytest.raises(UsageError, match="taken"):
        add_user("ANN")
    with open_db() as db:
        page = log_report.page(db, log_report.Wanted(having={"user_id": old, "action": "view"}))
    assert [row.username for row in page.rows] == ["ann"]


def test_no_way_deletes_an_account(add_user):
    assert not [name for name in dir(users) if "delete" in name or "remove" in name]


def test_ids_are_random_and_differ(add_user):
    made = {add_user(f"user{n}") for n in range(5)}
    assert len(made) == 5
    assert all(len(one) == 32 for one in made)
