"""Versions of payers' contracts: numbered, listed, taken out of force."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from ccm_core.months import utc_now
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
    table, now = table_of(PayerContract), utc_now()
    mine = (table.c.practice_id == practice_id, table.c.payer == payer)
    number = session.connection().scalar(
        select(func.coalesce(func.max(table.c.number), 0)).where(*mine)
    )
    session.connection().execute(insert(table), [{
        "created_at": now, "updated_at": now, "version": 1, "practice_id": practice_id,
        "payer": payer, "number": int(number or 0) + 1, "is_active": True, "reverted_by": "",
        "reverted_at": None, **values,
    }])  # fmt: skip
    return listed(session, practice_id)[0]


def take_back(session: Session, contract_id: int, by: str) -> None:
    """Take one version out of force; its rows stay."""
    table, now = table_of(PayerContract), utc_now()
    session.connection().execute(
        update(table)
        .where(table.c.id == contract_id, table.c.is_active)
        .values(
            is_active=False, reverted_by=by, reverted_at=now, updated_at=now,
            version=table.c.version + 1,
        )
    )  # fmt: skip
