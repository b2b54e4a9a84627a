"""A case: everything known about one patient, one month and one billing practitioner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ccm_core.chronic import is_acute
from ccm_core.months import Month, time_zone
from ccm_core.quick import quick
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

SECONDS_PER_MINUTE = 60
NO_DECISION = "none"
"""Decision making that nobody has documented."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something seen only across patients: a staff overlap, a copied note, an odd pattern."""

    kind: str
    summary: str
    ids: tuple[str, ...] = ()


@quick
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

    @property
    def diagnosis_codes(self) -> tuple[str, ...]:
        """The diagnoses that the line points to, each once, without dots."""
        given = self.diagnoses or ()
        return tuple(sorted({code.strip().upper().replace(".", "") for code in given}))

    @property
    def diagnosis_count(self) -> int | None:
        """How many diagnoses the line points to; None: not known."""
        return None if self.diagnoses is None else len(self.diagnosis_codes)

    @property
    def acute_codes(self) -> frozenset[str]:
        """Diagnoses of the line that the table of chronic conditions surely calls acute."""
        on = self.service_on or self.created_on or date.max
        return frozenset(code for code in self.diagnosis_codes if is_acute(code, on))

    @property
    def acute_count(self) -> int:
        """How many of the line's diagnoses the table surely calls acute."""
        return len(self.acute_codes)


@dataclass
class Case:
    """One patient-month. Plain records in; minutes and paths are worked out once, by the audit."""

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
    """First day on which CCM time was ever logged for the patient, if known."""
    chronic_count: int | None = None
    """Set when only a number of chronic conditions is known, not the codes."""
    work: Work | None = field(default=None, repr=False)
    """Filled by the audit before any rule runs."""
    answers: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """Answers that several rules ask for; emptied whenever the case is worked out anew."""

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return time_zone(self.practice.time_zone)

    @property
    def patient_id(self) -> str:
        return self.patient.patient_id

    @property
    def mdm(self) -> str:
        """The practitioner's medical decision making in this month."""
        return self.complexity.mdm if self.complexity else NO_DECISION

    @property
    def worked(self) -> Work:
        """Minutes, paths and plan. Raises: LookupError before the audit has worked them out."""
        if self.work is None:
            raise LookupError("the case was not worked out yet; call audit.work_out first")
        return self.work

    @property
    def counted(self) -> Counted:
        return (self.work or self.worked).counted

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every legal path of the month."""
        return (self.work or self.worked).paths

    @property
    def chosen(self) -> Path | None:
        return (self.work or self.worked).chosen

    @property
    def plan(self) -> Mapping[str, int]:
        """Units that somebody means to bill, or else what the chosen path earns."""
        return (self.work or self.worked).plan

    @property
    def service_on(self) -> date | None:
        """The date of service of the planned claim."""
        return (self.work or self.worked).service_on

    @property
    def threshold_on(self) -> date | None:
        """The day on which the last planned unit was reached; None: never."""
        return (self.work or self.worked).threshold_on

    @property
    def counted_minutes(self) -> int:
        """All counted minutes of the month, floored once."""
        return self.counted.total_seconds // SECONDS_PER_MINUTE

    @property
    def practitioner_minutes(self) -> int:
        return self.counted.practitioner_seconds // SECONDS_PER_MINUTE

    def whole_seconds_for(self, whose_time: str) -> int:
        """Counted time that a code of this kind may use, in whole minutes as thresholds are."""
        return self.counted.seconds_for(whose_time) // SECONDS_PER_MINUTE * SECONDS_PER_MINUTE

    @property
    def counted_entry_ids(self) -> tuple[str, ...]:
        return self.counted.counted_ids

    def planned(self, code: str) -> int:
        """Planned units of a code."""
        return (self.work or self.worked).plan.get(code, 0)

    def planned_pairs(self) -> Iterator[tuple[str, str]]:
        """Every two planned codes once, in the order of their names."""
        return combinations(sorted(self.plan), 2)

    @property
    def modifiers(self) -> tuple[str, ...]:
        return self.request.modifiers if self.request else ()


@quick
@dataclass(frozen=True, slots=True)
class Work:
    """What the core worked out of a case before judging it."""

    counted: Counted
    paths: tuple[Path, ...]
    chosen: Path | None
    plan: Mapping[str, int]
    service_on: date | None
    threshold_on: date | None
    """Day on which the last planned unit was reached."""
