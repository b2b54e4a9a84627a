"""Marks of the results that a month has already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.schema import CaseResult, table_of
from ccm_core.store.statements import by_name, streamed, unindexed

Earlier = tuple[str, str, str]
"""A patient, and fingerprint and signals mark of the stored result."""
Marked = Mapping[str, tuple[str, str]]
"""The same, by patient."""
_C = table_of(CaseResult).c


def marks_of_month(session: Session, practice_id: str, month: Month) -> Iterator[Earlier]:
    """Of everybody, in no order, some thousand at a time."""
    for row in streamed(session, _asked(practice_id).where(_C.month == month)):
        yield row[0], row[1], row[2]


def marks_of(
    session: Session, practice_id: str, month: Month, patient_ids: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Of these patients."""
    asked = _asked(practice_id).where(unindexed(session, _C.month) == str(month))
    rows = session.connection().execute(by_name(session, asked, _C.patient_id, patient_ids))
    return {patient_id: (mark, seen) for patient_id, mark, seen in rows}


def _asked(practice_id: str) -> Select[Any]:
    return select(_C.patient_id, _C.fingerprint, _C.signals_mark).where(
        _C.practice_id == practice_id
    )
