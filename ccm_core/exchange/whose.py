"""Whose each row is: a patient of this import or a stored one, by identifier or by number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ccm_core import records
from ccm_core.claims.posted import SentClaim
from ccm_core.exchange import cells
from ccm_core.exchange.drafts import Draft, Key
from ccm_core.exchange.fhir_elements import number_of
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.report import Item
from ccm_core.exchange.x12.remit_records import Remittance

Place = tuple[int, Item]
"""A file's position and one of its items."""


class Known(Protocol):
    """What is stored already."""

    def patient_ids(self, ids: Iterable[str]) -> set[str]:
        """Which of these patients are stored."""

    def by_number(self, numbers: Iterable[str]) -> dict[str, str]:
        """Patient id of each record, Medicare or member number that one stored patient has."""

    def versions(self, kind: type[Any], ids: Iterable[Any]) -> Mapping[Key, list[Any]]:
        """Stored records of a kind by natural identifier, the current one last."""

    def sent_for(self, payments: Iterable[Remittance]) -> tuple[list[SentClaim], Mapping[str, str]]:
        """Claims that these payments may answer, and ours by the payers' numbers."""

    def by_payer_number(self, numbers: Collection[str]) -> Mapping[str, str]:
        """Our claims by the numbers that payers gave them, as posted remittances told."""

    def posted(self, keys: Collection[str]) -> set[str]:
        """Ids of the answers of these payments that were posted before."""


class Nothing:
    """An empty store."""

    def patient_ids(self, ids: Iterable[str]) -> set[str]:
        return set()

    def by_number(self, numbers: Iterable[str]) -> dict[str, str]:
        return {}

    def versions(self, kind: type[Any], ids: Iterable[Any]) -> Mapping[Key, list[Any]]:
        return {}

    def sent_for(self, payments: Iterable[Remittance]) -> tuple[list[SentClaim], Mapping[str, str]]:
        return [], {}

    def by_payer_number(self, numbers: Collection[str]) -> Mapping[str, str]:
        return {}

    def posted(self, keys: Collection[str]) -> set[str]:
        return set()


@dataclass
class Patients:
    """Which patients rows may name: those of this import and those stored."""

    found: dict[Key, Place]
    known: Known
    by_kind: dict[type[Any], list[Place]]
    ids: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    by_record: dict[str, set[str]] = field(default_factory=dict)
    """Patient ids of the record numbers that tables name patients by."""

    def __post_init__(self) -> None:
        people = [item.draft.record for _, item in self.found.values()]
        self.ids = {one.patient_id for one in people}
        named = {
            item.draft.record.patient_id
            for kind, places in self.by_kind.items() if kind is not records.Patient
            for _, item in places if hasattr(item.draft.record, "patient_id")
        }  # fmt: skip
        missing = named - self.ids
        self.ids |= self.known.patient_ids(missing)
        missing -= self.ids
        found: dict[str, set[str]] = {}
        for number, patient_id in self._numbers(people):
            found.setdefault(number, set()).add(patient_id)
        wanted = {one: _spellings(one) for one in missing}
        stored = self.known.by_number({number for several in wanted.values() for number in several})
        for one, numbers in wanted.items():
            here = {patient_id for number in numbers for patient_id in found.get(number, ())}
            here = here or {stored[number] for number in numbers if number in stored}
            if len(here) == 1:
                self.aliases[one] = here.pop()
        self._look_up_records(people)

    def _look_up_records(self, people: list[records.Patient]) -> None:
        """Whose each record number is: one patient's number may be another one's id."""
        wanted = {
            item.draft.record.patient_id
            for places in self.by_kind.values() for _, item in places if item.draft.is_by_record
        }  # fmt: skip
        for one in people:
            if one.mrn in wanted:
                self.by_record.setdefault(one.mrn, set()).add(one.patient_id)
        # A panel that knows its patients by record number alone speaks of its own.
        wanted -= self.by_record.keys() | {one.patient_id for one in people if not one.mrn}
        stored = self.known.by_number(wanted)
        self.by_record |= {number: {patient_id} for number, patient_id in stored.items()}

    def _numbers(self, people: list[records.Patient]) -> Iterator[tuple[str, str]]:
        """Record, Medicare and member numbers of this import, each with its patient."""
        for one in people:
            yield one.mrn or one.patient_id, one.patient_id
            yield one.mbi, one.patient_id
        for _, item in self.by_kind.get(records.Payer, []):
            yield item.draft.record.member_id, item.draft.record.patient_id

    def _owners(self, draft: Draft) -> set[str]:
        """The patients whose record number a row of a table names."""
        return self.by_record.get(draft.record.patient_id, set()) if draft.is_by_record else set()

    def resolved(
        self, kind: type[Any], reject: Callable[[Place, RowProblem], None]
    ) -> list[Place]:  # fmt: skip
        """The places of a kind whose patient is known; the others are rejected."""
        places = self.by_kind.get(kind, [])
        found = []
        for place in places:
            patient_id = getattr(place[1].draft.record, "patient_id", None)
            owners = self._owners(place[1].draft)
            if len(owners) > 1:
                reject(place, RowProblem("I39", _TWO, "patient_id", str(patient_id)))
            elif owners:
                found.append(_renamed(place, *owners))
            elif patient_id is None or patient_id in self.ids:
                found.append(place)
            elif patient_id in self.aliases:
                found.append(_renamed(place, self.aliases[patient_id]))
            else:
                reject(place, _nobody(patient_id))
        return found


_TWO = "Two patients of this import have this record number."


def _spellings(patient_id: str) -> frozenset[str]:
    """The numbers by which a patient may be found: as it stands, and a Medicare number's plain."""
    number = number_of(patient_id)[1] or patient_id
    return frozenset({number, cells.plain_mbi(number)} - {""})


def _nobody(patient_id: str) -> RowProblem:
    path, number = number_of(patient_id)
    if path:
        said = "No patient of this import, and none who is stored, has this identifier."
        return RowProblem("I56", said, path, number)
    said = "The patient is not stored and no accepted row of this import names them."
    return RowProblem("I39", said, "patient_id", patient_id)


def _renamed(place: Place, patient_id: str) -> Place:
    position, item = place
    if item.draft.record.patient_id == patient_id:
        return place
    record = replace(item.draft.record, patient_id=patient_id)
    return position, replace(item, draft=replace(item.draft, record=record))
