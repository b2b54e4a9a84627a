"""R08, R55: Whatever two administrators do to each other at one moment, one of them is left."""

from __future__ import annotations

import threading

import pytest

from ccm_core.access import users
from ccm_core.errors import UsageError
from tests.trust.conftest import CONSOLE


def demote(db, name, clock):
    users.set_role(db, name, "auditor", now=clock.now, actor=CONSOLE)


def disable(db, name, clock):
    users.set_active(db, name, False, now=clock.now, actor=CONSOLE)


@pytest.mark.parametrize("change", [demote, disable])
def test_two_administrators_cannot_both_go(add_user, open_db, clock, change):
    add_user("ada", "administrator")
    add_user("bea", "administrator")
    began, said = threading.Event(), []

    def second() -> None:
        try:
            with open_db(write=True) as db:
                began.set()
                change(db, "bea", clock)
        except UsageError as refused:
            said.append(str(refused))

    other = threading.Thread(target=second)
    with open_db(write=True) as db:
        change(db, "ada", clock)
        other.start()
        began.wait(1)  # SQLite lets nobody in before the first one is done
        other.join(1)  # time to look, and to wait where it may not look yet
    other.join(30)
    assert said == [
        "This is the last active administrator. Make somebody else administrator first."
    ]
    with open_db() as db:
        left = [one.username for one in users.listed(db) if one.role == "administrator"]
        assert left
        assert users.get(db, "bea").is_active
