"""What the demo practice is made of: the span of months, one patient's chart, the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from ccm_core.cases import Case
from ccm_core.eligibility import covers
from ccm_core.months import Month, months_between
from ccm_core.records import (
    CarePlan,
    ClaimLine,
    Complexity,
    Condition,
    Consent,
    Patient,
    Payer,
    Practice,
    Practitioner,
    Staff,
    StatusChange,
    Stay,
    TimeEntry,
    Visit,
)

PRACTICE_ID = "demo"


@dataclass(frozen=True, slots=True)
class Span:
    """The months that the demo covers; everything happens before ``today``."""

    today: date
    months: tuple[Month, ...]

    @classmethod
    def ending(cls, today: date, months: int) -> Span:
        """So many months up to the month of today."""
        last = Month.of(today)
        return cls(today, tuple(months_between(last.plus(1 - months), last)))

    @property
    def first_day(self) -> date:
        return self.months[0].first_day

    @property
    def closed(self) -> tuple[Month, ...]:
        """Every month but the current one."""
        return self.months[:-1]

    def month(self, place: int) -> Month | None:
        """The month so many places before the current one; None outside the span."""
        return self.months[-1 - place] if place < len(self.months) else None


def dice(seed: int, *what: object) -> Random:
    """A generator of its own for each thing, so that a change to one moves no other."""
    return Random("/".join(map(str, (seed, *what))))  # noqa: S311 - invented people, no secret


def workdays(first: date, last: date) -> list[date]:
    """Monday to Friday from first to last, both included."""
    count = (last - first).days + 1
    days = (first + timedelta(days=n) for n in range(max(count, 0)))
    return [day for day in days if day.weekday() < 5]


@dataclass(slots=True)
class Chart:
    """Everything about one invented patient while it is being made up."""

    patient: Patient
    rng: Random
    kind: str = "plain"
    """``plain``, ``complex``, ``personal`` (the practitioner's own time) or ``pcm``."""
    enrolled_on: date | None = None
    left_on: date | None = None
    conditions: list[Condition] = field(default_factory=list)
    changes: list[StatusChange] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    plans: list[CarePlan] = field(default_factory=list)
    payers: list[Payer] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    complexities: list[Complexity] = field(default_factory=list)
    entries: dict[Month, list[TimeEntry]] = field(default_factory=dict)
    claims: list[ClaimLine] = field(default_factory=list)
    story: str = ""
    """The trouble that changed the chart for good; a chart has one at most."""
    told: set[Month] = field(default_factory=set)
    """Months in which some trouble was told of this chart; one a month is enough."""

    @property
    def patient_id(self) -> str:
        return self.patient.patient_id

    @property
    def npi(self) -> str:
        return self.patient.practitioner_npi

    def is_quiet(self, month: Month) -> bool:
        """No trouble in the chart, and none in that month."""
        return not self.story and month not in self.told

    def change(self, **fields: Any) -> None:
        """Replace fields of the patient."""
        self.patient = replace(self.patient, **fields)

    def seconds_in(self, month: Month) -> int:
        return sum(entry.seconds for entry in self.entries.get(month, ()))

    def records(self) -> Iterator[Any]:
        """The chart as plain records, the patient first."""
        yield self.patient
        for some in (
            self.changes, self.conditions, self.consents, self.plans, self.payers, self.visits,
            self.stays, self.complexities,
        ):  # fmt: skip
            yield from some
        for month in sorted(self.entries):
            yield from self.entries[month]
        yield from self.claims

    def case(self, practice: Practice, month: Month) -> Case:
        """The patient-month as the store would read it, without any claim of it."""
        served = [
            entry.started_at
            for some in self.entries.values()
            for entry in some
            if entry.actor in ("clinical_staff", "practitioner") and not entry.face_to_face
        ]
        near = [p for p in self.payers if covers(p, month.first_day) or covers(p, month.last_day)]
        return Case(
            practice=practice,
            patient=self.patient,
            month=month,
            npi=self.npi,
            conditions=tuple(self.conditions),
            consents=tuple(self.consents),
            care_plans=tuple(self.plans),
            entries=tuple(self.entries.get(month, ())),
            stays=tuple(self.stays),
            visits=tuple(self.visits),
            payers=tuple(near),
            complexity=next((c for c in self.complexities if c.month == month), None),
            past_claims=tuple(line for line in self.claims if line.month < month),
            first_service_on=min(served).date() if served else None,
        )


@dataclass(frozen=True)
class DemoPractice:
    """An invented practice as plain records."""

    practice: Practice
    practitioners: tuple[Practitioner, ...]
    staff: tuple[Staff, ...]
    span: Span
    charts: tuple[tuple[Any, ...], ...]
    """The records of each patient, the patient first."""
    known_since: tuple[tuple[str, date], ...] = ()
    """The day on which each patient was first listed."""

    def records(self) -> Iterator[Any]:
        """Every record, the practice first."""
        yield self.practice
        yield from self.practitioners
        yield from self.staff
        for chart in self.charts:
            yield from chart

    def of(self, kind: type[Any]) -> list[Any]:
        """Every record of one kind."""
        return [record for record in self.records() if isinstance(record, kind)]
