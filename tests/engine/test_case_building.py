"""Cases from files are the cases that the store's statements read, record for record."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ccm_core import records as r
from ccm_core.case_building import Choosing
from ccm_core.engine import charts, columns, file_rows, staging, stored_rows
from ccm_core.months import Month
from ccm_core.store import db, reading, writing
from tests.engine.as_columns import cases_in
from tests.store.practices import MARCH, PRACTICE, a_messy_practice

PATIENTS = 60


def histories(seed: int) -> list[Any]:
    """A messy practice with years of visits, stays, claims and time at the month's edges."""
    chance = random.Random(seed)
    found = a_messy_practice(PATIENTS, seed)
    for number in range(PATIENTS):
        found += _history(f"P{number:04d}", chance)
    chance.shuffle(found)
    return found


def _history(pid: str, chance: random.Random) -> list[Any]:
    day = lambda low, high: date(2025, 3, 1) + timedelta(days=chance.randint(low, high))  # noqa: E731
    found: list[Any] = []
    for n in range(chance.randint(0, 4)):
        code = chance.choice(["99214", "G0438", "99211", ""])
        found.append(r.Visit(f"{pid}v{n}", pid, day(-1500, 90), code, "n1"))
    for n in range(chance.randint(0, 2)):
        first = day(-90, 70)
        last = chance.choice([None, first + timedelta(days=chance.randint(0, 40))])
        found.append(r.Stay(f"{pid}s{n}", pid, "hospital", first, last))
    for n in range(chance.randint(0, 3)):
        month = Month.of(day(-900, 60))
        code = chance.choice(["G0506", "99490", "99487", "99213"])
        found.append(r.ClaimLine(f"{pid}old{n}", 1, pid, month, code, npi="n2",
                                 created_on=day(-30, 60), status="paid"))  # fmt: skip
    for n in range(chance.randint(0, 3)):
        edge = datetime(2025, chance.choice([3, 4]), 1, chance.choice([4, 5]), tzinfo=UTC)
        start = edge + timedelta(seconds=chance.choice([-90_000, -3600, -60, -1, 0, 1, 60]))
        found.append(r.TimeEntry(f"{pid}e{n}", pid, start, chance.choice([0, 1, 60, 3600, 90_000]),
                                 staff_id="s1", face_to_face=chance.random() < 0.2,
                                 is_start_known=chance.random() < 0.7))  # fmt: skip
    if chance.random() < 0.4:
        start = datetime(2023, 5, 1, 3, tzinfo=UTC) + timedelta(days=chance.randint(0, 600))
        found.append(r.TimeEntry(f"{pid}first", pid, start, 600))
    if chance.random() < 0.3:
        month = chance.choice([MARCH, MARCH.previous])
        found.append(r.Complexity(pid, month, "moderate", "n1"))
    return found


def from_files(found: list[Any], folder, month: Month) -> list[Any]:
    columns.write_records(found, folder / "in")
    (folder / "sorted").mkdir()
    return built_from(file_rows.Files(staging.stage(folder / "in", folder / "sorted")), month)


def built_from(source: Any, month: Month) -> list[Any]:
    ids = source.patient_ids()
    rows = source.charts(source.some(ids, 0, len(ids)))
    return cases_in(rows, Choosing(source.practice(), month), charts.cuts_of(ids))


@pytest.fixture
def url(tmp_path, _migrated_sqlite, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    shutil.copyfile(_migrated_sqlite, tmp_path / "store.sqlite3")
    made = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    yield made
    db.dispose(made)


@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("month", [MARCH, MARCH.following], ids=str)
def test_files_and_statements_choose_the_same(url, tmp_path, seed, month):
    found = histories(seed)
    with db.session(url) as session:
        writing.save(session, PRACTICE, found)
    with db.session(url) as session:
        stored = list(reading.cases(session, PRACTICE, month))
    read = built_from(stored_rows.Stored(url, PRACTICE), month)
    for built in (from_files(found, tmp_path, month), read):
        assert [one.patient.patient_id for one in built] == [c.patient.patient_id for c in stored]
        assert 0 < len(built) < PATIENTS
        for one, other in zip(built, stored, strict=True):
            assert one == other
