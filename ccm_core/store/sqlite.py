"""SQLite as a safe store: a sound library, checked pragmas, one writer at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from ccm_core.errors import UsageError
from ccm_core.store import mounts, sqlite_guard

WAL_IS_SOUND_FROM = (3, 51, 3)
"""Earlier releases can corrupt a WAL database that two connections have open."""

_READS = ("SELECT", "PRAGMA", "WITH", "EXPLAIN", "VALUES")
_BUSY_MS = 15_000
_PAUSE_S = 0.02


def library() -> ModuleType:
    """The newest SQLite there is: pysqlite3 when installed, else the standard library's."""
    try:
        import pysqlite3 as found  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        import sqlite3 as found  # type: ignore[no-redef,unused-ignore]
    return found  # type: ignore[no-any-return,unused-ignore]


def journal_mode(module: ModuleType) -> str:
    """``wal`` where it is sound, else ``delete``."""
    return "wal" if module.sqlite_version_info >= WAL_IS_SOUND_FROM else "delete"


def pragmas(module: ModuleType) -> dict[str, str | int]:
    """What every connection must report back."""
    return {
        "journal_mode": journal_mode(module),
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "busy_timeout": _BUSY_MS,
        "temp_store": 2,
        "trusted_schema": 0,
        "cell_size_check": 1,
    }


def sqlite_engine(url: str, guard: Callable[[Any], None] = sqlite_guard.guard) -> Engine:
    """An engine whose connections are configured, checked and begin as readers.

    ``guard`` says what a connection may not do.
    """
    module = library()
    _make_private(make_url(url).database)
    made = create_engine(
        url, module=module, hide_parameters=True,  # errors quote the statement, never the values
        connect_args={"isolation_level": None, "timeout": _BUSY_MS / 1000},
    )  # fmt: skip
    wanted = pragmas(module)

    @event.listens_for(made, "connect")
    def configure(raw: Any, _record: Any) -> None:
        set_pragmas(raw, wanted)
        guard(raw)

    event.listen(made, "before_cursor_execute", _open_transaction)
    return made


def _make_private(path: str | None) -> None:
    """Make a missing database file, on a disk of this machine, readable by its owner only.

    Raises: UsageError where no file can be there.
    """
    if not path or path == ":memory:":
        return
    mounts.require_local(Path(path))
    try:
        if not Path(path).exists():
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(path).touch(mode=0o600)
    except OSError as refused:
        raise UsageError(
            f"The database {path} cannot be made: {refused.strerror}. Make its folder, owned by "
            "the user who runs this program, or name another place in CCM_DATABASE_URL."
        ) from refused


def set_pragmas(raw: Any, wanted: dict[str, str | int]) -> None:
    """Set each pragma and read it back. Raises: UsageError when one does not hold."""
    cursor = raw.cursor()
    for name, value in wanted.items():
        _set_when_free(cursor, f"PRAGMA {name}={value}")
        found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
        if found not in (value, "memory"):
            raise UsageError(f"SQLite did not take {name}={value}; it says {found}.")
    cursor.close()


def _set_when_free(cursor: Any, statement: str) -> None:
    """Set a pragma, waiting for a lock as other statements do.

    The first switch of a new file to WAL writes: SQLite refuses it at once, whatever its busy
    timeout, while another connection switches or writes.
    """
    until = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            cursor.execute(statement)
            return
        except library().OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(_PAUSE_S)


def _open_transaction(connection: Connection, cursor: Any, statement: str, *_rest: Any) -> None:
    """Begin as a reader; become the writer at the first statement that changes something."""
    if statement.lstrip().upper().startswith(_READS):
        if not cursor.connection.in_transaction:
            cursor.execute("BEGIN")
            connection.info["is_writer"] = False
    else:
        _begin_immediate(connection, cursor)


def become_writer(connection: Connection) -> None:
    """Take the write lock now."""
    raw: Any = connection.connection.dbapi_connection
    cursor = raw.cursor()
    _begin_immediate(connection, cursor)
    cursor.close()


def note_sizes(connection: Connection) -> None:
    """Let SQLite look how many rows its indexes tell apart; it guesses otherwise, and wrongly.

    At all of them: of a thousand rows it learns that a practice has a thousand, and then reads
    a month's entries of everybody in order to find one patient's.
    """
    connection.exec_driver_sql("PRAGMA analysis_limit = 0")
    connection.exec_driver_sql("ANALYZE")


def _begin_immediate(connection: Connection, cursor: Any) -> None:
    if cursor.connection.in_transaction:
        if connection.info.get("is_writer"):
            return
        # Nothing was changed yet: end the reading and queue for the lock. Going on
        # with the old snapshot would fail at once if somebody else has written.
        cursor.execute("COMMIT")
    cursor.execute("BEGIN IMMEDIATE")
    connection.info["is_writer"] = True
