"""Cases of a month, in bulk: a dozen statements for thousands of patients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.case_building import (
    DAYS_AFTER,
    DAYS_BEFORE_START,
    MONTHS_BACK,
    once_codes,
    put_together,
)
from ccm_core.cases import Case
from ccm_core.collector import collector_paused
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store.reading.members import entry_touches, member_ids
from ccm_core.store.reading.one import practice as read_practice
from ccm_core.store.reading.rows import columns_of, fetch_columns
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among, chunks, days_before

BATCH = 5_000
"""Cases held at once: bounds memory, costs a dozen statements each time."""

Grouped = dict[str, list[Any]]
Rows = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CaseMarks:
    """What tells whether anything in a case has changed, without the case."""

    patient_id: str
    rows: Rows
    """Row number and version of every row behind the case, its claim lines apart."""
    claims: Rows
    """The same of its claim lines."""
    first_service_on: date | None
    last_contact_at: Any


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case with its marks."""

    case: Case
    marks: CaseMarks


def cases(
    session: Session, practice_id: str, month: Month, patient_ids: Sequence[str] | None = None
) -> Iterator[Case]:
    """The cases of a month, by patient identifier. Raises: UsageError."""
    for loaded in load_cases(session, practice_id, month, patient_ids):
        yield loaded.case


def load_cases(
    session: Session, practice_id: str, month: Month, patient_ids: Sequence[str] | None = None
) -> Iterator[Loaded]:
    """The same with what a repeated audit needs. Raises: UsageError."""
    practice = read_practice(session, practice_id)
    if practice is None:
        raise UsageError("A practice was asked for; the database does not hold it. Import it.")
    members = member_ids(session, practice, month, patient_ids)
    yield from load_members(session, practice, month, members)


def load_members(
    session: Session, practice: records.Practice, month: Month, members: Sequence[str]
) -> Iterator[Loaded]:
    """The cases of patients who are known to be cases of the month."""
    for some in chunks(members, BATCH):
        with collector_paused():
            batch = list(_Batch(session, practice, month, some).build())
        yield from batch


def case_marks(
    session: Session, practice: records.Practice, month: Month, members: Sequence[str]
) -> Iterator[CaseMarks]:
    """The marks of these cases; much cheaper than the cases themselves."""
    for some in chunks(members, BATCH):
        with collector_paused():
            batch = list(_Batch(session, practice, month, some).look())
        yield from batch


class _Batch:
    """One batch of patients: read kind by kind, then put together patient by patient."""

    def __init__(
        self, session: Session, practice: records.Practice, month: Month, ids: Sequence[str]
    ) -> None:
        self.session, self.practice, self.month, self.ids = session, practice, month, ids
        self.marks: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.claims: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def build(self) -> Iterator[Loaded]:
        patients = self.read(records.Patient)
        extra = self.first_and_last()
        of = {kind: self.read(kind, *where) for kind, where in self.wanted().items()}
        for patient_id in self.ids:
            found = {kind: rows.get(patient_id, ()) for kind, rows in of.items()}
            marks = self.marks_of(patient_id, extra)
            patient, first_on = patients[patient_id][0], marks.first_service_on
            case = put_together(self.practice, patient, self.month, found, first_on)
            yield Loaded(case, marks)

    def look(self) -> Iterator[CaseMarks]:
        """The marks alone, of the same rows in the same order."""
        extra = self.first_and_last()
        wanted = [(records.Patient, ()), *self.wanted().items()]
        for kind, where in wanted:
            columns = [record_table(kind).c.patient_id]
            self.note(kind, *fetch_columns(self.session, self.rows(kind, columns, where)))
        for patient_id in self.ids:
            yield self.marks_of(patient_id, extra)

    def marks_of(self, patient_id: str, extra: Mapping[str, tuple[date | None, Any]]) -> CaseMarks:
        rows, claims = self.marks.get(patient_id, ()), self.claims.get(patient_id, ())
        return CaseMarks(patient_id, tuple(rows), tuple(claims), *extra[patient_id])

    def wanted(self) -> dict[type[Any], tuple[ColumnElement[bool], ...]]:
        """What of each kind a case of this month needs."""
        month, t = self.month, record_table
        far = month.plus(2).last_day
        stay, claim = t(records.Stay).c, t(records.ClaimLine).c
        return {
            records.Condition: (),
            records.Consent: (t(records.Consent).c.given_on <= far,),
            records.CarePlan: (t(records.CarePlan).c.created_on <= far,),
            records.TimeEntry: (entry_touches(month, self.practice),),
            records.Stay: (
                stay.from_on <= month.following.last_day,
                or_(stay.to_on.is_(None), stay.to_on >= month.previous.first_day),
            ),
            records.Visit: (self.visits_needed(),),
            records.Payer: self.payers_needed(),
            records.Complexity: (t(records.Complexity).c.month == month,),
            records.StatusChange: (t(records.StatusChange).c.changed_on <= month.last_day,),
            records.ClaimLine: (
                or_(
                    claim.month.between(month.plus(-MONTHS_BACK), month.following),
                    claim.code.in_(once_codes()),
                ),
            ),
        }

    def payers_needed(self) -> tuple[ColumnElement[bool], ...]:
        payer = record_table(records.Payer).c
        return (
            or_(payer.from_on.is_(None), payer.from_on <= self.month.following.last_day),
            or_(payer.to_on.is_(None), payer.to_on >= self.month.previous.first_day),
        )

    def visits_needed(self) -> ColumnElement[bool]:
        """Recent visits, those in the year before the first service, and the earliest one."""
        visit, patient = record_table(records.Visit), record_table(records.Patient)
        recent = visit.c.on >= self.month.plus(-MONTHS_BACK).first_day
        start = (
            select(patient.c.first_service_on)
            .where(
                patient.c.practice_id == visit.c.practice_id,
                patient.c.patient_id == visit.c.patient_id,
            )
            .scalar_subquery()
        )
        other = visit.alias("other_visit")
        earliest = (
            select(func.min(other.c.on))
            .where(
                other.c.practice_id == visit.c.practice_id,
                other.c.patient_id == visit.c.patient_id,
            )
            .scalar_subquery()
        )
        opening = and_(
            visit.c.on <= start, visit.c.on >= days_before(self.session, start, DAYS_BEFORE_START)
        )
        return and_(
            visit.c.on <= self.month.last_day + DAYS_AFTER,
            or_(recent, opening, visit.c.on == earliest),
        )

    def read(self, kind: type[Any], *where: ColumnElement[bool]) -> Grouped:
        """Records of one kind by patient, in a stable order."""
        wanted = columns_of(kind)
        row_ids, versions, *columns = fetch_columns(self.session, self.rows(kind, wanted, where))
        patient_ids = columns[wanted.index(record_table(kind).c.patient_id)]
        found: Grouped = defaultdict(list)
        for patient_id, record in zip(patient_ids, map(kind, *columns), strict=True):
            found[patient_id].append(record)
        self.note(kind, row_ids, versions, patient_ids)
        return found

    def rows(
        self, kind: type[Any], columns: Sequence[Any], where: Sequence[ColumnElement[bool]]
    ) -> Select[Any]:
        """A statement for number, version and these columns of the rows behind the cases."""
        table = record_table(kind)
        return (
            select(table.c.id, table.c.version, *columns)
            .where(
                table.c.practice_id == self.practice.practice_id,
                among(self.session, table.c.patient_id, self.ids),
                *where,
            )
            .order_by(*_order(table, kind))
        )

    def note(
        self, kind: type[Any], row_ids: Sequence[int], versions: Sequence[int],
        patient_ids: Sequence[str],
    ) -> None:  # fmt: skip
        """Remember which rows, at which version, each case rests on."""
        marks = self.claims if kind is records.ClaimLine else self.marks
        for row_id, version, patient_id in zip(row_ids, versions, patient_ids, strict=True):
            marks[patient_id].append((row_id, version))

    def first_and_last(self) -> dict[str, tuple[date | None, Any]]:
        """First day of service and last contact of each patient."""
        patient = record_table(records.Patient).c
        rows = self.session.connection().execute(
            select(patient.patient_id, patient.first_service_on, patient.last_contact_at).where(
                patient.practice_id == self.practice.practice_id,
                among(self.session, patient.patient_id, self.ids),
            )
        )
        return {patient_id: (first, last) for patient_id, first, last in rows}


def _order(table: Any, kind: type[Any]) -> list[ColumnElement[Any]]:
    if kind is records.TimeEntry:
        return [table.c.started_at, table.c.entry_id]
    return [table.c.id]
