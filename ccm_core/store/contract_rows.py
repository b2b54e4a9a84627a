"""Versions of payers' contracts: numbered, listed, taken out of force."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ccm_core.store import numbered_rows
from ccm_core.store.schema import PayerContract, table_of


def listed(session: Session, practice_id: str) -> list[dict[str, Any]]:
    """Every version of a practice's contracts, the newest first."""
    table = table_of(PayerContract)
    rows = session.connection().execute(
        select(table).where(table.c.practice_id == practice_id).order_by(table.c.id.desc())
    )
    return [dict(row._mapping) for row in rows]


def add(session: Session, practice_id: str, payer: str, values: dict[str, Any]) -> dict[str, Any]:
    """Store the next version; later versions lie over earlier ones."""
    c = table_of(PayerContract).c
    numbered_rows.add_version(
        session, PayerContract, (c.practice_id == practice_id, c.payer == payer),
        {"practice_id": practice_id, "payer": payer, **values},
    )  # fmt: skip
    return listed(session, practice_id)[0]
