"""R38: a killed backup leaves no unencrypted copy for long, and a running one keeps its own."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ccm_core.store import backup
from ccm_core.store.scratching import scratch

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal
from ccm_core.store.scratching import scratch
with scratch() as room:
    (room / "copy").write_text("CANARY")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def private(tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    return tmp_path / "var"


def age(folder: Path) -> None:
    os.utime(folder, (1, 1))


@pytest.mark.skipif(os.name == "nt", reason="no such lock on Windows")
def test_the_copy_of_a_killed_backup_is_removed(private):
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = private.glob("scratch-*")
    assert stat.S_IMODE(left.stat().st_mode) == 0o700
    age(left)
    assert backup.sweep() == 1
    assert not left.exists()


def test_the_copy_of_a_running_backup_stays(private):
    with scratch() as room:
        age(room)
        assert backup.sweep() == 0
        assert room.is_dir()
    assert not room.exists()


def test_a_folder_that_was_just_made_stays(private):
    (private / "scratch-new").mkdir(parents=True)
    assert backup.sweep() == 0


def test_a_link_out_of_the_private_folder_is_not_followed(private, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    age(elsewhere)
    private.mkdir()
    (private / "scratch-link").symlink_to(elsewhere, target_is_directory=True)
    assert backup.sweep() == 0
    assert elsewhere.is_dir()
