"""A question to a database that is not there: refused, and nothing is made."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from ccm_core.cli import app
from ccm_core.store import db

runner = CliRunner()
FEE = ("fee", "99490", "--on", "2025-03-31")
QUESTIONS = (
    FEE,
    ("audit", "--month", "2025-03"),
    ("steps",),
    ("users", "list"),
    ("users", "disable", "ann"),
    ("users", "enable", "ann"),
    ("users", "unlock", "ann"),
    ("log", "verify"),
    ("fees", "list"),
    ("fees", "revert", "rvu-1"),
)


def refused(question, url):
    done = runner.invoke(app, [*question, "--db", url])
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_no_file_and_none_is_made(question, tmp_path):
    path = tmp_path / "sub" / "none.sqlite3"
    said = refused(question, f"sqlite:///{path}")
    assert "asked for; there is no database at that place. Correct the address" in said
    assert not path.parent.exists()


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
@pytest.mark.parametrize("held", [b"", b"notes\n"])
def test_another_file_is_left_as_it_was(question, held, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(held)
    assert "is no database" in refused(question, f"sqlite:///{path}")
    assert path.read_bytes() == held


def test_another_program_s_database_is_not_taken_over(tmp_path):
    path = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text TEXT)")
        other.commit()
    assert "holds nothing of this program" in refused(FEE, f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]


def test_a_server_that_does_not_answer_is_told_without_its_address():
    said = refused(FEE, "postgresql://somebody:secret@127.0.0.1:1/none")
    assert said.startswith("The server of the database does not answer.")
    assert "secret" not in said


def test_a_database_that_is_there_answers(tmp_path):
    url = f"sqlite:///{tmp_path / 'there.sqlite3'}"
    db.migrate(url)
    done = runner.invoke(app, [*FEE, "--db", url])
    assert json.loads(done.stdout)["allowed_usd"] == "60.49"
