"""What a month holds for a claim run: results, lines that stand already, and its close."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store.db import begin_write
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.schema import CaseResult, ClaimBatch, MonthClose, record_table, table_of
from ccm_core.store.statements import among

_GONE = ("voided", "replaced")


@dataclass(frozen=True, slots=True)
class MonthResult:
    """A stored result as a batch reads it. ``status`` is the one after acknowledgements."""

    patient_id: str
    month: str
    npi: str
    status: str
    planned_units: Mapping[str, int]
    earned_units: Mapping[str, int]
    """What the chosen path earns, whatever is planned."""
    service_on: date | None
    expected_medicare_usd: Decimal | None
    expected_patient_usd: Decimal | None
    policy_name: str
    tables_version: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The close of a month."""

    month: Month
    closed_at: datetime
    closed_by: str
    policy: str
    tables_version: str
    totals: dict[str, Any]


def results(
    session: Session, practice_id: str, month: Month, patient_ids: Collection[str] | None = None
) -> list[MonthResult]:
    """The stored results of a month by patient; months with nothing to bill left out."""
    c = table_of(CaseResult).c
    where = [c.practice_id == practice_id, c.month == month, c.is_below_threshold.is_(False)]
    if patient_ids is not None:
        where.append(among(session, c.patient_id, sorted(patient_ids)))
    rows = session.connection().execute(
        select(
            c.patient_id, c.npi, c.effective_status, c.units, c.path, c.paths, c.service_on,
            c.expected_medicare_usd, c.expected_patient_usd, c.policy, c.tables_version,
        )
        .where(*where)
        .order_by(c.patient_id)
    )  # fmt: skip
    found = []
    for patient_id, npi, status, units, path, paths, *rest in rows:
        earned: dict[str, int] = next((p["units"] for p in paths if p["name"] == path), {})
        found.append(MonthResult(patient_id, str(month), npi, status, units, earned, *rest))
    return found


def standing(session: Session, practice_id: str, month: Month) -> dict[str, set[str]]:
    """Claims of the program that stand for the month: patient to claim numbers."""
    c = record_table(records.ClaimLine).c
    rows = session.connection().execute(
        select(c.patient_id, c.claim_id)
        .where(
            c.practice_id == practice_id, c.month == month, c.status.not_in(_GONE),
            c.code.in_(sorted(program_codes())),
        )
        .distinct()
    )  # fmt: skip
    found: dict[str, set[str]] = defaultdict(set)
    for patient_id, claim_id in rows:
        found[patient_id].add(claim_id)
    return dict(found)


def closed(session: Session, practice_id: str, month: Month) -> Closed | None:
    """The close of that month, or None while it is open."""
    c = table_of(MonthClose).c
    row = (
        session.connection()
        .execute(
            select(c.month, c.closed_at, c.closed_by, c.policy, c.tables_version, c.totals).where(
                c.practice_id == practice_id, c.month == month
            )
        )
        .first()
    )
    return Closed(*row) if row else None


def close(session: Session, practice_id: str, what: Closed) -> None:
    """Write the close and freeze the month's batches."""
    begin_write(session)
    session.connection().execute(
        insert(table_of(MonthClose)).values(
            practice_id=practice_id, month=what.month, closed_at=what.closed_at,
            closed_by=what.closed_by, policy=what.policy, tables_version=what.tables_version,
            totals=what.totals, created_at=what.closed_at,
        )
    )  # fmt: skip
    batch = table_of(ClaimBatch)
    session.connection().execute(
        update(batch)
        .where(batch.c.practice_id == practice_id, batch.c.month == what.month)
        .values(frozen_at=what.closed_at)
    )
