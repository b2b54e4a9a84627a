"""A mark of a practice's records: what is worked out from them, and not from results."""

from __future__ import annotations

from collections.abc import Hashable

from sqlalchemy import func, literal, select, union_all
from sqlmodel import Session

from ccm_core import records
from ccm_core.store import stamping
from ccm_core.store.schema import record_table

STAMPED = (
    "practice", "practitioner", "staff", "status_change", "consent", "payer", "time_entry",
    "claim_line", "contact",
)  # fmt: skip
"""Subjects of stamps: their tables are large, or belong to everybody."""
SUMMED = (
    records.Patient, records.Condition, records.CarePlan, records.Stay, records.Visit,
    records.Complexity,
)  # fmt: skip
"""Kinds without a stamp, or with one for some columns only: rows and versions are added up."""


def records_state(session: Session, practice_id: str) -> Hashable | None:
    """Changes with every record that a case may hold; None in a transaction that has written."""
    states = stamping.states(session, practice_id)
    if states is None:
        return None
    return tuple(states[subject] for subject in STAMPED), _sums(session, practice_id)


def _sums(session: Session, practice_id: str) -> tuple[tuple[object, ...], ...]:
    """A removed row's number may be given again, its moment is another."""
    parts = []
    for kind in SUMMED:
        table = record_table(kind)
        c = table.c
        parts.append(
            select(literal(table.name), func.count(), func.sum(c.id), func.sum(c.version),
                   func.max(c.created_at))
            .where(c.practice_id == practice_id)
        )  # fmt: skip
    rows = session.connection().execute(union_all(*parts))
    return tuple(sorted((tuple(row) for row in rows), key=lambda row: str(row[0])))
