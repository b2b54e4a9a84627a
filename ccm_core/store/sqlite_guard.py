"""What a connection of the program may not do to a SQLite database.

Triggers keep the access log append-only; this keeps the triggers, and the pragma
that they need, out of reach of any statement that the program itself could send.
Somebody with the file in hand is found by the hash chain instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_OK, _DENY = 0, 1
_DELETE, _UPDATE, _DROP_TABLE, _DROP_TRIGGER, _PRAGMA, _ALTER = 9, 23, 11, 16, 19, 26
_APPEND_ONLY = frozenset({"access_log"})
_KEPT_PRAGMAS = frozenset({
    "foreign_keys", "ignore_check_constraints", "journal_mode", "recursive_triggers",
    "synchronous", "trusted_schema", "writable_schema",
})  # fmt: skip


def _may(action: int, what: str | None, value: str | None, *_where: str | None) -> int:
    """SQLite asks this once for each statement that it prepares."""
    if action in (_DELETE, _UPDATE, _DROP_TABLE) and what in _APPEND_ONLY:
        return _DENY
    if action == _ALTER and value in _APPEND_ONLY:
        return _DENY
    if action == _DROP_TRIGGER:
        return _DENY
    is_setting = action == _PRAGMA and value is not None
    return _DENY if is_setting and (what or "").lower() in _KEPT_PRAGMAS else _OK


def guard(raw: Any) -> None:
    """Forbid it on a connection of the driver."""
    raw.set_authorizer(_may)


@contextmanager
def unguarded(raw: Any) -> Iterator[None]:
    """Allow it meanwhile: for migrations, and for nothing else."""
    raw.set_authorizer(None)
    try:
        yield
    finally:
        guard(raw)
