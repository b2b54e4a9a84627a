"""Does a remittance add up? Three levels: line, claim, payment.

Source: 005010X221, section 1.10.2 (balancing): charge - adjustments = payment,
for each line and claim; claims - provider adjustments = payment of the set.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ccm_core.exchange.x12.fields import FieldReader
from ccm_core.exchange.x12.remit_records import PaidClaim, PaidLine, Remittance
from ccm_core.exchange.x12.segments import Segment

_ZERO = Decimal(0)
Fault = tuple[int, str, str]
"""Number of the segment, code, message."""


def check_payment(reader: FieldReader, at: Segment, payment: Remittance) -> None:
    """BPR02 must be the sum of CLP04 less PLB; otherwise the set is refused.

    A payment below zero is read with a warning: nobody can pay it, but it adds up.
    """
    if payment.total_usd < 0:
        reader.warn(at, "payment_negative", "The payment is below zero; ask the payer about it.")
    due = payment.claims_paid_usd - payment.withheld_usd
    if due != payment.total_usd:
        reader.error(
            at,
            "payment_balance",
            f"BPR02 is {payment.total_usd}; claims less provider adjustments are {due}.",
        )


def check_claim(reader: FieldReader, claim: PaidClaim) -> PaidClaim:
    """The claim, marked when it or one of its lines does not add up."""
    faults = [*_line_faults(claim), *_claim_faults(claim)]
    for index, code, message in faults:
        reader.warn(reader.segment(index), code, message)
    return replace(claim, is_balanced=not faults)


def _line_faults(claim: PaidClaim) -> list[Fault]:
    found = []
    for line in claim.lines:
        open_usd = _unexplained(line)
        if open_usd:
            found.append(
                (
                    line.segment_index,
                    "line_balance",
                    f"Charge less adjustments differs from the payment by {open_usd}.",
                )
            )
    return found


def _unexplained(line: PaidLine) -> Decimal:
    """What charge - payment - adjustments leaves open, zero for a line that adds up."""
    if line.charge_usd is None:
        return line.paid_usd or _ZERO
    adjusted = sum((a.amount_usd for a in line.adjustments), _ZERO)
    return line.charge_usd - (line.paid_usd or _ZERO) - adjusted


def _claim_faults(claim: PaidClaim) -> list[Fault]:
    adjusted = sum((a.amount_usd for a in claim.all_adjustments), _ZERO)
    left = claim.charge_usd - claim.paid_usd - adjusted
    found = []
    if left:
        found.append(
            (
                claim.segment_index,
                "claim_balance",
                f"Charge less adjustments differs from the payment by {left}.",
            )
        )
    lines_paid = sum((line.paid_usd or _ZERO for line in claim.lines), _ZERO)
    claim_level = sum((a.amount_usd for a in claim.adjustments), _ZERO)
    if claim.lines and lines_paid - claim_level != claim.paid_usd and lines_paid != claim.paid_usd:
        found.append(
            (
                claim.segment_index,
                "lines_balance",
                f"The lines pay {lines_paid}; the claim pays {claim.paid_usd}.",
            )
        )
    return found
