"""Entries left out by columns can take part in no signal: the plain pass over all is the oracle."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from ccm_core.engine import columns, crossing, suspects
from ccm_core.engine.staging import sorted_by
from ccm_core.records import TimeEntry
from ccm_core.signals import signals_of_logs
from tests.bench import made

NOTES = (
    "Reviewed the medication list and the home readings with the patient",
    "Reviewed the medication list and the home reading with the patient",
    "Reviewed the medication list, and the home readings with the patients!",
    "Called the pharmacy about the refill of the inhaler; 2 puffs",
    "CALLED the pharmacy about the refill of the inhaler; 3 puffs",
    "Ärztin angerufen wegen der Straße und der Übelkeit",
    "short", "", "12345 67890 12345 67890 12345",
)  # fmt: skip
STYLES = ("diary", "crowd", "round", "equal", "late", "long", "bunching", "edges")


def log_of(person: str, chance: random.Random) -> list[TimeEntry]:
    """A month of somebody with a habit, which alone or with others may be odd."""
    style = chance.choice(STYLES)
    patients = chance.choice((3, 8, 30))
    free = chance.random() < 0.5
    return [
        an_entry(f"{person}e{n:04d}", f"p{n % patients}", person, style, free, chance)
        for n in range(chance.choice((0, 1, 5, 19, 20, 21, 60)))
    ]


def an_entry(
    name: str, patient: str, person: str, style: str, free: bool, chance: random.Random
) -> TimeEntry:
    minute = chance.randrange(31 * 24 * 60)
    seconds = chance.choice((0, 61, 299, 300, 420, 777, chance.randrange(1, 1500)))
    if style == "crowd":
        minute %= 300
    elif style == "round":
        seconds = chance.choice((300, 600, 900, 1200, 61))
    elif style == "equal":
        seconds = chance.choice((420, 420, 420, 600))
    elif style == "late":
        late = 29 * 24 * 60 + chance.randrange(2 * 24 * 60)
        minute = chance.choice((minute, late, late, late))
    elif style == "long":
        minute, seconds = minute % (3 * 24 * 60), chance.randrange(1800, 7200)
    elif style == "bunching":
        seconds = chance.choice((1200, 1230, 1259, 1260, 600))
    elif style == "edges":
        minute = chance.choice((-49 * 60, -60, -1, 0, 1, 31 * 24 * 60 - 1, 31 * 24 * 60))
        seconds = chance.choice((1, 60, 61, 7200, 90_000))
    start = datetime(2025, 3, 1, 5, tzinfo=UTC) + timedelta(minutes=minute)
    note = chance.choice(NOTES) if free else " ".join(chance.choices(NOTES[0].split(), k=11))
    return TimeEntry(
        name, patient, start, seconds, chance.choice(("clinical_staff", "practitioner", "patient")),
        person, note=note, is_start_known=chance.random() < 0.9,
    )  # fmt: skip


def table_of(entries: list[TimeEntry], folder: Any) -> Any:
    import pyarrow.parquet as pq

    columns.write_records(entries, folder)
    table = pq.read_table(folder / "TimeEntry.parquet", read_dictionary=["note", "actor"])
    return sorted_by(table, ["staff_id"])


def by_columns(table: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = crossing.signals_in(table, made.PRACTICE, made.MONTH).to_pylist()
    return sorted(rows, key=lambda row: (row["patient_id"], row["staff_id"], row["place"]))


def by_records(entries: list[TimeEntry]) -> list[dict[str, Any]]:
    people = sorted({entry.staff_id for entry in entries})
    found = []
    for person in people:
        own = [entry for entry in entries if entry.staff_id == person]
        for patient, signals in signals_of_logs([own], made.PRACTICE, made.MONTH).items():
            found += [(patient, person, place, one) for place, one in enumerate(signals)]
    return [
        {"patient_id": patient, "staff_id": person, "place": place, "kind": one.kind,
         "summary": one.summary, "ids": columns.orjson.dumps(one.ids).decode()}
        for patient, person, place, one in sorted(found, key=lambda row: row[:3])
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_out_takes_part_in_no_signal(seed, tmp_path):
    chance = random.Random(seed)
    entries = [entry for n in range(20) for entry in log_of(f"s{n:02d}", chance)]
    chance.shuffle(entries)
    assert by_columns(table_of(entries, tmp_path)) == by_records(entries)


@pytest.mark.parametrize("first", [0, 600])
def test_no_time_at_the_beginning_of_some_is_looked_at(first, tmp_path):
    at = datetime(2025, 3, 3, 15, tzinfo=UTC)
    entries = [
        TimeEntry(f"e{n}", f"p{n}", at, seconds, staff_id="s1")
        for n, seconds in enumerate((first, 600 - first))
    ]
    assert by_columns(table_of(entries, tmp_path)) == by_records(entries)


def test_every_kind_of_signal_was_among_them():
    kinds: Counter[str] = Counter()
    for seed in range(12):
        chance = random.Random(seed)
        entries = [entry for n in range(20) for entry in log_of(f"s{n:02d}", chance)]
        for row in by_records(entries):
            kinds[row["kind"]] += 1
    assert set(kinds) == {
        "staff_overlap", "impossible_day", "copied_note", "equal_durations", "round_durations",
        "month_end", "bunching",
    }  # fmt: skip


def an_honest_log() -> list[TimeEntry]:
    entries = [one for number in range(125) for one in made.chart(number)]
    return [entry for entry in entries if isinstance(entry, TimeEntry)]


def test_an_honest_diary_makes_few_records(tmp_path):
    entries = an_honest_log()
    seen = suspects.suspects_of(table_of(entries, tmp_path), made.PRACTICE, made.MONTH)
    assert seen.whole.num_rows == 0
    assert seen.beside.num_rows + seen.alike.num_rows < len(entries) // 20
    assert by_columns(table_of(entries, tmp_path)) == by_records(entries)


@pytest.mark.parametrize(
    ("column", "value"),
    [("seconds", -60), ("seconds", 2**50), ("started_at", datetime(1950, 1, 1, tzinfo=UTC))],
)
def test_an_odd_value_has_everything_looked_at(tmp_path, column, value):
    table = table_of(an_honest_log(), tmp_path)
    place = table.column_names.index(column)
    values = [value, *table[column].to_pylist()[1:]]
    odd = table.set_column(place, column, pa.array(values, table[column].type))
    assert suspects.suspects_of(odd, made.PRACTICE, made.MONTH).whole.num_rows == odd.num_rows


@pytest.mark.parametrize("gone", ["note", "actor", "is_start_known"])
def test_a_column_that_is_not_there_means_its_default(tmp_path, gone):
    chance = random.Random(5)
    entries = [entry for n in range(12) for entry in log_of(f"s{n:02d}", chance)]
    table = table_of(entries, tmp_path).drop_columns([gone])
    assert by_columns(table) == by_records(crossing.records_of(table, TimeEntry))


def test_nobody_has_no_signals(tmp_path):
    table = table_of(an_honest_log(), tmp_path).slice(0, 0)
    assert by_columns(table) == []
    assert by_columns(None) == []
