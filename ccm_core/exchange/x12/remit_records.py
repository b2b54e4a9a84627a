"""A remittance as plain frozen dataclasses: what the payer says it paid and why not more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ccm_core.exchange.x12.claim_records import RefusedSet
from ccm_core.exchange.x12.problems import X12Problem

ZERO = Decimal(0)
REVERSAL, DENIED = "22", "4"
SECONDARY = ("2", "3", "20", "21")
ESTIMATE = "25"
"""Predetermination: what the payer would pay, and no payment."""
PENDING = ("5", "10", "13", "15", "16", "17", "23", ESTIMATE, "27")
"""Nothing is decided yet: pended, suspended, sent on to another payer. Some are of version 4010."""
FORWARDED = ("19", "20", "21", "23")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS entry: why the payment differs from the charge."""

    group: str
    """``CO`` contractual, ``PR`` patient, ``OA`` other, ``PI`` payer, ``CR`` correction."""
    reason: str
    """CARC."""
    amount_usd: Decimal
    quantity: Decimal | None = None

    @property
    def code(self) -> str:
        """As people write it: ``CO-97``."""
        return f"{self.group}-{self.reason}"


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One SVC. ``charge_usd`` is None when the payer left it out."""

    number: int
    code: str
    charge_usd: Decimal | None
    paid_usd: Decimal | None
    qualifier: str = "HC"
    modifiers: tuple[str, ...] = ()
    paid_units: Decimal | None = None
    billed_units: Decimal | None = None
    """SVC07; given only when it differs from the units paid."""
    billed_code: str = ""
    """SVC06: the code as billed, when the payer changed it."""
    from_on: date | None = None
    to_on: date | None = None
    allowed_usd: Decimal | None = None
    """AMT B6."""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """RARC from LQ HE."""
    references: tuple[tuple[str, str], ...] = ()
    segment_index: int = 0

    @property
    def control(self) -> str:
        """Our line control number (REF 6R), or empty."""
        return next((value for kind, value in self.references if kind == "6R"), "")

    @property
    def patient_share_usd(self) -> Decimal:
        return sum((a.amount_usd for a in self.adjustments if a.group == "PR"), ZERO)


@dataclass(frozen=True, slots=True)
class PaidClaim:
    """One CLP with its lines."""

    claim_id: str
    status: str
    """CLP02: ``1`` primary, ``2`` secondary, ``4`` denied, ``22`` reversal, ..."""
    charge_usd: Decimal
    paid_usd: Decimal
    patient_share_usd: Decimal = ZERO
    filing: str = ""
    payer_claim_id: str = ""
    place: str = ""
    frequency: str = ""
    family: str = ""
    given: str = ""
    member_id: str = ""
    rendering_npi: str = ""
    crossover_payer: str = ""
    from_on: date | None = None
    to_on: date | None = None
    received_on: date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """RARC from MOA and MIA."""
    references: tuple[tuple[str, str], ...] = ()
    lines: tuple[PaidLine, ...] = ()
    segment_index: int = 0
    is_balanced: bool = True
    """False when the claim or a line does not add up; it is posted, but a person must look."""

    @property
    def is_reversal(self) -> bool:
        return self.status == REVERSAL

    @property
    def is_secondary(self) -> bool:
        return self.status in SECONDARY

    @property
    def all_adjustments(self) -> tuple[Adjustment, ...]:
        """Claim level and line level together."""
        return self.adjustments + tuple(a for line in self.lines for a in line.adjustments)


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """One PLB entry. A positive amount was taken from the payment."""

    provider_id: str
    reason: str
    reference: str
    amount_usd: Decimal
    year_ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Remittance:
    """One payment: a check or transfer, and the claims it pays."""

    control: str
    total_usd: Decimal
    trace: str
    """TRN02: number of the check or transfer."""
    payer_trace_id: str = ""
    handling: str = ""
    method: str = ""
    paid_on: date | None = None
    produced_on: date | None = None
    payer_name: str = ""
    payer_id: str = ""
    payee_name: str = ""
    payee_npi: str = ""
    payee_tin: str = ""
    claims: tuple[PaidClaim, ...] = ()
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()
    is_test: bool = False

    @property
    def key(self) -> str:
        """What makes a second copy the same payment: payer, trace number, day, amount."""
        day = self.paid_on.isoformat() if self.paid_on else ""
        payer = self.payer_trace_id or self.payer_id or self.payer_name
        return "|".join((payer, self.trace, day, str(self.total_usd)))

    @property
    def claims_paid_usd(self) -> Decimal:
        return sum((claim.paid_usd for claim in self.claims), ZERO)

    @property
    def withheld_usd(self) -> Decimal:
        """What PLB took away (negative: gave)."""
        return sum((entry.amount_usd for entry in self.provider_adjustments), ZERO)


@dataclass(frozen=True, slots=True)
class RemittanceFile:
    """What an 835 file holds: payments of good sets, refused sets, warnings."""

    remittances: tuple[Remittance, ...]
    refused: tuple[RefusedSet, ...] = ()
    warnings: tuple[X12Problem, ...] = ()
