"""A case: everything known about one patient, one month and one billing practitioner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from ccm_core.months import Month, time_zone
from ccm_core.records import (
    CarePlan,
    ClaimLine,
    Complexity,
    Condition,
    Consent,
    Patient,
    Payer,
    Practice,
    Stay,
    TimeEntry,
    Visit,
)

if TYPE_CHECKING:
    from ccm_core.allocation import Path
    from ccm_core.minutes import Counted
    from ccm_core.policy import Policy


@dataclass(frozen=True, slots=True)
class Signal:
    """Something seen only across patients: a staff overlap, a copied note, an odd pattern."""

    kind: str
    summary: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody means to bill. ``units`` maps code to units."""

    units: Mapping[str, int]
    service_on: date | None = None
    modifiers: tuple[str, ...] = ()
    created_on: date | None = None
    place: str = ""
    diagnoses: tuple[str, ...] | None = None
    billed_to: str = ""
    """``medicare`` when the claim goes to the MAC, ``plan`` when it goes to the plan."""


@dataclass
class Case:
    """One patient-month. Plain records in; minutes and paths are worked out once, on demand."""

    practice: Practice
    patient: Patient
    month: Month
    npi: str = ""
    conditions: tuple[Condition, ...] = ()
    consents: tuple[Consent, ...] = ()
    care_plans: tuple[CarePlan, ...] = ()
    entries: tuple[TimeEntry, ...] = ()
    stays: tuple[Stay, ...] = ()
    visits: tuple[Visit, ...] = ()
    payers: tuple[Payer, ...] = ()
    complexity: Complexity | None = None
    past_claims: tuple[ClaimLine, ...] = ()
    """Lines of earlier or neighbouring months (G0506 once, other practices)."""
    request: Request | None = None
    signals: tuple[Signal, ...] = ()
    first_service_on: date | None = None
    """First day on which CCM time was ever counted for the patient, if known."""
    chronic_count: int | None = None
    """Set when only a number of chronic conditions is known, not the codes."""
    memo: dict[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def zone(self):  # type: ignore[no-untyped-def]
        """The practice's time zone."""
        return time_zone(self.practice.time_zone)
