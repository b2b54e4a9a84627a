"""A synthetic practice of any size for the benchmarks: invented, the same on every run."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ccm_core import records as r
from ccm_core.case_building import request_of
from ccm_core.cases import Case
from ccm_core.months import Month

MONTH = Month(2025, 3)
PRACTICE = r.Practice("bench", "Benchmark practice", state="FL", locality="09102-04")
NPI = "1234567893"
_CODES = (("I10", "hypertension"), ("E11.9", "diabetes"), ("N18.3", "kidney"), ("J44.9", "copd"))
_ABOUT = (
    "home blood pressure", "the glucose log", "a new tablet", "swollen ankles", "short breath",
    "a fall at the weekend", "poor sleep", "knee pain", "the inhaler", "low appetite",
    "dizziness on standing", "the flu vaccine", "foot care", "a missed dose", "weight gain",
    "the eye appointment",
)  # fmt: skip
_DONE = (
    "readings written down", "the daughter asked to help", "pharmacy called", "diet gone through",
    "cardiology asked for a letter", "transport arranged", "refill sent", "cuff replaced",
    "home health informed", "laboratory order explained", "meter taught again", "salt discussed",
    "walking plan agreed", "warning signs repeated", "copay question answered", "records sent",
)  # fmt: skip
_THEN = (
    "next call on Monday", "office visit moved up", "weight every morning", "no change of dose",
    "nephrology will phone", "husband keeps the list", "portal message to follow",
    "same plan kept", "physician told", "bring all bottles", "see the dietitian",
    "repeat labs in June", "watch the left leg", "use the spacer", "meals on wheels asked",
    "call back when worse",
)  # fmt: skip
PANEL = 125
"""Patients of one person of the staff."""
_ELEMENTS = frozenset(r.CONSENT_ELEMENTS)


def chart(number: int, entries: int = 4) -> Iterator[Any]:
    """The records of one patient: a chart, a month of work, for every third one a claim."""
    rng = random.Random(number)
    pid = f"b{number:07d}"
    yield r.Patient(
        pid, family_name=f"Made{number}", given_name="Up", born_on=date(1945, 1, 1), state="FL",
        practitioner_npi=NPI, care_manager_id=f"s{number // PANEL}", status="consented",
        is_new=False, risk_documented_on=date(2024, 6, 1),
    )  # fmt: skip
    yield r.StatusChange(pid, "invited", date(2024, 5, 1))
    yield r.StatusChange(pid, "consented", date(2024, 6, 1))
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
    """Work spread over the month, a few minutes each, by a person with a diary.

    Each of a person's patients has places of their own in the diary, whatever the size of
    the practice; one entry in a hundred begins too early and lies upon another one.
    """
    own = number % PANEL
    for place in range(entries):
        day = 3 + (own * 7 + place * 6) % 25
        begins = (own // 25 + place * 5) * 1440 + rng.randrange(500)
        if rng.random() < 0.01:
            begins -= 1000
        at = datetime(2025, 3, day, 13, tzinfo=UTC) + timedelta(seconds=begins)
        note = f"{rng.choice(_ABOUT)}: {rng.choice(_DONE)}, {rng.choice(_THEN)}"
        yield r.TimeEntry(
            f"{pid}t{place}", pid, at, rng.randrange(180, 900), staff_id=f"s{number // PANEL}",
            activity="", note=note, is_contact=True,
        )  # fmt: skip


def practice_records(patients: int) -> Iterator[Any]:
    """Everything of a practice, the practice first."""
    yield PRACTICE
    yield r.Practitioner(NPI, "Dr. Bench", "MD")
    yield from (r.Staff(f"s{n}", f"Nurse {n}", "RN") for n in range(patients // PANEL + 1))
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
