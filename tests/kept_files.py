"""Fill a SQLite file once, and give every later test that begins the same a copy of it."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import make_url

from ccm_core import months
from ccm_core.store import db
from ccm_core.tables import tables_version

_MOST = 12
_KEPT: dict[tuple[str, ...], bytes] = {}


def once(fill: Callable[[], None]) -> None:
    """Fill the default store, or lay down what that made of the same file on the same day.

    PostgreSQL, and a file that somebody else is changing, are filled each time.
    """
    url = db.database_url()
    where = make_url(url)
    file = Path(where.database or "")
    db.dispose(url)  # the last connection to close writes the journal back into the file
    if where.get_backend_name() != "sqlite" or not file.is_file() or _has_journal(file):
        fill()
        return
    key = _key(fill, file)
    if key in _KEPT:
        file.write_bytes(_KEPT[key])
        return
    fill()
    db.dispose(url)
    if not _has_journal(file):
        if len(_KEPT) >= _MOST:
            del _KEPT[next(iter(_KEPT))]
        _KEPT[key] = file.read_bytes()


def _key(fill: Callable[[], None], file: Path) -> tuple[str, ...]:
    """All that decides the outcome: the filling, the file before, the clock and the tables."""
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    now = months.utc_now()
    is_running = isinstance(months.clock, functools.partial)
    when = now.date().isoformat() if is_running else now.isoformat()
    return f"{fill.__module__}.{fill.__qualname__}", before, when, tables_version()


def _has_journal(file: Path) -> bool:
    """Whether the file lacks changes that are still beside it."""
    journal = Path(f"{file}-wal")
    return journal.exists() and journal.stat().st_size > 0
