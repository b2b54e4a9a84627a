"""A record as one row or resource states it, before it meets what is stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from ccm_core import records
from ccm_core.record_ids import SAME_BY

Key = tuple[Any, ...]

INACTIVE = (
    "Patients whom the export calls inactive are ineligible here, and O16 asks where time is "
    "logged for them. Whoever is stored with another status keeps it: compare those."
)
"""Said of a status that no export states: it never takes the place of one that is stored."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record and the names of the fields that the export really states."""

    record: Any
    given: frozenset[str]
    stamp: str = ""
    """When the export last changed it, as text that sorts; empty when it does not say."""
    notes: tuple[str, ...] = ()
    is_by_record: bool = False
    """The patient is named by a medical record number, which may be another one's id."""

    @property
    def key(self) -> Key:
        return key_of(self.record)

    def onto(self, stored: Any) -> Any:
        """The stored record with what this export states; the rest stays as people left it."""
        given = self.given
        if isinstance(stored, records.Condition) and stored.confirmed_by:
            given = given - {"is_chronic", "group"}
        if isinstance(stored, records.Patient) and stored.status != "eligible":
            is_said = self.record.status != "eligible" and INACTIVE not in self.notes
            given = given if is_said else given - {"status"}
        if (
            isinstance(stored, records.ClaimLine)
            and _RANK[stored.status] > _RANK[self.record.status]
        ):
            given = given - {"status"}
        if isinstance(stored, records.TimeEntry) and _knows_the_hour(stored, self.record):
            given = given - {"started_at", "is_start_known"}
        return replace(stored, **{name: getattr(self.record, name) for name in given})


_RANK = {"planned": 0, "submitted": 1, "paid": 2, "denied": 2, "voided": 3, "replaced": 3}
"""How far a claim has come: an older export does not take it back."""


def _knows_the_hour(stored: records.TimeEntry, said: records.TimeEntry) -> bool:
    """Whether an export has only the day left of a start that is stored with its hour."""
    if said.is_start_known or not stored.is_start_known:
        return False
    return abs(stored.started_at - said.started_at) <= timedelta(hours=12)


def key_of(record: Any) -> Key:
    """The natural identifier of a record, led by its type."""
    kind = type(record)
    return (kind, *(getattr(record, name) for name in SAME_BY[kind]))


_shared: dict[frozenset[str], frozenset[str]] = {}


def draft(
    kind: type[Any], stated: dict[str, Any], stamp: str = "", notes: tuple[str, ...] = ()
) -> Draft:
    """The draft of a record of that kind from the fields that are stated."""
    given = frozenset(stated)
    return Draft(kind(**stated), _shared.setdefault(given, given), stamp, notes)


def derived_id(*parts: object) -> str:
    """An identifier made from what a row says: the same row, the same identifier."""
    text = "\x1f".join(str(part) for part in parts)
    return "h-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:24]


def field_names(kind: type[Any]) -> frozenset[str]:
    """The fields of a record type."""
    return frozenset(field.name for field in fields(kind))
