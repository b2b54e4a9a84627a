"""Results that go on standing when the claim that was made from them is put on record.

A claim's lines belong to the case, so that a stored result would count as out of date as soon
as its own claim is written down. Where the claim asks for what the audit chose, in a form to
which no rule objects, auditing again would say the same: the result is marked as that of the
case with the claim. Any other case is audited anew, as after every change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from ccm_core import records
from ccm_core.as_claimed import is_plain
from ccm_core.case_building import request_of
from ccm_core.cases import Case, Request
from ccm_core.months import Month
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.results.marking import with_claims
from ccm_core.store.schema import CaseResult, record_table, table_of
from ccm_core.store.statements import among


def keep_claimed(
    session: Session, practice: records.Practice, month: Month, lines: Iterable[records.ClaimLine]
) -> int:
    """Mark the results of these new claims as those of the case with its claim; gives how many.

    The lines are stored already, each of a patient who had no claim in the month; the audit
    has renewed the results before. Whatever somebody else changes meanwhile is in no mark.
    """
    claims: dict[str, list[records.ClaimLine]] = defaultdict(list)
    for line in lines:
        claims[line.patient_id].append(line)
    asked = _plain(session, practice, month, claims)
    stored = _stored(session, practice, month, asked)
    added = _added(session, practice, claims)
    kept = [
        {"b_patient": patient_id, "b_mark": with_claims(fingerprint, added[patient_id])}
        for patient_id, fingerprint in stored.items()
    ]
    _mark(session, practice, month, kept)
    return len(kept)


def _plain(
    session: Session, practice: records.Practice, month: Month,
    claims: Mapping[str, Sequence[records.ClaimLine]],
) -> dict[str, tuple[str, Request]]:  # fmt: skip
    """Practitioner and request of the claims whose form nothing speaks against."""
    ids = sorted(claims)
    payers: dict[str, list[records.Payer]] = defaultdict(list)
    for payer in _read(session, practice, records.Payer, ids):
        payers[payer.patient_id].append(payer)
    found = {}
    for patient in _read(session, practice, records.Patient, ids):
        lines = claims[patient.patient_id]
        request, covers = request_of(lines), tuple(payers[patient.patient_id])
        shell = Case(practice, patient, month, lines[0].npi, payers=covers, request=request)
        if request is not None and is_plain(shell):
            found[patient.patient_id] = lines[0].npi, request
    return found


def _read(session: Session, practice: records.Practice, kind: type[Any], ids: list[str]) -> Any:
    table = record_table(kind)
    where = among(session, table.c.patient_id, ids)
    return load(session, kind, select_records(kind, practice.practice_id, where))


def _stored(
    session: Session, practice: records.Practice, month: Month,
    asked: Mapping[str, tuple[str, Request]],
) -> dict[str, str]:  # fmt: skip
    """Fingerprints of the results that plan what the claim asks for."""
    c = table_of(CaseResult).c
    rows = session.connection().execute(
        select(c.patient_id, c.fingerprint, c.npi, c.units, c.service_on).where(
            c.practice_id == practice.practice_id,
            c.month == month,
            among(session, c.patient_id, sorted(asked)),
        )
    )
    found = {}
    for patient_id, fingerprint, npi, units, on in rows:
        by, request = asked[patient_id]
        if (npi, units, on) == (by, request.units, request.service_on):
            found[patient_id] = fingerprint
    return found


def _added(
    session: Session, practice: records.Practice, claims: Mapping[str, Sequence[records.ClaimLine]]
) -> dict[str, list[tuple[int, int]]]:
    """Number and version of the stored lines of these claims, by patient."""
    c = record_table(records.ClaimLine).c
    claim_ids = sorted({lines[0].claim_id for lines in claims.values()})
    rows = session.connection().execute(
        select(c.patient_id, c.id, c.version)
        .where(c.practice_id == practice.practice_id, among(session, c.claim_id, claim_ids))
        .order_by(c.id)
    )
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for patient_id, row_id, version in rows:
        found[patient_id].append((row_id, version))
    return found


def _mark(
    session: Session, practice: records.Practice, month: Month, kept: Sequence[Mapping[str, str]]
) -> None:
    if not kept:
        return
    table = table_of(CaseResult)
    session.connection().execute(
        update(table)
        .where(
            table.c.practice_id == practice.practice_id, table.c.month == month,
            table.c.patient_id == bindparam("b_patient"),
        )
        .values(fingerprint=bindparam("b_mark")),
        kept,
    )  # fmt: skip
