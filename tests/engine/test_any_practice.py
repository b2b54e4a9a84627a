"""Any practice in any files is judged as its records are, one by one, whatever was judged before.

The records themselves are the measure: cases are built from them without any columns, the pass
by person runs over all of the log, and ``audit_case`` judges each case.
"""

from __future__ import annotations

import pickle
import random
import shutil
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccm_core import overlay
from ccm_core import records as r
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.case_building import Choosing
from ccm_core.engine import charts, folders, outcome_columns, staging, steps, stored_rows
from ccm_core.engine.columns import OF_PATIENTS
from ccm_core.engine.file_rows import Files
from ccm_core.outcome_json import outcome_json
from ccm_core.signals import signals_of_logs
from ccm_core.store import db, writing
from tests.engine.any_practice import AnyPractice, any_practice
from tests.engine.any_shape import write_anyhow

MANY, FEW = 300, 40


@pytest.fixture(autouse=True)
def _private(tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))


@pytest.fixture
def plain_months(monkeypatch):
    """How many months columns have judged, and in how many of them which rules found something."""
    seen: Counter[str] = Counter()
    judge = steps.Step.of_plain_months

    def judged(step):
        block = judge(step)
        found = block.outcomes()
        seen[""] += len(found)
        seen.update(rule for one in found for rule in {judged.rule for judged in one.findings})
        return block

    monkeypatch.setattr(steps.Step, "of_plain_months", judged)
    return seen


def one_by_one(any_one: AnyPractice, found: list[Any]) -> list[Outcome]:
    """What the records say; ``found``: in the order in which they were written."""
    chart: dict[str, dict[type[Any], list[Any]]] = defaultdict(lambda: {k: [] for k in OF_PATIENTS})
    for one in found:
        if type(one) in OF_PATIENTS:
            chart[one.patient_id][type(one)].append(one)
    log = [one for one in found if isinstance(one, r.TimeEntry)]
    signals = signals_of_logs([log], any_one.practice, any_one.month)
    choosing, outcomes = Choosing(any_one.practice, any_one.month), []
    for patient_id, own in sorted(chart.items()):
        case = choosing.case_of(own[r.Patient][0], own) if own[r.Patient] else None
        if case is not None:
            case.signals = signals.get(patient_id, ())
            outcomes.append(audit_case(case, policy_of(case, any_one.policy)))
    return outcomes


def as_files(any_one: AnyPractice, seed: int, folder: Path) -> tuple[Files, list[Outcome]]:
    """The practice's files in some shape, and what is to be found in them."""
    (folder / "room").mkdir(parents=True)
    some = [any_one.practice, *any_one.found]
    written = write_anyhow(some, folder / "in", random.Random(seed))
    return Files(staging.stage(folder / "in", folder / "room")), one_by_one(any_one, written)


def judged(any_one: AnyPractice, source: Any, mapped: Any = folders.in_process) -> list[Outcome]:
    return folders.outcomes_of(source, any_one.month, any_one.policy, mapped)


def sent(work: Any, pieces: Any) -> list[Any]:
    """Pieces as a process of its own would get them."""
    return [work(pickle.loads(pickle.dumps(piece))) for piece in pieces]


def assert_same(found: list[Outcome], wanted: list[Outcome]) -> None:
    assert [one.patient_id for one in found] == [one.patient_id for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one == other, one.patient_id


def assert_written(any_one: AnyPractice, source: Any, wanted: list[Outcome], out: Path) -> None:
    tally = folders.write_outcomes(
        source, str(out), any_one.month, any_one.policy, folders.in_process
    )
    read = list(outcome_columns.read_outcomes(out))
    assert read == [(one.patient_id, outcome_json(one)) for one in wanted]
    assert tally.rules.total() == sum(len(one.findings) for one in wanted)


def assert_any(seed: int, patients: int, folder: Path) -> None:
    """One practice after another, the second one other patients of the first."""
    first = any_practice(seed, patients)
    for number, any_one in enumerate((first, any_practice(-seed - 1, patients, like=first))):
        here = folder / f"{seed}-{number}"
        with overlay.pinned(any_one.fees):
            source, wanted = as_files(any_one, seed, here)
            assert_same(judged(any_one, source, sent), wanted)
            assert_written(any_one, source, wanted, here / "out")
        shutil.rmtree(here)


@pytest.mark.parametrize("seed", [2, 6, 9])
def test_any_practice(seed, tmp_path, plain_months):
    assert_any(seed, FEW, tmp_path)
    assert plain_months[""] > 2 * FEW


@pytest.mark.slow
def test_many_practices(tmp_path, plain_months):
    for seed in range(102, 110):
        assert_any(seed, MANY, tmp_path)
    # Each practice is judged twice.
    assert plain_months.pop("") > 0.6 * 2 * 2 * 8 * MANY
    assert len(plain_months) > 80


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_nothing_of_a_patient_stays_with_the_next(step, tmp_path, monkeypatch):
    any_one = any_practice(11, FEW)
    monkeypatch.setattr(charts, "STEP", step)
    with overlay.pinned(any_one.fees):
        source, wanted = as_files(any_one, 11, tmp_path / "some")
        assert_same(judged(any_one, source), wanted)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20])
def test_a_database_and_processes_say_what_the_records_say(
    seed,
    tmp_path,
    monkeypatch,
    _migrated_sqlite,  # noqa: PT019
):
    any_one = any_practice(seed, MANY)
    known = {one.patient_id for one in any_one.found if isinstance(one, r.Patient)}
    some = [one for one in any_one.found if one.patient_id in known]
    any_one = replace(any_one, fees=overlay.EMPTY, found=some)
    monkeypatch.setattr(charts, "STEP", 50)
    shutil.copyfile(_migrated_sqlite, tmp_path / "any.sqlite3")
    url = f"sqlite:///{tmp_path / 'any.sqlite3'}"
    name = any_one.practice.practice_id
    with db.session(url) as session:
        writing.save(session, name, [any_one.practice, *some])
    wanted = one_by_one(any_one, some)
    assert_same(judged(any_one, stored_rows.Stored(url, name)), wanted)
    db.dispose(url)
    source, wanted = as_files(any_one, seed, tmp_path / "files")
    assert_same(judged(any_one, source, folders.in_processes), wanted)
