"""Counts that are read from indexes and stored steps, against plain loops over every record."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from ccm_core import records as r
from ccm_core.months import Month, time_zone
from ccm_core.store import db, queries, reading, results
from ccm_core.store.queries import Only, health, people, workload
from ccm_core.store.queries.panel_history import panel_history
from ccm_core.store.queries.wall_clock import OpenHours
from ccm_core.store.reading.members import LEFT
from ccm_core.store.schema import CaseResult, FindingRow, record_table, table_of
from tests.store.practices import MARCH, PRACTICE, a_messy_practice

PATIENTS = 50
REACHABLE = 15
WHOM = [Only(), Only(npi="n1"), Only(care_manager_id="s1"), Only(location="B"),
        Only(care_manager_id="s2", location="A"), Only(payer="medicare")]  # fmt: skip
SEEDS = [1, pytest.param(2, marks=pytest.mark.slow)]


def more_consents(patients: int, seed: int) -> list[r.Consent]:
    """Second and third consents of some: given on one day, before one another, after an end."""
    chance, found = random.Random(seed), []
    for number in range(0, patients, 2):
        for again in range(chance.randint(1, 2)):
            given = date(2025, 1, 1) + timedelta(chance.randrange(0, 100, 9))
            revoked = chance.choice([None, given + timedelta(chance.randint(-40, 50))])
            name = f"again{number}-{again}"
            found.append(r.Consent(name, f"P{number:04d}", given, revoked_on=revoked))
    return found


@pytest.fixture(params=SEEDS)
def practice(request, url, save):
    save([*a_messy_practice(PATIENTS, request.param), *more_consents(PATIENTS, request.param)])
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
    with db.session(url) as session:
        yield session


@pytest.fixture
def known(practice):
    """Patients by number, and the consents of each."""
    consents = defaultdict(list)
    for one in everything(practice, r.Consent):
        consents[one.patient_id].append(one)
    return {one.patient_id: one for one in everything(practice, r.Patient)}, consents


def everything(session, kind):
    table = record_table(kind).c
    names = [f.name for f in fields(kind)]
    return session.connection().execute(
        select(*(table[name] for name in names), *_derived(kind, table))
    ).all()  # fmt: skip


def _derived(kind, table):
    return [table.last_contact_at] if kind is r.Patient else []


def is_enrolled(patient, consents, month: Month) -> bool:
    holds = any(
        c.given_on <= month.last_day and (not c.revoked_on or c.revoked_on >= month.first_day)
        for c in consents
    )
    return holds and patient.status not in LEFT and patient.died_on is None


def test_who_and_where_by_name(practice, known):
    patients = known[0].values()
    for ask, name in ((people.locations, "location"), (people.care_manager_ids, "care_manager_id")):
        assert ask(practice, PRACTICE) == sorted({getattr(p, name) for p in patients} - {""})
        assert ask(practice, "another") == []


def test_months_of_the_panel(practice, known):
    spans = []
    for pid, given in known[1].items():
        ends = [max(c.revoked_on for c in given)] if all(c.revoked_on for c in given) else []
        died = known[0][pid].died_on
        ends += [died] if died else []
        spans.append((min(c.given_on for c in given), min(ends) if ends else date.max))
    for one in panel_history(practice, PRACTICE, Month(2024, 11), Month(2025, 6)):
        last = one.month.last_day
        assert one.panel == sum(joined <= last < end for joined, end in spans)
        assert one.new == sum(joined in one.month for joined, _ in spans)
        assert one.left == sum(end in one.month for _, end in spans)


def test_who_joined_between_two_days(practice, known):
    firsts = [min(c.given_on for c in given) for given in known[1].values()]
    for low in range(0, 90, 7):
        first = date(2024, 12, 20) + timedelta(low)
        last = first + timedelta(low % 4 * 9)
        found = health.joined_between(practice, PRACTICE, first, last)
        assert found == sum(first <= one <= last for one in firsts)


@pytest.mark.parametrize("is_kept", [True, False])
def test_whom_nobody_reached(practice, known, is_kept):
    if not is_kept:
        practice.connection().execute(text("DELETE FROM step_month"))
    ours = reading.practice(practice)
    for month in (MARCH.previous, MARCH, Month(2023, 5)):
        begins = month.first_day
        enrolled = [p for p in known[0].values() if is_enrolled(p, known[1][p.patient_id], month)]
        zone = time_zone(ours.time_zone)
        unseen = [
            p for p in enrolled
            if not p.last_contact_at or p.last_contact_at.astimezone(zone).date() < begins
        ]  # fmt: skip
        assert health.unseen(practice, ours, month) == (len(enrolled), len(unseen))


@pytest.mark.parametrize("is_kept", [True, False])
def test_panels_and_what_they_miss(practice, known, is_kept):
    if not is_kept:
        practice.connection().execute(text("DELETE FROM step_month"))
    payer = everything(practice, r.Payer)
    insured = {p.patient_id for p in payer if p.kind == "medicare" and p.is_primary and not p.to_on}
    audited = {one.patient_id: one for one in
               practice.connection().execute(select(*table_of(CaseResult).c))}  # fmt: skip
    for only in WHOM:
        expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for pid, patient in known[0].items():
            is_meant = (
                only.npi in ("", patient.practitioner_npi)
                and only.care_manager_id in ("", patient.care_manager_id)
                and only.location in ("", patient.location)
                and (not only.payer or pid in insured)
            )
            if pid not in audited or not is_meant:
                continue
            if is_enrolled(patient, known[1][pid], MARCH):
                result, sums = audited[pid], expected[patient.care_manager_id]
                missing = result.minutes_to_next
                is_near = not result.path and missing is not None and missing <= REACHABLE
                for place, more in enumerate((1, result.path != "", missing if is_near else 0)):
                    sums[place] += more
        asked = (practice, PRACTICE, MARCH, REACHABLE)
        panels = {manager: workload.Panel(*sums) for manager, sums in expected.items()}
        assert workload.panels(*asked, only=only) == panels
        missed = sum(one.missing_minutes for one in panels.values())
        assert workload.missing_minutes(*asked, only=only) == missed


def test_rules_of_some_months(practice):
    results.refresh(practice, PRACTICE, MARCH.previous)
    f = table_of(FindingRow).c
    rows = practice.connection().execute(select(f.rule, f.level, f.month)).all()
    for months in (1, 2):
        since = MARCH.plus(1 - months)
        counted = Counter((rule, level) for rule, level, month in rows if since <= month <= MARCH)
        found = queries.rule_counts(practice, PRACTICE, MARCH, months=months)
        assert {(one.rule, one.level): one.cases for one in found} == counted
        assert [one.cases for one in found] == sorted(counted.values(), reverse=True)


ZONES = ["America/New_York", "America/Phoenix", "Asia/Kathmandu", "Australia/Lord_Howe"]


@pytest.mark.parametrize("zone_name", ZONES)
def test_the_time_of_each_and_what_of_it_is_late(practice, zone_name):
    zone = time_zone(zone_name)
    first, end = (datetime.fromtimestamp(s, UTC) for s in MARCH.bounds(zone))
    where = text("UPDATE time_entry SET staff_id = 'gone' WHERE patient_id LIKE '%3'")
    practice.connection().execute(where)
    ours = [e for e in everything(practice, r.TimeEntry)
            if e.staff_id == "s1" and e.seconds and first <= e.started_at < end]  # fmt: skip
    c = table_of(CaseResult).c
    paid = set(practice.connection().scalars(select(c.patient_id).where(c.path != "")))
    hours = OpenHours(zone_name, 8, 18, 6)

    def is_late(entry) -> bool:
        seconds = int(entry.started_at.timestamp()) // 1800 * 1800
        local = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
        return local.weekday() == hours.closed_weekday or not 8 <= local.hour < 18

    known = [e for e in ours if e.is_start_known]
    expected = workload.Worked(
        sum(e.seconds for e in ours), sum(e.seconds for e in ours if e.patient_id in paid),
        len({e.patient_id for e in ours}), sum(e.seconds for e in known),
        sum(e.seconds for e in known if is_late(e)),
    )  # fmt: skip
    assert expected.late_seconds
    assert workload.worked(practice, PRACTICE, MARCH, first, end, hours) == {"s1": expected}
