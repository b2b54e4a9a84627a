"""A copy of a SQLite database before its schema changes, kept beside it, for its owner only."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from ccm_core.errors import UsageError
from ccm_core.store import sqlite
from ccm_core.store.backup import snapshot


def keep(url: str) -> Path | None:
    """Copy the file to ``<name>.before-<schema>``; PostgreSQL has ``ccm backup`` for that.

    Raises: UsageError when there is no room: then nothing is migrated.
    """
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite":
        return None
    file = Path(str(parts.database))
    raw = sqlite.library().connect(str(file))
    version = raw.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    raw.close()
    to = file.with_name(f"{file.name}.before-{version}")
    to.unlink(missing_ok=True)
    try:
        snapshot.copy_file(file, to)
    except (OSError, sqlite.library().Error) as error:
        to.unlink(missing_ok=True)
        raise UsageError(
            "The database must change its form for this version, and there is no room for a "
            "copy of it before. Make room and start again; nothing was changed."
        ) from error
    return to
