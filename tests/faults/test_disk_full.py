"""R25, R37: a full or read-only disk gives a sentence, leaves nothing by halves, and passes."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from ccm_core.errors import CcmError, StoreTrouble, UsageError
from ccm_core.exchange import running
from ccm_core.store import access_log, backup, db, settings, sqlite
from tests.exchange.makers import table

ROWS = [[f"p{n}", f"M{n}", "CANARY-NAME" * 11, "1948-05-17"] for n in range(12_000)]
FILE = ("people.csv", table(["patient_id", "mrn", "family_name", "born_on"], ROWS))


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of four megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))


@pytest.fixture
def fresh(_migrated_sqlite: Path) -> Path:
    """A database with nothing in it, to be copied."""
    return _migrated_sqlite


def counts(file: Path) -> tuple[int, int]:
    raw = sqlite.library().connect(str(file))
    assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    found = [raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
             for name in ("patient", "import_batch")]  # fmt: skip
    raw.close()
    return found[0], found[1]


def test_an_import_that_fills_the_disk(small_disk, fresh):
    file = small_disk / "ccm.sqlite3"
    shutil.copyfile(fresh, file)
    url = f"sqlite:///{file}"
    with pytest.raises(StoreTrouble, match="disk of the database is full") as caught:
        running.run([FILE], url)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None
    db.dispose(url)
    assert counts(file) == (0, 0)
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    running.run([FILE], url)
    db.dispose(url)
    assert counts(file) == (12_000, 1)


def test_without_a_log_entry_nothing_is_changed_or_shown(small_disk, fresh):
    file, filler = small_disk / "ccm.sqlite3", small_disk / "filler"
    shutil.copyfile(fresh, file)
    url = f"sqlite:///{file}"
    with db.session(url) as session:
        settings.read_setting(session, "k")
    with pytest.raises(OSError, match="space"):
        filler.write_bytes(b"x" * 8_000_000)
    shown = []

    def look() -> None:
        with db.session(url) as session:
            for number in range(500):
                access_log.record(session, None, "view", "patient", str(number))
        shown.append("patient")

    with pytest.raises(StoreTrouble, match="full"):
        look()
    assert shown == []
    filler.unlink()
    look()
    with db.session(url) as session:
        assert access_log.verify(session).entries == 500
    db.dispose(url)


def test_a_file_size_limit_is_told_like_a_full_disk(fresh, tmp_path):
    """The same without a mount, in a process of its own."""
    file = tmp_path / "ccm.sqlite3"
    shutil.copyfile(fresh, file)
    child = os.fork()
    if not child:
        code = 1
        try:
            most = file.stat().st_size + 300_000
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            running.run([FILE], f"sqlite:///{file}")
        except StoreTrouble:
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert counts(file) == (0, 0)


def test_a_backup_without_room_leaves_no_file(small_disk, fresh, tmp_path, monkeypatch):
    key, file = tmp_path / "key", tmp_path / "ccm.sqlite3"
    shutil.copyfile(fresh, file)
    backup.make_key(key)
    monkeypatch.setenv("CCM_BACKUP_KEY", str(key))
    url = f"sqlite:///{file}"
    with db.session(url, write=True) as session:
        settings.write_setting(session, "large", os.urandom(3_000_000).hex())
    with pytest.raises(UsageError, match="could not be written"):
        backup.make(small_disk, url)
    assert list(small_disk.iterdir()) == []
    monkeypatch.setenv("CCM_VAR_DIR", str(small_disk))
    with pytest.raises(UsageError, match="no room"):
        backup.make(tmp_path / "out", url)
    assert list((tmp_path / "out").iterdir()) == []
    db.dispose(url)


def test_a_read_only_disk_is_told(small_disk, fresh):
    file = small_disk / "ccm.sqlite3"
    shutil.copyfile(fresh, file)
    url = f"sqlite:///{file}"
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    def write() -> None:
        with db.session(url, write=True) as session:
            settings.write_setting(session, "k", 1)

    with pytest.raises(CcmError, match="cannot be written"):
        write()
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    write()
    db.dispose(url)
