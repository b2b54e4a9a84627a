"""SQLite is configured soundly on every connection."""

from __future__ import annotations

import stat
import threading
import time
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from ccm_core.errors import UsageError
from ccm_core.store import db, settings, sqlite


@pytest.fixture
def file_url(tmp_path):
    url = f"sqlite:///{tmp_path / 'new' / 'ccm.sqlite3'}"
    db.migrate(url)
    yield url
    db.dispose(url)


def test_each_pooled_connection_is_checked(file_url):
    wanted = sqlite.pragmas(sqlite.library())
    with db.engine(file_url).connect() as one, db.engine(file_url).connect() as two:
        for connection in (one, two):
            for name, value in wanted.items():
                assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value


def test_an_old_library_falls_back_to_the_rollback_journal():
    assert sqlite.journal_mode(SimpleNamespace(sqlite_version_info=(3, 51, 2))) == "delete"
    assert sqlite.journal_mode(SimpleNamespace(sqlite_version_info=(3, 51, 3))) == "wal"


def test_a_pragma_that_does_not_hold_is_refused(tmp_path):
    raw = sqlite.library().connect(str(tmp_path / "x"))
    with pytest.raises(UsageError, match="did not take"):
        sqlite.set_pragmas(raw, {"synchronous": 7})
    raw.close()


def test_the_first_switch_to_wal_waits_for_who_writes(tmp_path):
    wanted = {"journal_mode": "wal"}
    writer, starting = (
        sqlite.library().connect(str(tmp_path / "x"), isolation_level=None, check_same_thread=False)
        for _ in range(2)
    )
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("CREATE TABLE kept (n)")
    ending = threading.Timer(0.2, lambda: writer.execute("COMMIT"))
    ending.start()
    sqlite.set_pragmas(starting, wanted)
    ending.join()
    assert starting.execute("SELECT COUNT(*) FROM kept").fetchone() == (0,)
    starting.close()
    writer.close()


def test_a_lock_that_is_never_given_up_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "_BUSY_MS", 100)
    writer = sqlite.library().connect(str(tmp_path / "x"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    starting = sqlite.library().connect(str(tmp_path / "x"), timeout=0)
    with pytest.raises(sqlite.library().OperationalError, match="locked"):
        sqlite.set_pragmas(starting, {"journal_mode": "wal"})
    starting.close()
    writer.close()


def test_the_default_lies_in_a_private_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "own"))
    monkeypatch.delenv("CCM_DATABASE_URL", raising=False)
    db.migrate()
    file = tmp_path / "own" / "ccm.sqlite3"
    assert db.database_url() == f"sqlite:///{file}"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    db.dispose()


def test_readers_do_not_wait_for_the_writer(file_url):
    if sqlite.journal_mode(sqlite.library()) != "wal":
        pytest.skip("the rollback journal makes readers wait")
    with db.session(file_url, write=True) as writer:
        settings.write_setting(writer, "k", 1)
        with db.session(file_url) as reader:
            assert settings.read_setting(reader, "k") is None


def test_a_reader_may_become_the_writer_after_somebody_else_wrote(file_url):
    with db.session(file_url) as slow:
        assert settings.read_setting(slow, "k") is None
        with db.session(file_url) as fast:
            settings.write_setting(fast, "k", 1)
        settings.write_setting(slow, "other", 2)
    with db.session(file_url) as session:
        assert (settings.read_setting(session, "k"), settings.read_setting(session, "other")) == (
            1,
            2,
        )


def test_a_second_writer_waits_its_turn(file_url):
    order = []

    def write() -> None:
        with db.session(file_url, write=True) as session:
            order.append("second")
            settings.write_setting(session, "k", 2)

    with db.session(file_url, write=True) as session:
        settings.write_setting(session, "k", 1)
        thread = threading.Thread(target=write)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_an_error_undoes_the_whole_transaction(file_url):
    def fail(session) -> None:
        settings.write_setting(session, "k", 1)
        raise RuntimeError

    with pytest.raises(RuntimeError), db.session(file_url) as session:
        fail(session)
    with db.session(file_url) as session:
        assert settings.read_setting(session, "k") is None


def test_references_are_held(file_url):
    with pytest.raises(Exception, match="FOREIGN KEY"), db.session(file_url) as session:
        session.connection().execute(
            text("INSERT INTO staff (created_at, version, updated_at, practice_id, staff_id, name, "
                 "credential, actor, outside_us, is_active) "
                 "VALUES (0, 1, 0, 'nobody', 's', 'n', '', '', 0, 1)")
        )  # fmt: skip
