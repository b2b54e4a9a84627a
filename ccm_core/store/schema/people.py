"""The practice, its practitioners and staff, its patients and their way through enrollment."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from ccm_core.store.schema.base import Editable, OfPatient, of_patient
from ccm_core.store.types import Amount, Moment

SEARCHED = "lower(family_name || ' ' || given_name || ' ' || mrn || ' ' || patient_id)"
"""What a search for a patient reads. An index holds it, so a query says it in these words."""

HAS_DIED = "died_on IS NOT NULL"


class PracticeRow(Editable, table=True):
    """One practice."""

    __tablename__ = "practice"
    practice_id: str = Field(unique=True)
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
    is_demo: bool = False


class PractitionerRow(Editable, table=True):
    """One practitioner who may bill."""

    __tablename__ = "practitioner"
    __table_args__ = (UniqueConstraint("practice_id", "npi"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    npi: str
    name: str
    credential: str = ""


class StaffRow(Editable, table=True):
    """One person who logs time."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("practice_id", "staff_id"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    staff_id: str
    name: str
    credential: str = ""
    actor: str = "clinical_staff"
    outside_us: bool = False
    weekly_hours: Decimal | None = Field(default=None, sa_type=Amount)
    is_active: bool = True


class PatientRow(Editable, table=True):
    """One patient. The last three columns are derived and kept with every write."""

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("practice_id", "patient_id"),
        Index(None, "practice_id", "family_name", "given_name"),
        Index(None, "practice_id", "care_manager_id"),
        Index(None, "practice_id", "location"),
        Index(None, "practice_id", "mrn"),
        Index(
            "ix_patient_search",
            "practice_id",
            "patient_id",
            text(SEARCHED),
            postgresql_include=["family_name", "given_name", "mrn"],
        ),
        Index("ix_patient_reached", "practice_id", "last_contact_at", "patient_id", "died_on"),
        # The few who died: everybody else is counted without being asked.
        Index(
            "ix_patient_died",
            "practice_id",
            "patient_id",
            sqlite_where=text(HAS_DIED),
            postgresql_where=text(HAS_DIED),
        ),
    )
    practice_id: str = Field(foreign_key="practice.practice_id")
    patient_id: str
    mrn: str = ""
    mbi: str = ""
    family_name: str = ""
    given_name: str = ""
    born_on: date | None = None
    died_on: date | None = None
    sex: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    zip5: str = ""
    phone: str = ""
    practitioner_npi: str = ""
    care_manager_id: str = ""
    location: str = ""
    status: str = "eligible"
    is_new: bool | None = None
    risk_documented_on: date | None = None
    in_model: str = ""
    chronic_groups: int = 0
    """Distinct groups of chronic conditions that have not ended."""
    first_service_on: date | None = None
    """Day of the earliest time entry of clinical staff or a practitioner, not face to face."""
    last_contact_at: datetime | None = Field(default=None, sa_type=Moment)
    """Latest time entry in which somebody reached the patient."""


class StatusChangeRow(OfPatient, table=True):
    """One step through enrollment."""

    __tablename__ = "status_change"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "patient_id", "changed_on", "status"),
        Index(None, "practice_id", "status", "changed_on"),
    )
    status: str
    changed_on: date
    reason: str = ""
    changed_by: str = ""
    next_on: date | None = None
