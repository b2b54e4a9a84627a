"""Who is a case of a month, and what of a chart belongs to it: one patient's records in.

The engines that read files build every case here. The store asks its database for the same
selection, since it cannot read a whole panel to find a month's; what a case is made of is
put together here for both, and tests/engine holds that both choose the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ccm_core import records, tables
from ccm_core.cases import Case, Request
from ccm_core.months import Month, time_zone

LEFT = ("declined", "enrolled_elsewhere", "unenrolled", "ineligible", "deceased")
"""Statuses of somebody who is not, or no longer, in the program."""
LONGEST = timedelta(days=2)
"""No entry is longer; one that began so long before the month cannot reach into it."""
SERVICE_ACTORS = ("clinical_staff", "practitioner")
"""Those whose time is a service of the program."""
MONTHS_BACK = 13
"""Months of visits and claim lines that a case looks back on."""
DAYS_BEFORE_START = 400
"""Days before the first service in which the initiating visit is looked for."""
DAYS_AFTER = timedelta(days=31)
"""Days after the month whose visits are still of interest."""

Records = Mapping[type[Any], Sequence[Any]]
Keep = Callable[[Sequence[Any], date | None], Sequence[Any]]
"""What belongs to a case of some records of one kind; the first day of service is given."""
Within = tuple[str, date | None, date | None]
"""A field and the first and last day between which it lies."""
_GONE = ("voided", "replaced")
_PROGRAM_FAMILIES = frozenset({
    "ccm_staff", "ccm_personal", "ccm_complex", "pcm", "care_planning", "clinic_care_management",
    "apcm",
})  # fmt: skip
_ONCE_FAMILIES = frozenset({"care_planning"})


@functools.cache
def program_codes() -> frozenset[str]:
    """Codes that a claim of this program bills."""
    return _codes_of(_PROGRAM_FAMILIES)


@functools.cache
def once_codes() -> frozenset[str]:
    """Codes that may be billed once for a patient, however long ago."""
    return _codes_of(_ONCE_FAMILIES)


def _codes_of(families: frozenset[str]) -> frozenset[str]:
    rows = tables.load("codes", "code").rows
    return frozenset(row["code"] for row in rows if row["family"] in families)


def split_claims(
    lines: Sequence[records.ClaimLine], month: Month
) -> tuple[tuple[records.ClaimLine, ...], tuple[records.ClaimLine, ...]]:
    """The program's own claim of the month, and every other line.

    With several claims the newest that stands is the one in question; the others
    stay visible as history, so that billing twice is seen.
    """
    codes = program_codes()
    standing = [
        line for line in lines
        if line.month == month and line.status not in _GONE and line.code in codes
    ]  # fmt: skip
    if not standing:
        return (), tuple(lines)
    newest = max(standing, key=_newness).claim_id
    billed = tuple(line for line in standing if line.claim_id == newest)
    rest = tuple(line for line in lines if line not in billed)
    return billed, rest


def _newness(line: records.ClaimLine) -> tuple[str, str]:
    return line.created_on.isoformat() if line.created_on else "", line.claim_id


def request_of(billed: Sequence[records.ClaimLine]) -> Request | None:
    """What the claim asks for, or None when nothing was billed."""
    if not billed:
        return None
    units: dict[str, int] = {}
    for line in billed:
        units[line.code] = units.get(line.code, 0) + line.units
    first = billed[0]
    return Request(
        units=units,
        service_on=first.service_on,
        modifiers=tuple(sorted({m for line in billed for m in line.modifiers})),
        created_on=first.created_on,
        place=first.place,
        diagnoses=first.diagnoses or None,
    )


def put_together(
    practice: records.Practice, patient: records.Patient, month: Month, found: Records,
    first_service_on: date | None,
) -> Case:  # fmt: skip
    """The case of a patient from the records that were chosen for it.

    ``found``: each kind in a stable order, time entries by start and identifier.
    """
    lines = found[records.ClaimLine]
    billed, past = split_claims(lines, month) if lines else ((), ())
    complexity = found[records.Complexity]
    changes = found[records.StatusChange]
    return Case(
        practice,
        as_of(patient, changes) if changes else patient,
        month,
        billed[0].npi if billed and billed[0].npi else patient.practitioner_npi,
        tuple(found[records.Condition]),
        tuple(found[records.Consent]),
        tuple(found[records.CarePlan]),
        tuple(found[records.TimeEntry]),
        tuple(found[records.Stay]),
        tuple(found[records.Visit]),
        tuple(found[records.Payer]),
        complexity[0] if complexity else None,
        past,
        request_of(billed),
        first_service_on=first_service_on,
    )


def as_of(patient: records.Patient, changes: Sequence[records.StatusChange]) -> records.Patient:
    """The patient with the status of the month: who left since was still enrolled then."""
    last = changes[0]
    for change in changes:
        if change.changed_on > last.changed_on:
            last = change
    return patient if patient.status == last.status else replace(patient, status=last.status)


class Choosing:
    """The cases of one practice's month, each from everything on record about a patient."""

    def __init__(self, practice: records.Practice, month: Month) -> None:
        self.practice, self.month = practice, month
        self.zone = time_zone(practice.time_zone)
        first, past = month.bounds(self.zone)
        self.first_at = datetime.fromtimestamp(first, UTC)
        self.past_at = datetime.fromtimestamp(past, UTC)
        self.from_at = self.first_at - LONGEST
        self.first_on, self.last_on = month.first_day, month.last_day
        self.before_on, self.after_on = month.previous.first_day, month.following.last_day
        self.far_on = month.plus(2).last_day
        self.back_on = month.plus(-MONTHS_BACK).first_day
        self.visits_to = self.last_on + DAYS_AFTER
        self.claims_from, self.claims_to = month.plus(-MONTHS_BACK), month.following
        self.keeps: dict[type[Any], Keep] = {
            records.Consent: lambda some, _: [c for c in some if c.given_on <= self.far_on],
            records.CarePlan: lambda some, _: [p for p in some if p.created_on <= self.far_on],
            records.Stay: lambda some, _: [s for s in some if self._is_near(s.from_on, s.to_on)],
            records.Visit: self._visits,
            records.Payer: lambda some, _: [p for p in some if self._is_near(p.from_on, p.to_on)],
            records.Complexity: lambda some, _: [c for c in some if c.month == self.month],
            records.StatusChange: lambda some, _: [c for c in some if c.changed_on <= self.last_on],
            records.ClaimLine: lambda some, _: [c for c in some if self._is_claim_needed(c)],
        }
        """What of a chart belongs to a case, by kind; kinds that are not here belong as a whole."""
        self.within: dict[type[Any], tuple[Within, ...]] = {
            records.Consent: (("given_on", None, self.far_on),),
            records.CarePlan: (("created_on", None, self.far_on),),
            records.Stay: (("from_on", None, self.after_on), ("to_on", self.before_on, None)),
            records.Visit: (("on", self.back_on, self.visits_to),),
            records.Payer: (("from_on", None, self.after_on), ("to_on", self.before_on, None)),
            records.StatusChange: (("changed_on", None, self.last_on),),
        }
        """Days between which everything of a kind belongs to its case, whatever else is there."""

    def case_of(self, patient: records.Patient, chart: Records) -> Case | None:
        """The patient's case, or None for somebody who is none of this month."""
        log = chart[records.TimeEntry]
        entries = [entry for entry in log if self.touches(entry)]
        if len(entries) > 1:
            entries.sort(key=by_start)
        own = {**chart, records.TimeEntry: entries}
        return self.case_from(patient, own, self.first_service_on(log), self.keeps)

    def case_from(
        self, patient: records.Patient, chart: Records, first_on: date | None,
        keeps: Mapping[type[Any], Keep],
    ) -> Case | None:  # fmt: skip
        """The same where the month's entries are chosen, in order, and the first day is known.

        ``keeps``: kinds of which something may not belong to the case.
        """
        if not (
            chart[records.TimeEntry]
            or self._is_enrolled(patient, chart)
            or any(line.month == self.month for line in chart[records.ClaimLine])
        ):
            return None
        found = {**chart}
        for kind, keep in keeps.items():
            if found[kind]:
                found[kind] = keep(found[kind], first_on)
        return put_together(self.practice, patient, self.month, found, first_on)

    def touches(self, entry: records.TimeEntry) -> bool:
        """Whether an entry lies at least partly within the month.

        A start that is not known is noon of its day: such an entry belongs to that day's month.
        """
        start = entry.started_at
        if start >= self.first_at:
            return start < self.past_at
        # The store keeps whole seconds of a moment; so does this.
        if start < self.from_at or not entry.is_start_known:
            return False
        return int(start.timestamp()) + entry.seconds > int(self.first_at.timestamp())

    def _is_enrolled(self, patient: records.Patient, chart: Records) -> bool:
        """Whether consent holds in the month, for somebody alive who has not left by its end."""
        if patient.died_on is not None and patient.died_on < self.first_on:
            return False
        if patient.status in LEFT and not any(
            change.status == patient.status and change.changed_on > self.last_on
            for change in chart[records.StatusChange]
        ):
            return False
        return any(
            consent.given_on <= self.last_on
            and (consent.revoked_on is None or consent.revoked_on >= self.first_on)
            for consent in chart[records.Consent]
        )

    def _is_near(self, from_on: date | None, to_on: date | None) -> bool:
        """Whether an interval meets this month or a neighbour."""
        return (from_on is None or from_on <= self.after_on) and (
            to_on is None or to_on >= self.before_on
        )

    def _is_claim_needed(self, line: records.ClaimLine) -> bool:
        return self.claims_from <= line.month <= self.claims_to or line.code in once_codes()

    def _visits(
        self, visits: Sequence[records.Visit], first_on: date | None
    ) -> list[records.Visit]:
        """Recent visits, those in the year before the first service, and the earliest one."""
        back, to = self.back_on, self.visits_to
        needed = [visit for visit in visits if back <= visit.on <= to]
        if len(needed) == len(visits):
            return needed
        earliest = min(visit.on for visit in visits)
        opening = first_on - timedelta(days=DAYS_BEFORE_START) if first_on else date.max
        return [
            v for v in visits
            if v.on <= to and (
                v.on >= back or v.on == earliest
                or (first_on is not None and opening <= v.on <= first_on)
            )
        ]  # fmt: skip

    def first_service_on(self, entries: Sequence[records.TimeEntry]) -> date | None:
        """The first day on which somebody's time served the patient."""
        starts = [e.started_at for e in entries if is_service(e)]
        return min(starts).astimezone(self.zone).date() if starts else None


def is_service(entry: records.TimeEntry) -> bool:
    """Whether an entry is time of the program's own people."""
    return entry.actor in SERVICE_ACTORS and not entry.face_to_face and entry.seconds > 0


def by_start(entry: records.TimeEntry) -> tuple[datetime, str]:
    """The order of a log."""
    return entry.started_at, entry.entry_id
