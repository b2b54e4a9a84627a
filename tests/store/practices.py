"""Made-up practices for the tests of the store. No real person."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ccm_core import records as r
from ccm_core.cases import Case
from ccm_core.months import Month
from ccm_core.signals import find_signals
from ccm_core.store import reading

PRACTICE = "practice-1"
MARCH = Month(2025, 3)


def cases_with_signals(session: Any) -> list[Case]:
    """The cases of March with what is seen across patients, as a run of the audit has them."""
    cases = list(reading.cases(session, PRACTICE, MARCH))
    entries = [entry for case in cases for entry in case.entries]
    signals = find_signals(entries, reading.practice(session), MARCH)
    return [replace(c, signals=signals.get(c.patient.patient_id, ())) for c in cases]


def one_of_each() -> list[Any]:
    """One record of every kind with every field away from its default."""
    return [
        r.Practice(
            PRACTICE, "Test practice", "America/Chicago", "facility", "MAC-01", "CA",
            "1234567893", "12-3456789", "strict", "highest", date(2025, 1, 2), True,
        ),
        r.Practitioner("1234567893", "Dr. Test", "MD"),
        r.Staff("00s1", "Nurse Test", "RN", "practitioner", True, Decimal("37.5"), False),
        r.Patient(
            "00123", "00042", "1S00AA0AA00", "NA", "12E45", date(1940, 2, 29), date(2025, 4, 1),
            "F", "CA", "00501", "555-0100", "1234567893", "00s1", "Main", "paused", True,
            date(2025, 1, 5), "ACCESS",
        ),
        r.StatusChange("00123", "invited", date(2025, 1, 3), "mailed", "00s1", date(2025, 1, 20)),
        r.Condition(
            "c-1", "00123", "E11.9", "icd10cm", "diabetes", date(2015, 1, 1), None, True,
            "diabetes", "1234567893", date(2025, 1, 5),
        ),
        r.Consent(
            "k-1", "00123", date(2025, 1, 6), "written",
            frozenset({"availability", "cost_sharing"}), "1234567893", "00s1", date(2025, 6, 1),
        ),
        r.CarePlan(
            "p-1", "00123", date(2025, 1, 7), date(2025, 2, 1), date(2025, 1, 8), "Dr. Test",
            date(2025, 1, 9), "MD", frozenset({"goals"}), frozenset({"E11.9", "I10"}), True,
        ),
        r.TimeEntry(
            "t-1", "00123", datetime(2025, 3, 9, 6, 59, 59, tzinfo=UTC), 754, "practitioner",
            "00s1", "call", True, True, "99457", "Reviewed glucose log: é, \"quoted\", 0042", True,
            datetime(2025, 3, 10, tzinfo=UTC), "system was down", "1234567893",
        ),
        r.Stay("s-1", "00123", "snf_part_a", date(2025, 3, 1), date(2025, 3, 4)),
        r.Visit(
            "v-1", "00123", date(2025, 2, 1), "99214", "1234567893", "same", ("25", "95"), "11",
            "office",
        ),
        r.Payer(
            "y-1", "00123", "medicare_advantage", "Plan", "M0001", date(2024, 1, 1),
            date(2025, 12, 31), None, True, False, True,
        ),
        r.Complexity("00123", MARCH, "moderate", "1234567893", date(2025, 3, 15), "two changes"),
        r.ClaimLine(
            "cl-1", 2, "00123", MARCH, "99490", 3, ("KX",), "1234567893", date(2025, 3, 31), "11",
            ("E11.9", "I10"), Decimal("123.4567"), date(2025, 4, 2), "denied", Decimal("0.01"),
            date(2025, 5, 1), ("CO-97", "PR-1"),
        ),
    ]  # fmt: skip


def a_practice() -> list[Any]:
    """A practice with one practitioner and nobody else."""
    return [
        r.Practice(PRACTICE, "Test practice"),
        r.Practitioner("1234567893", "Dr. Test", "MD"),
        r.Staff("s1", "Nurse Test", "RN"),
    ]


def a_patient(patient_id: str, **fields: Any) -> list[Any]:
    """An enrolled patient with everything in order, and no time yet."""
    npi = "1234567893"
    return [
        r.Patient(patient_id, practitioner_npi=npi, care_manager_id="s1", **fields),
        *(
            r.Condition(f"{patient_id}-c{n}", patient_id, code, is_chronic=True, group=group,
                        confirmed_by=npi)
            for n, (code, group) in enumerate([("E11.9", "diabetes"), ("I10", "hypertension")])
        ),
        r.Consent(f"{patient_id}-k", patient_id, date(2024, 12, 1), "written"),
        r.CarePlan(f"{patient_id}-p", patient_id, date(2024, 12, 5)),
        r.Payer(f"{patient_id}-y", patient_id, from_on=date(2020, 1, 1)),
    ]  # fmt: skip


def an_entry(
    entry_id: str, patient_id: str, day: int = 10, minutes: int = 20, **fields: Any
) -> r.TimeEntry:
    """Clinical staff time in March 2025, at ten in the morning in New York."""
    start = datetime(2025, 3, day, 15, 0, tzinfo=UTC)
    return r.TimeEntry(entry_id, patient_id, start, minutes * 60, staff_id="s1", **fields)


def a_messy_practice(patients: int, seed: int) -> list[Any]:
    """Patients at every step of enrollment and beside it, drawn from a seed."""
    chance = random.Random(seed)
    found = a_practice()
    for number in range(patients):
        found += _messy_patient(f"P{number:04d}", chance)
    return found


def _messy_patient(pid: str, chance: random.Random) -> Iterator[Any]:
    day = lambda low, high: date(2025, 1, 1) + timedelta(days=chance.randint(low, high))  # noqa: E731
    maybe = lambda share: chance.random() < share  # noqa: E731
    yield r.Patient(
        pid, family_name=f"Family{pid}", practitioner_npi=chance.choice(["n1", "n2"]),
        care_manager_id=chance.choice(["s1", "s2", ""]), location=chance.choice(["A", "B"]),
        status=chance.choice([*r.PATIENT_STATUSES, *["consented"] * 8]),
        died_on=day(0, 120) if maybe(0.1) else None,
    )  # fmt: skip
    for n in range(chance.randint(0, 4)):
        yield r.Condition(
            f"{pid}c{n}", pid, chance.choice(["E11.9", "I10", "N18.3", "J44.9"]),
            is_chronic=chance.choice([True, True, True, False, None]),
            group=chance.choice(["a", "b", "c", ""]), confirmed_by=chance.choice(["", "n1"]),
            ended_on=day(0, 90) if maybe(0.1) else None,
        )  # fmt: skip
    for n in range(chance.randint(0, 2)):
        from_on = day(-400, 100) if maybe(0.9) else None
        to_on = day(30, 200) if maybe(0.4) else None
        yield r.Payer(f"{pid}y{n}", pid, from_on=from_on, to_on=to_on,
                      has_part_b=chance.choice([True, True, None, False]))  # fmt: skip
    if maybe(0.7):
        yield r.StatusChange(pid, "invited", day(-60, 90))
    if maybe(0.2):
        yield r.StatusChange(pid, "unenrolled", day(30, 120), "moved")
    if maybe(0.7):
        revoked = day(20, 120) if maybe(0.2) else None
        yield r.Consent(f"{pid}k", pid, day(-100, 85), revoked_on=revoked)
    if maybe(0.7):
        made = day(-100, 85)
        ended = made + timedelta(days=30) if int(pid[1:]) % 9 == 0 else None
        yield r.CarePlan(f"{pid}p", pid, made, ended_on=ended)
    for n in range(chance.randint(0, 5)):
        start = datetime(2025, 2, 27, 3, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 50_000))
        yield r.TimeEntry(
            f"{pid}t{n}", pid, start, chance.choice([0, 300, 600, 900, 1200, 3600]),
            staff_id="s1", is_contact=chance.choice([True, False, None]),
            actor=chance.choice(["clinical_staff"] * 6 + ["practitioner", "non_clinical"]),
            is_start_known=n != 3,
        )  # fmt: skip
    if maybe(0.3):
        yield r.ClaimLine(
            f"{pid}cl", 1, pid, chance.choice([MARCH, MARCH, MARCH.previous]), "99490",
            charge_usd=Decimal("100"), status=chance.choice(r.CLAIM_STATUSES),
            created_on=day(85, 100), paid_usd=Decimal("48.01"), paid_on=day(95, 130),
        )  # fmt: skip
