"""What columns show of charts chooses the cases that are chosen record by record."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest

from ccm_core import records as r
from ccm_core.case_building import Choosing
from ccm_core.engine import columns, file_rows, staging
from ccm_core.engine.charts import SeenSignal
from tests.bench import made
from tests.engine.test_case_building import built_from, histories
from tests.store.practices import MARCH


def one_by_one(found: list[Any], choosing: Choosing) -> list[Any]:
    """Each patient's case from all records, asked one by one."""
    charts: dict[str, Any] = defaultdict(lambda: defaultdict(list))
    for record in found:
        if hasattr(record, "patient_id"):
            charts[record.patient_id][type(record)].append(record)
    patients = sorted(one.patient_id for one in found if isinstance(one, r.Patient))
    cases = []
    for patient_id in patients:
        chart = {kind: charts[patient_id][kind] for kind in (*columns.OF_PATIENTS, SeenSignal)}
        cases.append(choosing.case_of(chart[r.Patient][0], chart))
    return [case for case in cases if case is not None]


def in_order_of_patients(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda one: getattr(one, "patient_id", ""))


def built(found: list[Any], folder: Any, month: Any) -> list[Any]:
    columns.write_records(found, folder / "in")
    (folder / "sorted").mkdir()
    return built_from(file_rows.Files(staging.stage(folder / "in", folder / "sorted")), month)


@pytest.mark.parametrize("seed", range(6))
def test_cases_of_a_messy_practice(seed, tmp_path):
    # Sorted by patient and by nothing else, some rows of somebody who is not in the panel.
    found = in_order_of_patients(histories(seed))
    gone = {one.patient_id for one in found if isinstance(one, r.Patient)} & {"P0000", "P0031"}
    found = [
        one for one in found if not (isinstance(one, r.Patient) and one.patient_id in gone)
    ]  # fmt: skip
    practice = next(one for one in found if isinstance(one, r.Practice))
    assert built(found, tmp_path, MARCH) == one_by_one(found, Choosing(practice, MARCH))


def regular() -> list[Any]:
    return list(made.practice_records(40))


def far(record: Any, chance: random.Random) -> Any:
    """The same record on another day, for some."""
    if chance.random() < 0.9:
        return record
    days = {
        r.Consent: "given_on", r.CarePlan: "created_on", r.Visit: "on", r.Payer: "from_on",
        r.StatusChange: "changed_on", r.Stay: "from_on",
    }  # fmt: skip
    name = days.get(type(record))
    if name is None:
        return record
    shift = chance.choice((-600, -31, 1, 31, 62, 400))
    moved = getattr(record, name).toordinal() + shift
    return replace(record, **{name: type(getattr(record, name)).fromordinal(moved)})


@pytest.mark.parametrize("seed", range(6))
def test_cases_of_a_regular_practice_with_a_few_odd_days(seed, tmp_path):
    chance = random.Random(seed)
    found = [far(record, chance) if seed else record for record in regular()]
    choosing = Choosing(made.PRACTICE, made.MONTH)
    assert built(found, tmp_path, made.MONTH) == one_by_one(found, choosing)


@pytest.mark.parametrize("kind", [r.TimeEntry, r.Consent, r.Visit, r.StatusChange])
def test_a_kind_of_which_there_is_nothing(kind, tmp_path):
    found = [one for one in regular() if not isinstance(one, kind)]
    choosing = Choosing(made.PRACTICE, made.MONTH)
    assert built(found, tmp_path, made.MONTH) == one_by_one(found, choosing)


def test_entries_of_one_moment_follow_by_their_name(tmp_path):
    found = []
    for one in regular():
        if isinstance(one, r.TimeEntry):
            number = int(one.entry_id[-1])
            at = one.started_at.replace(day=5, hour=15, minute=0, second=0)
            found.append(replace(one, entry_id=f"{one.entry_id[:-1]}{9 - number}", started_at=at))
        else:
            found.append(one)
    choosing = Choosing(made.PRACTICE, made.MONTH)
    cases = built(found, tmp_path, made.MONTH)
    assert cases == one_by_one(found, choosing)
    assert [e.entry_id[-1] for e in cases[0].entries] == ["6", "7", "8", "9"]
