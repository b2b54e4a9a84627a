"""Self-audit samples: how each was drawn, and what the reviewer said of each item."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from ccm_core.months import Month
from ccm_core.store.schema.base import Editable
from ccm_core.store.types import Amount, JsonValue, MonthText, RowId


class AuditSample(Editable, table=True):
    """One drawn sample. Seed, design and frame are enough to draw it again."""

    __tablename__ = "audit_sample"
    __table_args__ = (UniqueConstraint("practice_id", "name"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    name: str
    seed: str
    first_month: Month = Field(sa_type=MonthText)
    last_month: Month = Field(sa_type=MonthText)
    statuses: str = "paid"
    stratify_by: str = ""
    """Empty for a simple sample, else what the strata are."""
    size: int
    frame_sha256: str
    sizes: dict[str, int] = Field(default_factory=dict, sa_type=JsonValue)
    """Items in the frame by stratum."""
    strata: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """Items drawn by stratum, in the order of the draw."""
    made_by: str = ""
    tables_version: str = ""


class SampleVerdict(Editable, table=True):
    """The reviewer's verdict on one drawn item."""

    __tablename__ = "sample_verdict"
    __table_args__ = (UniqueConstraint("sample_id", "item_id"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    sample_id: int = Field(foreign_key="audit_sample.id", sa_type=RowId)
    item_id: str
    is_error: bool
    overpaid_usd: Decimal = Field(sa_type=Amount)
    reviewer: str
    reason: str = ""
