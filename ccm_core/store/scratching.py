"""Folders for the unencrypted copy of a backup, also when the process that made one was killed."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ccm_core.store.private import private_folder

_PREFIX = "scratch-"
_LOCK = "in-use"
_YOUNG_SECONDS = 60
"""A folder so young may be about to get its lock."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder beside the database, readable by its owner only, gone afterwards."""
    sweep()
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, dir=private_folder()) as room,
        # Opened as long as the folder is used: the system gives the lock back, whatever happens.
        (Path(room) / _LOCK).open("w", encoding="ascii") as lock,
    ):
        _take(lock)
        yield Path(room)


def sweep() -> int:
    """Remove what killed processes left behind; gives how many folders there were."""
    found = [
        folder for folder in private_folder().glob(f"{_PREFIX}*")
        if folder.is_dir() and not folder.is_symlink() and _is_left(folder)
    ]  # fmt: skip
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
    return len(found)


def _is_left(folder: Path) -> bool:
    try:
        if time.time() - folder.stat().st_mtime < _YOUNG_SECONDS:
            return False
        with (folder / _LOCK).open("a", encoding="ascii") as lock:
            return _take(lock)
    except OSError:  # its owner removes it at this moment
        return False


def _take(lock: IO[str]) -> bool:
    """Take the lock of a folder; False when its owner lives."""
    if sys.platform == "win32":  # no such lock: a copy is removed by its own process only
        return False
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
