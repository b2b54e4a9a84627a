"""A person's word on a REVIEW finding, and what it does to the case."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update
from sqlmodel import Session

from ccm_core import records
from ccm_core.errors import Conflict, UsageError
from ccm_core.findings import Level
from ccm_core.months import Month, utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.queries.common import Only
from ccm_core.store.results.keeping import effective_status
from ccm_core.store.schema import Acknowledgement, CaseResult, FindingRow, record_table, table_of


def acknowledge(session: Session, finding_id: int, user_id: str, reason: str) -> str:
    """Record that a REVIEW was looked at; gives the case's effective status.

    Raises: UsageError without a reason or for another level, Conflict when the finding
    no longer stands. The caller writes the access log in the same transaction.
    """
    begin_write(session)
    if not reason.strip():
        raise UsageError("An acknowledgement was asked for without a reason; write one.")
    found = _finding(session, finding_id)
    if found.level != Level.REVIEW.value:
        raise UsageError(
            f"A finding of level {found.level} was to be acknowledged; only REVIEW can be. "
            "Mend what it names instead."
        )
    table = table_of(Acknowledgement)
    if not session.connection().scalar(select(table.c.id).where(_same(table, found))):
        row = {name: getattr(found, name) for name in _SAID}
        row |= {"user_id": user_id, "reason": reason.strip(), "created_at": utc_now()}
        session.connection().execute(insert(table), [row])
    return _settle(session, found)


def waiting_of_rule(
    session: Session, practice_id: str, month: Month, rule: str, only: Only, limit: int
) -> list[Row[Any]]:
    """Reviews of one rule that nobody acknowledged yet, of claims that could go.

    Number, patient and words of each, in the order of the patients.
    """
    f, a, r = table_of(FindingRow), table_of(Acknowledgement), table_of(CaseResult)
    patient = record_table(records.Patient)
    person = ("practice_id", "patient_id")
    source = f.join(r, and_(*(f.c[n] == r.c[n] for n in (*person, "month"))))
    source = source.join(patient, and_(*(f.c[n] == patient.c[n] for n in person)))
    said = select(a.c.id).where(*(a.c[n] == f.c[n] for n in _SAID)).exists()
    return list(
        session.connection().execute(
            select(f.c.id, f.c.patient_id, f.c.summary)
            .select_from(source)
            .where(
                f.c.practice_id == practice_id, f.c.month == month, f.c.rule == rule,
                f.c.level == Level.REVIEW.value, r.c.is_below_threshold.is_(False), ~said,
                *only.where(),
            )
            .order_by(f.c.patient_id, f.c.id)
            .limit(limit)
        )
    )  # fmt: skip


def withdraw(session: Session, finding_id: int) -> str:
    """Take an acknowledgement back; gives the case's effective status. Raises: Conflict."""
    begin_write(session)
    found = _finding(session, finding_id)
    table = table_of(Acknowledgement)
    session.connection().execute(delete(table).where(_same(table, found)))
    return _settle(session, found)


_SAID = ("practice_id", "patient_id", "month", "rule", "fingerprint")


def _finding(session: Session, finding_id: int) -> Any:
    table = table_of(FindingRow)
    found = session.connection().execute(select(table).where(table.c.id == finding_id)).first()
    if found is None:
        raise Conflict(
            "A finding was to be acknowledged; it no longer stands as it was shown. "
            "Open the case again."
        )
    return found


def _same(table: Any, found: Any) -> Any:
    return and_(*(table.c[name] == getattr(found, name) for name in _SAID))


def _settle(session: Session, found: Any) -> str:
    """Work out the effective status of the finding's case again."""
    f, a, result = table_of(FindingRow), table_of(Acknowledgement), table_of(CaseResult)
    of_case = [
        f.c.practice_id == found.practice_id,
        f.c.patient_id == found.patient_id,
        f.c.month == found.month,
        f.c.level == Level.REVIEW.value,
    ]
    waiting = session.connection().scalar(
        select(f.c.id)
        .where(*of_case, ~select(a.c.id).where(*(a.c[n] == f.c[n] for n in _SAID)).exists())
        .limit(1)
    )
    this_case = and_(
        result.c.practice_id == found.practice_id,
        result.c.patient_id == found.patient_id,
        result.c.month == found.month,
    )
    status = str(session.connection().scalar(select(result.c.status).where(this_case)) or "")
    settled = effective_status(status, waiting is not None)
    session.connection().execute(update(result).where(this_case).values(effective_status=settled))
    return settled
