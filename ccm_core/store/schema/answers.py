"""What payers answered: remittance files, payments, postings, rework, refunds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from ccm_core.store.schema.base import Editable, Numbered, of_patient
from ccm_core.store.types import Amount, JsonValue, Moment, RowId, TextTuple


class RemittanceFileRow(Numbered, table=True):
    """One remittance file that was posted. Only its hash is kept, not its text."""

    __tablename__ = "remittance_file"
    __table_args__ = (UniqueConstraint("practice_id", "sha256"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    name: str
    sha256: str
    posted_at: datetime = Field(sa_type=Moment)
    user_id: str = ""
    payments: int = 0
    postings: int = 0
    unmatched: int = 0
    duplicates: int = 0
    refused_sets: int = 0


class RemittancePayment(Numbered, table=True):
    """One check or transfer: total = posted + unmatched + duplicate - withheld."""

    __tablename__ = "remittance_payment"
    __table_args__ = (Index(None, "practice_id", "payment_key"), Index(None, "file_id"))
    practice_id: str = Field(foreign_key="practice.practice_id")
    file_id: int = Field(foreign_key="remittance_file.id", sa_type=RowId)
    payment_key: str
    trace: str = ""
    payer: str = ""
    paid_on: date | None = None
    total_usd: Decimal = Field(default=Decimal(0), sa_type=Amount)
    posted_usd: Decimal = Field(default=Decimal(0), sa_type=Amount)
    unmatched_usd: Decimal = Field(default=Decimal(0), sa_type=Amount)
    duplicate_usd: Decimal = Field(default=Decimal(0), sa_type=Amount)
    withheld_usd: Decimal = Field(default=Decimal(0), sa_type=Amount)


class PostingRow(Numbered, table=True):
    """One line of one adjudication. ``posting_id`` and ``place`` make it come only once."""

    __tablename__ = "posting"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "posting_id", "place"),
        Index(None, "practice_id", "claim_id"),
        Index(None, "practice_id", "payer_claim_id"),
        Index(None, "practice_id", "paid_on"),
        Index(None, "file_id"),
    )
    practice_id: str
    patient_id: str
    file_id: int = Field(foreign_key="remittance_file.id", sa_type=RowId)
    posting_id: str
    place: int
    claim_id: str
    line: int
    code: str = ""
    status: str
    charge_usd: Decimal = Field(sa_type=Amount)
    paid_usd: Decimal = Field(sa_type=Amount)
    patient_usd: Decimal = Field(sa_type=Amount)
    patient_balance_usd: Decimal = Field(sa_type=Amount)
    allowed_usd: Decimal | None = Field(default=None, sa_type=Amount)
    expected_usd: Decimal | None = Field(default=None, sa_type=Amount)
    variance_usd: Decimal | None = Field(default=None, sa_type=Amount)
    contractual_usd: Decimal = Field(sa_type=Amount)
    sequestration_usd: Decimal = Field(sa_type=Amount)
    denied_usd: Decimal = Field(sa_type=Amount)
    adjustments: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    remarks: tuple[str, ...] = Field(default=(), sa_type=TextTuple)
    paid_on: date | None = None
    days_to_pay: int | None = None
    payer: str = ""
    payer_claim_id: str = ""
    trace: str = ""
    is_secondary: bool = False
    is_forwarded: bool = False
    matched_by: str = ""
    is_balanced: bool = True
    expected_by: str = ""


class UnmatchedRow(Numbered, table=True):
    """An adjudication of a claim that we do not know. Its money waits here."""

    __tablename__ = "unmatched_payment"
    __table_args__ = (UniqueConstraint("practice_id", "posting_id"), Index(None, "file_id"))
    practice_id: str = Field(foreign_key="practice.practice_id")
    file_id: int = Field(foreign_key="remittance_file.id", sa_type=RowId)
    posting_id: str
    paid_usd: Decimal = Field(sa_type=Amount)
    charge_usd: Decimal = Field(sa_type=Amount)
    reason: str
    segment_index: int = 0
    trace: str = ""


class ReworkRow(Editable, table=True):
    """One denied line and its way back."""

    __tablename__ = "rework_item"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "claim_id", "line", "code"),
        Index(None, "practice_id", "status", "deadline_on"),
    )
    practice_id: str
    patient_id: str
    claim_id: str
    line: int
    code: str
    """Adjustment as people write it: ``CO-97``."""
    amount_usd: Decimal = Field(sa_type=Amount)
    procedure: str = ""
    payer: str = ""
    payer_claim_id: str = ""
    action: str
    deadline_on: date | None = None
    cause: str = ""
    fix: str = ""
    rules: tuple[str, ...] = Field(default=(), sa_type=TextTuple)
    status: str = "open"
    assignee: str = ""
    note: str = ""


class RefundRow(Editable, table=True):
    """Money that must go back, with the day until which."""

    __tablename__ = "refund_task"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "claim_id", "owed_to"),
        Index(None, "practice_id", "status", "due_on"),
    )
    practice_id: str
    patient_id: str
    claim_id: str
    owed_to: str
    amount_usd: Decimal = Field(sa_type=Amount)
    reason: str = ""
    identified_on: date
    due_on: date
    status: str = "open"
    """``open``, ``done`` or ``gone`` (the payer took the money back itself)."""
    done_on: date | None = None
    done_by: str = ""
