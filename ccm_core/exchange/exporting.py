"""Files that leave the house: billing reports of a month, made from what the audit cleared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ccm_core import records
from ccm_core.audit import audit_case, policy_of
from ccm_core.cases import Case
from ccm_core.errors import UsageError
from ccm_core.exchange import billing_report
from ccm_core.months import Month
from ccm_core.records import Practice
from ccm_core.store import reading
from ccm_core.store.queries.statuses import effective_statuses
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.results import refresh, signals_of_month
from ccm_core.store.schema import record_table

if TYPE_CHECKING:
    from sqlmodel import Session

CSV_MIME = "text/csv; charset=utf-8"
_GONE = frozenset({"voided", "replaced"})
XLSX_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class File:
    """A file made for somebody: its name carries no patient."""

    name: str
    mime: str
    content: bytes
    rows: int


def billing_rows(session: Session, practice: Practice, month: Month) -> list[dict[str, Any]]:
    """Claim lines of every clean month, acknowledged ones included, by patient.

    The audit is brought up to date first, in the same transaction, so that nothing
    leaves that changed since somebody looked. Raises: UsageError.
    """
    refresh(session, practice.practice_id, month)
    statuses = effective_statuses(session, practice.practice_id, month)
    clean = sorted(p for p, status in statuses.items() if status == "clean")
    people = {p.npi: p.name for p in reading.practitioners(session, practice.practice_id)}
    staff = {s.staff_id: s.name for s in reading.staff(session, practice.practice_id)}
    claims = _claims(session, practice, month)
    found: list[dict[str, Any]] = []
    for case in cases_with_signals(session, practice, month, clean):
        policy = policy_of(case)
        outcome = audit_case(case, policy)
        around = billing_report.Around(
            people, staff, _checked(outcome.status), claims.get(case.patient.patient_id)
        )
        found += billing_report.rows(case, outcome, policy, around)
    return found


def _checked(status: str) -> str:
    return "clean" if status == "clean" else "clean, reviewed"


def _claims(session: Session, practice: Practice, month: Month) -> dict[str, dict[str, Any]]:
    """Claim lines that exist already for this month: patient to code to what became of it."""
    lines = select_records(
        records.ClaimLine,
        practice.practice_id,
        record_table(records.ClaimLine).c.month == month,
    )
    found: dict[str, dict[str, Any]] = {}
    for line in load(session, records.ClaimLine, lines):
        if line.status not in _GONE:
            found.setdefault(line.patient_id, {})[line.code] = {
                "claim_id": line.claim_id, "status": line.status, "paid_usd": line.paid_usd,
                "charge_usd": line.charge_usd, "adjustments": line.adjustments,
            }  # fmt: skip
    return found


def cases_with_signals(
    session: Session, practice: Practice, month: Month, patient_ids: list[str]
) -> Iterator[Case]:
    """Cases of these patients with what is seen across all patients, as the audit has them."""
    signals = signals_of_month(session, practice, month)
    for case in reading.cases(session, practice.practice_id, month, patient_ids):
        case.signals = signals.get(case.patient.patient_id, ())
        yield case


def billing_file(session: Session, month: Month, kind: str, practice_id: str = "") -> File:
    """The billing report as ``csv`` or ``xlsx``. Raises: UsageError."""
    practice = reading.practice(session, practice_id or None)
    if practice is None:
        raise UsageError("A billing report was asked for; the database holds no practice.")
    lines = billing_rows(session, practice, month)
    note = "Synthetic demo data: not for billing." if practice.is_demo else ""
    stem = f"{'demo-' if practice.is_demo else ''}billing-{month}"
    if kind == "csv":
        return File(f"{stem}.csv", CSV_MIME, billing_report.to_csv(lines, note), len(lines))
    title = f"Billing report {month}: {practice.name}"
    content = billing_report.to_xlsx(lines, title, note)
    return File(f"{stem}.xlsx", XLSX_MIME, content, len(lines))
