"""Who each month is billed for: patient, coverage, practitioner and diagnoses, read in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from ccm_core import records
from ccm_core.cases import Case
from ccm_core.claims.planned import BillTo
from ccm_core.eligibility import chronic_conditions, payer_on
from ccm_core.exchange.x12.claim_records import Address
from ccm_core.months import Month
from ccm_core.records import Practice
from ccm_core.store import reading
from ccm_core.store.claiming.months import MonthResult
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among

if TYPE_CHECKING:
    from sqlmodel import Session

R = TypeVar("R")


def bill_to(
    session: Session, practice: Practice, month: Month, results: Iterable[MonthResult]
) -> Callable[[str], BillTo | None]:
    """A function that tells who is billed for a patient's month."""
    of = {one.patient_id: one for one in results}
    ids = sorted(of)
    patients = {p.patient_id: p for p in _all(session, practice, records.Patient, ids)}
    payers = _by_patient(_all(session, practice, records.Payer, ids))
    conditions = _by_patient(_all(session, practice, records.Condition, ids))
    people = {p.npi: p for p in reading.practitioners(session, practice.practice_id)}

    def find(patient_id: str) -> BillTo | None:
        result, patient = of[patient_id], patients.get(patient_id)
        if patient is None:
            return None
        payer = payer_on(payers[patient_id], result.service_on or month.last_day)
        practitioner = people.get(result.npi)
        if payer is None or practitioner is None:
            return None
        codes = _diagnoses(practice, patient, month, conditions[patient_id])
        return BillTo(patient, payer, practitioner, codes, _address(patient))

    return find


def _address(patient: records.Patient) -> Address:
    """Where the patient lives; a claim with a part of it missing is warned of."""
    return Address(patient.street, "", patient.city, patient.state, patient.zip5)


def _diagnoses(
    practice: Practice, patient: records.Patient, month: Month, conditions: list[Any]
) -> tuple[str, ...]:
    """ICD-10-CM codes of the chronic conditions, those that a practitioner confirmed first."""
    coded = tuple(c for c in conditions if c.system == "icd10cm")
    chronic = chronic_conditions(Case(practice, patient, month, conditions=coded))
    ordered = sorted(chronic, key=lambda c: (not c.confirmed_by, c.onset_on is None))
    return tuple(dict.fromkeys(c.code for c in ordered))


def _all(session: Session, practice: Practice, kind: type[R], ids: list[str]) -> list[R]:
    table = record_table(kind)
    statement = select_records(
        kind, practice.practice_id, among(session, table.c.patient_id, ids)
    ).order_by(table.c.id)
    return load(session, kind, statement)


def _by_patient(found: Iterable[Any]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for one in found:
        grouped[one.patient_id].append(one)
    return grouped
