"""The pre-flight page: which claims may go, which not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlmodel import Session

from ccm_core import records
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store.kept import kept
from ccm_core.store.queries.common import (
    EVERYBODY,
    Only,
    Page,
    of_patients,
    ordered,
    page_of,
    patient_has,
    with_patient,
)
from ccm_core.store.schema import (
    Acknowledgement,
    AuditRunRow,
    CaseResult,
    FindingRow,
    ResultCount,
    record_table,
    table_of,
)
from ccm_core.store.summaries.result_counts import patients_by
from ccm_core.store.types import Amount

BUCKETS = ("clean", "review", "blocked", "below")
"""A claim's effective status; ``below`` when there is nothing to bill."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Claims of one kind in number and dollars."""

    claims: int = 0
    allowed_usd: Decimal = Decimal(0)
    expected_usd: Decimal = Decimal(0)
    """What Medicare is expected to pay."""
    has_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Preflight:
    """A month before it is billed."""

    clean: Bucket
    review: Bucket
    blocked: Bucket
    below: Bucket
    acknowledged: int
    """Clean claims that were a review before somebody acknowledged them."""
    audited_at: datetime | None
    policy: str
    tables_version: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that keeps claims from leaving."""

    rule: str
    level: str
    claims: int
    allowed_usd: Decimal


@dataclass(frozen=True, slots=True)
class PreflightRow:
    """One claim to be."""

    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    npi: str
    care_manager_id: str
    path: str
    units: dict[str, int]
    service_on: date | None
    counted_seconds: int
    allowed_usd: Decimal | None
    expected_medicare_usd: Decimal | None
    is_estimate: bool
    status: str
    bucket: str
    blocks: int
    reviews: int
    """Findings at REVIEW that nobody has acknowledged yet."""


def bucket(columns: Any = None) -> ColumnElement[str]:
    """The bucket of a case result, or of columns of the same names."""
    r = table_of(CaseResult).c if columns is None else columns
    return case((r.is_below_threshold.is_(True), "below"), else_=r.effective_status)


@kept("result_count", "case_result", "patient", "payer", "audit_run")
def preflight_summary(
    session: Session, practice_id: str, month: Month, *, only: Only = EVERYBODY
) -> Preflight:
    """Claims and dollars of a month in each bucket."""
    rows = session.connection().execute(_summed(practice_id, month, only))
    found: dict[str, Bucket] = {}
    acknowledged = 0
    for name, claims, allowed, expected, estimated, changed in rows:
        found[name] = Bucket(int(claims), _usd(allowed), _usd(expected), estimated > 0)
        acknowledged += int(changed) if name == "clean" else 0
    run = last_run(session, practice_id, month)
    return Preflight(
        clean=found.get("clean", Bucket()),
        review=found.get("review", Bucket()),
        blocked=found.get("blocked", Bucket()),
        below=found.get("below", Bucket()),
        acknowledged=acknowledged,
        audited_at=run.created_at if run else None,
        policy=run.policy if run else "",
        tables_version=run.tables_version if run else "",
    )


def _summed(practice_id: str, month: Month, only: Only) -> Select[Any]:
    """Bucket, claims, dollars, those estimated and those that were acknowledged.

    Of everybody they are added up from the sums that are kept beside the results.
    """
    table = table_of(ResultCount if only == EVERYBODY else CaseResult)
    c, kind = table.c, bucket(table.c)
    claims: Any = c.patients if only == EVERYBODY else literal(1, Integer)
    return (
        select(
            kind, func.sum(claims), func.coalesce(func.sum(c.allowed_usd), 0),
            func.coalesce(func.sum(c.expected_medicare_usd), 0),
            func.sum(case((c.is_estimate.is_(True), claims), else_=0)),
            func.sum(case((c.status != c.effective_status, claims), else_=0)),
        )
        .select_from(of_patients(table, only))
        .where(c.practice_id == practice_id, c.month == month, *only.where())
        .group_by(kind)
    )  # fmt: skip


def _usd(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value)


def last_run(session: Session, practice_id: str, month: Month) -> Any:
    """The newest audit run of a month, or None."""
    table = table_of(AuditRunRow)
    return (
        session.connection()
        .execute(
            select(table)
            .where(table.c.practice_id == practice_id, table.c.month == month)
            .order_by(table.c.id.desc())
            .limit(1)
        )
        .first()
    )


def _is_open(f: Any) -> ColumnElement[bool]:
    """Whether a finding still keeps its claim back."""
    return or_(f.level == "BLOCK", and_(f.level == "REVIEW", ~_acknowledged(f)))


def _acknowledged(f: Any) -> ColumnElement[bool]:
    a = table_of(Acknowledgement).c
    same = ("practice_id", "patient_id", "month", "rule", "fingerprint")
    return select(a.id).where(*(a[name] == f[name] for name in same)).exists()


@kept("finding", "case_result", "acknowledgement", "patient", "payer")
def top_reasons(
    session: Session, practice_id: str, month: Month, *, only: Only = EVERYBODY, limit: int = 10
) -> list[Reason]:
    """The rules that keep most dollars back; a claim counts under each of its rules."""
    f, r = table_of(FindingRow), table_of(CaseResult)
    dollars = func.coalesce(func.sum(r.c.allowed_usd), 0)
    same = ("practice_id", "patient_id", "month")
    rows = session.connection().execute(
        select(f.c.rule, f.c.level, func.count(), dollars)
        .select_from(of_patients(r, only, f.join(r, and_(*(f.c[n] == r.c[n] for n in same)))))
        .where(
            f.c.practice_id == practice_id, f.c.month == month,
            # Not as `_is_open` says it: what is said twice PostgreSQL takes for rare.
            f.c.level.in_(("BLOCK", "REVIEW")), or_(f.c.level == "BLOCK", ~_acknowledged(f.c)),
            r.c.is_below_threshold.is_(False), *only.where(),
        )
        .group_by(f.c.rule, f.c.level)
        .order_by(type_coerce(dollars, Amount).desc(), func.count().desc(), f.c.rule)
        .limit(limit)
    )  # fmt: skip
    return [Reason(rule, level, n, _usd(usd)) for rule, level, n, usd in rows]


def preflight_page(  # noqa: PLR0913 - the controls of one list
    session: Session, practice_id: str, month: Month, *, only: Only = EVERYBODY, status: str = "",
    rule: str = "", search: str = "", sort: str = "-allowed", limit: int = 100, offset: int = 0,
) -> Page[PreflightRow]:  # fmt: skip
    """Claims to be of a month; ``status`` is a bucket, ``rule`` one that objects."""
    r, p = table_of(CaseResult).c, record_table(records.Patient).c
    statement: Select[Any] = (
        select(
            r.patient_id, p.family_name, p.given_name, p.mrn, r.npi, p.care_manager_id, r.path,
            r.units, r.service_on, r.counted_seconds, r.allowed_usd, r.expected_medicare_usd,
            r.is_estimate, r.status, bucket().label("bucket"), _count_of("BLOCK"),
            _count_of("REVIEW"),
        )
        .select_from(with_patient(table_of(CaseResult), sort=sort))
        .where(r.practice_id == practice_id, r.month == month, *only.where())
    )  # fmt: skip
    statement = _filtered(statement, status, rule, search)
    sorts = {
        "name": p.family_name, "allowed": r.allowed_usd, "minutes": r.counted_seconds,
        "status": bucket(), "practitioner": r.npi, "care_manager": p.care_manager_id,
        "service_on": r.service_on,
    }  # fmt: skip

    def counted() -> int:
        kind = bucket(table_of(ResultCount).c)
        found = patients_by(session, practice_id, month, kind)
        return found.get(status, 0) if status else sum(found.values())

    is_counted = only == EVERYBODY and not rule
    return page_of(
        session, ordered(statement, sorts, sort, [r.patient_id]), PreflightRow, limit, offset,
        r.patient_id, counted if is_counted else None, search,
    )  # fmt: skip


def _filtered(statement: Select[Any], status: str, rule: str, search: str) -> Select[Any]:
    if status:
        if status not in BUCKETS:
            raise UsageError(f"Status {status!r} was asked for; there is {', '.join(BUCKETS)}.")
        statement = statement.where(bucket() == status)
    if rule:
        objecting = _findings(table_of(CaseResult).c).where(table_of(FindingRow).c.rule == rule)
        statement = statement.where(objecting.exists())
    searched = patient_has(search, table_of(CaseResult).c)
    return statement.where(searched) if search else statement


def _findings(r: Any) -> Select[Any]:
    f = table_of(FindingRow).c
    return select(f.id).where(
        f.practice_id == r.practice_id, f.patient_id == r.patient_id, f.month == r.month
    )


def _count_of(level: str) -> Any:
    f, r = table_of(FindingRow).c, table_of(CaseResult).c
    return (
        select(func.count())
        .select_from(table_of(FindingRow))
        .where(
            f.practice_id == r.practice_id, f.patient_id == r.patient_id, f.month == r.month,
            f.level == level, _is_open(f),
        )
        .scalar_subquery()
    )  # fmt: skip
