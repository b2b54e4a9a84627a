"""What the chart says about a patient: conditions, consent, plan, stays, visits, coverage."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from ccm_core.months import Month
from ccm_core.store.schema.base import OfPatient, of_patient
from ccm_core.store.types import MonthText, TextSet, TextTuple


class ConditionRow(OfPatient, table=True):
    """One diagnosis."""

    __tablename__ = "condition"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "condition_id"),
        Index(None, "practice_id", "patient_id"),
    )
    condition_id: str
    code: str
    system: str = "icd10cm"
    label: str = ""
    onset_on: date | None = None
    ended_on: date | None = None
    is_chronic: bool | None = None
    group: str = ""
    confirmed_by: str = ""
    confirmed_on: date | None = None


class ConsentRow(OfPatient, table=True):
    """One agreement."""

    __tablename__ = "consent"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "consent_id"),
        # All that the months of the panel read of a consent; and who joined between two days.
        Index("ix_consent_spans", "practice_id", "patient_id", "given_on", "revoked_on"),
        Index("ix_consent_days", "practice_id", "given_on", "patient_id"),
    )
    consent_id: str
    given_on: date
    mode: str = "verbal"
    elements: frozenset[str] = Field(default=frozenset(), sa_type=TextSet)
    npi: str = ""
    taken_by: str = ""
    revoked_on: date | None = None


class CarePlanRow(OfPatient, table=True):
    """One version of a care plan."""

    __tablename__ = "care_plan"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "plan_id"),
        Index(None, "practice_id", "patient_id", "created_on"),
    )
    plan_id: str
    created_on: date
    reviewed_on: date | None = None
    copy_given_on: date | None = None
    signed_by: str = ""
    signed_on: date | None = None
    author_credential: str = ""
    elements: frozenset[str] = Field(default=frozenset(), sa_type=TextSet)
    condition_codes: frozenset[str] = Field(default=frozenset(), sa_type=TextSet)
    is_detailed: bool = False
    ended_on: date | None = None


class StayRow(OfPatient, table=True):
    """Days in an institution or under an agency."""

    __tablename__ = "stay"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "stay_id"),
        Index(None, "practice_id", "patient_id", "from_on"),
    )
    stay_id: str
    kind: str
    from_on: date
    to_on: date | None = None


class VisitRow(OfPatient, table=True):
    """A service on one day."""

    __tablename__ = "visit"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "visit_id"),
        Index(None, "practice_id", "patient_id", "on"),
        Index(None, "practice_id", "on"),
    )
    visit_id: str
    on: date
    code: str = ""
    npi: str = ""
    practice: str = ""
    modifiers: tuple[str, ...] = Field(default=(), sa_type=TextTuple)
    place: str = ""
    kind: str = ""


class PayerRow(OfPatient, table=True):
    """Coverage over an interval. One payer may cover many patients under one identifier."""

    __tablename__ = "payer"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "patient_id", "payer_id"),
    )
    payer_id: str
    kind: str = "medicare"
    name: str = ""
    member_id: str = ""
    from_on: date | None = None
    to_on: date | None = None
    has_part_b: bool | None = True
    is_qmb: bool = False
    is_primary: bool = True
    has_supplement: bool = False


class ComplexityRow(OfPatient, table=True):
    """Medical decision making of one month."""

    __tablename__ = "complexity"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "patient_id", "month"),
        Index(None, "practice_id", "month"),
    )
    month: Month = Field(sa_type=MonthText)
    mdm: str
    npi: str = ""
    decided_on: date | None = None
    note: str = ""
