"""A synthetic practice of any size for the benchmarks: invented, the same on every run."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ccm_core import records as r
from ccm_core.cases import Case
from ccm_core.months import Month
from ccm_core.store.reading.requests import request_of

MONTH = Month(2025, 3)
PRACTICE = r.Practice("bench", "Benchmark practice", state="FL", locality="MAC-04")
NPI = "1234567893"
_CODES = (("I10", "hypertension"), ("E11.9", "diabetes"), ("N18.3", "kidney"), ("J44.9", "copd"))
_NOTES = tuple(
    f"Call with patient about {what} and {then}, plan {n} agreed"
    for what in ("home blood pressure", "glucose log", "new medication", "swollen ankles")
    for then in ("next laboratory visit", "transport to the clinic", "refill of prescriptions")
    for n in range(40)
)
_ELEMENTS = frozenset(r.CONSENT_ELEMENTS)


def chart(number: int, entries: int = 4) -> Iterator[Any]:
    """The records of one patient: a chart, a month of work, for every third one a claim."""
    rng = random.Random(number)
    pid = f"b{number:07d}"
    yield r.Patient(
        pid, family_name=f"Made{number}", given_name="Up", born_on=date(1945, 1, 1), state="FL",
        practitioner_npi=NPI, care_manager_id=f"s{number % 40}", status="consented", is_new=False,
        risk_documented_on=date(2024, 6, 1),
    )  # fmt: skip
    yield r.StatusChange(pid, "invited", date(2024, 5, 1))
    for place, (code, group) in enumerate(_CODES[: rng.choice((1, 2, 2, 3, 3, 4))]):
        yield r.Condition(f"{pid}c{place}", pid, code, label=group, onset_on=date(2015, 1, 1),
                          is_chronic=True, group=group, confirmed_by=NPI)  # fmt: skip
    if rng.random() < 0.97:
        yield r.Consent(f"{pid}k", pid, date(2024, 6, 1), "written", _ELEMENTS, NPI)
    yield r.CarePlan(f"{pid}p", pid, date(2024, 6, 2), date(2024, 12, 1), date(2024, 6, 3), NPI)
    yield r.Payer(f"{pid}y", pid, from_on=date(2015, 1, 1), is_qmb=rng.random() < 0.1)
    for place in range(rng.choice((1, 2, 3))):
        on = date(2024, 5, 20) + timedelta(days=rng.randrange(300))
        yield r.Visit(f"{pid}v{place}", pid, on, rng.choice(("99214", "99213", "G0439")), NPI)
    if rng.random() < 0.05:
        first = date(2025, 3, rng.randrange(1, 20))
        yield r.Stay(f"{pid}s", pid, "hospital", first, first + timedelta(days=4))
    yield from _entries(rng, pid, number, entries)
    if number % 3 == 0:
        yield r.ClaimLine(f"{pid}q", 1, pid, MONTH, "99490", npi=NPI, service_on=date(2025, 3, 31),
                          place="11", created_on=date(2025, 4, 3), status="submitted")  # fmt: skip


def _entries(rng: random.Random, pid: str, number: int, entries: int) -> Iterator[r.TimeEntry]:
    """Work spread over the month, a few minutes each; one entry in a hundred overlaps."""
    for place in range(entries):
        at = datetime(2025, 3, 3 + rng.randrange(25), 13, tzinfo=UTC) + timedelta(
            seconds=rng.randrange(8 * 3600)
        )
        yield r.TimeEntry(
            f"{pid}t{place}", pid, at, rng.randrange(180, 900), staff_id=f"s{number % 40}",
            activity="", note=rng.choice(_NOTES), is_contact=True,
        )  # fmt: skip


def practice_records(patients: int) -> Iterator[Any]:
    """Everything of a practice, the practice first."""
    yield PRACTICE
    yield r.Practitioner(NPI, "Dr. Bench", "MD")
    yield from (r.Staff(f"s{n}", f"Nurse {n}", "RN") for n in range(40))
    for number in range(patients):
        yield from chart(number)


_FIELDS = {
    r.Condition: "conditions", r.Consent: "consents", r.CarePlan: "care_plans", r.Stay: "stays",
    r.TimeEntry: "entries", r.Visit: "visits", r.Payer: "payers",
}  # fmt: skip


def case(number: int) -> Case:
    """The case of one patient, built from the same records without a database."""
    patient, *rest = chart(number)
    found: dict[str, list[Any]] = defaultdict(list)
    billed = [record for record in rest if isinstance(record, r.ClaimLine)]
    for record in rest:
        if type(record) in _FIELDS:
            found[_FIELDS[type(record)]].append(record)
    return Case(
        PRACTICE, patient, MONTH, NPI, **{name: tuple(some) for name, some in found.items()},
        request=request_of(billed),
    )  # fmt: skip
