"""Marks of the results that a month has already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Select, Text, bindparam, func, select, true, type_coerce
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.db import dialect_of
from ccm_core.store.schema import CaseResult, table_of
from ccm_core.store.statements import among, streamed

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
    asked = _asked(practice_id)
    if dialect_of(session) == "postgresql":
        asked = _one_by_one(asked, month, patient_ids)
    else:
        asked = asked.where(_C.month == month, among(session, _C.patient_id, patient_ids))
    rows = session.connection().execute(asked)
    return {patient_id: (mark, seen) for patient_id, mark, seen in rows}


def _asked(practice_id: str) -> Select[Any]:
    return select(_C.patient_id, _C.fingerprint, _C.signals_mark).where(
        _C.practice_id == practice_id
    )


def _one_by_one(asked: Select[Any], month: Month, patient_ids: Sequence[str]) -> Select[Any]:
    """Look each patient up by name, whatever the statistics say.

    Of what a transaction has written there are none: a month that it fills seems empty, and
    PostgreSQL would read all of it, written so far, for every few thousand names. So it is
    asked about one name at a time (OFFSET keeps it so), and no index can begin by the month.
    """
    names = bindparam(None, list(patient_ids), ARRAY(Text), unique=True)
    named = func.unnest(names).table_valued("patient_id", name="named").render_derived()
    of_month = type_coerce(_C.month, Text).concat("") == str(month)
    found = asked.where(_C.patient_id == named.c.patient_id, of_month).offset(0).lateral("found")
    return select(found).select_from(named).join(found, true())
