"""Finding patients: by name or number, a page at a time."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.store.kept import kept
from ccm_core.store.queries.common import EVERYBODY, Only, Page, ordered, page_of, patient_has
from ccm_core.store.schema import record_table


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient in a list."""

    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    born_on: date | None
    status: str
    practitioner_npi: str
    care_manager_id: str
    location: str
    last_contact_at: datetime | None


def patients_page(
    session: Session, practice_id: str, *, only: Only = EVERYBODY, search: str = "",
    sort: str = "name", limit: int = 100, offset: int = 0,
) -> Page[PatientRow]:  # fmt: skip
    """Patients whose name or number holds every word of the search."""
    p = record_table(records.Patient).c
    statement: Select[Any] = select(
        p.patient_id, p.family_name, p.given_name, p.mrn, p.born_on, p.status,
        p.practitioner_npi, p.care_manager_id, p.location, p.last_contact_at,
    ).where(p.practice_id == practice_id, *only.where())  # fmt: skip
    if search:
        statement = statement.where(patient_has(search))
    sorts = {
        "name": p.family_name, "born": p.born_on, "status": p.status,
        "last_contact": p.last_contact_at, "location": p.location,
    }  # fmt: skip
    by = ordered(statement, sorts, sort, [p.given_name, p.patient_id])
    counted = functools.partial(_number_of, session, practice_id, only)
    return page_of(session, by, PatientRow, limit, offset, p.patient_id, counted, search)


@kept("patient", "payer")
def _number_of(session: Session, practice_id: str, only: Only) -> int:
    """How many patients there are."""
    p = record_table(records.Patient)
    asked = select(func.count()).select_from(p).where(p.c.practice_id == practice_id)
    return int(session.connection().scalar(asked.where(*only.where())) or 0)


def mrn_is_taken(session: Session, practice_id: str, mrn: str, *, but: str = "") -> bool:
    """Whether a patient other than ``but`` has this record number."""
    p = record_table(records.Patient).c
    found = session.connection().execute(
        select(p.patient_id)
        .where(p.practice_id == practice_id, p.mrn == mrn, p.patient_id != but)
        .limit(1)
    )
    return found.first() is not None
