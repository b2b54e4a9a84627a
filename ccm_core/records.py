"""What a practice knows, as plain frozen dataclasses. No behaviour beyond simple properties.

Identifiers are text and never reinterpreted (``00123`` stays ``00123``). Dates
are days in the practice's time zone; moments are aware datetimes; amounts are
Decimal; durations are whole seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ccm_core.months import Month
from ccm_core.quick import quick

# The words that each text field may hold. Anything else is refused on the way in.
SETTINGS = ("office", "facility", "rhc", "fqhc")
PAYER_KINDS = ("medicare", "medicare_advantage", "commercial", "medicaid", "unknown")
ACTORS = ("clinical_staff", "practitioner", "non_clinical", "automated", "patient")
STAY_KINDS = (
    "hospital", "snf_part_a", "hospice", "home_health", "nursing_facility", "assisted_living",
)  # fmt: skip
CONSENT_MODES = ("verbal", "written")
CONSENT_ELEMENTS = ("availability", "cost_sharing", "one_practitioner", "right_to_stop")
MDM_LEVELS = ("none", "low", "moderate", "high")
PATIENT_STATUSES = (
    "eligible", "invited", "consented", "declined", "enrolled_elsewhere",
    "paused", "unenrolled", "ineligible", "deceased",
)  # fmt: skip
CLAIM_STATUSES = ("planned", "submitted", "paid", "denied", "voided", "replaced")


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice that bills. ``locality`` is ``MAC-NN`` or ``national``."""

    practice_id: str
    name: str
    time_zone: str = "America/New_York"
    setting: str = "office"
    locality: str = "national"
    state: str = ""
    npi: str = ""
    tin: str = ""
    policy: str = "baseline"
    preference: str = "natural"
    access_proof_on: date | None = None
    """Day of the last proof that patients reach a clinician around the clock."""
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A physician or other qualified professional who may bill."""

    npi: str
    name: str
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who logs time."""

    staff_id: str
    name: str
    credential: str = ""
    actor: str = "clinical_staff"
    outside_us: bool = False
    weekly_hours: Decimal | None = None
    is_active: bool = True


@quick
@dataclass(frozen=True, slots=True)
class Patient:
    """One person in the practice's panel."""

    patient_id: str
    mrn: str = ""
    mbi: str = ""
    family_name: str = ""
    given_name: str = ""
    born_on: date | None = None
    died_on: date | None = None
    sex: str = ""
    state: str = ""
    zip5: str = ""
    phone: str = ""
    practitioner_npi: str = ""
    care_manager_id: str = ""
    location: str = ""
    status: str = "eligible"
    is_new: bool | None = None
    """True: never seen before the program; None: not known."""
    risk_documented_on: date | None = None
    """Day on which the chart states the significant risk that the law asks for."""
    in_model: str = ""
    """Payment model that the patient is aligned to (for example ACCESS), if any."""
    street: str = ""
    """House, street and apartment in one line, as a claim needs them."""
    city: str = ""


@quick
@dataclass(frozen=True, slots=True)
class StatusChange:
    """One step of a patient through enrollment."""

    patient_id: str
    status: str
    changed_on: date
    reason: str = ""
    changed_by: str = ""
    next_on: date | None = None


@quick
@dataclass(frozen=True, slots=True)
class Condition:
    """One diagnosis: ``is_chronic`` is proposed, ``confirmed_by`` is the practitioner's word."""

    condition_id: str
    patient_id: str
    code: str
    system: str = "icd10cm"
    label: str = ""
    onset_on: date | None = None
    ended_on: date | None = None
    is_chronic: bool | None = None
    group: str = ""
    """Conditions of one group (two codes for one diabetes) count once."""
    confirmed_by: str = ""
    confirmed_on: date | None = None


@quick
@dataclass(frozen=True, slots=True)
class Consent:
    """The patient's agreement. ``elements`` are words of CONSENT_ELEMENTS."""

    consent_id: str
    patient_id: str
    given_on: date
    mode: str = "verbal"
    elements: frozenset[str] = frozenset()
    npi: str = ""
    taken_by: str = ""
    revoked_on: date | None = None


@quick
@dataclass(frozen=True, slots=True)
class CarePlan:
    """One version of the comprehensive care plan."""

    plan_id: str
    patient_id: str
    created_on: date
    reviewed_on: date | None = None
    copy_given_on: date | None = None
    signed_by: str = ""
    signed_on: date | None = None
    author_credential: str = ""
    elements: frozenset[str] = frozenset()
    condition_codes: frozenset[str] = frozenset()
    is_detailed: bool = False
    """True when ``elements`` and ``condition_codes`` were recorded at all."""
    ended_on: date | None = None
    """Day on which this plan stopped to hold, if the record says so."""


@quick
@dataclass(frozen=True, slots=True)
class TimeEntry:
    """Time that one person spent on one patient. ``started_at`` is aware.

    Many exports give a day and a length and no time of day. Then ``is_start_known`` is
    False, ``started_at`` is noon of that day on the practice's clocks and stands for the
    day alone: nothing may read a time of day from it.
    """

    entry_id: str
    patient_id: str
    started_at: datetime
    seconds: int
    actor: str = "clinical_staff"
    staff_id: str = ""
    activity: str = ""
    face_to_face: bool = False
    outside_us: bool = False
    counted_for: str = ""
    """Another code that these minutes already support."""
    note: str = ""
    is_contact: bool | None = None
    """True when somebody spoke or wrote with the patient or caregiver."""
    recorded_at: datetime | None = None
    late_reason: str = ""
    approved_by: str = ""
    is_start_known: bool = True

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.seconds)


@quick
@dataclass(frozen=True, slots=True)
class Stay:
    """Days in an institution or under an agency's care; both ends included."""

    stay_id: str
    patient_id: str
    kind: str
    from_on: date
    to_on: date | None = None


@quick
@dataclass(frozen=True, slots=True)
class Visit:
    """A service by anybody on one day. ``code`` is empty when the export gave none."""

    visit_id: str
    patient_id: str
    on: date
    code: str = ""
    npi: str = ""
    practice: str = ""
    """``same`` or ``other``; empty when only ``npi`` is known."""
    modifiers: tuple[str, ...] = ()
    place: str = ""
    kind: str = ""
    """``office``, ``emergency``, ``inpatient``, ... as the export says."""


@quick
@dataclass(frozen=True, slots=True)
class Payer:
    """Coverage over an interval. ``kind`` is one of PAYER_KINDS."""

    payer_id: str
    patient_id: str
    kind: str = "medicare"
    name: str = ""
    member_id: str = ""
    from_on: date | None = None
    to_on: date | None = None
    has_part_b: bool | None = True
    is_qmb: bool = False
    is_primary: bool = True
    has_supplement: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Complexity:
    """The practitioner's medical decision making for one patient and month."""

    patient_id: str
    month: Month
    mdm: str
    npi: str = ""
    decided_on: date | None = None
    note: str = ""


@quick
@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line of a claim, planned or sent."""

    claim_id: str
    line: int
    patient_id: str
    month: Month
    code: str
    units: int = 1
    modifiers: tuple[str, ...] = ()
    npi: str = ""
    service_on: date | None = None
    place: str = ""
    diagnoses: tuple[str, ...] = ()
    charge_usd: Decimal | None = None
    created_on: date | None = None
    status: str = "planned"
    paid_usd: Decimal | None = None
    paid_on: date | None = None
    adjustments: tuple[str, ...] = ()
    """Denial and adjustment codes, for example ``CO-97``."""
