"""A make-believe payer: takes the text of an 837P file and answers with the text of an 835.

It pays what the fee table allows, keeps back coinsurance and sequestration, and
denies what it is told to. It exists for the demo practice and for round-trip
tests; its remittances carry a trace number that starts with ``DEMO``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from ccm_core.exchange.x12.claim_records import ORIGINAL, VOID, Claim, ServiceLine
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.remit_out import write_835
from ccm_core.exchange.x12.remit_records import (
    DENIED,
    REVERSAL,
    ZERO,
    Adjustment,
    PaidClaim,
    PaidLine,
    ProviderAdjustment,
    Remittance,
)
from ccm_core.exchange.x12.writing import Controls, Party
from ccm_core.payment.expected import expected

AllowedOf = Callable[[str, date], Decimal | None]
Denies = Callable[[Claim, ServiceLine], tuple[str, str, str] | None]
"""Group, CARC and RARC with which a line is denied, or None when it is paid."""

_FILINGS = {"CI": "12"}
"""Words for a payer's kind that a claim knows and a remittance does not."""


def denies_nothing(claim: Claim, line: ServiceLine) -> tuple[str, str, str] | None:
    """A payer that pays every line."""
    return None


@dataclass(slots=True)
class SimulatedPayer:
    """One payer with its memory of what it paid, so that corrections reverse it."""

    name: str
    payer_id: str
    allowed: AllowedOf
    denies: Denies = denies_nothing
    shortfall_usd: Mapping[str, Decimal] = field(default_factory=dict)
    """Dollars by which this payer allows a code too little, per unit."""
    paid: dict[str, PaidClaim] = field(default_factory=dict)
    """Claims paid so far, by the payer's own claim number."""

    def answer(
        self, text: str, *, paid_on: date, written_at: datetime, controls: Controls,
        is_test: bool = True,
    ) -> str:  # fmt: skip
        """The remittance for a file of claims. Raises: X12Refused."""
        claims = read_837(text.encode()).claims
        payments: list[Remittance] = []
        for npi in sorted({claim.billing.npi for claim in claims}):
            own = [claim for claim in claims if claim.billing.npi == npi]
            payments.append(self._payment(own, text, paid_on))
        me = Party(self.name, self.payer_id)
        return write_835(
            payments, sender=me, receiver=Party(claims[0].billing.name, claims[0].billing.npi),
            controls=controls, written_at=written_at, is_test=is_test,
        )  # fmt: skip

    def _payment(self, claims: Sequence[Claim], text: str, paid_on: date) -> Remittance:
        answered = tuple(one for claim in claims for one in self._answer(claim))
        billing = claims[0].billing
        digest = hashlib.sha256(f"{billing.npi}{text}".encode()).hexdigest()[:10].upper()
        due = sum((one.paid_usd for one in answered), ZERO)
        # A payment is never below zero: what is left over is carried to the next one.
        carried = ProviderAdjustment(billing.npi, "FB", f"DEMO{digest}", due)
        return Remittance(
            control="", total_usd=max(due, ZERO),
            trace=f"DEMO{digest}", payer_trace_id="1000000000", handling="I", method="CHK",
            paid_on=paid_on, produced_on=paid_on, payer_name=self.name, payer_id=self.payer_id,
            payee_name=billing.name, payee_npi=billing.npi, payee_tin=billing.tin, claims=answered,
            provider_adjustments=(carried,) if due < 0 else (),
        )  # fmt: skip

    def _answer(self, claim: Claim) -> list[PaidClaim]:
        """The adjudication; a replacement or void first takes back what was paid before."""
        found = []
        before = self.paid.pop(claim.original_reference, None)
        if claim.frequency != ORIGINAL and before is not None:
            found.append(
                replace(
                    reversal(before), family=claim.person.family, given=claim.person.given,
                    member_id=claim.subscriber.member_id,
                )
            )  # fmt: skip
        if claim.frequency != VOID:
            fresh = self._adjudicate(claim)
            self.paid[fresh.payer_claim_id] = fresh
            found.append(fresh)
        return found

    def _adjudicate(self, claim: Claim) -> PaidClaim:
        lines = tuple(self._line(claim, line) for line in claim.lines)
        paid = sum((line.paid_usd or ZERO for line in lines), ZERO)
        share = sum((line.patient_share_usd for line in lines), ZERO)
        number = hashlib.sha256(f"{claim.claim_id}{claim.frequency}".encode()).hexdigest()[:14]
        return PaidClaim(
            claim_id=claim.claim_id,
            status=DENIED if not paid and not share else "1",
            charge_usd=claim.charge_usd,
            paid_usd=paid,
            patient_share_usd=share,
            filing=_FILINGS.get(claim.payer.filing, claim.payer.filing) or "MB",
            payer_claim_id=number.upper(),
            place=claim.place,
            frequency=claim.frequency,
            family=claim.person.family,
            given=claim.person.given,
            member_id=claim.subscriber.member_id,
            remarks=("MA01",),
            lines=lines,
        )

    def _line(self, claim: Claim, line: ServiceLine) -> PaidLine:
        refused = self.denies(claim, line)
        unit = self.allowed(line.code, line.from_on)
        if refused is None and unit is None:
            refused = ("CO", "96", "N30")
        if refused is not None:
            group, reason, remark = refused
            return _paid_line(
                line, ZERO, None, (Adjustment(group, reason, line.charge_usd),),
                (remark,) if remark else (),
            )  # fmt: skip
        allowed = ((unit or ZERO) - self.shortfall_usd.get(line.code, ZERO)) * line.units
        allowed = min(allowed, line.charge_usd)
        parts = expected(allowed, line.from_on)
        adjustments = (
            Adjustment("CO", "45", line.charge_usd - allowed),
            Adjustment("CO", "253", parts.sequestration_usd),
            Adjustment("PR", "2", parts.patient_usd),
        )
        kept = tuple(entry for entry in adjustments if entry.amount_usd)
        return _paid_line(line, parts.medicare_usd, allowed, kept, ())


def _paid_line(
    line: ServiceLine, paid: Decimal, allowed: Decimal | None,
    adjustments: tuple[Adjustment, ...], remarks: tuple[str, ...],
) -> PaidLine:  # fmt: skip
    return PaidLine(
        number=line.number, code=line.code, charge_usd=line.charge_usd, paid_usd=paid,
        modifiers=line.modifiers, paid_units=line.units, from_on=line.from_on, to_on=line.to_on,
        allowed_usd=allowed, adjustments=adjustments, remarks=remarks,
        references=(("6R", line.control),) if line.control else (),
    )  # fmt: skip


def reversal(paid: PaidClaim) -> PaidClaim:
    """The claim taken back: status 22, every amount with the other sign."""
    return PaidClaim(
        claim_id=paid.claim_id, status=REVERSAL, charge_usd=-paid.charge_usd,
        paid_usd=-paid.paid_usd, patient_share_usd=ZERO, filing=paid.filing,
        payer_claim_id=paid.payer_claim_id, place=paid.place, frequency=paid.frequency,
        family=paid.family, given=paid.given, member_id=paid.member_id,
        lines=tuple(_reversed(line) for line in paid.lines),
    )  # fmt: skip


def _reversed(line: PaidLine) -> PaidLine:
    return PaidLine(
        number=line.number, code=line.code, charge_usd=-(line.charge_usd or ZERO),
        paid_usd=-(line.paid_usd or ZERO), modifiers=line.modifiers, paid_units=line.paid_units,
        from_on=line.from_on, to_on=line.to_on, references=line.references,
        adjustments=tuple(Adjustment(a.group, a.reason, -a.amount_usd) for a in line.adjustments),
    )  # fmt: skip
