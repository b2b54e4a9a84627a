"""What columns tell of a patient is what the plain functions find in the patient's records."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from ccm_core import records as r
from ccm_core.audit import policy_of, work_out
from ccm_core.case_building import Choosing
from ccm_core.cases import Case
from ccm_core.eligibility import chronic_count, initiating, payer_on
from ccm_core.engine import charts, columns, file_rows, screening, staging, steps
from ccm_core.engine.chart_facts import NO_PAYER
from ccm_core.engine.columns import SeenSignal
from ccm_core.engine.facts import NEVER, day_of
from ccm_core.engine.plain_facts import PlainFacts
from ccm_core.minutes import count
from ccm_core.months import Month
from ccm_core.record_ids import SAME_BY
from ccm_core.rules import seen_in_chart
from ccm_core.rules.seen import subjects_of
from ccm_core.rules.subjects import BIT
from tests.bench import made
from tests.core.mixed import GOLDEN
from tests.engine.as_columns import records_of
from tests.engine.edges import EDGES
from tests.engine.plain_charts import Chart, both
from tests.engine.test_case_building import histories
from tests.engine.test_plain_months import bent
from tests.store.practices import MARCH


def facts_and_cases(found: list[Any], folder: Path, month: Month) -> tuple[PlainFacts, list[Case]]:
    """What the columns of some records show, and the cases that are built of them one by one."""
    found = sorted(found, key=lambda one: getattr(one, "patient_id", ""))
    columns.write_records(found, folder)
    (folder / "sorted").mkdir()
    files = file_rows.Files(staging.stage(folder, folder / "sorted"))
    choosing = Choosing(files.practice(), month)
    tables = next(charts.steps_of({**files.charts(""), SeenSignal: iter(())}, [""], None))
    step = steps.Step(tables, choosing, None)
    log = screening.log_of(tables[r.TimeEntry], step.ids, choosing)
    assert log is not None
    return PlainFacts(step.parts, log, choosing, None), list(charts.cases(choosing, tables))


def assert_told(facts: PlainFacts, cases: list[Case]) -> int:
    """Compare the facts of plain months with what their records say; gives how many there were."""
    places = {one: place for place, one in enumerate(facts.patient_ids)}
    shown = {**facts.chart.bits(facts.policies[0]), **facts.log.bits(facts.policies[0])}
    claimed = sum(BIT[name] for name in shown)
    plain = 0
    for case in cases:
        place = places[case.patient_id]
        kept = facts.shelf.of(r.Visit, place)
        part, visits = facts.chart.visits.part, facts.chart.visits
        rows = range(int(part.starts[place]), int(part.ends[place]))
        assert tuple(kept) == case.visits
        assert sum(bool(visits.is_kept[row]) for row in rows) == len(case.visits)
        assert facts.chart.conditions[place] == chronic_count(case)
        if not facts.is_plain[place]:
            continue
        plain += 1
        policy = policy_of(case)
        assert facts.policy_of[place] == policy
        _assert_payer(facts, case, place)
        first = initiating(case, policy).visit
        on = facts.chart.visits.initiated_on[place]
        assert (None if on == NEVER else day_of(int(on))) == (first.on if first else None)
        counted = count(case, policy)
        total = 0 if facts.is_closed[place] else int(facts.log.total[place])
        assert (total, int(facts.log.logged[place])) == (
            counted.total_seconds, counted.logged_seconds,
        )  # fmt: skip
        work_out(case, policy)
        missing = subjects_of(case, policy) & claimed & ~facts.bits[place]
        if case.past_claims:  # they are no matter of the columns
            missing &= ~seen_in_chart.of_past_claims(case, policy)
        assert not missing, [name for name, bit in BIT.items() if missing & bit]
    return plain


def _assert_payer(facts: PlainFacts, case: Case, place: int) -> None:
    row, payer = int(facts.chart.payer[place]), payer_on(case.payers, case.month.last_day)
    if row == NO_PAYER:
        assert payer is None
    else:
        ids = facts.parts[r.Payer].table["payer_id"]
        assert payer is not None
        assert ids[row].as_py() == payer.payer_id


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("month", [MARCH, MARCH.following], ids=str)
def test_a_messy_practice(seed, month, tmp_path):
    assert_told(*facts_and_cases(histories(seed), tmp_path / "in", month))


@pytest.mark.parametrize("seed", range(3))
def test_a_regular_practice_of_which_records_are_bent(seed, tmp_path):
    chance = random.Random(100 + seed)
    found: list[Any] = [made.PRACTICE]
    for number in range(300):
        own = list(made.chart(number))
        for _ in range(chance.choice((0, 1, 2))):
            place = chance.randrange(len(own))
            own[place] = bent(own[place], chance)
        for n in range(chance.choice((0, 0, 1, 2))):
            on = made.date(2020, 1, 1) + made.timedelta(days=chance.randrange(1_900))
            code = chance.choice(("G0506", "99214", "99495"))
            own.append(r.Visit(f"{number}old{n}", own[0].patient_id, on, code, made.NPI))
        found += own
    assert assert_told(*facts_and_cases(found, tmp_path / "in", MARCH)) > 100


def test_golden_cases(tmp_path):
    month = Month(2025, 5)
    some = [case for case, _ in GOLDEN if case.month == month]
    found: list[Any] = [made.PRACTICE]
    for number, case in enumerate(some):
        found += records_of(case, f"g{number:05d}")
    assert assert_told(*facts_and_cases(found, tmp_path / "in", month)) > len(some) // 2


def test_edges(tmp_path):
    chance = random.Random(9)
    found: list[Any] = [made.PRACTICE]
    for number in range(500):
        chart = Chart(MARCH, made.PRACTICE.time_zone, f"e{number:05d}")
        found += both(*chance.sample(EDGES, 2))(chart, chart.plain())
    found = list({_id(one): one for one in found}.values())
    assert assert_told(*facts_and_cases(found, tmp_path / "in", MARCH)) > 150


def _id(one: Any) -> Any:
    return type(one), *(getattr(one, name) for name in SAME_BY[type(one)])
