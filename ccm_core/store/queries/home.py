"""The numbers of the home page. Each opens the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from ccm_core import records, workdays
from ccm_core.months import Month
from ccm_core.store.kept import kept
from ccm_core.store.queries.claims import ClaimCounts, claim_counts
from ccm_core.store.queries.common import EVERYBODY, Only
from ccm_core.store.queries.enrollment import Funnel, funnel
from ccm_core.store.queries.minutes import Reach, reach_counts
from ccm_core.store.queries.preflight import Preflight, preflight_summary
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.schema import AuditRunRow, ImportBatch, MonthClose, record_table, table_of


@dataclass(frozen=True, slots=True)
class Home:
    """The month being worked and the month being billed, at a glance."""

    month: Month
    funnel: Funnel
    reach: Reach
    workdays_left: int
    billing_month: Month
    preflight: Preflight
    claims: ClaimCounts
    """Of the twelve months that end with the billing month."""
    denied_lines: int
    denied_usd: Decimal
    is_closed: bool
    """Whether the billing month was closed."""

    def stalled(self, step: str) -> int:
        """Patients at the step before who wait for this one."""
        return next(s.waiting for s in self.funnel.steps if s.step == step)


def home_cards(session: Session, practice_id: str, today: date, *, only: Only = EVERYBODY) -> Home:
    """Everything that the cards of any role show."""
    month = Month.of(today)
    billing = month.previous
    lines, usd = _denied(session, practice_id)
    return Home(
        month=month,
        funnel=funnel(session, practice_id, month, only=only, today=today)[0],
        reach=reach_counts(session, practice_id, month, only=only, today=today),
        workdays_left=workdays.left(month, today),
        billing_month=billing,
        preflight=preflight_summary(session, practice_id, billing, only=only),
        claims=claim_counts(session, practice_id, billing.plus(-11), billing),
        denied_lines=lines,
        denied_usd=usd,
        is_closed=is_closed(session, practice_id, billing),
    )


@kept("claim_line")
def _denied(session: Session, practice_id: str) -> tuple[int, Decimal]:
    c = record_table(records.ClaimLine).c
    lines, usd = session.connection().execute(
        select(func.count(), func.sum(c.charge_usd)).where(
            c.practice_id == practice_id,
            c.status == "denied",
            c.code.in_(sorted(program_codes())),
        )
    ).one()  # fmt: skip
    return int(lines), usd or Decimal(0)


@kept("month_close")
def is_closed(session: Session, practice_id: str, month: Month) -> bool:
    """Whether a month was closed."""
    c = table_of(MonthClose).c
    found = session.connection().scalar(
        select(c.id).where(c.practice_id == practice_id, c.month == month)
    )
    return found is not None


@kept("audit_run")
def months_with_results(session: Session, practice_id: str) -> list[Month]:
    """Months that were ever audited, oldest first."""
    c = table_of(AuditRunRow).c
    rows = session.connection().scalars(
        select(c.month).where(c.practice_id == practice_id).distinct().order_by(c.month)
    )
    return list(rows)


def recent_runs(session: Session, practice_id: str, limit: int = 5) -> list[Any]:
    """The newest audit runs, as rows with the columns of audit_run."""
    table = table_of(AuditRunRow)
    return list(
        session.connection().execute(
            select(table)
            .where(table.c.practice_id == practice_id)
            .order_by(table.c.id.desc())
            .limit(limit)
        )
    )


def recent_imports(session: Session, practice_id: str, limit: int = 5) -> list[Any]:
    """The newest import batches, as rows with the columns of import_batch."""
    table = table_of(ImportBatch)
    return list(
        session.connection().execute(
            select(table)
            .where(table.c.practice_id == practice_id)
            .order_by(table.c.id.desc())
            .limit(limit)
        )
    )
