"""The router and the guard under AppTest: who sees which page, and who stops at once."""

from __future__ import annotations

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from ccm_core.access import sessions, users
from ccm_core.access.permissions import ROLES, allowed
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.access_log import System
from ccm_core.store.schema import AccessLog, UserAccount
from ccm_core.store.writing import save
from pages.parts import menu
from tests.pages.signed_in import PASSWORD, ROUTER, open_as, sign_in
from tests.trust.conftest import only_sqlite


@pytest.fixture
def store_url(_migrated_sqlite, tmp_path):
    return only_sqlite(_migrated_sqlite, tmp_path)


@pytest.fixture(autouse=True)
def practice(store_url, monkeypatch):
    """A demo practice in a store of its own; the pages read the default store."""
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    with db.session(write=True) as opened:
        save(opened, "p1", [Practice("p1", "Cedar *Hill* <b>Medicine", is_demo=True)])
    yield
    db.dispose(store_url)


def text_of(at: AppTest) -> str:
    shown = [*at.title, *at.markdown, *at.caption, *at.warning, *at.info, *at.error, *at.sidebar]
    return " ".join(str(getattr(element, "value", "")) for element in shown)


@pytest.mark.parametrize("user", [{}, {"ccm_session": None}, {"ccm_session": "0" * 64}])
def test_nobody_sees_nothing(user):
    at = AppTest.from_file(str(ROUTER), default_timeout=60)
    at.user = user
    at.session_state["role"] = at.session_state["username"] = "administrator"
    at.run()
    assert not at.exception
    assert "sign-in has ended" in text_of(at)
    assert "Cedar" not in text_of(at)


@pytest.mark.parametrize("role", ROLES)
def test_the_sidebar_says_who_where_and_under_which_policy(role):
    at = open_as(role)
    said = " ".join(element.value for element in [*at.sidebar.markdown, *at.sidebar.caption])
    assert "demo" in said
    assert "Policy: Medicare baseline" in said
    assert role.split("_")[0].lower() in said.lower()


FORBIDDEN = [
    (role, entry.name)
    for role in ROLES
    for entry in menu.built()
    if (role, entry.name, "view") not in allowed()
]


@pytest.mark.parametrize(("role", "page"), FORBIDDEN)
def test_a_page_of_another_role_cannot_be_opened(role, page):
    at = open_as(role)
    try:
        at.switch_page(f"{page}.py").run()
    except ValueError:  # AppTest finds no such file behind the menu: refused as well
        return
    assert "No access" in text_of(at)


@pytest.mark.parametrize("role", ["auditor", "care_manager"])
def test_a_page_file_run_without_the_router_guards_itself(role):
    at = AppTest.from_file(str(menu.FOLDER / "users.py"), default_timeout=60)
    at.user = {"ccm_session": sign_in(role)}
    at.run()
    assert ("No access" in text_of(at)) is (role == "care_manager")
    with db.session() as opened:
        refused = opened.exec(select(AccessLog).where(AccessLog.action == "refused")).all()
    assert len(refused) == (1 if role == "care_manager" else 0)


def test_a_disabled_account_is_out_at_its_next_run():
    at = open_as("administrator", "users")
    assert "Who may sign in" in text_of(at)
    with db.session(write=True) as opened:
        user = opened.exec(select(UserAccount)).one()
        user.is_active = False
        opened.add(user)
    at.run()
    assert "sign-in has ended" in text_of(at)
    assert "Who may sign in" not in text_of(at)


def test_an_administrator_adds_an_account():
    at = open_as("administrator", "users")
    at.text_input[0].set_value("newbie")
    at.text_input[1].set_value("New Person")
    at.selectbox[0].set_value("care_manager")
    at.text_input[2].set_value(PASSWORD)
    at.button[0].click().run()
    assert not at.exception
    assert "can sign in now" in " ".join(element.value for element in at.success)
    with db.session() as opened:
        assert users.get(opened, "newbie").role == "care_manager"


def test_a_weak_password_is_refused_in_words():
    at = open_as("administrator", "users")
    at.text_input[0].set_value("newbie")
    at.selectbox[0].set_value("care_manager")
    at.text_input[2].set_value("short")
    at.button[0].click().run()
    assert "needs 15 to 200" in at.error[0].value
    with db.session() as opened:
        assert users.by_name(opened, "newbie") is None


def test_an_auditor_reads_accounts_and_has_no_controls():
    at = open_as("auditor", "users")
    assert len(at.dataframe) == 1
    assert not at.button
    assert "password" not in " ".join(at.dataframe[0].value.columns).lower()


def test_changing_the_own_password_needs_the_current_one():
    at = open_as("care_manager", "account")
    current, new, again = at.text_input[:3]
    current.set_value("not it")
    new.set_value("another long good phrase")
    again.set_value("another long good phrase")
    at.button[0].click().run()
    assert "current password is wrong" in at.error[0].value
    at.text_input[0].set_value(PASSWORD)
    at.button[0].click().run()
    assert at.success
    at.run()
    assert "sign-in has ended" in text_of(at)


def test_a_change_by_somebody_demoted_meanwhile_is_refused():
    """The click arrives after the role was taken away: nothing may change."""
    at = open_as("administrator", "users")
    with db.session(write=True) as opened:
        users.add(
            opened, users.NewAccount("second", "S", "administrator"), PASSWORD,
            now=sessions.clock(), actor=System("test"),
        )  # fmt: skip
        first = next(u for u in users.listed(opened) if u.username != "second")
        users.set_role(
            opened, first.username, "auditor", now=sessions.clock(), actor=System("test")
        )
    at.text_input[0].set_value("eve")
    at.selectbox[0].set_value("administrator")
    at.text_input[2].set_value(PASSWORD)
    at.button[0].click().run()
    with db.session() as opened:
        assert users.by_name(opened, "eve") is None


def test_a_password_chosen_by_somebody_else_opens_the_own_account_only():
    now, console = sessions.clock(), System("test")
    with db.session(write=True) as opened:
        wanted = users.NewAccount("newbie", "N", "care_manager", must_change_password=True)
        user = users.add(opened, wanted, PASSWORD, now=now, actor=console)
        session_hash = sessions.hash_of(sessions.begin(opened, user.user_id, now))
    at = AppTest.from_file(str(ROUTER), default_timeout=60)
    at.user = {"ccm_session": session_hash}
    at.run()
    assert "Choose your own" in text_of(at)
    for field, value in zip(
        at.text_input[:3], [PASSWORD, *["my own long phrase"] * 2], strict=True
    ):
        field.set_value(value)
    at.button[0].click().run()
    assert at.success
    with db.session() as opened:
        assert not users.get(opened, "newbie").must_change_password
    with db.session(write=True) as opened:
        users.set_password(opened, "newbie", PASSWORD, now=now, actor=console)
        assert users.get(opened, "newbie").must_change_password
