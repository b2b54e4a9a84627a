"""Versions of fee files: numbered, listed, taken out of force."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session

from ccm_core.money.fee_file import FeeFile
from ccm_core.money.fee_overlay import pack
from ccm_core.store import numbered_rows
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
    same = (table_of(FeeVersion).c.kind == file.kind,)
    numbered_rows.add_version(session, FeeVersion, same, {
        "kind": file.kind, "file_name": file.name, "title": file.title, "sha256": file.sha256,
        "layout": file.layout, "year": file.year, "valid_from": file.valid_from,
        "valid_to": file.valid_to, "is_qp": file.is_qp, "row_count": len(file.rows),
        "problems": [asdict(problem) for problem in file.problems], "content": pack(file),
        "imported_by": by,
    })  # fmt: skip
    return listed(session)[0]
