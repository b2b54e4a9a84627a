"""Batches of claims and the claims in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from ccm_core import records
from ccm_core.exchange.x12.claim_snapshot import claim_of, to_plain
from ccm_core.months import Month, utc_now
from ccm_core.store.bulk import insert_many
from ccm_core.store.db import begin_write
from ccm_core.store.schema import BatchClaim, ClaimBatch, record_table, table_of
from ccm_core.store.statements import among, chunks

if TYPE_CHECKING:
    from ccm_core.claims.planned import PlannedClaim
    from ccm_core.exchange.x12.claim_records import Claim

_CHUNK = 2_000
_KEPT = (
    "id", "batch_id", "patient_id", "claim_id", "base_id", "version_number", "frequency",
    "fingerprint", "payer_id", "payer_claim_id", "status", "file_id", "receipt", "ended_on",
    "month", "charge_usd", "allowed_usd", "policy", "tables_version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """One claim of a batch, without its content."""

    id: int
    batch_id: int
    patient_id: str
    claim_id: str
    base_id: str
    version_number: int
    frequency: str
    fingerprint: str
    payer_id: str
    payer_claim_id: str
    status: str
    file_id: int | None
    receipt: str
    ended_on: date | None
    month: Month
    charge_usd: Decimal
    allowed_usd: Decimal | None
    policy: str
    tables_version: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a batch, when, and what kind it is."""

    approved_by: str
    user_id: str
    made_at: datetime
    kind: str = "original"


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """One batch with the number of its claims by status."""

    id: int
    month: Month
    kind: str
    approved_by: str
    made_at: datetime
    digest: str
    policy: str
    tables_version: str
    frozen_at: datetime | None


def claims_of(
    session: Session, practice_id: str, month: Month | None = None,
    claim_ids: Collection[str] | None = None, base_ids: Collection[str] | None = None,
    *, file_ids: Collection[int] | None = None, is_ended: bool = False,
) -> list[KeptClaim]:  # fmt: skip
    """Claims of a month, of these numbers or files, or all versions of these first numbers."""
    c = table_of(BatchClaim).c
    where = [c.practice_id == practice_id]
    if month is not None:
        where.append(c.month == month)
    if claim_ids is not None:
        where.append(among(session, c.claim_id, sorted(claim_ids)))
    if base_ids is not None:
        where.append(among(session, c.base_id, sorted(base_ids)))
    if file_ids is not None:
        where.append(c.file_id.in_(sorted(file_ids)))
    if is_ended:
        where.append(c.ended_on.is_not(None))
    rows = session.connection().execute(
        select(*(c[name] for name in _KEPT)).where(*where).order_by(c.claim_id)
    )
    return [KeptClaim(*row) for row in rows]


def batches_of(session: Session, practice_id: str, month: Month) -> list[KeptBatch]:
    """The batches of a month, the first made first."""
    c = table_of(ClaimBatch).c
    rows = session.connection().execute(
        select(
            c.id, c.month, c.kind, c.approved_by, c.made_at, c.digest, c.policy,
            c.tables_version, c.frozen_at,
        )
        .where(c.practice_id == practice_id, c.month == month)
        .order_by(c.id)
    )  # fmt: skip
    return [KeptBatch(*row) for row in rows]


def contents(session: Session, ids: Collection[int]) -> dict[int, Claim]:
    """What goes on each of these claims, by row number."""
    c = table_of(BatchClaim).c
    found: dict[int, Claim] = {}
    for some in chunks(sorted(ids), 500):
        rows = session.connection().execute(select(c.id, c.content).where(c.id.in_(some)))
        found.update((row_id, claim_of(content)) for row_id, content in rows)
    return found


def add_batch(
    session: Session, practice_id: str, month: Month, approval: Approval, digest: str,
    planned: Sequence[PlannedClaim],
) -> int:  # fmt: skip
    """Store a batch with its claims; gives its number."""
    begin_write(session)
    first = planned[0]
    row = {
        "practice_id": practice_id, "month": month, "kind": approval.kind,
        "approved_by": approval.approved_by, "user_id": approval.user_id,
        "made_at": approval.made_at, "created_at": utc_now(), "digest": digest,
        "policy": first.policy_name, "tables_version": first.tables_version, "frozen_at": None,
    }  # fmt: skip
    table = table_of(ClaimBatch)
    made = session.connection().execute(insert(table).values(row).returning(table.c.id))
    batch_id = int(made.scalar_one())
    for some in chunks(planned, _CHUNK):
        rows = [_row(practice_id, month, batch_id, one) for one in some]
        insert_many(session, insert(table_of(BatchClaim)), rows)
    return batch_id


def _row(practice_id: str, month: Month, batch_id: int, planned: PlannedClaim) -> dict[str, Any]:
    claim = planned.claim
    base_id, _, version = planned.claim_id.partition("-")
    return {
        "practice_id": practice_id, "month": month, "batch_id": batch_id,
        "patient_id": planned.patient_id, "claim_id": planned.claim_id, "base_id": base_id,
        "version_number": int(version or 0), "created_at": utc_now(), "updated_at": utc_now(),
        "version": 1, "status": "planned", "file_id": None, "receipt": "", "ended_on": None,
        "payer_claim_id": "", "basis": "", **_content(planned, claim),
    }  # fmt: skip


def _content(planned: PlannedClaim, claim: Claim) -> dict[str, Any]:
    return {
        "frequency": claim.frequency, "fingerprint": planned.original_fingerprint,
        "payer_id": claim.payer.payer_id, "charge_usd": claim.charge_usd,
        "allowed_usd": planned.allowed_usd, "policy": planned.policy_name,
        "expected_medicare_usd": planned.expected_medicare_usd,
        "expected_patient_usd": planned.expected_patient_usd,
        "tables_version": planned.tables_version, "content": to_plain(claim),
    }  # fmt: skip


def renew(session: Session, planned: Mapping[int, PlannedClaim], batch_id: int) -> None:
    """Put the new content of claims that have not left in the place of the old."""
    table = table_of(BatchClaim)
    for row_id, one in planned.items():
        session.connection().execute(
            update(table)
            .where(table.c.id == row_id, table.c.status == "planned")
            .values(
                batch_id=batch_id, updated_at=utc_now(), version=table.c.version + 1,
                **_content(one, one.claim),
            )
        )  # fmt: skip


def withdraw(session: Session, practice_id: str, claims: Iterable[KeptClaim]) -> int:
    """Take claims that have not left out of their batches, with their lines; gives how many."""
    begin_write(session)
    claims = [one for one in claims if one.status == "planned"]
    table, line = table_of(BatchClaim), record_table(records.ClaimLine)
    for some in chunks(claims, 500):
        session.connection().execute(delete(table).where(table.c.id.in_([c.id for c in some])))
        session.connection().execute(
            delete(line).where(
                line.c.practice_id == practice_id,
                line.c.status == "planned",
                among(session, line.c.claim_id, [c.claim_id for c in some]),
            )
        )
    return len(claims)


def drop_empty(session: Session, batch_id: int) -> None:
    """Delete a batch that no claim is left in; a frozen one stays."""
    batch, claim = table_of(ClaimBatch), table_of(BatchClaim)
    session.connection().execute(
        delete(batch).where(
            batch.c.id == batch_id, batch.c.frozen_at.is_(None),
            batch.c.id.not_in(select(claim.c.batch_id).where(claim.c.batch_id == batch_id)),
        )
    )  # fmt: skip


def mark(session: Session, ids: Collection[int], **values: Any) -> None:
    """Set columns of these claims."""
    table = table_of(BatchClaim)
    for some in chunks(sorted(ids), 500):
        session.connection().execute(
            update(table)
            .where(table.c.id.in_(some))
            .values(updated_at=utc_now(), version=table.c.version + 1, **values)
        )


def mark_lines(
    session: Session, practice_id: str, claim_ids: Collection[str], status: str,
    created_on: date | None = None,
) -> None:  # fmt: skip
    """Set the status (and the day of sending) of the lines of these claims."""
    line = record_table(records.ClaimLine)
    more = {} if created_on is None else {"created_on": created_on}
    session.connection().execute(
        update(line)
        .where(
            line.c.practice_id == practice_id, among(session, line.c.claim_id, sorted(claim_ids))
        )
        .values(status=status, updated_at=utc_now(), version=line.c.version + 1, **more)
    )
