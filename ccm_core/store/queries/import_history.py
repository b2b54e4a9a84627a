"""What was imported: batches, the files of a batch and its rejected rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlmodel import Session

from ccm_core.store.queries.common import Page, page_of
from ccm_core.store.schema import ImportBatch, ImportFile, ImportReject, UserAccount, table_of


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One import: read = accepted + rejected + duplicate."""

    batch_id: int
    name: str
    status: str
    at: datetime
    by: str
    """Name of the account, empty when the program or a command did it."""
    read: int
    accepted: int
    rejected: int
    duplicate: int

    @property
    def rejected_share(self) -> Decimal | None:
        """Share of the rows read that were rejected, 0 to 1."""
        return Decimal(self.rejected) / self.read if self.read else None


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of a batch."""

    name: str
    kind: str
    sha256: str
    size_bytes: int
    read: int
    accepted: int
    rejected: int
    duplicate: int


@dataclass(frozen=True, slots=True)
class RejectRow:
    """One rejected row; the value is masked."""

    file: str
    line: int
    column: str
    masked_value: str
    rule: str
    reason: str


def batches(
    session: Session, practice_id: str, limit: int = 100, offset: int = 0, batch_id: int = 0
) -> Page[BatchRow]:
    """Imports, newest first; only one of them with ``batch_id``."""
    b, user = table_of(ImportBatch), table_of(UserAccount)
    statement = (
        select(
            b.c.id, b.c.name, b.c.status, b.c.created_at, user.c.name.label("by"), b.c.read,
            b.c.accepted, b.c.rejected, b.c.duplicate,
        )
        .select_from(b.outerjoin(user, user.c.user_id == b.c.user_id))
        .where(b.c.practice_id == practice_id)
        .order_by(b.c.id.desc())
    )  # fmt: skip
    if batch_id:
        statement = statement.where(b.c.id == batch_id)
    return page_of(session, statement, BatchRow, limit, offset)


def files(session: Session, practice_id: str, batch_id: int) -> list[FileRow]:
    """The files of a batch, in the order they were read."""
    f = table_of(ImportFile).c
    rows = session.connection().execute(
        select(f.name, f.kind, f.sha256, f.size_bytes, f.read, f.accepted, f.rejected, f.duplicate)
        .where(f.practice_id == practice_id, f.batch_id == batch_id)
        .order_by(f.id)
    )
    return [FileRow(*row) for row in rows]


def rejects(
    session: Session, practice_id: str, batch_id: int, limit: int = 100, offset: int = 0
) -> Page[RejectRow]:
    """Rejected rows of a batch, file by file and line by line."""
    r, f = table_of(ImportReject), table_of(ImportFile)
    statement = (
        select(f.c.name, r.c.line, r.c.column, r.c.masked_value, r.c.rule, r.c.reason)
        .select_from(r.join(f, f.c.id == r.c.file_id))
        .where(f.c.practice_id == practice_id, f.c.batch_id == batch_id)
        .order_by(f.c.id, r.c.line, r.c.id)
    )
    return page_of(session, statement, RejectRow, limit, offset)
