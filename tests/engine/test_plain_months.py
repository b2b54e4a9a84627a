"""Months judged by their columns are judged as their records would be, to the last word."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import MISSING, fields, replace
from datetime import date, datetime, timedelta
from itertools import count, product
from typing import Any

import pytest

from ccm_core import overlay
from ccm_core import records as r
from ccm_core.case_building import Choosing
from ccm_core.cases import Case
from ccm_core.engine import charts, columns, kept_months, screening, staging, steps
from ccm_core.engine.file_rows import Files
from ccm_core.engine.plain_facts import PlainFacts
from ccm_core.engine.run import Cluster, audit_to_output
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.policy import POLICIES, Policy
from ccm_core.rules import seen_in_chart, seen_in_log
from ccm_core.rules.clinic_hours import clinic_hours
from tests.bench import made
from tests.core.mixed import GOLDEN, mixed
from tests.engine.as_columns import assert_same, both_ways, records_of
from tests.engine.test_case_building import histories
from tests.store.practices import MARCH

PRACTICE = r.Practice("p", "Some practice", state="FL", locality="09102-04", npi=made.NPI)
PLACES = (
    PRACTICE,
    replace(PRACTICE, time_zone="America/Phoenix", policy="strict", state="CA"),
    replace(PRACTICE, setting="rhc", preference="highest", access_proof_on=date(2025, 1, 2)),
    replace(PRACTICE, setting="facility", locality="nowhere"),
)


def in_practices(cases: list[Case], folder: Any, policy: str | None) -> tuple[int, int]:
    """Judge cases by month, each month in the files of one of some practices."""
    by_month: dict[Month, list[Case]] = defaultdict(list)
    for case in cases:
        by_month[case.month].append(case)
    plain = whole = 0
    for number, (month, some) in enumerate(sorted(by_month.items(), key=str)):
        found: list[Any] = [PLACES[number % len(PLACES)]]
        for place, case in zip(count(), some, strict=False):
            found += records_of(case, f"m{place:05d}")
        both = both_ways(found, folder / f"{number}", month, policy)
        assert_same(both, least=0)
        plain, whole = plain + both.plain, whole + len(both.one_by_one)
    return plain, whole


@pytest.mark.parametrize("policy", ["baseline", pytest.param("strict", marks=pytest.mark.slow)])
def test_golden_cases_in_files(policy, tmp_path):
    often = {month for month, times in Counter(c.month for c, _ in GOLDEN).items() if times > 50}
    some = [case for case, _ in GOLDEN if case.month in often]
    plain, whole = in_practices(some, tmp_path, policy)
    assert whole > 1_000
    assert plain > whole // 3


@pytest.mark.slow
def test_golden_cases_of_every_month_in_files(tmp_path):
    plain, whole = in_practices([case for case, _ in GOLDEN], tmp_path, None)
    assert whole > 1_400
    assert plain > whole // 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_bent_cases_in_files(seed, tmp_path):
    chance = random.Random(seed)
    some = [mixed(chance) for _ in range(700)]
    plain, whole = in_practices(some, tmp_path, chance.choice((None, *POLICIES)))
    assert whole > 400
    assert plain > whole // 20


@pytest.mark.parametrize("policy", ["baseline", pytest.param("strict", marks=pytest.mark.slow)])
@pytest.mark.parametrize("month", [MARCH, MARCH.following], ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_a_messy_practice(seed, month, policy, tmp_path):
    assert_same(both_ways(histories(seed), tmp_path / "in", month, policy), least=10)


# Values that a field may come to hold, beside those of its fellows and its default.
ODD: dict[str, tuple[Any, ...]] = {
    "actor": ("practitioner", "non_clinical", "automated", "patient"),
    "activity": ("call", "zumba", "scheduling call", "care plan", "travel"),
    "note": ("", "call", "Überweisung geprüft, Labor bestellt", "K", "k", "same note as before"),
    "seconds": (0, 1, 600, 7_300, 90_000),
    "counted_for": ("99457", "99490", "99426"),
    "Patient.status": ("unenrolled", "deceased", "declined", "eligible"),
    "StatusChange.status": ("unenrolled", "deceased", "declined", "eligible"),
    "ClaimLine.status": ("voided", "denied", "paid"),
    "mode": ("verbal",),
    "code": ("99211", "99495", "G0438", "G0506", "99490", "", "I10", "nonsense"),
    "Payer.kind": r.PAYER_KINDS,
    "Stay.kind": r.STAY_KINDS,
    "Visit.kind": ("facility_claim", "office"),
    "practice": ("same", "other"),
    "npi": ("", "1234567890", "1457382912"),
    "practitioner_npi": ("", "1234567890"),
    "system": ("snomed",),
    "group": ("", "hypertension"),
    "state": ("", "CA", "TX"),
    "name": ("Sunny Plan",),
    "in_model": ("ACCESS",),
    "units": (0, 2, 9),
    "place": ("02", "21"),
    "signed_by": ("Dr. Bench",),
    "late_reason": ("storm",),
    "staff_id": ("",),
    "elements": (frozenset(), frozenset({"availability"})),
    "modifiers": (("25",), ("GW",)),
    "diagnoses": (("I10",),),
    "mdm": ("moderate",),
}  # fmt: skip
FREE = {  # what records are the same by stays, and what nothing reads
    "patient_id", "entry_id", "condition_id", "consent_id", "plan_id", "stay_id", "visit_id",
    "payer_id", "claim_id", "line", "changed_on",
}  # fmt: skip


def bent(record: Any, chance: random.Random) -> Any:
    """The record with one field, seldom two, in another of its ways."""
    names = [one.name for one in fields(record) if one.name not in FREE]
    chosen = chance.sample(names, chance.choice((1, 1, 1, 2)))
    found = replace(record, **{name: _bent(record, name, chance) for name in chosen})
    if isinstance(found, r.Stay) and found.to_on is not None and found.to_on < found.from_on:
        return replace(found, from_on=found.to_on)  # the other way round is refused
    return found


def _bent(record: Any, name: str, chance: random.Random) -> Any:
    value = getattr(record, name)
    one = next(field for field in fields(record) if field.name == name)
    said = columns.kind_of(one)
    odd = ODD.get(name) or ODD.get(f"{type(record).__name__}.{name}")
    if odd:
        return chance.choice((*odd, value))
    if said == "bool":
        return chance.choice((True, False, *((None,) if "None" in str(one.type) else ())))
    if said == "date":
        near = date(2025, 3, 1) + timedelta(days=chance.choice((-800, -366, -31, -1, 0, 9, 30, 31)))
        return chance.choice((near, near, *((None,) if "None" in str(one.type) else ())))
    if said == "datetime":
        return _moment(chance) if name == "started_at" or chance.random() < 0.8 else None
    if said == "Month":
        return chance.choice((MARCH, MARCH.previous, MARCH.plus(-14)))
    return value


def _moment(chance: random.Random) -> datetime:
    """About the edges of the month, of its days and of clinic hours, in New York."""
    day = datetime.fromisoformat("2025-03-01T05:00:00+00:00") + timedelta(
        days=chance.choice((-1, 0, 1, 8, 9, 10, 30, 31))
    )
    return day + timedelta(seconds=chance.choice((-1, 0, 1, 59, 3_600, 46_800, 82_800)))


@pytest.mark.parametrize("seed", range(4))
def test_a_regular_practice_of_which_records_are_bent(seed, tmp_path):
    chance = random.Random(seed)
    found: list[Any] = [replace(PLACES[seed], policy=POLICIES[seed % 2])]
    for number in range(400):
        own = list(made.chart(number))
        for _ in range(chance.choice((0, 1, 1, 2))):
            place = chance.randrange(len(own))
            own[place] = bent(own[place], chance)
        if chance.random() < 0.15:
            own.append(r.Stay(f"{number}s", own[0].patient_id, "hospital", date(2025, 3, 30), None))
        if chance.random() < 0.1:
            own.append(r.Complexity(own[0].patient_id, MARCH, "high"))
        if chance.random() < 0.1:
            own.append(r.Payer("second", own[0].patient_id, chance.choice(r.PAYER_KINDS),
                               is_primary=chance.random() < 0.5))  # fmt: skip
        found += own
    both = both_ways(found, tmp_path / "in", MARCH)
    assert_same(both, least=300)
    assert both.plain > 150


@pytest.mark.parametrize("kind", [one for one in columns.OF_PATIENTS if one is not r.Patient])
def test_a_practice_that_lacks_a_kind(kind, tmp_path):
    found = [one for one in made.practice_records(30) if not isinstance(one, kind)]
    assert_same(both_ways(found, tmp_path / "in", MARCH), least=20)


def test_columns_that_a_file_does_not_hold_have_their_defaults(tmp_path):
    import pyarrow.parquet as pq

    folder = tmp_path / "in"
    columns.write_records(made.practice_records(60), folder)
    needed = {"TimeEntry": ["entry_id", "patient_id", "started_at", "seconds"],
              "Condition": ["condition_id", "patient_id", "code", "is_chronic"],
              "Consent": ["consent_id", "patient_id", "given_on"],
              "Visit": ["visit_id", "patient_id", "on"],
              "Patient": ["patient_id"], "Payer": ["payer_id", "patient_id"]}  # fmt: skip
    for name, some in needed.items():
        file = folder / f"{name}.parquet"
        table = pq.read_table(file).select(some)
        pq.write_table(table, file)
    assert_same(both_ways([], folder, MARCH), least=40)


def test_most_months_of_a_regular_practice_are_plain(tmp_path):
    both = both_ways(made.practice_records(500), tmp_path / "in", MARCH)
    assert_same(both, least=490)
    assert both.plain > 450


def test_when_more_kinds_of_months_come_than_are_kept_all_begins_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(kept_months, "_MOST_SHARED", 3)
    kept_months.kept_of.cache_clear()
    both = both_ways(made.practice_records(300), tmp_path / "in", MARCH)
    assert_same(both, least=290)
    kept = kept_months.kept_of(made.PRACTICE, MARCH, None, overlay.current())
    assert kept.size <= 3
    assert sum(len(earned.shared) for earned in kept.earned.values()) <= 3


NEEDED = [
    (kind, one.name) for kind in columns.OF_PATIENTS for one in fields(kind)
    if columns.default_of(one) is MISSING and columns.kind_of(one) != "str"
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), NEEDED, ids=str)
def test_a_row_without_what_it_needs_is_refused_in_words(kind, name, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path / "in"
    columns.write_records([*made.practice_records(10), *EVERY_KIND], folder)
    file = folder / f"{kind.__name__}.parquet"
    table = pq.read_table(file)
    place = table.column_names.index(name)
    last = pa.array([*table[name].to_pylist()[:-1], None], table[name].type)
    pq.write_table(table.set_column(place, name, last), file)
    with pytest.raises(
        UsageError, match=f"1 rows of {kind.__name__} have no {name}|{name} is missing in some row"
    ):
        audit_to_output(
            [],
            MARCH,
            None,
            None,
            "local",
            Cluster(source=str(folder), output=str(tmp_path / "out")),
        )
    assert not (tmp_path / "out").exists()


EVERY_KIND = (
    r.Stay("s", "b0000009", "hospital", date(2025, 3, 2)), r.Complexity("b0000009", MARCH, "low"),
)  # fmt: skip


def test_what_columns_ask_of_a_policy_goes_by_its_name_and_month():
    for month, name in product((MARCH, Month(2016, 1), Month(2026, 7)), POLICIES):
        asked = {
            (
                seen_in_chart.limits_of(policy),
                seen_in_log.limits_of(policy),
                tuple(clinic_hours(policy, "America/New_York").items()),
                policy.preference("same_day_visit"),
                policy.has_number("initiating_visit_for_everyone"),
            )
            for state, payer, setting in product(("FL", "CA", ""), r.PAYER_KINDS, r.SETTINGS)
            for policy in [Policy.on(month, name, state, payer, setting)]
        }
        assert len(asked) == 1


def test_subjects_told_by_columns_fit_in_one_number(tmp_path):
    both_ways(made.practice_records(20), tmp_path / "in", MARCH)
    tables = next(charts.steps_of(_rows_of(tmp_path / "in"), [""], None))
    step = steps.Step(tables, Choosing(made.PRACTICE, MARCH), None)
    log = screening.log_of(tables[r.TimeEntry], step.ids, step.choosing)
    assert log is not None
    facts = PlainFacts(step.parts, log, step.choosing, None)
    policy = facts.policies[0]
    assert 40 <= len({**facts.chart.bits(policy), **facts.log.bits(policy)}) <= 62


def _rows_of(folder: Any) -> Any:
    return Files(staging.stage(folder, folder / "sorted")).charts("")
