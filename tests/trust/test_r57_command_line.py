"""R38, R57: what a command writes is for its owner, and its errors quote no record."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ccm_core import cli
from ccm_core.store import db

ROOT = Path(__file__).resolve().parents[2]
CANARY = "CANARY-JANE-DOE"


@pytest.fixture
def told(monkeypatch, capsys):
    """What a command says that fails in a way nobody expected."""
    monkeypatch.setattr(os, "umask", lambda _: 0)  # the one of this process stays

    def fail():
        raise ValueError(CANARY)

    monkeypatch.setattr(cli, "app", fail)

    def run() -> str:
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        return capsys.readouterr().err

    return run


def test_a_command_that_fails_names_type_and_place_only(told):
    said = told()
    assert CANARY not in said
    assert "ValueError at trust/test_r57_command_line.py:" in said


def test_more_is_said_only_when_asked_for(told, monkeypatch):
    monkeypatch.setenv("CCM_TRACEBACK", "1")
    with pytest.raises(ValueError, match=CANARY):
        cli.main()


@pytest.mark.skipif(os.name == "nt", reason="no such modes on Windows")
def test_files_of_a_command_are_for_their_owner_only(tmp_path):
    file = tmp_path / "out" / "claims.csv"
    script = (
        "import sys; from pathlib import Path; from ccm_core import cli\n"
        "def write(): f = Path(sys.argv[1]); f.parent.mkdir(); f.write_text('x')\n"
        "cli.app = write; cli.main()\n"
    )
    command = ["sh", "-c", 'umask 022; exec "$@"', "sh", sys.executable, "-c", script, str(file)]
    subprocess.run(command, cwd=ROOT, check=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_an_error_of_the_database_quotes_no_value(store_url):
    with pytest.raises(DBAPIError) as failed, db.session(store_url) as session:
        session.connection().execute(text("SELECT nothing FROM patient WHERE mrn = :m"),
                                     {"m": CANARY})  # fmt: skip
    db.dispose(store_url)
    assert CANARY not in str(failed.value)


def test_a_logged_error_is_its_type_and_place():
    script = (
        "from ccm_core.access import logs; logs.configure(); import logging\n"
        "logging.basicConfig()\n"
        f"try:\n    raise ValueError({CANARY!r})\n"
        "except ValueError:\n    logging.getLogger('any').exception('it failed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert CANARY not in done.stdout + done.stderr
    assert "it failed [ValueError at" in done.stderr
