"""R09: ``ccm users``: what it prints, what it refuses, and that a password is never an argument."""

from __future__ import annotations

import io
import json
import sys

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from ccm_core.access import passwords, users
from ccm_core.cli import app
from ccm_core.cli import users as users_command
from ccm_core.errors import UsageError
from ccm_core.store.schema import AccessLog
from tests.trust.conftest import PASSWORD


@pytest.fixture
def ccm(store_url):
    def run(*words: str, typed: str = ""):
        return CliRunner().invoke(app, ["users", *words, "--db", store_url], input=typed)

    return run


def added(ccm, username="ada", role="administrator", password=PASSWORD):
    words = ("add", username, "--role", role, "--name", "Ada L", "--password-stdin")
    return ccm(*words, typed=password + "\n")


def test_add_list_disable_enable(ccm, open_db):
    made = added(ccm)
    assert made.exit_code == 0
    assert json.loads(made.stdout)["role"] == "administrator"
    added(ccm, "bob", "care_manager")
    assert json.loads(ccm("disable", "bob").stdout)["is_active"] is False
    listed = json.loads(ccm("list").stdout)
    assert [(user["username"], user["is_active"]) for user in listed] == [
        ("ada", True),
        ("bob", False),
    ]
    assert json.loads(ccm("enable", "BOB").stdout)["is_active"] is True
    assert "argon2" not in ccm("list").stdout
    with open_db() as db:
        assert passwords.matches(PASSWORD, users.get(db, "ada").password_hash)
        rows = db.exec(select(AccessLog)).all()
    assert [(row.user_id, row.action) for row in rows] == [
        ("console", "add_user"), ("console", "add_user"),
        ("console", "disable_user"), ("console", "enable_user"),
    ]  # fmt: skip


def test_a_password_that_somebody_else_typed_is_good_for_one_sign_in(ccm, open_db):
    """Who runs the command knows it: it stayed the person's, as on no page."""
    assert json.loads(added(ccm).stdout)["must_change_password"] is True
    own = ccm("add", "eve", "--role", "auditor", "--password-stdin", "--own-password",
              typed=PASSWORD + "\n")  # fmt: skip
    assert json.loads(own.stdout)["must_change_password"] is False
    with open_db() as db:
        kept = {user.username: user.must_change_password for user in users.listed(db)}
    assert kept == {"ada": True, "eve": False}


def test_a_new_password(ccm, open_db):
    added(ccm)
    assert ccm("password", "ada", "--password-stdin", typed="my other long phrase\n").exit_code == 0
    with open_db() as db:
        ada = users.get(db, "ada")
    assert passwords.matches("my other long phrase", ada.password_hash)
    assert ada.must_change_password


@pytest.mark.parametrize(
    ("username", "role", "password", "said"),
    [
        ("ada", "king", PASSWORD, "no role 'king'"),
        ("ada", "auditor", "short", "15 to 200"),
        ("a", "auditor", PASSWORD, "2 to 63"),
        ("ада", "auditor", PASSWORD, "2 to 63"),
    ],
)
def test_refusals_say_what_to_do(ccm, username, role, password, said):
    refused = added(ccm, username, role, password)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert not refused.stdout


def test_unknown_and_last_accounts(ccm):
    added(ccm)
    assert ccm("disable", "ghost").exit_code == 2
    last = ccm("disable", "ada")
    assert last.exit_code == 2
    assert "last active administrator" in last.stderr


def test_without_a_terminal_nothing_is_asked(ccm):
    refused = ccm("add", "ada", "--role", "auditor")
    assert refused.exit_code == 2
    assert "--password-stdin" in refused.stderr


@pytest.mark.parametrize("name", [
    "a\x1b[2Jb", "a\0b", "a\udcffb", "x" * 121,
    "Ann \u202eyB", "Ann \u2066Lee\u2069", "An\u200bn", "Ann\ufeff", "Ann\u200e", "Ann\u3164",
])  # fmt: skip
def test_a_name_that_no_screen_and_no_database_takes_is_refused(ccm, name):
    refused = ccm("add", "ada", "--role", "auditor", "--name", name, "--password-stdin",
                  typed=PASSWORD + "\n")  # fmt: skip
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "A name has 120 letters at most" in refused.stderr
    assert json.loads(ccm("list").stdout) == []


def test_a_name_is_one_line_and_may_have_any_letters(ccm):
    made = ccm("add", "ada", "--role", "auditor", "--name", "Łukasz\n O'Neil-محمّد",
               "--password-stdin", typed=PASSWORD + "\n")  # fmt: skip
    assert json.loads(made.stdout)["name"] == "Łukasz O'Neil-محمّد"


def test_joiners_that_a_script_needs_stay_and_a_name_of_nothing_else_is_none(ccm):
    """Persian and Hindi names are spelled with them; alone they would be a blank name."""
    words = ("--role", "auditor", "--password-stdin", "--name")
    persian = ccm("add", "ada", *words, "حسین\u200cپور", typed=PASSWORD + "\n")
    assert json.loads(persian.stdout)["name"] == "حسین\u200cپور"
    empty = ccm("add", "bob", *words, "\u200d \u200c", typed=PASSWORD + "\n")
    assert json.loads(empty.stdout)["name"] == "bob"


def test_a_password_that_is_no_text_is_refused_in_words():
    with pytest.raises(UsageError, match="not UTF-8"):
        passwords.check_new("four unrelated \udcff words")


def test_no_more_is_read_than_a_password_can_have(monkeypatch):
    """An endless input without a line's end filled the memory."""
    asked = []
    monkeypatch.setattr(sys, "stdin", io.StringIO("a" * 50_000))
    read = sys.stdin.readline
    monkeypatch.setattr(sys.stdin, "readline", lambda most=-1: asked.append(most) or read(most))
    assert len(users_command._password(True)) < 50_000
    assert asked[0] > passwords.LONGEST
