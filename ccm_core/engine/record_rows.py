"""Records as rows of one plain table, for engines that move them between machines.

One row is one record: its kind, the patient, the person who logged it, its place among
the records of its kind, and its fields as JSON. JSON and not pickle: reading a file must
never run what somebody wrote into it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ccm_core import records
from ccm_core.errors import UsageError
from ccm_core.months import Month

KINDS: tuple[type[Any], ...] = (
    records.Practice, records.Practitioner, records.Staff, records.Patient, records.StatusChange,
    records.Condition, records.Consent, records.CarePlan, records.TimeEntry, records.Stay,
    records.Visit, records.Payer, records.Complexity, records.ClaimLine,
)  # fmt: skip
SHARED = frozenset({"Practice", "Practitioner", "Staff"})
"""Kinds that belong to no patient."""
COLUMNS = ("kind", "patient_id", "staff_id", "place", "body")

Row = tuple[str, str, str, int, str]
_BY_NAME = {kind.__name__: kind for kind in KINDS}
_READ = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "Decimal": Decimal,
    "Month": Month.parse,
    "frozenset[str]": frozenset,
    "tuple[str, ...]": tuple,
}


def rows_of(found: Iterable[Any]) -> Iterator[Row]:
    """Records as rows, numbered in the order in which they come."""
    for place, record in enumerate(found):
        said = {field.name: _plain(getattr(record, field.name)) for field in fields(record)}
        body = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        patient_id, staff_id = said.get("patient_id", ""), ""
        if isinstance(record, records.TimeEntry):
            staff_id = record.staff_id
        yield type(record).__name__, patient_id, staff_id, place, body


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, Month)):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    return value


def record_of(kind: str, body: str) -> Any:
    """The record of a row. Raises: UsageError."""
    made = _BY_NAME.get(kind)
    if made is None:
        raise UsageError(f"A row of kind {kind!r} was read; kinds are {', '.join(_BY_NAME)}.")
    said = json.loads(body)
    for name, read in _readers(kind):
        if said.get(name) is not None:
            said[name] = read(said[name])
    return made(**said)


@functools.cache
def _readers(name: str) -> tuple[tuple[str, Any], ...]:
    """Fields whose JSON is not yet their value, and what makes it so."""
    found = (
        (field.name, str(field.type).removesuffix(" | None")) for field in fields(_BY_NAME[name])
    )
    return tuple((field, _READ[said]) for field, said in found if said in _READ)
