"""R30, R31, R32: reports by period, order and filter; exports that verify by themselves."""

from __future__ import annotations

import ast
import csv
import io
import json
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from ccm_core.cli import app
from ccm_core.errors import UsageError
from ccm_core.months import utc_now
from ccm_core.store import access_log, db, log_export, log_report
from ccm_core.store.schema import AccessLog, table_of
from tests.store.test_plans import plans
from tests.trust.conftest import only_sqlite

ROOT = Path(__file__).resolve().parents[2]
START = utc_now().replace(microsecond=0) - timedelta(days=30)
ENTRIES = 1_000


@pytest.fixture
def url(_migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    made = only_sqlite(_migrated_sqlite, tmp_path)
    fill(made)
    yield made
    db.dispose(made)


def fill(url: str) -> None:
    chance, secret, last, rows = random.Random(7), access_log.key(), access_log.FIRST, []
    for seq in range(1, ENTRIES + 1):
        row = {
            "seq": seq, "at": START + timedelta(minutes=40 * seq),
            "user_id": chance.choice(["ua", "ub", ""]), "role": chance.choice(["auditor", "x"]),
            "session_hash": chance.choice(["aa", "bb"]), "source_ip": f"10.0.0.{seq % 7}",
            "action": chance.choice(["view", "export"]), "object_type": "patient",
            "object_id": f"p{seq % 13}", "outcome": chance.choice(["ok", "denied"]),
            "reason": chance.choice(["", "=cmd()", "100%"]), "prev_hash": last,
        }  # fmt: skip
        row["hash"] = last = access_log.chained(row, secret)
        rows.append(row)
    with db.session(url, write=True) as session:
        session.connection().execute(insert(table_of(AccessLog)), rows)


def all_rows(session, wanted: log_report.Wanted, sort: str) -> list[log_report.LogEntry]:
    found: list[log_report.LogEntry] = []
    while page := log_report.page(session, wanted, sort, offset=len(found)).rows:
        found += page
    return found


@pytest.mark.parametrize("field", log_report.FIELDS)
@pytest.mark.parametrize("way", ["", "-"])
def test_every_field_sorts_over_all_pages(url, field, way):
    with db.session(url) as session:
        rows = all_rows(session, log_report.Wanted(), way + field)
    told = [getattr(row, field) for row in rows]
    assert told == sorted(told, reverse=bool(way))
    assert sorted(row.seq for row in rows) == list(range(1, ENTRIES + 1))


@pytest.mark.parametrize("field", [name for name in log_report.FIELDS if name != "at"])
def test_every_field_filters(url, field):
    with db.session(url) as session:
        everything = all_rows(session, log_report.Wanted(), "seq")
        value = str(getattr(everything[500], field))
        found = all_rows(session, log_report.Wanted(having={field: value}), "seq")
        part = all_rows(session, log_report.Wanted(containing={field: value}), "seq")
    expected = [row.seq for row in everything if str(getattr(row, field)) == value or not value]
    assert [row.seq for row in found] == expected
    assert set(expected) <= {row.seq for row in part}


def test_a_period_has_its_entries(url):
    since, before = START + timedelta(days=3), START + timedelta(days=5)
    with db.session(url) as session:
        page = log_report.page(session, log_report.Wanted(since, before), "seq")
        first, last = log_report.span(session, since, before)
        assert log_report.span(session, utc_now() + timedelta(days=9), None) == (0, 0)
    assert page.total == 2 * 24 * 60 // 40 == last - first + 1
    assert all(since <= row.at < before for row in page.rows)


@pytest.mark.parametrize("name", ["hash", "1; DROP TABLE access_log", ""])
def test_other_columns_are_refused(url, name):
    with db.session(url) as session:
        with pytest.raises(UsageError, match="Sorting"):
            log_report.page(session, log_report.Wanted(), name)
        with pytest.raises(UsageError, match="filter"):
            log_report.page(session, log_report.Wanted(having={name: "x"}))


def test_the_spreadsheet_has_no_formula(url):
    with db.session(url) as session:
        raw = log_export.as_csv(session, log_report.Wanted(), "-seq")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [int(row["seq"]) for row in rows] == list(range(ENTRIES, 0, -1))
    assert "'=cmd()" in {row["reason"] for row in rows}
    assert not any(row["reason"].startswith("=") for row in rows)


def verified(*arguments: object) -> tuple[int, str]:
    """The script alone, in an empty environment."""
    script = str(ROOT / "tools" / "verify_log.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", script, *map(str, arguments)],
        capture_output=True, text=True, check=False, env={},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def exported(url: str, file: Path, first: int, last: int) -> Path:
    with db.session(url) as session:
        file.write_bytes(log_export.as_bytes(session, first, last))
    return file


def test_an_export_verifies_with_the_script_alone(url, tmp_path):
    file, key = exported(url, tmp_path / "log.jsonl", 1, ENTRIES), tmp_path / "var" / "log.key"
    code, said = verified(file, "--key", key)
    assert code == 0, said
    assert "1000 entries" in said
    code, said = verified(file)
    assert code == 0
    assert "not checked" in said


@pytest.mark.parametrize("field", [*access_log.FIELDS, "hash"])
def test_the_script_finds_any_changed_field(url, tmp_path, field):
    file, key = exported(url, tmp_path / "log.jsonl", 1, 20), tmp_path / "var" / "log.key"
    lines = file.read_text().splitlines()
    entry = json.loads(lines[7])
    entry[field] = entry[field] + 1 if field in ("seq", "at") else "x"
    lines[7] = json.dumps(entry)
    file.write_text("\n".join(lines) + "\n")
    code, said = verified(file, "--key", key)
    assert code == 1
    assert "entry 7" in said or "entry 8" in said


def renamed(lines: list[str]) -> list[str]:
    """Other names over the same values, and what was done told of somebody else."""
    told = [json.loads(line) for line in lines]
    told[0]["fields"][2] = "by"
    for entry in told[1:]:
        entry["by"], entry["user_id"] = entry["user_id"], "somebody else"
    return [json.dumps(one) for one in told]


def doubled(lines: list[str]) -> list[str]:
    """The made-up value stands first, where people read it."""
    return [*lines[:7], lines[7].replace("{", '{"user_id": "somebody else", ', 1), *lines[8:]]


def added(lines: list[str]) -> list[str]:
    return [*lines[:7], lines[7].replace("}", ', "username": "somebody else"}', 1), *lines[8:]]


def no_mark(lines: list[str]) -> list[str]:
    return [*lines[:7], json.dumps(json.loads(lines[7]) | {"hash": None}), *lines[8:]]


def no_entry(lines: list[str]) -> list[str]:
    return ["[]", *lines[1:]]


@pytest.mark.parametrize("forge", [renamed, doubled, added, no_mark, no_entry])
def test_the_script_believes_no_file_about_its_own_form(url, tmp_path, forge):
    file, key = exported(url, tmp_path / "log.jsonl", 1, 20), tmp_path / "var" / "log.key"
    file.write_text("\n".join(forge(file.read_text().splitlines())) + "\n")
    code, said = verified(file, "--key", key)
    assert code == 1
    assert said.startswith("NOT INTACT")


def test_the_script_and_the_log_have_the_same_fields():
    text = (ROOT / "tools" / "verify_log.py").read_text()
    assert tuple(ast.literal_eval(text.split("FIELDS = ")[1].split("  # fmt")[0])) == (
        access_log.FIELDS
    )


def test_the_script_finds_left_out_entries_and_a_cut_end(url, tmp_path):
    file, key = exported(url, tmp_path / "log.jsonl", 1, 20), tmp_path / "var" / "log.key"
    lines = file.read_text().splitlines()
    for kept in ([*lines[:5], *lines[6:]], lines[:-1]):
        file.write_text("\n".join(kept) + "\n")
        assert verified(file, "--key", key)[0] == 1
    whole = exported(url, tmp_path / "log.jsonl", 1, 20)
    anchor = tmp_path / "heads.jsonl"
    anchor.write_text(json.dumps({"at": "then", "seq": 25, "head": "x"}) + "\n")
    assert "entry 25" in verified(whole, "--key", key, "--anchor", anchor)[1]


def test_archives_join_and_a_missing_one_shows(url, tmp_path):
    """R32: the end of one segment is the start of the next; nothing is ever purged."""
    key = tmp_path / "var" / "log.key"
    parts = [
        exported(url, tmp_path / f"{n}.jsonl", first, last)
        for n, (first, last) in enumerate([(1, 300), (301, 700), (701, ENTRIES)])
    ]
    assert verified(*parts, "--key", key)[0] == 0
    code, said = verified(parts[0], parts[2], "--key", key)
    assert code == 1
    assert "does not continue" in said


def test_the_commands(url, tmp_path):
    run = CliRunner().invoke
    told = run(app, ["log", "report", "--only", "object_id=p3", "--sort", "-at", "--db", url])
    assert {json.loads(line)["object_id"] for line in told.stdout.splitlines()} == {"p3"}
    assert run(app, ["log", "export", str(tmp_path / "x.jsonl"), "--db", url]).exit_code == 0
    assert run(app, ["log", "report", "--only", "hash=1", "--db", url]).exit_code == 2
    with db.session(url) as session:
        assert [row.action for row in access_log.newest(session, 2)] == ["export", "view"]


def test_values_to_filter_by_are_read_once_and_then_of_new_entries_alone(url):
    """The log grows with every view: its page must not read all of it at each rerun."""
    with db.session(url) as session:
        known = log_report.values(session)
    assert known == {
        "user_id": ["ua", "ub"], "role": ["auditor", "x"], "action": ["export", "view"],
        "object_type": ["patient"], "outcome": ["denied", "ok"],
    }  # fmt: skip
    with db.session(url, write=True) as session:
        access_log.record(session, None, "verify", "access_log", "", "ok")
    with db.session(url) as session:
        found = log_report.values(session)
        assert found["action"] == ["export", "verify", "view"]
        assert found["object_type"] == ["access_log", "patient"]
        for plan in plans(session, lambda: log_report.values(session), "EXPLAIN QUERY PLAN"):
            assert "DISTINCT" not in plan, plan
            assert "GROUP BY" not in plan or "rowid>? AND rowid<?" in plan, plan
        # Restored to a state in which the entry read last is another one: read anew.
        ghost = {name: frozenset({"ghost"}) for name in log_report.CHOICES}
        database = str(session.get_bind().engine.url)
        log_report._read[database] = log_report._Read(ENTRIES, "other", ghost)
        assert log_report.values(session) == found
