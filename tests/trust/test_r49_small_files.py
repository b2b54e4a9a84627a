"""R49, R57: what should be a small file is read as one, whatever stands in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccm_core.errors import UsageError
from ccm_core.exchange import mapping
from ccm_core.small_files import read_small
from ccm_core.store import db, log_anchors
from ccm_core.store.backup import keys

ENDLESS = Path("/dev/zero")

pytestmark = pytest.mark.skipif(not ENDLESS.exists(), reason="a system without this device")


@pytest.fixture(autouse=True)
def _little_memory(monkeypatch):
    """Reading all of it would take the memory of the machine: the test fails at once instead."""

    def refuse(*args, **more):
        raise AssertionError("read without a limit")

    monkeypatch.setattr(Path, "read_text", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)


def test_a_mapping_without_end_is_refused():
    with pytest.raises(UsageError, match="the mapping cannot be read"):
        mapping.load(ENDLESS)


def test_a_key_without_end_is_refused(monkeypatch):
    monkeypatch.setenv("CCM_BACKUP_KEY", str(ENDLESS))
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        keys.read_key()


def test_kept_heads_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(log_anchors, "MOST_BYTES", 4096)
    with pytest.raises(UsageError, match="kept heads"):
        log_anchors.kept(ENDLESS)


def test_a_file_of_just_the_limit_is_read(tmp_path):
    (tmp_path / "full").write_bytes(b"x" * 10)
    assert read_small(tmp_path / "full", 10) == b"x" * 10
    with pytest.raises(OSError, match="too large"):
        read_small(tmp_path / "full", 9)


def test_a_private_folder_that_is_a_file_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="CCM_VAR_DIR"):
        db.private_folder()
