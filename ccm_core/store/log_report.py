"""The access log as a report: a period, filters and an order by any field, page by page."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, select
from sqlmodel import Session

from ccm_core.errors import UsageError
from ccm_core.store.access_log import OF_PATIENT, number_of
from ccm_core.store.queries.common import MOST_ROWS, Page, ordered, page_of
from ccm_core.store.schema import AccessLog, UserAccount, table_of

FIELDS = (
    "seq", "at", "user_id", "role", "session_hash", "source_ip", "action", "object_type",
    "object_id", "outcome", "reason",
)  # fmt: skip
"""Every field that a report shows, sorts and filters by."""

CHOICES = ("user_id", "role", "action", "object_type", "outcome")
"""Fields with few values; the others are searched in."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry as the report shows it."""

    seq: int
    at: datetime
    user_id: str
    role: str
    session_hash: str
    source_ip: str
    action: str
    object_type: str
    object_id: str
    outcome: str
    reason: str
    username: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is about. ``having`` holds exact values, ``containing`` parts of them."""

    since: datetime | None = None
    before: datetime | None = None
    having: Mapping[str, str] = field(default_factory=dict)
    containing: Mapping[str, str] = field(default_factory=dict)


def page(
    session: Session, wanted: Wanted, sort: str = "-seq", limit: int = MOST_ROWS, offset: int = 0
) -> Page[LogEntry]:
    """One page of entries. Raises: UsageError for a field that there is not."""
    table, account = table_of(AccessLog), table_of(UserAccount)
    columns = [table.c[name] for name in FIELDS]
    joined = table.outerjoin(account, account.c.user_id == table.c.user_id)
    statement = select(*columns, account.c.username).select_from(joined)
    statement = statement.where(*_where(wanted))
    return page_of(session, _sorted(statement, sort), LogEntry, limit, offset)


def _sorted(statement: Select[Any], sort: str) -> Select[Any]:
    table = table_of(AccessLog)
    sorts: dict[str, ColumnElement[Any]] = {name: table.c[name] for name in FIELDS}
    return ordered(statement, sorts, sort, [table.c.seq])


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    table = table_of(AccessLog)
    unknown = (wanted.having.keys() | wanted.containing.keys()) - set(FIELDS)
    if unknown:
        raise UsageError(
            f"A filter by {', '.join(sorted(unknown))} was asked for; there is {', '.join(FIELDS)}."
        )
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(table.c.at >= wanted.since)
    if wanted.before is not None:
        found.append(table.c.at < wanted.before)
    for name, value in wanted.having.items():
        if value:
            found.append(table.c[name] == _typed(name, value))
    for name, part in wanted.containing.items():
        if part and name in ("seq", "at"):
            found.append(cast(table.c[name], Integer) == _typed("seq", part))
        elif part:
            found.append(_holds(name, part))
    return found


def _holds(name: str, part: str) -> ColumnElement[bool]:
    """Where a field holds a text; a patient's identifier or record number finds the patient."""
    table = table_of(AccessLog)
    holds = table.c[name].icontains(part, autoescape=True)
    if name != "object_id":
        return holds
    is_patient = table.c.object_type.in_(OF_PATIENT)
    return holds | (is_patient & (table.c.object_id == number_of(part).scalar_subquery()))


def _typed(name: str, value: str) -> Any:
    """The value as the column has it; a text where a number belongs matches nothing."""
    if name == "seq":
        return int(value) if value.isdecimal() and len(value) < 19 else -1
    return value


@dataclass(frozen=True, slots=True)
class _Read:
    """What the entries up to one hold in the fields with few values; nothing of a patient."""

    seq: int = 0
    hash: str = ""
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


_read: dict[str, _Read] = {}
_reading = threading.Lock()


def values(session: Session) -> dict[str, list[str]]:
    """The values that stand in the fields with few of them.

    Entries are never changed, so that only those are read that came since the last time:
    the log grows with every view, and no index holds these fields.
    """
    database = str(session.get_bind().engine.url)
    with _reading:
        before = _read.get(database, _Read())
    found = _since(session, before if _still_stands(session, before) else _Read())
    with _reading:
        _read[database] = found
    return {name: sorted(found.values[name] - {""}) for name in CHOICES}


def _still_stands(session: Session, read: _Read) -> bool:
    """Whether the entry that was read last is there: not after a restore or a rollback."""
    c = table_of(AccessLog).c
    return session.connection().scalar(select(c.hash).where(c.seq == read.seq)) == read.hash


def _since(session: Session, read: _Read) -> _Read:
    c = table_of(AccessLog).c
    last = session.connection().execute(select(c.seq, c.hash).order_by(c.seq.desc()).limit(1))
    seq, head = last.one_or_none() or (0, "")
    fields = [c[name] for name in CHOICES]
    rows = session.connection().execute(
        select(*fields).where(c.seq > read.seq, c.seq <= seq).group_by(*fields)
    )
    new = list(zip(*rows, strict=True)) or [()] * len(CHOICES)
    known = {
        name: read.values.get(name, frozenset()) | frozenset(some)
        for name, some in zip(CHOICES, new, strict=True)
    }
    return _Read(seq, head, known)


def span(session: Session, since: datetime | None, before: datetime | None) -> tuple[int, int]:
    """First and last number of the entries of a period; (0, 0) when there is none."""
    table = table_of(AccessLog)
    row = (
        session.connection()
        .execute(
            select(func.min(table.c.seq), func.max(table.c.seq)).where(
                *_where(Wanted(since, before))
            )
        )
        .one()
    )
    return (row[0], row[1]) if row[0] else (0, 0)


def usernames(session: Session) -> dict[str, str]:
    """The user name of every account by its id."""
    account = table_of(UserAccount)
    rows = session.connection().execute(select(account.c.user_id, account.c.username))
    return {row.user_id: row.username for row in rows}
