"""``ccm demo`` makes the practice once and refuses a database that holds one."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ccm_core.cli import app
from ccm_core.store import db
from ccm_core.store.reading import practice


def run(*words: str):
    return CliRunner().invoke(app, ["demo", *words])


def test_it_makes_a_practice_with_accounts(empty_store_url):
    told = run("--patients", "20", "--months", "2", "--seed", "3", "--db", empty_store_url)
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == {"patients": 20, "months": 2, "seed": 3}
    with db.session(empty_store_url) as session:
        assert practice(session).is_demo
    again = run("--patients", "20", "--months", "2", "--db", empty_store_url)
    assert again.exit_code == 2
    assert "holds a practice already" in again.stderr


@pytest.mark.parametrize("asked", [("--patients", "1000001"), ("--months", "37")])
def test_a_practice_that_would_be_made_for_days_is_refused_at_once(asked, empty_store_url):
    told = run(*asked, "--db", empty_store_url)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "1 to 1,000,000 patients and 1 to 36 months" in told.stderr


def test_a_large_practice_may_be_left_unaudited(empty_store_url):
    told = run(
        "--patients", "30", "--months", "3", "--audited-months", "0", "--db", empty_store_url
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "months: " not in told.stderr
