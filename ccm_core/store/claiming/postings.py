"""Postings as rows and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ccm_core.claims.posted import Posting
from ccm_core.exchange.x12.remit_records import Adjustment
from ccm_core.months import utc_now
from ccm_core.store.schema import PostingRow, table_of
from ccm_core.store.statements import among

FIELDS = tuple(part.name for part in fields(Posting))


def rows_of(
    practice_id: str, file_id: int, postings: Sequence[Posting], patient_of: dict[str, str]
) -> list[dict[str, Any]]:
    """Rows to insert; ``place`` counts the postings of one adjudication."""
    places: dict[str, int] = defaultdict(int)
    found = []
    for one in postings:
        places[one.posting_id] += 1
        row = {name: getattr(one, name) for name in FIELDS}
        row |= {
            "practice_id": practice_id, "file_id": file_id, "created_at": utc_now(),
            "place": places[one.posting_id], "patient_id": patient_of[one.claim_id],
            "adjustments": [_plain(entry) for entry in one.adjustments],
        }  # fmt: skip
        found.append(row)
    return found


def _plain(entry: Adjustment) -> dict[str, Any]:
    return {
        "group": entry.group, "reason": entry.reason, "amount_usd": str(entry.amount_usd),
        "quantity": None if entry.quantity is None else str(entry.quantity),
    }  # fmt: skip


def read(
    session: Session, practice_id: str, claim_ids: Collection[str] | None = None
) -> list[Posting]:
    """Postings of these claims, or all, in the order in which they were posted."""
    c = table_of(PostingRow).c
    where = [c.practice_id == practice_id]
    if claim_ids is not None:
        where.append(among(session, c.claim_id, sorted(claim_ids)))
    rows = session.connection().execute(
        select(*(c[name] for name in FIELDS)).where(*where).order_by(c.id)
    )
    return list(_postings(rows))


def _postings(rows: Iterable[Any]) -> Iterable[Posting]:
    place = FIELDS.index("adjustments")
    for row in rows:
        values = list(row)
        values[place] = tuple(_adjustment(entry) for entry in values[place])
        yield Posting(*values)


def _adjustment(plain: dict[str, Any]) -> Adjustment:
    quantity = plain.get("quantity")
    return Adjustment(
        plain["group"], plain["reason"], Decimal(plain["amount_usd"]),
        None if quantity is None else Decimal(quantity),
    )  # fmt: skip
