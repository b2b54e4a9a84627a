"""What a receiver says of files that we sent, as plain frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ccm_core.exchange.x12.claim_records import RefusedSet
from ccm_core.exchange.x12.problems import X12Problem

ACCEPTED, WITH_ERRORS, REJECTED = "accepted", "accepted_with_errors", "rejected"
TA1, FILE_RECEIPT, CLAIM_RECEIPT = "TA1", "999", "277CA"
WORDS = {"A": ACCEPTED, "E": WITH_ERRORS, "P": WITH_ERRORS, "R": REJECTED, "M": REJECTED,
         "W": REJECTED, "X": REJECTED}  # fmt: skip
"""TA104, IK501 and AK901. ``P``: some sets of the group were accepted, each says so itself."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One answer. It names our interchange, our group and set, or our claim."""

    kind: str
    """``TA1``, ``999`` or ``277CA``."""
    status: str
    """``accepted``, ``accepted_with_errors`` or ``rejected``."""
    codes: tuple[str, ...] = ()
    """As the receiver wrote them: ``A7:562``, ``IK5:5``."""
    message: str = ""
    interchange: str = ""
    group_control: str = ""
    set_control: str = ""
    """Empty when the answer is about the whole group."""
    claim_id: str = ""
    payer_claim_id: str = ""
    said_on: date | None = None
    segment_index: int = 0

    @property
    def is_rejected(self) -> bool:
        return self.status == REJECTED


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """The answers of a file, refused sets, warnings."""

    receipts: tuple[Receipt, ...]
    refused: tuple[RefusedSet, ...] = ()
    warnings: tuple[X12Problem, ...] = ()
