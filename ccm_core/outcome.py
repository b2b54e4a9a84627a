"""What the audit says of one patient-month: the outcome, its paths and amounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ccm_core.findings import Judged
from ccm_core.minutes import Excluded
from ccm_core.payment.expected import Expected
from ccm_core.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class PricedPath:
    """A legal path with its allowed amount; None when no fee is on file."""

    name: str
    label: str
    units: Mapping[str, int]
    allowed_usd: Decimal | None
    estimate: bool


@quick
@dataclass(frozen=True, slots=True)
class Outcome:
    """What the audit says of one patient-month."""

    status: str
    month: str
    patient_id: str
    npi: str
    staff_seconds: int
    practitioner_seconds: int
    total_seconds: int
    logged_seconds: int
    excluded: tuple[Excluded, ...]
    leftover_seconds: int
    paths: tuple[PricedPath, ...]
    chosen: PricedPath | None
    planned_units: Mapping[str, int]
    planned_usd: Decimal | None
    service_on: date | None
    expected: Expected | None
    next_threshold_minutes: int | None
    minutes_to_next: int | None
    findings: tuple[Judged, ...]
    policy_name: str
    tables_version: str
    has_no_claim: bool
    """Nothing is earned and nobody asked for anything: there is nothing to bill."""
    is_below_threshold: bool
    """There is no claim, and more minutes would make one."""

    @property
    def expected_medicare_usd(self) -> Decimal | None:
        return self.expected.medicare_usd if self.expected else None

    @property
    def expected_patient_usd(self) -> Decimal | None:
        return self.expected.patient_usd if self.expected else None


class Settled(NamedTuple):
    """What whole minutes, conditions, the plan, its day and the payer decide by themselves."""

    paths: tuple[PricedPath, ...]
    chosen: PricedPath | None
    planned_usd: Decimal | None
    expected: Expected | None
    used_seconds: int
    ahead: tuple[int, int] | None
    """Minutes of the next threshold, and minutes missing to it."""
