"""The pre-flight service: run the audit, open a case, acknowledge; each with its permission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.audit import CheckLine, Outcome, audit_case, checklist, policy_of
from ccm_core.cases import Case
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.program import panel
from ccm_core.store import access_log, reading
from ccm_core.store.queries import Found, Only, findings_of
from ccm_core.store.results import acknowledge as store_word
from ccm_core.store.results import refresh, signals_of_month
from ccm_core.store.results.acknowledging import waiting_of_rule as store_waiting
from ccm_core.store.results.refreshing import AuditRun

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "pre_flight"
MOST = 500
"""Findings that one click acknowledges."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review that waits for somebody's word."""

    finding_id: int
    patient_id: str
    summary: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One case with everything that the checklist shows."""

    case: Case
    outcome: Outcome
    checklist: tuple[CheckLine, ...]
    stored: tuple[Found, ...]
    """Findings as stored, with their acknowledgements."""
    staff: Mapping[str, str]
    """Names of the people who log time."""


def run(session: Session, who: Identity, practice_id: str, month: Month) -> AuditRun:
    """Audit a month. Raises: PermissionDenied, AuditCancelled."""
    require(who, PAGE, "run")
    done = refresh(session, practice_id, month, user_id=who.user_id)
    access_log.record(session, who, "audit", "month", str(month))
    return done


def open_case(session: Session, who: Identity, patient_id: str, month: Month) -> OpenCase:
    """The case of one patient and month, judged now; the view is on record.

    Raises: PermissionDenied, UsageError when the patient has no case in the month.
    """
    require(who, PAGE, "identify")
    practice = reading.practice(session)
    if practice is None:
        raise UsageError("A claim was asked for; the database holds no practice.")
    found = list(reading.cases(session, practice.practice_id, month, [patient_id]))
    if not found:
        raise UsageError("This patient has neither time nor a claim in this month.")
    case = found[0]
    panel.require(who, case.patient)
    case.signals = signals_of_month(session, practice, month).get(patient_id, ())
    policy = policy_of(case)
    lines = checklist(case, policy)
    outcome = audit_case(case, policy)
    access_log.record(session, who, "view", "patient", patient_id, reason=f"claim {month}")
    stored = findings_of(session, practice.practice_id, patient_id, month)
    staff = {s.staff_id: s.name for s in reading.staff(session, practice.practice_id)}
    return OpenCase(case, outcome, lines, tuple(stored), staff)


def waiting_of_rule(
    session: Session, who: Identity, month: Month, rule: str, only: Only
) -> list[Waiting]:
    """Reviews of one rule that wait for a word, at most ``MOST``. Raises: PermissionDenied."""
    require(who, PAGE, "acknowledge")
    practice = reading.practice(session)
    if practice is None:
        return []
    asked = panel.narrowed(who, only)
    rows = store_waiting(session, practice.practice_id, month, rule, asked, MOST)
    return [Waiting(row.id, row.patient_id, row.summary) for row in rows]


def acknowledge_many(
    session: Session, who: Identity, finding_ids: Sequence[int], reason: str
) -> int:
    """The same word on reviews that were looked at together: on all of them or on none.

    Raises: PermissionDenied, UsageError (no reason, too many), Conflict when one of them
    no longer says what it said.
    """
    require(who, PAGE, "acknowledge")
    if not 0 < len(finding_ids) <= MOST:
        raise UsageError(f"Between 1 and {MOST} findings are acknowledged at once; choose some.")
    for finding_id in finding_ids:
        acknowledge(session, who, finding_id, reason)
    return len(finding_ids)


def acknowledge(session: Session, who: Identity, finding_id: int, reason: str) -> str:
    """A person's word on a REVIEW. Raises: PermissionDenied, UsageError, Conflict."""
    require(who, PAGE, "acknowledge")
    status = store_word(session, finding_id, who.user_id, reason)
    access_log.record(session, who, "acknowledge", "finding", str(finding_id))
    return status
