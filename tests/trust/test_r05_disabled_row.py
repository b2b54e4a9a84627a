"""R05, R08: a row that says disabled is enough, whoever wrote it and whatever sessions live."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from ccm_core.access import sessions
from ccm_core.store.schema import UserAccount, table_of
from tests.trust.conftest import only_sqlite


@pytest.fixture
def store_url(_migrated_sqlite, tmp_path):
    return only_sqlite(_migrated_sqlite, tmp_path)


def test_an_account_that_is_disabled_by_hand_is_out_at_once(open_db, add_user, clock):
    user_id = add_user("nora")
    with open_db(write=True) as db:
        token = sessions.begin(db, user_id, clock.now)
    name = sessions.hash_of(token)
    with open_db(write=True) as db:
        assert sessions.find(db, name, clock.now) is not None
        db.connection().execute(update(table_of(UserAccount)).values(is_active=False))
    with open_db() as db:
        assert sessions.find(db, name, clock.now) is None
        assert sessions.live(db, [name], clock.now) == set()
        assert sessions.seconds_left(db, name, clock.now) == 0
