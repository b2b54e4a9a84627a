"""What the audit said: one result per patient and month, its findings, their acknowledgements."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from ccm_core.months import Month
from ccm_core.store.schema.base import Numbered, Stored, of_patient
from ccm_core.store.types import Amount, JsonValue, Moment, MonthText, TextTuple


class CaseResult(Numbered, table=True):
    """One patient and month: minutes, path, dollars, status."""

    __tablename__ = "case_result"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "patient_id", "month"),
        # All that the lists filter, sort and add up, so that they never read the wide rows.
        Index(
            "ix_case_result_list", "practice_id", "month", "patient_id", "path",
            "minutes_to_next", "counted_seconds", "logged_seconds", "leftover_seconds",
            "last_contact_at", "npi", "status", "effective_status", "is_below_threshold",
            "allowed_usd", "expected_medicare_usd", "is_estimate", "service_on",
        ),
        # The order in which Minutes opens, with what its filter asks: a page of it is read
        # without sorting a month.
        Index(
            "ix_case_result_to_next", "practice_id", "month", "minutes_to_next", "patient_id",
            "path", "counted_seconds",
        ),
        # The same for Pre-flight: the most dollars first, those without an amount last.
        Index(
            "ix_case_result_dollars", "practice_id", "month", text("allowed_usd DESC"),
            "patient_id", "is_below_threshold", "effective_status",
        ),
    )  # fmt: skip
    practice_id: str
    patient_id: str
    month: Month = Field(sa_type=MonthText)
    npi: str = ""
    care_manager_id: str = ""
    location: str = ""
    staff_seconds: int = 0
    practitioner_seconds: int = 0
    counted_seconds: int = 0
    """Staff and practitioner together."""
    logged_seconds: int = 0
    leftover_seconds: int = 0
    excluded: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    path: str = ""
    units: dict[str, int] = Field(default_factory=dict, sa_type=JsonValue)
    paths: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    service_on: date | None = None
    allowed_usd: Decimal | None = Field(default=None, sa_type=Amount)
    expected_medicare_usd: Decimal | None = Field(default=None, sa_type=Amount)
    expected_patient_usd: Decimal | None = Field(default=None, sa_type=Amount)
    is_estimate: bool = False
    status: str
    effective_status: str
    """``status`` after acknowledgements: a review with every REVIEW acknowledged is clean."""
    is_below_threshold: bool = False
    """Nothing to bill: too few minutes, or no code that suits the patient (``has_no_claim``)."""
    next_threshold_minutes: int | None = None
    minutes_to_next: int | None = None
    last_contact_at: datetime | None = Field(default=None, sa_type=Moment)
    fingerprint: str = ""
    """Over every row behind the case, the tables, the rules and the policy."""
    signals_mark: str = ""
    """Changes when something seen across patients begins or ceases to touch this one."""
    policy: str = ""
    tables_version: str = ""
    audited_at: datetime = Field(sa_type=Moment)


class ResultCount(Stored, table=True):
    """How many results of a month are alike in what pages add up, and their dollars.

    Triggers on `case_result` keep it, in the transaction that changes a result. A count may
    stand in several rows, of which one may be negative: only sums mean something.
    """

    __tablename__ = "result_count"
    __table_args__ = ({"sqlite_with_rowid": False},)
    practice_id: str = Field(primary_key=True)
    month: Month = Field(primary_key=True, sa_type=MonthText)
    lane: int = Field(primary_key=True, sa_type=BigInteger)
    """Zero; on PostgreSQL the number of the transaction, so that two never write one row."""
    has_path: bool = Field(primary_key=True)
    has_time: bool = Field(primary_key=True)
    """Whether a second counts: the first counted minute may be less than whole."""
    minutes_to_next: int = Field(primary_key=True)
    """`NEVER` where there is no next threshold."""
    counted_minutes: int = Field(primary_key=True)
    status: str = Field(primary_key=True)
    effective_status: str = Field(primary_key=True)
    is_below_threshold: bool = Field(primary_key=True)
    is_estimate: bool = Field(primary_key=True)
    patients: int
    allowed_usd: Decimal = Field(sa_type=Amount)
    expected_medicare_usd: Decimal = Field(sa_type=Amount)


NEVER = 1_000_000
"""More minutes than any month has: there is no next threshold."""


class FindingRow(Numbered, table=True):
    """One finding. It keeps its number as long as it says the same."""

    __tablename__ = "finding"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "patient_id", "month", "rule", "fingerprint"),
        Index(
            "ix_finding_reasons", "practice_id", "month", "level", "rule", "patient_id",
            "fingerprint",
        ),
    )  # fmt: skip
    practice_id: str
    patient_id: str
    month: Month = Field(sa_type=MonthText)
    rule: str
    level: str
    layer: str = ""
    summary: str
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    cites: tuple[str, ...] = Field(default=(), sa_type=TextTuple)
    fix: str = ""
    fingerprint: str


class FindingCount(Stored, table=True):
    """How many cases of a month each rule fires in, level by level.

    Triggers on `finding` keep it, in the transaction that changes a finding. A count may
    stand in several rows, of which one may be negative: only sums mean something.
    """

    __tablename__ = "finding_count"
    __table_args__ = ({"sqlite_with_rowid": False},)
    practice_id: str = Field(primary_key=True)
    month: Month = Field(primary_key=True, sa_type=MonthText)
    lane: int = Field(primary_key=True, sa_type=BigInteger)
    """Zero; on PostgreSQL a number of each statement, so that no row is written twice."""
    level: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    cases: int


class Acknowledgement(Numbered, table=True):
    """A person's word that a REVIEW was looked at. It holds while the finding says the same."""

    __tablename__ = "acknowledgement"
    __table_args__ = (
        of_patient(),
        UniqueConstraint("practice_id", "patient_id", "month", "rule", "fingerprint"),
    )
    practice_id: str
    patient_id: str
    month: Month = Field(sa_type=MonthText)
    rule: str
    fingerprint: str
    user_id: str
    reason: str


class AuditRunRow(Numbered, table=True):
    """One run of the audit over a month."""

    __tablename__ = "audit_run"
    __table_args__ = (Index(None, "practice_id", "month"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    month: Month = Field(sa_type=MonthText)
    policy: str = ""
    tables_version: str = ""
    cases: int = 0
    audited: int = 0
    """Cases that had changed since the run before; the others kept their result."""
    clean: int = 0
    review: int = 0
    blocked: int = 0
    below_threshold: int = 0
    took_seconds: Decimal = Field(default=Decimal(0), sa_type=Amount)
    user_id: str = ""


class MonthClose(Numbered, table=True):
    """A month that was closed, with the versions it was closed under."""

    __tablename__ = "month_close"
    __table_args__ = (UniqueConstraint("practice_id", "month"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    month: Month = Field(sa_type=MonthText)
    closed_at: datetime = Field(sa_type=Moment)
    closed_by: str
    policy: str = ""
    tables_version: str = ""
    totals: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
