"""R38: backups are whole while people write, encrypted, and hold what their list says."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ccm_core.cli import app
from ccm_core.errors import UsageError
from ccm_core.records import Patient, Practice
from ccm_core.store import access_log, backup, db, settings, sqlite, writing
from ccm_core.store.backup import restoring, sealed
from tests import servers
from tests.trust.conftest import only_sqlite


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    file = tmp_path / "backup.key"
    backup.make_key(file)
    monkeypatch.setenv("CCM_BACKUP_KEY", str(file))
    return file


def fill(url: str, patients: int = 50) -> None:
    with db.session(url, write=True) as session:
        writing.save(session, "p", [Practice("p", "CANARY-PRACTICE")])
        writing.save(session, "p", [Patient(f"x{n}", f"M{n}") for n in range(patients)])
        access_log.record(session, None, "import")


@pytest.fixture
def url(_migrated_sqlite: Path, tmp_path: Path):
    made = only_sqlite(_migrated_sqlite, tmp_path)
    fill(made)
    yield made
    db.dispose(made)


def patients_of(url: str) -> int:
    with db.engine(url).connect() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM patient").scalar_one()


def test_what_comes_back_is_what_went_in(url, tmp_path):
    made = backup.make(tmp_path / "out", url)
    done = restoring.restore(made.path, str(tmp_path / "new" / "ccm.sqlite3"))
    assert patients_of(done.url) == 50 == done.manifest.rows["patient"]
    assert done.manifest.log_seq == 1
    assert stat.S_IMODE((tmp_path / "new" / "ccm.sqlite3").stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    restoring.put_on_record(done)
    with db.session(done.url) as session:
        assert access_log.newest(session, 1)[0].action == "restore"
        assert access_log.verify(session).is_intact
    with db.session(url) as session:
        assert access_log.newest(session, 1)[0].action == "backup"
        assert backup.last_backup(session)["file"] == made.path.name
    db.dispose(done.url)


def test_nothing_readable_is_left_behind(url, tmp_path):
    made = backup.make(tmp_path / "out", url)
    assert b"CANARY-PRACTICE" not in made.path.read_bytes()
    assert b"SQLite" not in made.path.read_bytes()
    assert not list((tmp_path / "var").glob("scratch-*"))
    assert list((tmp_path / "out").iterdir()) == [made.path]


def test_rows_still_in_the_write_ahead_log_are_in_the_backup(url, tmp_path):
    """The trap: a copy of the file alone has none of them."""
    if sqlite.journal_mode(sqlite.library()) != "wal":
        pytest.skip("this SQLite has no sound write-ahead log")
    held = db.engine(url).connect()
    with db.session(url, write=True) as session:
        settings.write_setting(session, "late", "row")
    copied = tmp_path / "copied.sqlite3"
    shutil.copyfile(tmp_path / "store.sqlite3", copied)
    raw = sqlite.library().connect(str(copied))
    assert raw.execute("SELECT count(*) FROM setting WHERE key = 'late'").fetchone()[0] == 0
    raw.close()
    made = backup.make(tmp_path / "out", url)
    done = restoring.restore(made.path, str(tmp_path / "new.sqlite3"))
    with db.session(done.url) as session:
        assert settings.read_setting(session, "late") == "row"
    held.close()
    db.dispose(done.url)


def test_a_backup_under_write_load_is_one_moment(url, tmp_path):
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with db.session(url, write=True) as session:
                writing.save(session, "p", [Patient(f"late{number}", f"L{number}")])
                access_log.record(session, None, "create", "patient", f"late{number}")
            time.sleep(0.01)  # a writer that never pauses starves every other one

    writer = threading.Thread(target=work)
    writer.start()
    try:
        made = [backup.make(tmp_path / "out", url) for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    for number, one in enumerate(made):
        done = restoring.restore(one.path, str(tmp_path / f"new{number}.sqlite3"))
        with db.session(done.url) as session:
            written = access_log.count(session, action="create")
        assert patients_of(done.url) == 50 + written
        db.dispose(done.url)


@pytest.mark.parametrize("place", ["head", "first", "middle", "tag"])
def test_one_changed_bit_is_refused(url, tmp_path, place):
    made = backup.make(tmp_path / "out", url)
    raw = bytearray(made.path.read_bytes())
    at = {"head": 20, "first": 60, "middle": len(raw) // 2, "tag": len(raw) - 1}[place]
    raw[at] ^= 1
    made.path.write_bytes(raw)
    with pytest.raises(UsageError, match="damaged"):
        restoring.restore(made.path, str(tmp_path / "new.sqlite3"))
    assert not (tmp_path / "new.sqlite3").exists()


def test_another_key_is_refused(url, tmp_path, monkeypatch):
    made = backup.make(tmp_path / "out", url)
    backup.make_key(tmp_path / "other.key")
    monkeypatch.setenv("CCM_BACKUP_KEY", str(tmp_path / "other.key"))
    with pytest.raises(UsageError, match="another key"):
        restoring.restore(made.path, str(tmp_path / "new.sqlite3"))


def test_chunks_cannot_be_cut_swapped_or_left_out(monkeypatch):
    monkeypatch.setattr(sealed, "CHUNK", 10)
    secret, target = os.urandom(32), BytesIO()
    sealed.seal([b"0123456789" * 3], target, secret)
    whole = target.getvalue()
    head, size = len(sealed.MAGIC) + 32, 26
    parts = [whole[head + n * size : head + (n + 1) * size] for n in range(3)]
    assert b"".join(sealed.unseal(BytesIO(whole), secret)) == b"0123456789" * 3
    for wrong in (parts[:2], parts[1:], [parts[1], parts[0], parts[2]], [*parts, parts[0]], []):
        with pytest.raises(UsageError):
            list(sealed.unseal(BytesIO(whole[:head] + b"".join(wrong)), secret))


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 20, 25])
def test_any_length_comes_back(monkeypatch, size):
    monkeypatch.setattr(sealed, "CHUNK", 10)
    content, target = os.urandom(size), BytesIO()
    sealed.seal([content], target, b"k" * 32)
    assert b"".join(sealed.unseal(BytesIO(target.getvalue()), b"k" * 32)) == content


def test_a_restore_never_overwrites(url, tmp_path):
    made = backup.make(tmp_path / "out", url)
    with pytest.raises(UsageError, match="new place"):
        restoring.restore(made.path, url)
    assert patients_of(url) == 50


def test_no_key_and_a_key_that_exists_are_refused(url, tmp_path, monkeypatch, key):
    with pytest.raises(UsageError, match="never overwritten"):
        backup.make_key(key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.write_text("short")
    with pytest.raises(UsageError, match="64"):
        backup.make(tmp_path / "out", url)
    monkeypatch.delenv("CCM_BACKUP_KEY")
    with pytest.raises(UsageError, match="--new-key"):
        backup.make(tmp_path / "out", url)


def test_the_commands(url, tmp_path):
    run = CliRunner().invoke
    told = run(app, ["backup", str(tmp_path / "out"), "--db", url])
    assert told.exit_code == 0, told.output
    file = str(backup.newest_in(tmp_path / "out"))
    assert run(app, ["drill", file, "--db", url]).exit_code == 0
    assert run(app, ["restore", file, str(tmp_path / "back.sqlite3")]).exit_code == 0
    again = run(app, ["restore", file, str(tmp_path / "back.sqlite3")])
    assert again.exit_code == 2
    assert "new place" in again.stderr
    assert run(app, ["backup", "--db", url]).exit_code == 2


@pytest.mark.postgres
def test_postgresql_is_dumped_and_restored(pg_url, request, tmp_path, monkeypatch):
    template = request.getfixturevalue("_migrated_postgres")
    folder = servers.programs(pg_url)
    if folder is None:
        pytest.skip("there is no pg_dump of this server's version")
    monkeypatch.setenv("CCM_PG_BIN", str(folder))
    with servers.database(pg_url, template) as source, servers.database(pg_url) as empty:
        fill(source)
        made = backup.make(tmp_path / "out", source)
        done = restoring.restore(made.path, empty)
        assert patients_of(done.url) == 50
        with pytest.raises(UsageError, match="not empty"):
            restoring.restore(made.path, empty)
        assert backup.drill(made.path, source).manifest.rows["patient"] == 50
        monkeypatch.setenv("CCM_PG_BIN", str(tmp_path))
        with pytest.raises(UsageError, match="pg_dump is not installed"):
            backup.make(tmp_path / "out", source)
        db.dispose(source)
        db.dispose(empty)
