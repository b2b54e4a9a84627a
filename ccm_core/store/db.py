"""Engine, session and migration: SQLite under ``var/`` by default, PostgreSQL by URL.

One session is one transaction. On SQLite a transaction begins as a reader and
becomes the single writer (BEGIN IMMEDIATE) at its first change; code that reads
in order to write calls `begin_write` first, so that nothing slips in between.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, ProgrammingError
from sqlmodel import Session

from ccm_core.errors import UsageError
from ccm_core.store import consulting, postgres, sqlite, sqlite_guard, trouble
from ccm_core.store.private import private_folder

_WRITER_LOCK = 0x63636D
_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = text("SELECT version_num FROM alembic_version")


def database_url(url: str | None = None) -> str:
    """The URL asked for, else ``CCM_DATABASE_URL``, else SQLite under var/."""
    found = url or os.environ.get("CCM_DATABASE_URL") or _default_url()
    for plain in ("postgres://", "postgresql://"):
        if found.startswith(plain):
            return "postgresql+psycopg://" + found[len(plain) :]
    return found


def _default_url() -> str:
    return f"sqlite:///{private_folder() / 'ccm.sqlite3'}"


def engine(url: str | None = None) -> Engine:
    """The engine of a database; one per URL and process. Raises: UsageError."""
    return _engine(database_url(url))


@functools.lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:  # not repeated: it may hold a password
        raise UsageError(
            "What --db or CCM_DATABASE_URL says is not the address of a database; use "
            "sqlite:///PATH or postgresql://USER@HOST/NAME instead."
        ) from None
    if backend == "sqlite":
        return sqlite.sqlite_engine(url)
    if backend == "postgresql":
        return postgres.postgres_engine(url)
    raise UsageError(
        f"A {backend} database was asked for; use sqlite:///PATH or postgresql://... instead."
    )


def consultants_engine(url: str | None = None) -> Engine:
    """The same database as its role for readers of aggregates. Raises: UsageError."""
    found = database_url(url)
    if make_url(found).get_backend_name() == "postgresql":
        found = database_url(consulting.address())
    if found not in _consultants:
        is_file = found.startswith("sqlite")
        _consultants[found] = (
            sqlite.sqlite_engine(found, consulting.guard) if is_file
            else postgres.postgres_engine(found, consulting.require_bound)
        )  # fmt: skip
    return _consultants[found]


_consultants: dict[str, Engine] = {}


@contextmanager
def session(url: str | None = None, *, write: bool = False) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any error.

    A thread that works for a reader of aggregates gets their database role, whoever asks.
    Raises: StoreTrouble when the machine fails under it: disk full, read only, busy.
    """
    found = consultants_engine(url) if consulting.is_bound() else engine(url)
    with Session(found, expire_on_commit=False) as opened:
        try:
            if write:
                begin_write(opened)
            yield opened
            _settle(opened)
            opened.commit()
        except BaseException as error:
            opened.rollback()
            if consulting.is_bound() and (denied := consulting.refusal(error)) is not None:
                raise denied from None
            if (said := trouble.told(error)) is not None:
                # Without the cause: its text holds the statement with its values.
                raise said from None
            raise


def _settle(opened: Session) -> None:
    """Keep what follows from the changed rows right, in their transaction."""
    if consulting.is_bound():
        return  # they change no record
    from ccm_core.store.summaries import keeping

    keeping.settle(opened)


def begin_write(session: Session) -> None:
    """Become the single writer of a SQLite database before reading what will be changed."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        sqlite.become_writer(connection)
    connection.info["is_writer"] = True


def dialect_of(session: Session) -> str:
    """``sqlite`` or ``postgresql``."""
    return session.get_bind().dialect.name


def dispose(url: str | None = None) -> None:
    """Close every pooled connection of a database (before it is moved or dropped)."""
    engine(url).dispose()
    dispose_consultants()


def dispose_consultants() -> None:
    """Close the connections of the role for readers of aggregates, wherever they lead."""
    while _consultants:
        _consultants.popitem()[1].dispose()


def migrate(url: str | None = None) -> None:
    """Bring the database to the newest schema, in one transaction."""
    from alembic import command

    try:
        with changing_schema(url) as connection:
            command.upgrade(alembic_config(connection), "head")
    except ProgrammingError as error:
        if not postgres.is_refusal(error):
            raise
        raise UsageError(
            "This database has an older form, and the program's role may not change it. Run "
            "'ccm migrate' with the address of the role that owns the tables."
        ) from None
    # Closing the last connection writes the WAL back: the file alone is then whole.
    dispose(url)


@contextmanager
def changing_schema(url: str | None = None) -> Iterator[Connection]:
    """A transaction that may change tables; only one starting process at a time has it."""
    with engine(url).connect() as connection:
        if connection.dialect.name == "sqlite":
            with sqlite_guard.unguarded(connection.connection.dbapi_connection):
                sqlite.become_writer(connection)
                yield connection
                connection.commit()
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
            yield connection
            connection.commit()


def alembic_config(connection: Connection) -> Any:
    """Alembic's configuration, bound to an open connection; there is no ini file."""
    from alembic.config import Config

    # Its default is the output of the moment in which Alembic was imported.
    config = Config(stdout=sys.stdout)
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def schema_state(url: str | None = None) -> str:
    """``current``, ``empty``, ``older`` or ``newer`` than this program knows."""
    with engine(url).connect() as connection:
        is_there = inspect(connection).has_table("alembic_version")
        found = connection.scalar(_VERSION) if is_there else None
    if found is None:
        return "empty"
    known = revisions()
    if found == known[-1]:
        return "current"
    return "older" if found in known else "newer"


def revisions() -> list[str]:
    """Every schema this program knows, oldest first, read off the names of the migrations.

    Importing Alembic to learn this takes a tenth of the time to the first page.
    """
    return sorted(path.name[1:5] for path in _MIGRATIONS.glob("versions/m[0-9]*.py"))


def require_current(url: str | None = None) -> None:
    """Refuse a database that this program would misread. Raises: UsageError."""
    state = schema_state(url)
    if state == "newer":
        raise UsageError(
            "The database was written by a newer version of this program. "
            "Install that version, or restore an older backup."
        )
    if state == "older":
        from ccm_core.store.backup import before

        before.keep(database_url(url))
    if state != "current":
        migrate(url)
    with session(url) as opened:
        from ccm_core.store import fees_in_force

        fees_in_force.put_in_force(opened)


def require_durable(url: str | None = None) -> list[str]:
    """Refuse a PostgreSQL server that may lose what it acknowledged. Raises: UsageError.

    Gives the names of settings that are only advised. SQLite's are held on every connection.
    """
    with engine(url).connect() as connection:
        if connection.dialect.name == "sqlite":
            return []
        return postgres.require_durable(connection)
