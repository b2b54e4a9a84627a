"""What comes back beside money: receipts for claim files, and what patients paid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from ccm_core.store.schema.base import Editable, Numbered, of_patient
from ccm_core.store.types import Amount, Moment, RowId, TextTuple


class ReceiptRow(Numbered, table=True):
    """One answer of a 999, a TA1 or a 277CA: about a whole file or about one claim."""

    __tablename__ = "claim_receipt"
    __table_args__ = (
        UniqueConstraint("practice_id", "sha256", "place"),
        Index(None, "practice_id", "claim_id"),
        Index(None, "file_id"),
    )
    practice_id: str = Field(foreign_key="practice.practice_id")
    name: str
    sha256: str
    place: int
    """Counts the answers of one file of receipts."""
    kind: str
    """``TA1``, ``999`` or ``277CA``."""
    file_id: int | None = Field(default=None, foreign_key="claim_file.id", sa_type=RowId)
    """The file of ours that it is about, when one is known."""
    claim_id: str = ""
    """Our claim, or empty when it is about the whole file."""
    status: str
    """``accepted``, ``accepted_with_errors`` or ``rejected``."""
    codes: tuple[str, ...] = Field(default=(), sa_type=TextTuple)
    message: str = ""
    payer_claim_id: str = ""
    said_on: date | None = None
    is_matched: bool = True
    """False when no file or claim of ours fits."""
    read_at: datetime = Field(sa_type=Moment)
    user_id: str = ""


class PatientPaymentRow(Editable, table=True):
    """Money that a patient paid for one claim; a refund is written with a minus."""

    __tablename__ = "patient_payment"
    __table_args__ = (
        of_patient(),
        Index(None, "practice_id", "claim_id"),
        Index(None, "practice_id", "paid_on"),
    )
    practice_id: str
    patient_id: str
    claim_id: str
    paid_on: date
    amount_usd: Decimal = Field(sa_type=Amount)
    note: str = ""
    recorded_by: str = ""
