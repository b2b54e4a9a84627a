"""``ccm backup``: copy, count, encrypt, put on record."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from ccm_core import working
from ccm_core.errors import UsageError
from ccm_core.months import utc_now
from ccm_core.store import access_log, db, settings
from ccm_core.store.backup import sealed, snapshot
from ccm_core.store.backup.keys import read_key
from ccm_core.store.backup.manifest import Manifest
from ccm_core.store.scratching import scratch

SETTING = "last_backup"
ENDING = ".ccmbackup"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup."""

    path: Path
    manifest: Manifest
    seconds: float


def make(folder: Path, url: str | None = None) -> Made:
    """Write an encrypted backup into a folder. Raises: UsageError; then there is no file."""
    key, address, started = read_key(), db.database_url(url), time.monotonic()
    database = str(make_url(address).database)
    if make_url(address).get_backend_name() == "sqlite" and not Path(database).is_file():
        raise UsageError("There is no database at that place, so there is nothing to back up.")
    now = utc_now()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"ccm-{now:%Y%m%dT%H%M%S}-{os.urandom(2).hex()}{ENDING}"
    part = path.with_suffix(".part")
    try:
        with scratch() as room:
            manifest = _copied(address, room / "copy", now)
            with os.fdopen(os.open(part, _NEW, 0o600), "wb") as target:
                sealed.seal(_content(manifest, room / "copy"), target, key)
                target.flush()
                os.fsync(target.fileno())
        part.rename(path)
    except OSError as error:
        raise UsageError(
            f"The backup could not be written: {error.strerror}. Make room or name another "
            "folder; the database was not touched."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    made = Made(path, manifest, time.monotonic() - started)
    _put_on_record(address, made)
    return made


def last_backup(session: Any) -> dict[str, Any]:
    """When the newest backup was made, its size and seconds; empty when there was none."""
    found: dict[str, Any] = settings.read_setting(session, SETTING, {})
    return found


def newest_in(folder: Path) -> Path:
    """The newest backup of a folder. Raises: UsageError when there is none."""
    found = sorted(folder.glob(f"*{ENDING}"))
    if not found:
        raise UsageError(f"There is no backup in {folder}. Make one with 'ccm backup'.")
    return found[-1]


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copied(address: str, to: Path, now: datetime) -> Manifest:
    working.tell("Copying the database")
    facts = snapshot.copy(address, to)
    kind = make_url(address).get_backend_name()
    return Manifest(
        database=kind, created_at=now.isoformat(timespec="seconds"),
        size_bytes=to.stat().st_size, sha256=digest(to), **facts,
    )  # fmt: skip


def _content(manifest: Manifest, copy: Path) -> Iterator[bytes]:
    listed = manifest.as_bytes()
    yield len(listed).to_bytes(4, "big") + listed
    with copy.open("rb") as file:
        while piece := file.read(sealed.CHUNK):
            yield piece
            working.tell("Encrypting the copy", file.tell() / max(1, manifest.size_bytes), 1)


def _put_on_record(address: str, made: Made) -> None:
    told = {
        "at": made.manifest.created_at,
        "seconds": round(made.seconds, 2),
        "size_bytes": made.path.stat().st_size,
        "file": made.path.name,
    }
    with db.session(address, write=True) as session:
        settings.write_setting(session, SETTING, told)
        access_log.record(session, None, "backup", "database", made.path.name)
