"""``ccm drill``: restore the newest backup to a scratch place, check it, and measure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from ccm_core.errors import UsageError
from ccm_core.months import utc_now
from ccm_core.store import access_log, db, settings
from ccm_core.store.backup import restoring
from ccm_core.store.backup.making import digest
from ccm_core.store.backup.manifest import Manifest
from ccm_core.store.scratching import scratch

SETTING = "last_drill"


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill that succeeded, with its two figures."""

    manifest: Manifest
    file: str
    file_sha256: str
    at: datetime
    rpo_seconds: int
    """Age of the backup: work of that long would be lost if the disk failed now."""
    rto_seconds: float
    """Time from the encrypted file to a checked database on this machine."""

    def as_json(self) -> dict[str, Any]:
        """What is kept and printed."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "file": self.file,
            "file_sha256": self.file_sha256,
            "backup_made_at": self.manifest.created_at,
            "rpo_seconds": self.rpo_seconds,
            "rto_seconds": round(self.rto_seconds, 2),
            "rows": sum(self.manifest.rows.values()),
            "tables": len(self.manifest.rows),
            "log_entries": self.manifest.log_seq,
        }


def drill(backup: Path, url: str | None = None) -> Drill:
    """Restore, check, throw away, and note the success. Raises: UsageError when it fails."""
    address = db.database_url(url)
    try:
        with _scratch_place(address) as place:
            restored = restoring.restore(backup, place)
            db.dispose(restored.url)
    except UsageError as failed:
        with db.session(address, write=True) as session:
            access_log.record(session, None, "drill", "database", backup.name, "failed")
        raise failed from None
    now = utc_now()
    age = now - datetime.fromisoformat(restored.manifest.created_at)
    done = Drill(
        restored.manifest, backup.name, digest(backup), now,
        max(0, int(age.total_seconds())), restored.seconds,
    )  # fmt: skip
    with db.session(address, write=True) as session:
        settings.write_setting(session, SETTING, done.as_json())
        access_log.record(session, None, "drill", "database", backup.name)
    return done


def last_drill(session: Any) -> dict[str, Any]:
    """What the last successful drill found; empty when there was none."""
    found: dict[str, Any] = settings.read_setting(session, SETTING, {})
    return found


@contextmanager
def _scratch_place(address: str) -> Iterator[str]:
    """A new file, or a new database on the same server, gone afterwards."""
    parts = make_url(address)
    if parts.get_backend_name() == "sqlite":
        with scratch() as room:
            yield str(room / "drill.sqlite3")
        return
    name = f"ccm_drill_{uuid.uuid4().hex[:12]}"
    server = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except DBAPIError as error:
        raise UsageError(
            "The drill needs a scratch database, and this role may not create one. Run it as "
            "a role with CREATEDB, or restore to an empty database with 'ccm restore'."
        ) from error
    try:
        yield parts.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        server.dispose()
