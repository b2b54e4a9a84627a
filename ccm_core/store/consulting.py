"""The database role of requests by people who may see aggregates only.

One list says what such a request may do: read published figures, the practice and fees,
keep projections, add to the access log. Everything else the database itself refuses: on
PostgreSQL a role that was granted nothing more, on SQLite an authorizer on connections of
their own. A page that would ask for a patient's row fails there, whatever its code says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.base import PGIdentifierPreparer
from sqlalchemy.exc import DBAPIError

from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.store import postgres

READ, ADD, CHANGE, DELETE = "SELECT", "INSERT", "UPDATE", "DELETE"
RIGHTS: Mapping[str, tuple[str, ...]] = {
    "published_figures": (READ,),
    "practice": (READ,),
    "fee_version": (READ,),
    "saved_scenario": (READ, ADD, CHANGE, DELETE),
    "access_log": (ADD,),
}
"""Tables without a row about a patient, and what may be done with them."""
COLUMNS: Mapping[str, tuple[str, ...]] = {"access_log": ("seq", "hash")}
"""Columns that may be read where the table may not: the next entry joins the chain there."""
_NUMBERS = ("saved_scenario_id_seq",)
ADDRESS = "CCM_CONSULTANT_URL"

_is_bound: ContextVar[bool] = ContextVar("is_bound_to_aggregates", default=False)


def is_bound() -> bool:
    """Whether this thread works for somebody who may see aggregates only."""
    return _is_bound.get()


def bind(is_aggregate_reader: bool) -> None:
    """Say for whom this thread works from now on."""
    _is_bound.set(is_aggregate_reader)


@contextmanager
def bound(is_aggregate_reader: bool) -> Iterator[None]:
    """The same for a while."""
    before = _is_bound.set(is_aggregate_reader)
    try:
        yield
    finally:
        _is_bound.reset(before)


_OK, _DENY = 0, 1
_DELETE, _INSERT, _PRAGMA, _READ, _SELECT, _TRANSACTION = 9, 18, 19, 20, 21, 22
_UPDATE, _FUNCTION, _SAVEPOINT, _RECURSIVE = 23, 31, 32, 33
_CHANGES = {_DELETE: DELETE, _INSERT: ADD, _UPDATE: CHANGE}
_PLAIN = frozenset({_SELECT, _TRANSACTION, _SAVEPOINT, _RECURSIVE})
_UNSAFE = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})


def _may(action: int, what: str | None, value: str | None, *_where: str | None) -> int:
    """SQLite asks this once for each statement that it prepares; what is not listed is refused."""
    name = (what or "").lower()
    if action == _READ:
        # Without a column the log's own trigger reads: whether a row is there.
        is_column = name in COLUMNS and value in ("", *COLUMNS[name])
        return _OK if is_column or READ in RIGHTS.get(name, ()) else _DENY
    if action in _CHANGES:
        return _OK if _CHANGES[action] in RIGHTS.get(name, ()) else _DENY
    if action == _PRAGMA:
        return _DENY if value is not None else _OK
    if action == _FUNCTION:
        return _DENY if (value or "").lower() in _UNSAFE else _OK
    return _OK if action in _PLAIN else _DENY


def guard(raw: Any) -> None:
    """Bind a connection of SQLite's driver for good."""
    raw.set_authorizer(_may)


def refusal(error: BaseException) -> PermissionDenied | None:
    """What to raise when the database refused a bound connection; None for other errors."""
    if not isinstance(error, DBAPIError):
        return None
    said = str(error.orig).lower()
    is_refused = "prohibited" in said or "not authorized" in said
    if is_refused or postgres.is_refusal(error):
        return PermissionDenied(
            "More than aggregates was asked of the database for somebody who may see aggregates "
            "only; the database refused it."
        )
    return None


def address() -> str:
    """Where PostgreSQL answers as the role of aggregate readers. Raises: UsageError."""
    if found := os.environ.get(ADDRESS):
        return found
    raise UsageError(
        "Consultants read through a database role of their own, which this server does not have "
        f"yet: whoever runs it makes the role and names its address in {ADDRESS} (deploy/README)."
    )


_BEYOND = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm')
      AND NOT c.relname = ANY (%(listed)s)
      AND (has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
           OR has_any_column_privilege(c.oid, 'SELECT'))
    LIMIT 1
"""


def require_bound(raw: Any) -> None:
    """Refuse a PostgreSQL connection whose role reaches more than the list. Raises: UsageError."""
    found = raw.execute(_BEYOND, {"listed": list(RIGHTS)}).fetchone()
    raw.rollback()
    if found is not None:
        raise UsageError(
            f"The role that {ADDRESS} names reaches more than aggregates. Name the role of "
            "consultants, and run 'ccm migrate' with --consultant-role."
        )


def grant(connection: Connection, role: str) -> None:
    """Let a role do what is listed, and nothing else. Raises: UsageError as for the program's."""
    postgres.require_plain(connection, role)
    quoted = PGIdentifierPreparer(connection.dialect).quote(role)
    granted = [f"{', '.join(may)} ON {table}" for table, may in RIGHTS.items()]
    granted += [f"{READ} ({', '.join(some)}) ON {table}" for table, some in COLUMNS.items()]
    for statement in (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {quoted}",
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        *(f"GRANT {one} TO {quoted}" for one in granted),
        *(f"GRANT USAGE ON SEQUENCE {name} TO {quoted}" for name in _NUMBERS),
    ):
        connection.exec_driver_sql(statement)
