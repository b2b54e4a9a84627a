"""Remittances (835) of an import: does each answer fit a claim, and was it posted before?

Nothing is posted here. An import posts its remittances by the same service as the
Claims page, once its records are stored; this tells beforehand what that will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.posting import numbered
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.x12.remit_records import PaidClaim, Remittance

ACCEPTED, DUPLICATE = "accepted", "duplicate"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one answer: accepted, a duplicate, or a problem."""

    line: int
    record: int
    word: str
    problem: RowProblem | None = None


def fates(payments: Iterable[Remittance], book: ClaimBook, seen: set[str]) -> Iterator[Fate]:
    """What becomes of every answer. ``seen`` holds the ids of answers posted before."""
    record = 0
    for payment in payments:
        for posting_id, paid in numbered(payment):
            record += 1
            if posting_id in seen:
                yield Fate(paid.segment_index, record, DUPLICATE)
                continue
            seen.add(posting_id)
            sent, _ = book.place(paid)
            yield Fate(paid.segment_index, record, ACCEPTED, None if sent else _unknown(paid))


def _unknown(paid: PaidClaim) -> RowProblem:
    return RowProblem(
        "I56",
        "No claim of this number is stored or in this import. Import the claims (837P) too; "
        "the money waits under Remittances until then.",
        "claim_id",
        paid.claim_id,
    )
