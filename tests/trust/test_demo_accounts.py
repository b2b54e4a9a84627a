"""R09: Demo accounts: one per role, in a demo practice only; a real practice starts with none."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import pytest

from ccm_core.access import credentials, first_run, users
from ccm_core.access.permissions import ROLES
from ccm_core.records import Practice, Staff
from ccm_core.store import db as store
from ccm_core.store.writing import save
from pages.parts import opening


@pytest.fixture
def demo(open_db, clock):
    with open_db(write=True) as db:
        team = [Staff("s1", "Somebody Else"), Staff("s2", first_run.DEMO_PEOPLE["care_manager"])]
        save(db, "p", [Practice("p", "Demo", is_demo=True), *team])
        first_run.ensure_demo_accounts(db, clock.now)
        first_run.ensure_demo_accounts(db, clock.now)


def test_one_account_per_role(demo, open_db):
    with open_db() as db:
        made = {user.role: user for user in users.listed(db)}
        assert users.count(db) == len(ROLES)
    assert set(made) == set(ROLES)
    assert all(user.is_demo for user in made.values())
    assert made["care_manager"].staff_id == "s2"


@pytest.mark.parametrize("is_demo", [True, False])
def test_they_open_a_demo_practice_only(demo, open_db, clock, is_demo):
    for username, _, password in first_run.demo_accounts():
        typed = credentials.Attempt(username, password, "", "127.0.0.1")
        token = credentials.sign_in(open_db, typed, now=clock.now, is_demo_practice=is_demo)
        assert (token is not None) is is_demo


@pytest.fixture
def started(store_url, monkeypatch, capsys):
    """What a first start does with a database, and what it prints."""
    own = SimpleNamespace(session=partial(store.session, store_url))
    monkeypatch.setattr(opening, "db", own)

    def go(**environment):
        for name in ("CCM_DATABASE_URL", "CCM_EMPTY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        found = opening.Opening(first_run.FirstRun())
        monkeypatch.setattr(opening.Opening, "_load_demo", lambda self: None)
        found.first_accounts()
        return found, capsys.readouterr().err

    return go


@pytest.mark.parametrize("environment", [{"CCM_EMPTY": "1"}, {"CCM_DATABASE_URL": "x"}])
def test_a_real_database_starts_empty_with_a_printed_link(started, open_db, environment):
    found, printed = started(**environment)
    assert "/first-run?token=" in printed
    assert not found.preparing
    token = printed.split("token=")[1].split()[0]
    assert found.start.holds(token)
    with open_db() as db:
        assert users.count(db) == 0


def test_an_unnamed_empty_database_gets_the_demo_practice(started):
    found, printed = started()
    assert found.preparing
    assert not printed


def test_a_practice_with_accounts_starts_quietly(started, add_user):
    add_user("nora")
    assert started(CCM_EMPTY="1")[1] == ""
