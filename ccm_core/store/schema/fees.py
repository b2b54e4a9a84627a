"""Imported fee files in versions, contracts with payers, and saved projections."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field

from ccm_core.store.schema.base import Editable
from ccm_core.store.types import Amount, JsonValue, Moment


class Versioned(Editable):
    """An import that stays on record for good; going back only takes it out of force."""

    number: int
    """Counts the versions of one kind, or of one payer."""
    file_name: str = ""
    sha256: str = ""
    imported_by: str = ""
    is_active: bool = True
    reverted_by: str = ""
    reverted_at: datetime | None = Field(default=None, sa_type=Moment)


class FeeVersion(Versioned, table=True):
    """One CMS file as it was read. ``content`` holds its rows, packed; no descriptor is in it."""

    __tablename__ = "fee_version"
    __table_args__ = (UniqueConstraint("kind", "number"), Index(None, "sha256"))
    kind: str
    title: str
    layout: str = ""
    year: int
    valid_from: date
    valid_to: date
    is_qp: bool | None = None
    row_count: int = 0
    problems: list[Any] = Field(default_factory=list, sa_type=JsonValue)
    content: str = Field(default="", sa_type=Text)


class PayerContract(Versioned, table=True):
    """What one payer pays by contract: a share of Medicare, a flat table, or both."""

    __tablename__ = "payer_contract"
    __table_args__ = (UniqueConstraint("practice_id", "payer", "number"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    payer: str
    """A kind of payer, or the name of one."""
    multiple: Decimal | None = Field(default=None, sa_type=Amount)
    amounts: list[Any] = Field(default_factory=list, sa_type=JsonValue)
    valid_from: date
    valid_to: date


class SavedScenario(Editable, table=True):
    """A projection's inputs under a name of its maker's; no patient is in it."""

    __tablename__ = "saved_scenario"
    __table_args__ = (UniqueConstraint("user_id", "name"),)
    user_id: str
    name: str
    content: str
    tables_version: str = ""
