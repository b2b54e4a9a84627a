"""Rows about claims beside the patients whom they are about."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, and_, select

from ccm_core import records
from ccm_core.store.queries.common import EVERYBODY, Only
from ccm_core.store.schema import record_table

_NAMED = ("family_name", "given_name", "mrn")


def joined(table: Table) -> Any:
    """The rows with their patients."""
    p = record_table(records.Patient)
    same = and_(p.c.practice_id == table.c.practice_id, p.c.patient_id == table.c.patient_id)
    return table.join(p, same)


def viewed(table: Table, view: Any, practice_id: str, only: Only = EVERYBODY) -> Any:
    """A statement for the fields of a view, the patient's name and number among them."""
    p = record_table(records.Patient)
    columns = [p.c[n] if n in _NAMED else table.c[n] for n in view.__dataclass_fields__]
    return (
        select(*columns)
        .select_from(joined(table))
        .where(table.c.practice_id == practice_id, *only.where())
    )
