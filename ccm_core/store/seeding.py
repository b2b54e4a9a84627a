"""Writing that only made-up practices need: earlier first days, many acknowledgements at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from ccm_core import records
from ccm_core.findings import Level
from ccm_core.months import Month, utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.schema import Acknowledgement, CaseResult, FindingRow, record_table, table_of

ReasonFor = Callable[[str, str], str]
"""Patient and rule to the reason for accepting the finding; an empty text leaves it open."""


def backdate_patients(
    session: Session, practice_id: str, known_since: Mapping[str, datetime]
) -> None:
    """Set the moment at which each patient was first listed."""
    if not known_since:
        return
    begin_write(session)
    patient = record_table(records.Patient)
    session.connection().execute(
        update(patient)
        .where(patient.c.practice_id == practice_id, patient.c.patient_id == bindparam("b_patient"))
        .values(created_at=bindparam("b_since")),
        [{"b_patient": who, "b_since": since} for who, since in known_since.items()],
    )


def acknowledge_many(
    session: Session, practice_id: str, month: Month, user_id: str, reason_for: ReasonFor
) -> int:
    """Acknowledge the REVIEW findings of a month that have a reason; gives their number."""
    begin_write(session)
    f, table = table_of(FindingRow).c, table_of(Acknowledgement)
    known = {
        (patient_id, rule, mark)
        for patient_id, rule, mark in session.connection().execute(
            select(table.c.patient_id, table.c.rule, table.c.fingerprint).where(
                table.c.practice_id == practice_id, table.c.month == month
            )
        )
    }
    found = session.connection().execute(
        select(f.patient_id, f.rule, f.fingerprint).where(
            f.practice_id == practice_id, f.month == month, f.level == Level.REVIEW.value
        )
    )
    new: list[dict[str, object]] = []
    waiting: set[str] = set()
    looked_at: set[str] = set()
    for patient_id, rule, mark in found:
        reason = reason_for(patient_id, rule)
        looked_at.add(patient_id)
        if (patient_id, rule, mark) in known:
            continue
        if not reason:
            waiting.add(patient_id)
            continue
        new.append({
            "practice_id": practice_id, "patient_id": patient_id, "month": month, "rule": rule,
            "fingerprint": mark, "user_id": user_id, "reason": reason, "created_at": utc_now(),
        })  # fmt: skip
    if new:
        session.connection().execute(insert(table), new)
    _clear(session, practice_id, month, sorted(looked_at - waiting))
    return len(new)


def _clear(session: Session, practice_id: str, month: Month, patient_ids: list[str]) -> None:
    """A review in which nothing waits any more counts as clean."""
    if not patient_ids:
        return
    result = table_of(CaseResult)
    session.connection().execute(
        update(result)
        .where(
            result.c.practice_id == practice_id,
            result.c.month == month,
            result.c.patient_id == bindparam("b_patient"),
            result.c.status == "review",
        )
        .values(effective_status="clean"),
        [{"b_patient": patient_id} for patient_id in patient_ids],
    )
