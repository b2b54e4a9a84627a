"""PostgreSQL as a safe store: each transaction says its practice; the program's own role.

The tables belong to a role that migrates and backs up. The program works as another,
which owns nothing and which row-level security therefore binds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.postgresql.base import PGIdentifierPreparer
from sqlalchemy.exc import DBAPIError, OperationalError

from ccm_core.errors import UsageError

USUAL_PRACTICE = "practice"
"""The identifier that a first import gives to the practice."""
_READS = re.compile(
    r"\s*(SELECT|SHOW|VALUES|WITH(?!.*\b(INSERT|UPDATE|DELETE|MERGE)\b))\b", re.S | re.I
)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SET = "SELECT set_config('app.practice', %s, true)"
_ROLE = """
    SELECT rolsuper OR rolbypassrls, pg_has_role(r.oid, c.relowner, 'MEMBER')
    FROM pg_roles r, pg_class c WHERE r.rolname = %s AND c.oid = 'patient'::regclass
"""


def practice_named() -> str:
    """The practice that ``CCM_PRACTICE`` names; empty when it names none. Raises: UsageError."""
    named = os.environ.get("CCM_PRACTICE", "")
    if named and not _NAME.fullmatch(named):
        raise UsageError(
            "CCM_PRACTICE is not the identifier of a practice: letters, digits, dots, hyphens "
            "and underscores. Leave it out, or name the practice of this server."
        )
    return named


def practice() -> str:
    """The practice that this program works for. Raises: UsageError."""
    return practice_named() or USUAL_PRACTICE


def postgres_engine(url: str, check: Callable[[Any], None] | None = None) -> Engine:
    """An engine whose transactions reach the rows of one practice.

    ``check`` judges each new connection of the driver.
    """
    # Errors quote the statement, never the values.
    made = create_engine(
        url, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True
    )
    event.listen(made, "begin", _say_practice)
    event.listen(made, "before_cursor_execute", _note_writing)
    if check is not None:
        event.listen(made, "connect", lambda raw, _record: check(raw))
    return made


def _say_practice(connection: Connection) -> None:
    """Bind the transaction; the setting ends with it, so a pooled connection keeps none."""
    connection.info["is_writer"] = False
    raw: Any = connection.connection.dbapi_connection
    try:
        raw.execute(_SET, (practice(),))
    except psycopg.Error as error:  # as SQLAlchemy tells of its own statements
        gone = isinstance(error, psycopg.OperationalError)
        raise (OperationalError if gone else DBAPIError)(_SET, None, error) from error


def _note_writing(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
    """Remember that the transaction has changed something that others do not see yet."""
    if not _READS.match(statement):
        connection.info["is_writer"] = True


_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def require_durable(connection: Connection) -> list[str]:
    """Refuse a server that may lose what it acknowledged; gives what it should still have.

    Raises: UsageError, naming each setting that is off.
    """
    asked = ", ".join(f"current_setting('{name}')" for name in (*_DURABLE, "data_checksums"))
    found = connection.exec_driver_sql(f"SELECT {asked}").one()
    off = [name for name, value in zip(_DURABLE, found, strict=False) if value == "off"]
    if off:
        raise UsageError(
            f"PostgreSQL has {', '.join(off)} switched off: a crash of its machine could lose "
            "or damage what was stored. Switch it on in postgresql.conf."
        )
    return ["data_checksums"] if found[-1] == "off" else []


def is_refusal(error: DBAPIError) -> bool:
    """Whether the server refused because the role lacks a right (SQLSTATE 42501)."""
    return getattr(error.orig, "sqlstate", "") == "42501"


def require_plain(connection: Connection, role: str) -> None:
    """Refuse a role that row-level security would not bind. Raises: UsageError."""
    found = connection.exec_driver_sql(_ROLE, (role,)).first()
    if found is None:
        raise UsageError(f"There is no role {role!r}. Make it first: CREATE ROLE ... LOGIN.")
    if any(found):
        raise UsageError(
            f"The role {role!r} is a superuser, has BYPASSRLS, or owns the tables: row-level "
            "security would not bind it. Name a plain role."
        )


def grant(connection: Connection, role: str) -> None:
    """Let a role do what the program needs and nothing else. Raises: UsageError."""
    require_plain(connection, role)
    quoted = PGIdentifierPreparer(connection.dialect).quote(role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"REVOKE UPDATE, DELETE ON access_log FROM {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
    ):
        connection.exec_driver_sql(statement)
