"""One consistent copy of the database, made while others read and write.

SQLite copies itself (VACUUM INTO): copying the file would miss what still lies in
its write-ahead log. PostgreSQL is dumped by pg_dump from one exported snapshot, in
which the rows are counted too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL, make_url

from ccm_core.errors import UsageError
from ccm_core.store import db, postgres, sqlite

Facts = dict[str, Any]
"""``rows`` of each table, ``schema_version``, ``log_seq`` and ``log_head``."""


def copy(url: str, to: Path) -> Facts:
    """Write the copy to a new file of the owner; gives the facts of exactly that copy."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        try:
            copy_file(Path(str(parts.database)), to)
        except sqlite.library().Error as error:
            raise OSError(0, "there is no room for a copy, or the database is busy") from error
        return facts_of_file(to)
    _make_private(to)
    return _dump_postgres(url, parts, to)


def copy_file(source: Path, to: Path) -> None:
    """Let SQLite copy a database to a new file of the owner."""
    _make_private(to)
    raw = sqlite.library().connect(str(source), timeout=60, isolation_level=None)
    try:
        raw.execute("VACUUM INTO ?", (str(to),))
    finally:
        raw.close()


def _make_private(to: Path) -> None:
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def facts_of_file(path: Path) -> Facts:
    """Count a SQLite file without changing it. Raises: UsageError when it is damaged."""
    library = sqlite.library()
    raw = library.connect(f"file:{path}?mode=ro", uri=True)
    try:
        said = raw.execute("PRAGMA integrity_check").fetchone()[0]
        if said != "ok" or raw.execute("PRAGMA foreign_key_check").fetchone():
            raise UsageError("The copy fails SQLite's integrity check; it is not used.")
        found = raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        names = [row[0] for row in found]
        return _facts(names, lambda sql: raw.execute(sql).fetchone())
    finally:
        raw.close()


def facts_of(connection: Connection) -> Facts:
    """Count a database that is open."""
    names = inspect(connection).get_table_names()
    return _facts(names, lambda sql: connection.execute(text(sql)).first())


def _facts(names: list[str], first: Any) -> Facts:
    if not {"access_log", "alembic_version"} <= set(names):
        raise UsageError("This is not a database of this program.")
    last = first("SELECT seq, hash FROM access_log ORDER BY seq DESC LIMIT 1")
    return {
        "rows": {name: int(first(f'SELECT count(*) FROM "{name}"')[0]) for name in names},
        "schema_version": str(first("SELECT version_num FROM alembic_version")[0]),
        "log_seq": int(last[0]) if last else 0,
        "log_head": str(last[1]) if last else "",
    }


def _dump_postgres(url: str, parts: URL, to: Path) -> Facts:
    program = program_named("pg_dump")
    with db.engine(url).connect() as opened:
        connection = opened.execution_options(isolation_level="REPEATABLE READ")
        name = connection.scalar(text("SELECT pg_export_snapshot()"))
        # Whom row-level security binds gets a backup of the own practice, not an error.
        how = ["--format=custom", "--enable-row-security", f"--snapshot={name}"]
        run([program, *how, f"--file={to}"], parts)
        return facts_of(connection)


def program_named(name: str) -> str:
    """Where one of PostgreSQL's programs is. Raises: UsageError when it is not installed."""
    folder = os.environ.get("CCM_PG_BIN")
    found = shutil.which(name, path=folder) if folder else shutil.which(name)
    if found is None:
        raise UsageError(
            f"{name} is not installed here, and PostgreSQL is backed up with it. Install the "
            "client programs of your server's version, or name their folder in CCM_PG_BIN."
        )
    return found


def run(command: list[str], parts: URL) -> None:
    """Run one of them; the password goes by environment, where other people cannot see it."""
    address = {
        "PGHOST": parts.host or parts.query.get("host"),
        "PGPORT": parts.port or parts.query.get("port"),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
        "PGOPTIONS": f"-c app.practice={postgres.practice()}",
    }
    known = {name: str(value) for name, value in address.items() if value}
    done = subprocess.run(  # noqa: S603
        command, env={**os.environ, **known}, check=False, capture_output=True, text=True
    )
    if done.returncode:
        # Only the first line: others may quote rows.
        said = (done.stderr.strip().splitlines() or ["no reason given"])[0][:200]
        raise UsageError(f"{Path(command[0]).name} failed: {said}")
