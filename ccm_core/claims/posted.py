"""What posting a remittance gives: one posting per line, what did not match, does it add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ccm_core.exchange.x12.remit_records import Adjustment
from ccm_core.records import ClaimLine

ZERO = Decimal(0)
REVERSED, PENDING = "reversed", "pending"
NO_ANSWER = (REVERSED, PENDING)
"""Words of postings that decide nothing: money taken back, a decision still to come."""
ENDED = ("voided", "replaced")
WHOLE_CLAIM = 0
"""Line number of a posting that belongs to no single line of ours."""


@dataclass(frozen=True, slots=True)
class SentClaim:
    """A claim as we sent it, with what matching and posting need to know."""

    claim_id: str
    patient_id: str
    lines: tuple[ClaimLine, ...]
    submitted_on: date | None = None
    member_id: str = ""
    payer: str = ""
    payer_kind: str = "medicare"
    is_qmb: bool = False
    frequency: str = "1"

    @property
    def standing(self) -> tuple[ClaimLine, ...]:
        """The lines without those that a replacement left out; all of a claim that ended."""
        return tuple(line for line in self.lines if line.status not in ENDED) or self.lines

    @property
    def charge_usd(self) -> Decimal:
        return sum((line.charge_usd or ZERO for line in self.standing), ZERO)


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of one adjudication. Amounts of a reversal are negative."""

    posting_id: str
    claim_id: str
    line: int
    code: str
    status: str
    """``paid``, ``partial``, ``denied``, ``reversed`` or ``pending``."""
    charge_usd: Decimal
    paid_usd: Decimal
    patient_usd: Decimal
    """What the payer puts on the patient (group PR)."""
    patient_balance_usd: Decimal
    """What the patient may be asked for: 0 for a Qualified Medicare Beneficiary."""
    allowed_usd: Decimal | None
    expected_usd: Decimal | None
    variance_usd: Decimal | None
    """Allowed less fee table; below zero the payer allowed too little."""
    contractual_usd: Decimal
    sequestration_usd: Decimal
    denied_usd: Decimal
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...]
    paid_on: date | None
    days_to_pay: int | None
    payer: str
    payer_claim_id: str
    trace: str
    is_secondary: bool
    is_forwarded: bool
    matched_by: str
    """``claim number``, ``payer number`` or ``member, day and code``."""
    is_balanced: bool = True
    expected_by: str = ""
    """Where the expected amount came from: ``contract`` or ``fee schedule``; empty for none."""

    @property
    def is_underpaid(self) -> bool:
        return self.variance_usd is not None and self.variance_usd < 0

    @property
    def is_refused_unsaid(self) -> bool:
        """Denied, and what it gives as its reason is none: CO-45 alone, for example.

        Somebody has to ask the payer, so that nothing of it is written off.
        """
        return self.status == "denied" and not self.denied_usd and bool(self.adjustments)

    @property
    def refused_usd(self) -> Decimal:
        """What the payer refused, for a reason or without one."""
        return self.charge_usd if self.is_refused_unsaid else self.denied_usd

    @property
    def closed_usd(self) -> Decimal:
        """What nobody owes any more by this answer."""
        return ZERO if self.is_refused_unsaid else self.contractual_usd + self.sequestration_usd

    @property
    def codes(self) -> tuple[str, ...]:
        """Adjustment codes as people write them: ``CO-97``."""
        return tuple(adjustment.code for adjustment in self.adjustments)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A claim of a remittance for which we know no claim. Its money is still counted."""

    posting_id: str
    paid_usd: Decimal
    charge_usd: Decimal
    reason: str
    segment_index: int
    trace: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Does the payment equal what was posted? ``difference_usd`` must be 0."""

    key: str
    trace: str
    total_usd: Decimal
    posted_usd: Decimal
    unmatched_usd: Decimal
    duplicate_usd: Decimal
    withheld_usd: Decimal

    @property
    def difference_usd(self) -> Decimal:
        counted = self.posted_usd + self.unmatched_usd + self.duplicate_usd
        return self.total_usd - (counted - self.withheld_usd)


@dataclass(frozen=True, slots=True)
class PostingRun:
    """What one run posted."""

    postings: tuple[Posting, ...]
    unmatched: tuple[Unmatched, ...]
    duplicates: tuple[str, ...]
    """Ids of adjudications that had been posted before."""
    payments: tuple[Reconciled, ...]

    @property
    def is_reconciled(self) -> bool:
        return all(payment.difference_usd == 0 for payment in self.payments)
