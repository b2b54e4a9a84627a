"""Where claims stand after all their postings, and the refunds that follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ccm_core import records
from ccm_core.claims import ledger, receivables
from ccm_core.claims.ledger import Account
from ccm_core.claims.posted import ENDED, ZERO
from ccm_core.records import Practice
from ccm_core.store.claiming import batches, patient_payments, postings, rework, sent

if TYPE_CHECKING:
    from sqlmodel import Session


def accounts(session: Session, practice: Practice, claim_ids: Iterable[str]) -> list[Account]:
    """Where these claims stand after all their postings."""
    ids = sorted(set(claim_ids))
    grouped = ledger.group(postings.read(session, practice.practice_id, ids))
    paid = patient_payments.collected(session, practice.practice_id, ids)
    found = []
    for one in sent.sent_claims(session, practice.practice_id, ids):
        status = _status(one.lines)
        found.append(
            ledger.account(
                one, grouped.get(one.claim_id, ()), is_voided=status == "voided",
                is_replaced=status == "replaced", collected_usd=paid.get(one.claim_id, ZERO),
            )
        )  # fmt: skip
    return found


def _status(lines: Sequence[records.ClaimLine]) -> str:
    """How the claim ended; a replacement may have left out some of its lines only."""
    words = {line.status for line in lines}
    return max(words) if words and words <= set(ENDED) else ""  # a void is the last word


def sync_refunds(session: Session, practice: Practice) -> int:
    """Refund tasks: claims taken back after payment, money that patients did not owe.

    Gives how many are new.
    """
    ended = {
        one.claim_id: one.ended_on
        for one in batches.claims_of(session, practice.practice_id, is_ended=True)
        if one.ended_on is not None
    }
    collected = patient_payments.collected(session, practice.practice_id)
    found = accounts(session, practice, {*ended, *collected})
    tasks = receivables.refund_tasks(found, ended, collected)
    return rework.keep_refunds(session, practice.practice_id, tasks)
