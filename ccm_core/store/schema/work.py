"""What was done and what was billed: time entries and claim lines."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint, text, true
from sqlmodel import Field

from ccm_core.months import Month
from ccm_core.store.schema.base import OfPatient, of_patient
from ccm_core.store.types import Amount, Moment, MonthText, RowId, TextTuple

_CURRENT = text("is_current")


class TimeEntryRow(OfPatient, table=True):
    """One version of a time entry. A correction is a new row; the old one stays, not current.

    ``version`` counts the versions of one ``entry_id``; ``replaces_id`` is the
    row number of the version before. A withdrawn entry has no current version.
    """

    __tablename__ = "time_entry"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "entry_id", "version"),
        Index(
            "uq_time_entry_current", "practice_id", "entry_id", unique=True,
            sqlite_where=_CURRENT, postgresql_where=_CURRENT,
        ),
        Index(None, "practice_id", "started_at"),
        Index(None, "practice_id", "patient_id", "started_at"),
        Index(None, "practice_id", "staff_id", "started_at"),
    )  # fmt: skip
    entry_id: str
    started_at: datetime = Field(sa_type=Moment)
    seconds: int
    actor: str = "clinical_staff"
    staff_id: str = ""
    activity: str = ""
    face_to_face: bool = False
    outside_us: bool = False
    counted_for: str = ""
    note: str = ""
    is_contact: bool | None = None
    recorded_at: datetime | None = Field(default=None, sa_type=Moment)
    late_reason: str = ""
    approved_by: str = ""
    is_start_known: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    is_current: bool = True
    replaces_id: int | None = Field(default=None, foreign_key="time_entry.id", sa_type=RowId)
    corrected_by: str = ""
    correction_reason: str = ""
    recorded_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Account that wrote the first version here; empty for imported time."""


class ClaimLineRow(OfPatient, table=True):
    """One line of a claim."""

    __tablename__ = "claim_line"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "claim_id", "line"),
        Index(None, "practice_id", "month"),
        Index(None, "practice_id", "patient_id", "month"),
        Index(None, "practice_id", "status"),
        # The order in which the lines open, newest first, with what filters and counts ask.
        Index(
            "ix_claim_line_sent", "practice_id", text("created_on DESC"), "claim_id", "line",
            "month", "status", "code", "patient_id",
        ),
    )  # fmt: skip
    claim_id: str
    line: int
    month: Month = Field(sa_type=MonthText)
    code: str
    units: int = 1
    modifiers: tuple[str, ...] = Field(default=(), sa_type=TextTuple)
    npi: str = ""
    service_on: date | None = None
    place: str = ""
    diagnoses: tuple[str, ...] = Field(default=(), sa_type=TextTuple)
    charge_usd: Decimal | None = Field(default=None, sa_type=Amount)
    created_on: date | None = None
    status: str = "planned"
    paid_usd: Decimal | None = Field(default=None, sa_type=Amount)
    paid_on: date | None = None
    adjustments: tuple[str, ...] = Field(default=(), sa_type=TextTuple)
