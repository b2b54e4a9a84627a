"""Equal each time, plainly invented, and never beyond today."""

from __future__ import annotations

import re
from datetime import date

import pytest

from ccm_core import demo
from ccm_core.demo import words
from ccm_core.demo.team import WRONG_NPI
from ccm_core.errors import UsageError
from ccm_core.months import Month, time_zone
from ccm_core.npi import is_npi
from ccm_core.records import ClaimLine, Patient, Practitioner, Staff, TimeEntry
from tests.demo.conftest import TODAY

INVENTED_MBI = re.compile(r"[1-9]S\d\d[A-Z]\d\d[A-Z]{2}\d\d\Z")
DAYS = [date(2026, 12, 1), date(2026, 1, 31), date(2024, 2, 29), date(2026, 1, 2), date(2026, 3, 1)]


def test_same_seed_and_day_make_equal_records(practice):
    assert demo.build(TODAY) == practice


def test_another_seed_makes_other_people(practice):
    other = demo.build(TODAY, patients=30, seed=7)
    names = {(p.family_name, p.given_name, p.mbi) for p in practice.of(Patient)}
    assert not names & {(p.family_name, p.given_name, p.mbi) for p in other.of(Patient)}


def test_nobody_could_be_real(practice):
    given = {*words.names("given_f"), *words.names("given_m")}
    for patient in practice.of(Patient):
        assert INVENTED_MBI.match(patient.mbi)
        assert patient.family_name in words.family_names()
        assert patient.given_name in given
        assert re.fullmatch(r"205-555-01\d\d", patient.phone)
        assert re.fullmatch(r"DEMO-\d{4,}", patient.mrn)
    assert len({p.mbi for p in practice.of(Patient)}) == len(practice.of(Patient))


def test_every_name_says_demo(practice):
    people = [*practice.of(Staff), *practice.of(Practitioner)]
    named = [practice.practice.name, *(p.name for p in people)]
    named += sorted({p.location for p in practice.of(Patient)})
    assert [name for name in named if "demo" not in name.lower()] == []
    assert practice.practice.is_demo


def test_numbers_of_practitioners_belong_to_nobody(practice):
    numbers = [practice.practice.npi, *(p.npi for p in practice.of(Practitioner))]
    assert all(is_npi(n) and n.startswith("1999999") for n in numbers)
    assert not is_npi(WRONG_NPI)


def test_natural_ids_are_unique(practice):
    ids = [e.entry_id for e in practice.of(TimeEntry)]
    assert len(set(ids)) == len(ids)
    lines = [(c.claim_id, c.line) for c in practice.of(ClaimLine)]
    assert len(set(lines)) == len(lines)


def test_notes_and_lengths_vary(practice):
    entries = [e for e in practice.of(TimeEntry) if e.note]
    assert len({e.note for e in entries}) > 0.9 * len(entries)
    timed = [e for e in entries if e.seconds % 60]
    assert 0.5 < len(timed) / len(entries) < 0.95, "some press the timer, some type minutes"


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_nothing_happens_after_today(today):
    made = demo.build(today, patients=60)
    zone = time_zone(made.practice.time_zone)
    assert made.span.months[-1] == Month.of(today)
    assert len(made.span.months) == 12
    for entry in made.of(TimeEntry):
        assert entry.started_at.astimezone(zone).date() < today
    for line in made.of(ClaimLine):
        assert line.created_on < today
        assert line.paid_on is None or line.paid_on < today
    for chart in made.charts:
        for record in chart:
            for name in ("given_on", "created_on", "changed_on", "decided_on", "died_on"):
                on = getattr(record, name, None)
                assert on is None or on <= today, (type(record), name)


def test_the_current_month_is_half_lived(practice):
    zone = time_zone(practice.practice.time_zone)
    now = [e for e in practice.of(TimeEntry) if e.started_at.astimezone(zone).date().month == 11]
    assert len(now) > 200
    assert len({e.started_at.astimezone(zone).day for e in now}) > 10


def test_a_small_practice_and_one_month():
    made = demo.build(date(2026, 11, 3), patients=1, months=1)
    assert made.of(Patient)


@pytest.mark.parametrize(("patients", "months"), [(0, 12), (10, 0), (10, 99)])
def test_impossible_sizes_are_refused(patients, months):
    with pytest.raises(UsageError, match="were asked for"):
        demo.build(TODAY, patients=patients, months=months)


def test_larger_practices_come_in_blocks():
    blocks = list(demo.build_blocks(TODAY, patients=500, months=2))
    assert len(blocks) == 2
    ids = [{p.patient_id for p in block.of(Patient)} for block in blocks]
    assert not ids[0] & ids[1]
    assert not {s.staff_id for s in blocks[0].staff} & {s.staff_id for s in blocks[1].staff}
