"""A professional claim as plain dataclasses: the 837P reader gives it, the writer takes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.months import Month
from ccm_core.quick import quick
from ccm_core.records import ClaimLine

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
FREQUENCIES = (ORIGINAL, "6", REPLACEMENT, VOID)


@quick
@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in the United States."""

    street: str = ""
    street_2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    """Five or nine digits."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing that a claim needs (N3 and N4)."""
        return bool(self.street and self.city and self.state and self.zip_code)


@quick
@dataclass(frozen=True, slots=True)
class Provider:
    """A billing or rendering provider. ``given`` is empty for an organization."""

    name: str = ""
    npi: str = ""
    given: str = ""
    is_person: bool = False
    tin: str = ""
    taxonomy: str = ""
    address: Address = Address()


@quick
@dataclass(frozen=True, slots=True)
class Person:
    """A subscriber or patient as the claim names them."""

    family: str = ""
    given: str = ""
    middle: str = ""
    member_id: str = ""
    born_on: date | None = None
    sex: str = ""
    address: Address = Address()


@quick
@dataclass(frozen=True, slots=True)
class PayerName:
    """Who the claim is for. ``payer_id`` is the payer's number at the receiver."""

    name: str = ""
    payer_id: str = ""
    filing: str = ""
    """Claim filing indicator SBR09: ``MB`` Medicare Part B, ``16`` Medicare Advantage, ..."""


@quick
@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One LX..SV1. ``pointers`` count diagnoses from 1."""

    number: int
    code: str
    charge_usd: Decimal
    units: Decimal
    from_on: date
    to_on: date
    modifiers: tuple[str, ...] = ()
    pointers: tuple[int, ...] = ()
    basis: str = "UN"
    """``UN`` units, ``MJ`` minutes."""
    qualifier: str = "HC"
    place: str = ""
    control: str = ""
    """Line control number (REF 6R), echoed in the remittance."""
    rendering_npi: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Claim:
    """One CLM with its lines and the parties of the loops above it."""

    claim_id: str
    charge_usd: Decimal
    lines: tuple[ServiceLine, ...]
    billing: Provider
    subscriber: Person
    payer: PayerName
    place: str = ""
    frequency: str = ORIGINAL
    diagnoses: tuple[str, ...] = ()
    """Codes as sent, without the dot; the first is the principal one."""
    diagnosis_system: str = "icd10cm"
    rendering: Provider | None = None
    patient: Person | None = None
    """Only when the patient is not the subscriber."""
    relation: str = "18"
    responsibility: str = "P"
    """SBR01: ``P`` primary, ``S`` secondary, ``T`` tertiary."""
    group_number: str = ""
    original_reference: str = ""
    """The payer's claim number (REF F8) that a replacement or void is about."""
    prior_authorization: str = ""
    segment_index: int = 0

    @property
    def person(self) -> Person:
        """Who was treated."""
        return self.patient or self.subscriber

    @property
    def key(self) -> tuple[str, str]:
        """What makes a second copy of this claim the same claim."""
        return self.claim_id, self.frequency


@dataclass(frozen=True, slots=True)
class RefusedSet:
    """A transaction set of which nothing was taken, and why."""

    control: str
    problems: tuple[X12Problem, ...]


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """What an 837P file holds: claims of good sets, refused sets, warnings."""

    claims: tuple[Claim, ...]
    refused: tuple[RefusedSet, ...] = ()
    warnings: tuple[X12Problem, ...] = ()


def dotted(code: str) -> str:
    """An ICD-10-CM code as people write it: ``E119`` is ``E11.9``."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 and "." not in code else code


def to_claim_lines(
    claim: Claim, patient_id: str, created_on: date | None = None
) -> list[ClaimLine]:
    """The claim's lines as records, one per service line, for the patient that was matched.

    Days of a range (RD8) stand for the service month of the first: the date of service is the
    last of them in that month, since any day from the threshold to the end of the month may be
    billed (cms-dos-faq). A void keeps its lines with status ``voided``, so that history stays
    readable.
    """
    npi = claim.rendering.npi if claim.rendering else claim.billing.npi
    status = "voided" if claim.frequency == VOID else "submitted"
    codes = claim.diagnoses
    if claim.diagnosis_system == "icd10cm":
        codes = tuple(dotted(code) for code in codes)
    return [
        ClaimLine(
            claim_id=claim.claim_id,
            line=line.number,
            patient_id=patient_id,
            month=Month.of(line.from_on),
            code=line.code,
            units=int(line.units),
            modifiers=line.modifiers,
            npi=line.rendering_npi or npi,
            service_on=min(line.to_on, Month.of(line.from_on).last_day),
            place=line.place or claim.place,
            diagnoses=tuple(codes[at - 1] for at in line.pointers if at <= len(codes)),
            charge_usd=line.charge_usd,
            created_on=created_on,
            status=status,
        )
        for line in claim.lines
    ]


def latest(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """The last word on each claim of a file; exact copies count once.

    A replacement or void takes the place of the claim it is about: the one with
    the same number, or the one whose number it names (REF F8). A void stays in
    the list, because the claim it takes back may have come with an earlier file.
    Originals that share a number and say different things all stay: senders use
    the account number of the patient, and nothing may fall away.
    """
    standing: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.frequency in (REPLACEMENT, VOID):
            standing.pop(claim.original_reference, None)
            standing.pop(claim.claim_id, None)
        same = standing.setdefault(claim.claim_id, [])
        if all(replace(one, segment_index=claim.segment_index) != claim for one in same):
            same.append(claim)
    return tuple(claim for same in standing.values() for claim in same)
