"""Versions of fee files: numbered, listed, taken out of force."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlmodel import Session

from ccm_core.money.fee_file import FeeFile
from ccm_core.money.fee_overlay import pack
from ccm_core.months import utc_now
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.schema import FeeVersion, table_of

_LOCK = 0x63636D66
_SHOWN = (
    "id", "kind", "number", "file_name", "title", "sha256", "valid_from", "valid_to", "is_qp",
    "row_count", "imported_by", "is_active", "reverted_by", "reverted_at",
)  # fmt: skip


def lock(session: Session) -> None:
    """Hold the versions until the end of the transaction: numbers and checks stay true."""
    begin_write(session)
    if dialect_of(session) == "postgresql":
        session.connection().execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def listed(session: Session) -> list[dict[str, Any]]:
    """Every version without its rows, the newest first."""
    c = table_of(FeeVersion).c
    rows = session.connection().execute(
        select(*(c[name] for name in _SHOWN), c.created_at.label("imported_at")).order_by(
            c.id.desc()
        )
    )
    return [dict(row._mapping) for row in rows]


def add(session: Session, file: FeeFile, by: str) -> dict[str, Any]:
    """Store one file as the next version of its kind."""
    table = table_of(FeeVersion)
    number = session.connection().scalar(
        select(func.coalesce(func.max(table.c.number), 0)).where(table.c.kind == file.kind)
    )
    now = utc_now()
    session.connection().execute(insert(table), [{
        "created_at": now, "updated_at": now, "version": 1, "number": int(number or 0) + 1,
        "kind": file.kind, "file_name": file.name, "title": file.title, "sha256": file.sha256,
        "layout": file.layout, "year": file.year, "valid_from": file.valid_from,
        "valid_to": file.valid_to, "is_qp": file.is_qp, "row_count": len(file.rows),
        "problems": [asdict(problem) for problem in file.problems], "content": pack(file),
        "imported_by": by, "is_active": True, "reverted_by": "", "reverted_at": None,
    }])  # fmt: skip
    return listed(session)[0]


def take_back(session: Session, version_id: int, by: str) -> None:
    """Take one version out of force; its rows stay."""
    table, now = table_of(FeeVersion), utc_now()
    session.connection().execute(
        update(table)
        .where(table.c.id == version_id, table.c.is_active)
        .values(
            is_active=False, reverted_by=by, reverted_at=now, updated_at=now,
            version=table.c.version + 1,
        )
    )  # fmt: skip
