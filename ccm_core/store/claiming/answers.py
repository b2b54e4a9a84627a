"""Remittances in the store: files, payments, postings, and the claims that they are matched to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session

from ccm_core.claims.posted import Posting, PostingRun, Reconciled
from ccm_core.claims.rework import NO_APPEAL_REMARK
from ccm_core.exchange.x12.remit_records import Remittance
from ccm_core.months import utc_now
from ccm_core.store.bulk import insert_many
from ccm_core.store.claiming import postings
from ccm_core.store.schema import (
    BatchClaim,
    PostingRow,
    RemittanceFileRow,
    RemittancePayment,
    UnmatchedRow,
    table_of,
)
from ccm_core.store.statements import among, chunks

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class PostedFile:
    """One remittance file that was posted."""

    id: int
    name: str
    sha256: str
    posted_at: datetime
    user_id: str
    payments: int
    postings: int
    unmatched: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """One payment as it was reconciled."""

    file_id: int
    trace: str
    payer: str
    paid_on: date | None
    total_usd: Decimal
    posted_usd: Decimal
    unmatched_usd: Decimal
    duplicate_usd: Decimal
    withheld_usd: Decimal


def find_file(session: Session, practice_id: str, sha256: str) -> PostedFile | None:
    """The file of that content, when it was posted before."""
    c = table_of(RemittanceFileRow).c
    statement = select(*(c[name] for name in PostedFile.__dataclass_fields__))
    where = (c.practice_id == practice_id, c.sha256 == sha256)
    row = session.connection().execute(statement.where(*where)).first()
    return PostedFile(*row) if row else None


def files(session: Session, practice_id: str, limit: int = 50) -> list[PostedFile]:
    """Posted files, the newest first."""
    c = table_of(RemittanceFileRow).c
    rows = session.connection().execute(
        select(*(c[name] for name in PostedFile.__dataclass_fields__))
        .where(c.practice_id == practice_id)
        .order_by(c.id.desc())
        .limit(limit)
    )
    return [PostedFile(*row) for row in rows]


def payments(session: Session, practice_id: str, limit: int = 100) -> list[PaymentFacts]:
    """Payments by their day (BPR16), the latest first; of one day, those posted last."""
    c = table_of(RemittancePayment).c
    rows = session.connection().execute(
        select(*(c[name] for name in PaymentFacts.__dataclass_fields__))
        .where(c.practice_id == practice_id)
        .order_by(c.paid_on.desc().nulls_last(), c.id.desc())
        .limit(limit)
    )
    return [PaymentFacts(*row) for row in rows]


def known_ids(session: Session, practice_id: str, posting_keys: Collection[str]) -> set[str]:
    """Ids of every adjudication of these payments that was posted before."""
    c, p = table_of(PostingRow).c, table_of(RemittancePayment).c
    files_of_keys = select(p.file_id).where(
        p.practice_id == practice_id, among(session, p.payment_key, sorted(posting_keys))
    )
    rows = session.connection().scalars(
        select(c.posting_id).where(c.practice_id == practice_id, c.file_id.in_(files_of_keys))
    )
    return set(rows)


def payer_numbers(session: Session, practice_id: str, wanted: Collection[str]) -> dict[str, str]:
    """The payers' claim numbers to ours, as earlier remittances told."""
    c = table_of(PostingRow).c
    rows = session.connection().execute(
        select(c.payer_claim_id, c.claim_id)
        .where(c.practice_id == practice_id, among(session, c.payer_claim_id, sorted(wanted)))
        .distinct()
    )
    return {number: claim_id for number, claim_id in rows if number}


def payer_number(session: Session, practice_id: str, claim_id: str) -> str:
    """The payer's number of one of our claims, or empty."""
    c = table_of(PostingRow).c
    found = session.connection().scalar(
        select(c.payer_claim_id)
        .where(c.practice_id == practice_id, c.claim_id == claim_id, c.payer_claim_id != "")
        .order_by(c.id.desc())
        .limit(1)
    )
    return str(found or "")


def undecided(session: Session, practice_id: str, claim_ids: Collection[str]) -> set[str]:
    """Which of these claims the payer sent back without a decision, by its latest answer."""
    c = table_of(PostingRow).c
    rows = session.connection().execute(
        select(c.claim_id, c.remarks, c.status)
        .where(c.practice_id == practice_id, among(session, c.claim_id, sorted(claim_ids)))
        .order_by(c.paid_on.nulls_first(), c.id)
    )
    latest = {claim_id: (remarks, status) for claim_id, remarks, status in rows}
    return {
        claim_id for claim_id, (remarks, status) in latest.items()
        if status == "denied" and NO_APPEAL_REMARK in remarks
    }  # fmt: skip


def add_run(
    session: Session, practice_id: str, facts: dict[str, Any], run: PostingRun,
    remittances: Sequence[Remittance], patient_of: dict[str, str],
) -> int:  # fmt: skip
    """Store a posting run with its file; gives the file's number."""
    connection = session.connection()
    table = table_of(RemittanceFileRow)
    row = {
        "practice_id": practice_id, "created_at": utc_now(), "payments": len(run.payments),
        "postings": len(run.postings), "unmatched": len(run.unmatched),
        "duplicates": len(run.duplicates), **facts,
    }  # fmt: skip
    file_id = int(connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    _add_payments(session, practice_id, file_id, run.payments, remittances)
    _add_unmatched(session, practice_id, file_id, run)
    _add_postings(session, practice_id, file_id, run, patient_of)
    return file_id


def add_more(
    session: Session, practice_id: str, file_id: int, run: PostingRun, patient_of: dict[str, str]
) -> None:
    """Post what waited of a file that was posted before; its sums move to posted."""
    _add_postings(session, practice_id, file_id, run, patient_of)
    payment, file = table_of(RemittancePayment), table_of(RemittanceFileRow)
    for one in run.payments:
        session.connection().execute(
            update(payment)
            .where(payment.c.file_id == file_id, payment.c.payment_key == one.key)
            .values(
                posted_usd=payment.c.posted_usd + one.posted_usd,
                unmatched_usd=payment.c.unmatched_usd - one.posted_usd,
            )
        )
    session.connection().execute(
        update(file)
        .where(file.c.id == file_id)
        .values(postings=file.c.postings + len(run.postings), unmatched=len(run.unmatched))
    )


def _add_postings(
    session: Session, practice_id: str, file_id: int, run: PostingRun, patient_of: dict[str, str]
) -> None:
    _settle_waiting(session, practice_id, {p.posting_id for p in run.postings})
    rows = postings.rows_of(practice_id, file_id, run.postings, patient_of)
    for some in chunks(rows, _CHUNK):
        insert_many(session, insert(table_of(PostingRow)), some)
    _tell_numbers(session, practice_id, run.postings)


def _add_payments(
    session: Session, practice_id: str, file_id: int, reconciled: Sequence[Reconciled],
    remittances: Sequence[Remittance],
) -> None:  # fmt: skip
    rows = [
        {
            "practice_id": practice_id, "file_id": file_id, "created_at": utc_now(),
            "payment_key": one.key, "trace": one.trace, "payer": payment.payer_name,
            "paid_on": payment.paid_on or payment.produced_on, "total_usd": one.total_usd,
            "posted_usd": one.posted_usd, "unmatched_usd": one.unmatched_usd,
            "duplicate_usd": one.duplicate_usd, "withheld_usd": one.withheld_usd,
        }
        for one, payment in zip(reconciled, remittances, strict=True)
    ]  # fmt: skip
    if rows:
        session.connection().execute(insert(table_of(RemittancePayment)), rows)


def _settle_waiting(session: Session, practice_id: str, posted: set[str]) -> None:
    """An adjudication that waited and is matched now waits no longer."""
    table = table_of(UnmatchedRow)
    session.connection().execute(
        delete(table).where(
            table.c.practice_id == practice_id, among(session, table.c.posting_id, sorted(posted))
        )
    )


def _add_unmatched(session: Session, practice_id: str, file_id: int, run: PostingRun) -> None:
    table = table_of(UnmatchedRow)
    ids = sorted(one.posting_id for one in run.unmatched)
    session.connection().execute(
        delete(table).where(
            table.c.practice_id == practice_id, among(session, table.c.posting_id, ids)
        )
    )
    rows = [
        {"practice_id": practice_id, "file_id": file_id, "created_at": utc_now()}
        | {part.name: getattr(one, part.name) for part in fields(one)}
        for one in run.unmatched
    ]
    if rows:
        session.connection().execute(insert(table), rows)


def _tell_numbers(session: Session, practice_id: str, made: Iterable[Posting]) -> None:
    """Write the payers' numbers on our claims: corrections name them."""
    numbers = {one.claim_id: one.payer_claim_id for one in made if one.payer_claim_id}
    if not numbers:
        return
    table = table_of(BatchClaim)
    session.connection().execute(
        update(table)
        .where(table.c.practice_id == practice_id, table.c.claim_id == bindparam("b_claim"))
        .values(payer_claim_id=bindparam("b_number")),
        [{"b_claim": claim_id, "b_number": number} for claim_id, number in numbers.items()],
    )
