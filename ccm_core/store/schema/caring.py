"""Enrollment and care plan work: attempts to reach patients, signed forms, plan versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from ccm_core.store.schema.base import Numbered, OfPatient, of_patient
from ccm_core.store.types import JsonValue, Moment


class OutreachRow(Numbered, table=True):
    """One attempt to reach a patient about the program. Rows are added, never changed."""

    __tablename__ = "outreach"
    __table_args__ = (of_patient(), Index(None, "practice_id", "patient_id", "made_on"))
    practice_id: str
    patient_id: str
    made_on: date
    way: str
    outcome: str
    note: str = ""
    next_on: date | None = None
    made_by: str = ""


class ConsentFileRow(Numbered, table=True):
    """A signed form, encrypted with a key that is not in the database."""

    __tablename__ = "consent_file"
    __table_args__ = (of_patient(), Index(None, "practice_id", "patient_id"))
    practice_id: str
    patient_id: str
    consent_id: str
    name: str
    mime: str
    size_bytes: int
    sha256: str
    sealed: str
    added_by: str = ""


class PlanVersionRow(OfPatient, table=True):
    """What one version of a care plan says, and who signed it.

    ``plan_id`` is the record that the rules judge. ``number`` counts the versions of
    one patient; content and hash never change after the row was made.
    """

    __tablename__ = "plan_version"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "patient_id", "number"),
        UniqueConstraint("practice_id", "plan_id"),
    )
    plan_id: str
    number: int
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    sha256: str
    saved_by: str = ""
    saved_on: date
    why: str = ""
    copy_given_how: str = ""
    signed_npi: str = ""
    signed_name: str = ""
    signed_at: datetime | None = Field(default=None, sa_type=Moment)
    signed_sha256: str = ""
    signed_way: str = ""
    """``electronic`` when the practitioner was signed in, ``paper`` when a person recorded it."""
    recorded_by: str = ""
