"""Receipts in the store: what the receiver said of files and claims, and where claims stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from ccm_core.months import utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.schema import BatchClaim, ClaimFileRow, ReceiptRow, table_of
from ccm_core.store.statements import chunks

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """One answer as it is shown."""

    read_at: datetime
    name: str
    kind: str
    claim_id: str
    status: str
    codes: tuple[str, ...]
    message: str
    said_on: date | None
    is_matched: bool


def is_known(session: Session, practice_id: str, sha256: str) -> bool:
    """Whether exactly this file was read before."""
    c = table_of(ReceiptRow).c
    return bool(
        session.connection().scalar(
            select(func.count()).where(c.practice_id == practice_id, c.sha256 == sha256)
        )
    )


def add(session: Session, practice_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the answers of one file."""
    begin_write(session)
    common = {"practice_id": practice_id, "created_at": utc_now()}
    for some in chunks([{**common, **row} for row in rows], _CHUNK):
        session.connection().execute(insert(table_of(ReceiptRow)), list(some))


def newest(session: Session, practice_id: str, limit: int = 50) -> list[ReceiptView]:
    """Answers, the newest first; those that reject before those of the same file that accept."""
    c = table_of(ReceiptRow).c
    rows = session.connection().execute(
        select(*(c[name] for name in ReceiptView.__dataclass_fields__))
        .where(c.practice_id == practice_id)
        .order_by(c.read_at.desc(), c.status.desc(), c.place)
        .limit(limit)
    )
    return [ReceiptView(*row) for row in rows]


def files_by(
    session: Session, practice_id: str, column: str, numbers: Collection[int]
) -> dict[int, tuple[int, int]]:
    """Our files by interchange or group number: row number and the first set's number."""
    c = table_of(ClaimFileRow).c
    rows = session.connection().execute(
        select(c[column], c.id, c.first_set)
        .where(c.practice_id == practice_id, c[column].in_(sorted(numbers)))
        .order_by(c.id)
    )
    return {number: (row_id, first_set) for number, row_id, first_set in rows}


def mark(
    session: Session, ids: Collection[int], status: str, *, not_over: Collection[str] = ()
) -> None:
    """Note on these claims what the receiver said, unless one of these words stands there."""
    table = table_of(BatchClaim)
    for some in chunks(sorted(ids), 500):
        where = [table.c.id.in_(some)]
        if not_over:
            where.append(table.c.receipt.not_in(sorted(not_over)))
        session.connection().execute(
            update(table)
            .where(*where)
            .values(receipt=status, updated_at=utc_now(), version=table.c.version + 1)
        )


def counts(
    session: Session, practice_id: str, file_ids: Iterable[int]
) -> dict[int, dict[str, int]]:
    """Claims of these files by what was said of them."""
    c = table_of(BatchClaim).c
    rows = session.connection().execute(
        select(c.file_id, c.receipt, func.count())
        .where(c.practice_id == practice_id, c.file_id.in_(sorted(file_ids)))
        .group_by(c.file_id, c.receipt)
    )
    found: dict[int, dict[str, int]] = {}
    for file_id, receipt, number in rows:
        found.setdefault(file_id, {})[receipt] = int(number)
    return found
