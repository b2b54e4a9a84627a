"""Claims on their way out: batches, the claims in them, files written, control numbers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from ccm_core.months import Month
from ccm_core.store.schema.base import Editable, Numbered, Stored, of_patient
from ccm_core.store.types import Amount, JsonValue, Moment, MonthText, RowId


class ClaimBatch(Numbered, table=True):
    """Claims that one person approved at once. A correction is a batch of its own."""

    __tablename__ = "claim_batch"
    __table_args__ = (Index(None, "practice_id", "month"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    month: Month = Field(sa_type=MonthText)
    kind: str = "original"
    """``original`` or ``correction``."""
    approved_by: str
    """The name of the person who approved; ``user_id`` is their account, if they have one."""
    user_id: str = ""
    made_at: datetime = Field(sa_type=Moment)
    digest: str = ""
    policy: str = ""
    tables_version: str = ""
    frozen_at: datetime | None = Field(default=None, sa_type=Moment)
    """Set by the month close; nothing of the batch changes after it."""


class BatchClaim(Editable, table=True):
    """One claim as it was approved. ``content`` is all that goes on it, so it leaves unchanged."""

    __tablename__ = "batch_claim"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "claim_id"),
        Index(None, "practice_id", "month"),
        Index(None, "practice_id", "base_id"),
        Index(None, "batch_id"),
        Index(None, "file_id"),
    )
    practice_id: str
    patient_id: str
    batch_id: int = Field(foreign_key="claim_batch.id", sa_type=RowId)
    month: Month = Field(sa_type=MonthText)
    claim_id: str
    base_id: str
    """The number of the first claim of this patient and month; corrections share it."""
    version_number: int = 0
    frequency: str = "1"
    fingerprint: str
    """Of the claim as an original, so that a change shows whatever the frequency."""
    basis: str = ""
    """Mark of the audited case and of the billing settings that the claim was made from."""
    payer_id: str = ""
    payer_claim_id: str = ""
    """The payer's own number, once a remittance has told it."""
    charge_usd: Decimal = Field(default=Decimal(0), sa_type=Amount)
    allowed_usd: Decimal | None = Field(default=None, sa_type=Amount)
    expected_medicare_usd: Decimal | None = Field(default=None, sa_type=Amount)
    expected_patient_usd: Decimal | None = Field(default=None, sa_type=Amount)
    policy: str = ""
    tables_version: str = ""
    status: str = "planned"
    """``planned``, ``submitted``, ``replaced`` or ``voided``."""
    file_id: int | None = Field(default=None, foreign_key="claim_file.id", sa_type=RowId)
    receipt: str = ""
    """``received`` (TA1, 999), ``accepted`` (277CA) or ``rejected`` (any); empty without one."""
    ended_on: date | None = None
    """Day on which the claim was found to be wrong: refund terms run from it."""
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)


class ClaimFileRow(Numbered, table=True):
    """One file written for one payer. It can be written again, byte by byte, never anew."""

    __tablename__ = "claim_file"
    __table_args__ = (
        UniqueConstraint("sender", "interchange"),
        Index(None, "practice_id", "month"),
    )
    practice_id: str = Field(foreign_key="practice.practice_id")
    month: Month = Field(sa_type=MonthText)
    name: str
    payer_id: str
    sender: str
    interchange: int
    group_control: int
    first_set: int
    written_at: datetime = Field(sa_type=Moment)
    is_test: bool = False
    claims: int = 0
    charge_usd: Decimal = Field(default=Decimal(0), sa_type=Amount)
    sha256: str
    user_id: str = ""
    envelope: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """Submitter and receiver as they were."""


class ControlNumber(Stored, table=True):
    """The last control numbers that a sender used up. They only ever go up."""

    __tablename__ = "control_number"
    sender: str = Field(primary_key=True)
    interchange: int = 0
    group_control: int = 0
    set_control: int = 0
