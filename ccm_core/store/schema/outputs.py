"""Outcomes that ``ccm audit --output`` wrote into a database: one run, its cases, its findings.

They are columns as in the files of an audit. No page reads them and nothing refers to
them: the database may be one that holds no patient of its own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Field

from ccm_core.months import Month
from ccm_core.store.schema.base import Numbered, Stored
from ccm_core.store.types import Amount, JsonValue, MonthText, RowId


class AuditOutput(Numbered, table=True):
    """One run over one practice and month. It is there with all of its rows, or not at all."""

    __tablename__ = "audit_output"
    practice_id: str
    month: Month = Field(sa_type=MonthText)
    policy: str
    tables_version: str
    cases: int
    clean: int
    review: int
    blocked: int
    below_threshold: int
    nothing_to_bill: int
    without_fee: int
    output_sha256: str
    """Over the files that the same run would have written."""


class OutputCase(Stored, table=True):
    """One patient-month of a run."""

    __tablename__ = "audit_output_case"
    output_id: int = Field(primary_key=True, foreign_key="audit_output.id", sa_type=RowId)
    patient_id: str = Field(primary_key=True)
    practice_id: str
    month: Month = Field(sa_type=MonthText)
    npi: str
    status: str
    staff_seconds: int
    practitioner_seconds: int
    total_seconds: int
    logged_seconds: int
    leftover_seconds: int
    excluded: list[Any] = Field(default_factory=list, sa_type=JsonValue)
    paths: list[Any] = Field(default_factory=list, sa_type=JsonValue)
    chosen: str | None = None
    planned_units: dict[str, int] = Field(default_factory=dict, sa_type=JsonValue)
    planned_usd: Decimal | None = Field(default=None, sa_type=Amount)
    service_on: date | None = None
    expected_medicare_usd: Decimal | None = Field(default=None, sa_type=Amount)
    expected_patient_usd: Decimal | None = Field(default=None, sa_type=Amount)
    expected_by: str | None = None
    next_threshold_minutes: int | None = None
    minutes_to_next: int | None = None
    policy: str
    tables_version: str
    has_no_claim: bool
    is_below_threshold: bool


class OutputFinding(Stored, table=True):
    """One finding of a run: title, fix and the text of its sources are the rule book's."""

    __tablename__ = "audit_output_finding"
    output_id: int = Field(primary_key=True, foreign_key="audit_output.id", sa_type=RowId)
    patient_id: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    """Its place among the findings of the case."""
    practice_id: str
    rule: str
    level: str
    layer: str
    summary: str
    evidence: list[Any] = Field(default_factory=list, sa_type=JsonValue)
    cites: list[str] = Field(default_factory=list, sa_type=JsonValue)
