"""What goes into a batch of claims and what comes out: plain records and the claim number."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from ccm_core.claims.pricing import Charges, ContractedOf, no_contract
from ccm_core.claims.texts import text_of
from ccm_core.exchange.x12.claim_records import (
    ORIGINAL,
    REPLACEMENT,
    VOID,
    Address,
    Claim,
    PayerName,
    Provider,
    to_claim_lines,
)
from ccm_core.months import Month
from ccm_core.records import ClaimLine, Patient, Payer, Practitioner

_ID_LETTERS = 12
_ID_BYTES = 10
"""Whole groups of the hash that hold these letters."""


class Billable(Protocol):
    """What a batch needs of an audit outcome (``audit.Outcome`` or a stored result)."""

    @property
    def status(self) -> str: ...
    @property
    def month(self) -> str: ...
    @property
    def patient_id(self) -> str: ...
    @property
    def planned_units(self) -> Mapping[str, int]: ...
    @property
    def service_on(self) -> date | None: ...
    @property
    def expected_medicare_usd(self) -> Decimal | None: ...
    @property
    def expected_patient_usd(self) -> Decimal | None: ...
    @property
    def policy_name(self) -> str: ...
    @property
    def tables_version(self) -> str: ...


@dataclass(frozen=True, slots=True)
class BillTo:
    """Who a month is billed for, to whom and by whom."""

    patient: Patient
    payer: Payer
    practitioner: Practitioner
    diagnoses: tuple[str, ...]
    """Chronic conditions to point to, the most important first."""
    address: Address = field(default_factory=Address)
    place: str = ""
    """Place of service of this patient's practitioner; the practice's when empty."""
    modifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prior_authorization: str = ""


@dataclass(frozen=True, slots=True)
class BillingTerms:
    """How a practice bills. ``payers`` maps a payer's name, or its kind, to its EDI name."""

    practice_id: str
    billing: Provider
    place: str
    payers: Mapping[str, PayerName]
    charges: Charges
    contracted: ContractedOf = no_contract

    def payer_name(self, payer: Payer) -> PayerName | None:
        """The EDI name of a coverage: by its own name first, then by its kind."""
        return self.payers.get(payer.name) or self.payers.get(payer.kind)

    def allowed_of(self, payer: Payer, units: Mapping[str, int], on: date) -> Decimal | None:
        """What this payer should allow: by its contract, else by the fee table."""
        found = self.contracted((payer.name, payer.kind), units, on)
        return self.charges.allowed_of(units, on) if found is None else found


@dataclass(frozen=True)
class PlannedClaim:
    """A claim with what is expected for it and the versions that it was made with."""

    claim: Claim
    patient_id: str
    month: Month
    allowed_usd: Decimal | None
    expected_medicare_usd: Decimal | None
    expected_patient_usd: Decimal | None
    policy_name: str
    tables_version: str
    problems: tuple[str, ...] = ()
    """Warnings that do not stop the claim."""

    @property
    def claim_id(self) -> str:
        return self.claim.claim_id

    @functools.cached_property
    def fingerprint(self) -> str:
        """Changes when anything that goes on the claim changes; worked out once.

        The part before the dot is what is billed, the part after it where the patient
        lives: who moves after a claim was sent needs no new claim.
        """
        who = self.claim.subscriber
        nowhere = replace(who.address, street="", street_2="", city="")
        billed = text_of(replace(self.claim, subscriber=replace(who, address=nowhere)))
        return f"{_print(billed, 16)}.{_print(text_of(who.address), 8)}"

    @property
    def original_fingerprint(self) -> str:
        """The fingerprint as if the claim were sent for the first time.

        It is the same for the original and for every correction that says the same.
        """
        base, _, version = self.claim_id.partition("-")
        if not version:
            return self.fingerprint
        lines = tuple(replace(ln, control=f"{base}-{ln.number}") for ln in self.claim.lines)
        first = replace(
            self.claim, claim_id=base, frequency=ORIGINAL, original_reference="", lines=lines
        )
        return replace(self, claim=first).fingerprint

    def lines(self, created_on: date) -> list[ClaimLine]:
        """The claim as records, status ``planned``."""
        made = to_claim_lines(self.claim, self.patient_id, created_on)
        return [replace(line, status="planned") for line in made]


def _print(text: str, letters: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:letters]


def billed_part(fingerprint: str) -> str:
    """What a fingerprint says of the bill itself, without the patient's street."""
    return fingerprint.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A patient-month that made no claim, and why."""

    patient_id: str
    month: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """New claims, claims that exist already, claims that would now look different, skips."""

    claims: tuple[PlannedClaim, ...]
    same: tuple[str, ...]
    changed: tuple[PlannedClaim, ...]
    """Already sent in another form: send a replacement (frequency 7)."""
    skipped: tuple[Skipped, ...]

    @property
    def digest(self) -> str:
        """One hash over all claims, for the freeze at month close."""
        parts = (f"{c.claim_id} {c.fingerprint} {c.tables_version}" for c in self.claims)
        return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def claim_id(practice_id: str, patient_id: str, month: Month, version: int = 0) -> str:
    """The number of the claim of one patient and month; corrections count up.

    It has at most 20 characters and tells nothing about the patient.
    """
    seed = f"{practice_id}\0{patient_id}\0{month}".encode()
    letters = base64.b32encode(hashlib.sha256(seed).digest()[:_ID_BYTES]).decode()[:_ID_LETTERS]
    base = f"{month.year % 100:02d}{month.month:02d}{letters}"
    return f"{base}-{version}" if version else base


def replacement(planned: PlannedClaim, payer_claim_id: str, version: int) -> PlannedClaim:
    """The claim again as frequency 7: it replaces the one that the payer numbered so."""
    return _correct(planned, REPLACEMENT, payer_claim_id, version)


def again(planned: PlannedClaim, version: int) -> PlannedClaim:
    """The claim anew under a number of its own: the one before was turned away unread."""
    return _correct(planned, ORIGINAL, "", version)


def void(planned: PlannedClaim, payer_claim_id: str, version: int) -> PlannedClaim:
    """The claim as frequency 8: it takes back the one that the payer numbered so."""
    return _correct(planned, VOID, payer_claim_id, version)


def _correct(planned: PlannedClaim, frequency: str, reference: str, version: int) -> PlannedClaim:
    base = planned.claim_id.partition("-")[0]
    number = f"{base}-{version}"
    lines = tuple(replace(line, control=f"{number}-{line.number}") for line in planned.claim.lines)
    claim = replace(
        planned.claim, claim_id=number, frequency=frequency, original_reference=reference,
        lines=lines,
    )  # fmt: skip
    return replace(planned, claim=claim)
