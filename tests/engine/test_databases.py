"""From and to a database: the same bytes as from and to files, all of a run or nothing."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from ccm_core import records
from ccm_core.cli.audit_report import counted, digest
from ccm_core.engine import charts, columns, outcome_columns, run, stored_rows
from ccm_core.errors import StoreTrouble, UsageError
from ccm_core.store import arrow_rows, db, reading, writing
from ccm_core.store.schema import record_table, table_of
from ccm_core.store.schema.outputs import AuditOutput, OutputCase, OutputFinding
from tests.engine.test_engines import needs_spark
from tests.store.practices import MARCH, PRACTICE, a_messy_practice, one_of_each

TABLES = AuditOutput, OutputCase, OutputFinding


@pytest.fixture(autouse=True)
def _private(tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("CCM_PRACTICE", PRACTICE)
    monkeypatch.setattr(charts, "STEP", 9)


@pytest.fixture
def filled(store_url):
    with db.session(store_url) as session:
        writing.save(session, PRACTICE, a_messy_practice(70, 21))
    yield store_url
    db.dispose(store_url)


@pytest.fixture
def place(tmp_path):
    """A database that nobody has made yet."""
    url = f"sqlite:///{tmp_path / 'outcomes.sqlite3'}"
    yield url
    db.dispose(url)


def audited(engine, source, output):
    where = run.Cluster("local[2]", source, output)
    return counted(run.audit_to_output([], MARCH, None, None, engine, where), MARCH, "", output)


def held(url, model):
    table = table_of(model)
    with db.session(url) as session:
        return list(session.connection().execute(select(table).order_by(*table.primary_key)))


def as_files(found, folder):
    columns.write_records(found, folder / "parquet")
    (folder / "csv").mkdir()
    for file in (folder / "parquet").glob("*.parquet"):
        table = pq.read_table(file)
        for number, one in enumerate(table.schema):
            if pa.types.is_timestamp(one.type):
                table = table.set_column(number, one.name, _iso(table[one.name]))
        arrow_csv.write_csv(table, folder / "csv" / f"{file.stem}.csv")
    return [str(folder / "parquet"), str(folder / "csv")]


def _iso(moments):
    return [[None if one is None else one.isoformat() for one in moments.to_pylist()]]


def test_files_and_databases_give_the_same_bytes(filled, place, tmp_path):
    sources = [*as_files(a_messy_practice(70, 21), tmp_path), filled]
    hashes = {
        audited("local", source, str(tmp_path / f"out-{n}"))["output_sha256"]
        for n, source in enumerate(sources)
    }
    hashes |= {audited("local", source, place)["output_sha256"] for source in sources}
    assert len(hashes) == 1
    where = run.Cluster(source=filled)
    outcomes = run.audit_month([], MARCH, None, None, "local", where)
    assert digest(outcomes) == digest(run.audit_month([], MARCH, filled, None, "local"))


def test_processes_give_the_same_bytes(filled, place):
    found = {audited(engine, filled, place)["output_sha256"] for engine in ("local", "processes")}
    assert len(found) == 1


@pytest.mark.slow
def test_spark_gives_the_same_bytes(filled, place, tmp_path):
    needs_spark()
    found = {
        audited("local", filled, place)["output_sha256"],
        audited("spark", filled, place)["output_sha256"],
        audited("spark", filled, str(tmp_path / "out"))["output_sha256"],
    }
    assert len(found) == 1


def test_tables_hold_what_files_would(filled, tmp_path):
    files = audited("local", filled, str(tmp_path / "out"))
    stored = audited("local", filled, filled)
    assert stored["output_ids"] == [1]
    same = ("cases", "clean", "review", "blocked", "findings_by_rule", "output_sha256")
    assert {name: stored[name] for name in same} == {name: files[name] for name in same}
    (kept,) = held(filled, AuditOutput)
    assert (kept.cases, kept.output_sha256) == (files["cases"], files["output_sha256"])
    outcomes = run.audit_month([], MARCH, filled, None, "local")
    cases, findings = held(filled, OutputCase), held(filled, OutputFinding)
    assert len(cases) == len(outcomes)
    by_id = {one.patient_id: one for one in cases}
    for o in outcomes:
        row = by_id[o.patient_id]
        said = (
            row.status,
            row.total_seconds,
            row.planned_usd,
            row.service_on,
            row.is_below_threshold,
        )
        assert said == (
            o.status,
            o.total_seconds,
            o.planned_usd,
            o.service_on,
            o.is_below_threshold,
        )
        assert row.planned_units == dict(o.planned_units)
        rules = [(f.rule, f.summary) for f in findings if f.patient_id == o.patient_id]
        assert rules == [(j.rule, j.finding.summary) for j in o.findings]


def test_the_tables_have_the_columns_of_the_files():
    ours = {"output_id", "practice_id"}
    names = set(outcome_columns.schema().names) - {"findings"}
    assert set(table_of(OutputCase).c.keys()) == names | ours
    found = {*outcome_columns.FINDING, "patient_id", "place"}
    assert set(table_of(OutputFinding).c.keys()) == found | ours


def test_a_second_run_stands_beside_the_first(filled):
    assert audited("local", filled, filled)["output_ids"] == [1]
    assert audited("local", filled, filled)["output_ids"] == [2]
    assert [row.output_id for row in held(filled, OutputCase)].count(1) > 50


def test_a_run_that_fails_leaves_nothing(filled, monkeypatch):
    audited("local", filled, filled)
    before = [len(held(filled, model)) for model in TABLES]
    kind = arrow_rows.Sqlite if filled.startswith("sqlite") else arrow_rows.Postgres
    put = kind.put

    def failing(self, table, rows):
        put(self, table, rows)
        if table == "audit_output_finding":
            raise StoreTrouble("The disk of the database is full.")

    monkeypatch.setattr(kind, "put", failing)
    with pytest.raises(StoreTrouble):
        audited("local", filled, filled)
    assert [len(held(filled, model)) for model in TABLES] == before


def test_every_kind_is_read_as_the_store_reads_it(store_url):
    found = one_of_each()
    with db.session(store_url) as session:
        writing.save(session, PRACTICE, found)
    with arrow_rows.connected(store_url, PRACTICE) as rows:
        read = [
            one for kind in columns.KINDS
            for one in charts.records_of(stored_rows.as_columns(rows.of(kind), kind), kind)
        ]  # fmt: skip
    assert len(read) == len(found)
    assert set(read) == set(found)


def test_a_corrected_entry_counts_once(filled):
    entry = record_table(records.TimeEntry).c
    with db.session(filled) as session:
        asked = select(entry.entry_id, entry.patient_id).order_by(entry.id).limit(1)
        entry_id, patient_id = session.connection().execute(asked).one()
        (old,) = [
            one for one in reading.records_of(session, records.TimeEntry, patient_id)
            if one.entry_id == entry_id
        ]  # fmt: skip
        writing.save(session, PRACTICE, [replace(old, seconds=old.seconds + 60)])
    found = run.audit_month([], MARCH, None, None, "local", run.Cluster(source=filled))
    assert digest(found) == digest(run.audit_month([], MARCH, filled, None, "local"))


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:hunter2@db/ccm", "postgresql://u:hunter2@127.0.0.1:1/ccm", "sqlite://",
        "postgresql://u:hunter2@[bad/ccm", "://hunter2", "sqlite:///:memory:",
        "postgresql://127.0.0.1:1/ccm?user=u&password=hunter2",
    ],
)  # fmt: skip
@pytest.mark.parametrize("side", ["source", "output"])
def test_what_cannot_be_reached_is_said_without_the_password(url, side, tmp_path):
    columns.write_records(a_messy_practice(3, 5), tmp_path / "rows")
    where = {"source": str(tmp_path / "rows"), "output": str(tmp_path / "out"), side: url}
    with pytest.raises((UsageError, StoreTrouble)) as told:
        run.audit_to_output([], MARCH, None, None, "local", run.Cluster(**where))
    assert "hunter2" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_database_that_is_not_ours_is_refused(tmp_path):
    other = tmp_path / "other.sqlite3"
    sqlite3.connect(other).execute("CREATE TABLE patient (x)").connection.close()
    for name, wanted in (("other", "no tables of this program"), ("none", "no such file")):
        where = run.Cluster(source=f"sqlite:///{tmp_path / name}.sqlite3")
        with pytest.raises(UsageError, match=wanted):
            run.audit_month([], MARCH, None, None, "local", where)
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_database_without_a_practice_says_what_to_do(store_url):
    with pytest.raises(UsageError, match="ccm import"):
        run.audit_month([], MARCH, None, None, "local", run.Cluster(source=store_url))
    db.dispose(store_url)


def test_a_database_and_files_at_once_are_refused(filled):
    with pytest.raises(UsageError, match="one of the two"):
        run.audit_month(["x.csv"], MARCH, None, None, "local", run.Cluster(source=filled))


def test_outcomes_of_files_go_to_a_new_database(tmp_path, place):
    columns.write_records(a_messy_practice(12, 3), tmp_path / "rows")
    found = audited("local", str(tmp_path / "rows"), place)
    assert len(held(place, OutputCase)) == found["cases"]
    assert found["output"] == place


def test_a_damaged_day_is_named_by_its_column(filled):
    if not filled.startswith("sqlite"):
        pytest.skip("PostgreSQL keeps no text in a column of days")
    with sqlite3.connect(Path(filled.removeprefix("sqlite:///"))) as raw:
        raw.execute("UPDATE patient SET born_on = 'someday' WHERE patient_id = 'P0003'")
    with pytest.raises(UsageError, match="Patient was read from a database; born_on") as told:
        run.audit_month([], MARCH, None, None, "local", run.Cluster(source=filled))
    assert "someday" not in str(told.value)
