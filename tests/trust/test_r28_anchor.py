"""R28: a cut or rewritten log shows against a head kept outside, and only then."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from ccm_core.cli import app
from ccm_core.errors import UsageError
from ccm_core.months import utc_now
from ccm_core.store import access_log, db, log_anchors, sqlite
from ccm_core.store.schema import AccessLog, table_of
from tests.trust.conftest import only_sqlite


@pytest.fixture
def anchor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    file = tmp_path / "other-volume" / "heads.jsonl"
    file.parent.mkdir()
    monkeypatch.setenv("CCM_LOG_ANCHOR", str(file))
    return file


@pytest.fixture
def url(_migrated_sqlite: Path, tmp_path: Path, anchor: Path):
    made = only_sqlite(_migrated_sqlite, tmp_path)
    write(made, 5)
    yield made
    db.dispose(made)


def write(url: str, number: int, action: str = "view") -> None:
    with db.session(url, write=True) as session:
        for n in range(number):
            access_log.record(session, None, action, "thing", str(n))


def by_hand(url: str, *statements: str) -> None:
    """Change the file as somebody who holds it can."""
    db.dispose(url)
    raw = sqlite.library().connect(url.removeprefix("sqlite:///"))
    for name in ("update", "delete", "replace"):
        raw.execute(f"DROP TRIGGER IF EXISTS access_log_no_{name}")
    for statement in statements:
        raw.execute(statement)
    raw.commit()
    raw.close()


def check(url: str) -> log_anchors.Checked:
    with db.session(url) as session:
        return log_anchors.check(session)


def keep(url: str) -> None:
    with db.session(url) as session:
        log_anchors.keep(session)


def test_a_cut_end_shows_only_against_the_anchor(url, monkeypatch):
    keep(url)
    by_hand(url, "DELETE FROM access_log WHERE seq > 3")
    found = check(url)
    assert found.chain.is_intact
    assert not found.is_intact
    assert found.broken is not None
    assert "cut off" in " ".join(found.sentences())
    monkeypatch.delenv("CCM_LOG_ANCHOR")
    without = check(url)
    assert without.is_intact
    assert "would not show" in " ".join(without.sentences())


def test_a_clock_that_was_set_back_is_said(url, monkeypatch):
    """Entries under an earlier time keep the chain whole: only their order gives them away."""
    now = utc_now()
    for minutes in (0, 3, -2, 30):  # two servers may differ by some minutes
        monkeypatch.setattr(access_log, "utc_now", lambda n=minutes: now + timedelta(minutes=n))
        write(url, 1)
    with db.session(url) as session:
        assert access_log.verify(session).set_back_seq is None
    monkeypatch.setattr(access_log, "utc_now", lambda: now - timedelta(days=3))
    write(url, 2, "edit")
    with db.session(url) as session:
        found = log_anchors.check(session)
    assert found.is_intact
    assert found.chain.set_back_seq == 10
    assert any("set back before entry 10" in said for said in found.sentences())


def test_a_log_written_anew_with_the_key_shows_only_against_the_anchor(url, monkeypatch):
    keep(url)
    by_hand(url, "DELETE FROM access_log")
    write(url, 5, action="nothing")
    found = check(url)
    assert found.chain.is_intact
    assert not found.is_intact
    monkeypatch.delenv("CCM_LOG_ANCHOR")
    assert check(url).is_intact


def test_what_grew_since_the_anchor_is_fine_and_its_age_is_told(url, anchor):
    keep(url)
    old = (utc_now() - timedelta(days=2)).isoformat(timespec="seconds")
    line = json.loads(anchor.read_text())
    anchor.write_text(json.dumps({**line, "at": old}) + "\n")
    write(url, 3)
    found = check(url)
    assert found.is_intact
    assert found.anchors == 1
    assert found.age_seconds is not None
    assert 2 * 86_400 <= found.age_seconds < 2 * 86_400 + 60
    assert str(anchor) in " ".join(found.sentences())
    assert old in " ".join(found.sentences())


def test_no_new_head_is_kept_over_a_broken_log(url, anchor):
    keep(url)
    by_hand(url, "DELETE FROM access_log WHERE seq > 3")
    with pytest.raises(UsageError, match="No new head"):
        keep(url)
    assert len(anchor.read_text().splitlines()) == 1


def test_an_anchor_beside_the_database_is_called_so(url, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_LOG_ANCHOR", str(tmp_path / "var" / "heads.jsonl"))
    keep(url)
    assert "another volume" in " ".join(check(url).sentences())


def test_a_damaged_anchor_file_is_refused(url, anchor):
    anchor.write_text("nonsense\n")
    with pytest.raises(UsageError, match="CCM_LOG_ANCHOR"):
        check(url)


def test_the_commands_say_what_they_compared(url):
    run = CliRunner().invoke
    assert json.loads(run(app, ["log", "anchor", "--db", url]).stdout)["seq"] == 5
    told = run(app, ["log", "verify", "--db", url])
    assert told.exit_code == 0
    assert json.loads(told.stdout)["anchors"] == 1
    with db.session(url) as session:
        assert access_log.newest(session, 1)[0].action == "verify"
    by_hand(url, "UPDATE access_log SET user_id = 'other' WHERE seq = 2")
    told = run(app, ["log", "verify", "--db", url])
    assert told.exit_code == 1
    assert json.loads(told.stdout)["first_bad_seq"] == 2


def fill(url: str, entries: int) -> None:
    """A long chain, written in bulk."""
    secret, last, at = access_log.key(), access_log.FIRST, utc_now().replace(microsecond=0)
    rows = []
    for seq in range(1, entries + 1):
        row = {"seq": seq, "at": at, "user_id": "u" * 32, "role": "auditor", "source_ip": "",
               "session_hash": "s" * 64, "action": "view", "object_type": "patient",
               "object_id": str(seq), "outcome": "ok", "reason": "", "prev_hash": last}  # fmt: skip
        row["hash"] = last = access_log.chained(row, secret)
        rows.append(row)
    with db.session(url, write=True) as session:
        session.connection().execute(insert(table_of(AccessLog)), rows)


@pytest.mark.slow
def test_a_million_entries_would_verify_within_a_minute(request, tmp_path, anchor):
    """Measured on 40,000 and 80,000 entries in processor time: linear, and fast enough."""
    spent = {}
    for entries in (40_000, 80_000):
        folder = tmp_path / str(entries)
        folder.mkdir()
        url = only_sqlite(request.getfixturevalue("_migrated_sqlite"), folder)
        fill(url, entries)
        before = os.times()
        found = check(url)
        after = os.times()
        spent[entries] = after.user + after.system - before.user - before.system
        assert found.chain.entries == entries
        assert found.is_intact
        db.dispose(url)
    print(spent)
    assert spent[80_000] < 3 * spent[40_000]
    assert spent[80_000] / 80_000 * 1_000_000 < 60
