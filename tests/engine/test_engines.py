"""One definition of the rules, three engines, the same bytes."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from ccm_core import fees, overlay, records, tables, working
from ccm_core.cli.audit_report import counted, digest
from ccm_core.engine import (
    charts,
    columns,
    file_rows,
    folders,
    outcome_columns,
    run,
    spark,
    staging,
    stored_audit,
)
from ccm_core.errors import UsageError
from ccm_core.outcome_json import outcome_json
from ccm_core.program import fee_versions
from ccm_core.store import db, fees_in_force, writing
from tests.money import cms_layouts as cms
from tests.store.practices import MARCH, PRACTICE, a_messy_practice, an_entry, one_of_each

DAY = date(MARCH.year, 3, 31)


@pytest.fixture(autouse=True)
def _private(tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))


@pytest.fixture
def filled(tmp_path, _migrated_sqlite):
    """A messy practice on disk, so that other processes can read it too."""
    file = tmp_path / "engines.sqlite3"
    shutil.copyfile(_migrated_sqlite, file)
    url = f"sqlite:///{file}"
    with db.session(url) as session:
        writing.save(session, PRACTICE, a_messy_practice(70, 21))
    yield url
    db.dispose(url)


@pytest.fixture
def folder(tmp_path):
    """The same practice as columns, its rows in any order."""
    columns.write_records(a_messy_practice(70, 21), tmp_path / "rows")
    return tmp_path / "rows"


def judged(engine: str, url: str, **more) -> list:
    outcomes = run.audit_month([], MARCH, url, None, engine, **more)
    assert len(outcomes) > 50
    return sorted(outcomes, key=lambda o: (o.month, o.patient_id, o.npi))


def on(engine: str, url: str, **more) -> str:
    return digest(judged(engine, url, **more))


def read_back(source: Path, kind: type) -> list:
    return charts.records_of(pq.read_table(source / f"{kind.__name__}.parquet"), kind)


def test_every_kind_of_record_survives_the_way_through_columns(tmp_path):
    found = one_of_each()
    assert {type(record) for record in found} == set(columns.KINDS)
    bare = records.Visit("v", "p", date(2025, 2, 1))
    columns.write_records([*found, bare], tmp_path)
    for kind in columns.KINDS:
        wanted = [one for one in (*found, bare) if type(one) is kind]
        assert read_back(tmp_path, kind) == wanted, kind


def test_a_folder_says_what_the_database_says(filled, folder):
    assert on("local", "", cluster=run.Cluster(source=str(folder))) == on("local", filled)


def test_small_steps_and_groups_change_nothing(filled, folder, tmp_path, monkeypatch):
    whole = on("local", filled)
    monkeypatch.setattr(charts, "STEP", 3)
    monkeypatch.setattr(file_rows, "_BATCH", 5)
    monkeypatch.setattr(staging, "ROW_GROUP", 7)
    assert on("local", "", cluster=run.Cluster(source=str(folder))) == whole


def test_comma_separated_files_say_the_same(filled, folder, tmp_path):
    (tmp_path / "csv").mkdir()
    for file in folder.glob("*.parquet"):
        if file.stem == "TimeEntry":
            (tmp_path / "csv" / "TimeEntry").mkdir()
            shutil.copy(file, tmp_path / "csv" / "TimeEntry" / "part.parquet")
        else:
            arrow_csv.write_csv(pq.read_table(file), tmp_path / "csv" / f"{file.stem}.csv")
    found = on("local", "", cluster=run.Cluster(source=str(tmp_path / "csv")))
    assert found == on("local", filled)


def test_files_of_outcomes_are_worded_to_the_byte(filled, folder, tmp_path):
    where = run.Cluster(source=str(folder), output=str(tmp_path / "out"))
    tally = run.audit_to_output([], MARCH, None, None, "local", where)
    outcomes = judged("local", filled)
    read = list(outcome_columns.read_outcomes(tmp_path / "out"))
    assert read == [(o.patient_id, outcome_json(o)) for o in outcomes]
    assert tally.status.total() == len(outcomes)
    assert tally.rules.total() == sum(len(o.findings) for o in outcomes)
    report = counted(tally, MARCH, "", where.output)
    assert report["allowed_usd"]["review"] == str(
        sum((o.planned_usd or 0 for o in outcomes if o.status == "review"), Decimal("0.00"))
    )
    with pytest.raises(UsageError, match="Name a new folder"):
        run.audit_to_output([], MARCH, None, None, "local", where)


@pytest.mark.slow
@pytest.mark.parametrize("was_there", [False, True])
def test_a_run_that_is_stopped_leaves_no_file(folder, tmp_path, monkeypatch, was_there):
    monkeypatch.setattr(charts, "STEP", 9)
    target = tmp_path / "out"
    if was_there:
        target.mkdir()
    seen = []

    def listen(what, done, total):
        seen.append(sorted(target.glob("*.parquet")))
        if done == 2:
            raise KeyboardInterrupt

    where = run.Cluster(source=str(folder), output=str(target))
    with pytest.raises(KeyboardInterrupt), working.heard(listen):
        run.audit_to_output([], MARCH, None, None, "local", where)
    assert [len(files) for files in seen] == [1, 2]
    assert target.exists() is was_there
    assert not list(tmp_path.glob("out/*"))


def test_worker_processes_find_the_same(filled, folder, tmp_path, monkeypatch):
    local = on("local", filled)
    monkeypatch.setattr(stored_audit, "PARTITION", 9)
    assert on("processes", filled) == local
    hashes = set()
    monkeypatch.setattr(charts, "STEP", 9)
    for engine in ("local", "processes"):
        where = run.Cluster(source=str(folder), output=str(tmp_path / engine))
        tally = run.audit_to_output([], MARCH, None, None, engine, where)
        hashes.add(counted(tally, MARCH, "", where.output)["output_sha256"])
    assert len(hashes) == 1


def test_one_entry_twice_is_refused(tmp_path):
    found = a_messy_practice(3, 5)
    entry = an_entry("twice", "P0001")
    columns.write_records([*found, entry, replace(entry, seconds=60)], tmp_path / "rows")
    with pytest.raises(UsageError, match="repeat an identifier"):
        run.audit_month([], MARCH, None, None, "local", run.Cluster(source=str(tmp_path / "rows")))


def test_what_is_missing_in_a_folder_is_said(tmp_path, folder):
    with pytest.raises(UsageError, match="Name a folder"):
        run.audit_month([], MARCH, None, None, "local", run.Cluster(source=str(tmp_path / "none")))
    (folder / "Practice.parquet").unlink()
    with pytest.raises(UsageError, match="no Practice"):
        run.audit_month([], MARCH, None, None, "local", run.Cluster(source=str(folder)))


def test_a_moment_without_offset_is_refused(folder):
    table = pq.read_table(folder / "TimeEntry.parquet")
    (folder / "TimeEntry.parquet").unlink()
    naive = table.set_column(
        table.column_names.index("started_at"), "started_at",
        [["2025-03-09 10:00:00"] * table.num_rows],
    )  # fmt: skip
    pq.write_table(naive, folder / "TimeEntry.parquet")
    with pytest.raises(UsageError, match="without an offset"):
        run.audit_month([], MARCH, None, None, "local", run.Cluster(source=str(folder)))


def test_a_list_keeps_its_words_apart(tmp_path):
    lists = [("25", "95"), ("2;5",), ("",), ("[x",), ("a", "", "b;c"), ('["', "é"), ()]
    found = [records.Visit(f"v{n}", "p", DAY, modifiers=words) for n, words in enumerate(lists)]
    columns.write_records(found, tmp_path)
    assert [one.modifiers for one in read_back(tmp_path, records.Visit)] == lists
    for odd in ("[", '["a", 5]', "[25"):
        with pytest.raises(UsageError, match="no JSON list"):
            columns.words_of(odd)


def test_an_amount_is_read_as_the_store_gives_it(tmp_path):
    said = [Decimal("12.5"), Decimal("12.50"), Decimal("1E+1"), Decimal("0.0001"), None]
    found = [records.Staff(f"s{n}", "x", weekly_hours=usd) for n, usd in enumerate(said)]
    columns.write_records(found, tmp_path)
    read = [str(one.weekly_hours) for one in read_back(tmp_path, records.Staff)]
    assert read == ["12.50", "12.50", "10.00", "0.0001", "None"]
    for odd in ("1,50", "NaN", "0.00001"):
        with pytest.raises(UsageError):
            columns.READ["Decimal"](odd)


def test_an_unknown_engine_is_refused():
    with pytest.raises(UsageError, match="local, processes, spark"):
        run.audit_month([], MARCH, None, None, "abacus")


def test_a_worker_of_spark_runs_the_piece_it_is_sent():
    sent = pa.RecordBatch.from_pydict({"number": [4], "piece": [pickle.dumps((sorted, [3, 1, 2]))]})
    (found,) = spark.worked(iter([sent]))
    assert found.column("number").to_pylist() == [4]
    assert pickle.loads(found.column("found")[0].as_py()) == [1, 2, 3]


def test_a_worker_of_spark_knows_its_piece_by_number():
    held = SimpleNamespace(value=[pickle.dumps((sorted, [number, 0])) for number in range(4)])
    rows = [pa.RecordBatch.from_pydict({"number": numbers}) for numbers in ([2], [0, 3])]
    found = list(spark.worked_by_number(held, iter(rows)))
    assert [one.column("number").to_pylist() for one in found] == [[2], [0], [3]]
    assert [pickle.loads(one.column("found")[0].as_py()) for one in found] == [
        [0, 2],
        [0, 0],
        [0, 3],
    ]


def refusing(_: object) -> None:
    raise UsageError("The column kind of Stay holds a word that no rule knows.")


def test_what_a_worker_of_spark_refuses_is_sent_back_as_a_sentence():
    """Thrown there, it would be a fault of a task, whose text may quote a patient."""
    held = SimpleNamespace(value=[pickle.dumps((refusing, 0))])
    (found,) = spark.worked_by_number(held, iter([pa.RecordBatch.from_pydict({"number": [0]})]))
    assert "no rule knows" in pickle.loads(found.column("found")[0].as_py()).said


@pytest.mark.slow
def test_spark_refuses_in_the_same_words(folder):
    needs_spark()
    table = pq.read_table(folder / "TimeEntry.parquet")
    place = table.column_names.index("actor")
    odd = table.set_column(place, "actor", pa.array(["nurse"] * table.num_rows))
    pq.write_table(odd, folder / "TimeEntry.parquet")
    said = []
    for engine in ("local", "spark"):
        where = run.Cluster("local[2]", source=str(folder))
        with pytest.raises(UsageError) as refusal:
            run.audit_month([], MARCH, None, None, engine, where)
        said.append(str(refusal.value))
    assert said[0] == said[1]
    assert "actor of TimeEntry" in said[0]


@pytest.mark.slow
def test_many_bytes_of_pieces_go_by_rows(filled, monkeypatch):
    """Each machine would hold all of them; the answers are the same either way."""
    needs_spark()
    monkeypatch.setattr(spark, "_SMALL", 0)
    assert on("spark", filled, cluster=run.Cluster("local[2]")) == on("local", filled)


def needs_spark() -> None:
    pytest.importorskip("pyspark", reason="PySpark is not installed (requirements-spark.txt)")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed; Spark needs Java 17 or newer")


@pytest.mark.slow
def test_spark_finds_the_same(filled, folder, tmp_path, monkeypatch):
    needs_spark()
    monkeypatch.setattr(charts, "STEP", 9)
    local = on("local", filled)
    assert on("spark", filled, cluster=run.Cluster("local[2]")) == local
    hashes = set()
    for engine in ("local", "spark"):
        where = run.Cluster("local[2]", str(folder), str(tmp_path / engine))
        tally = run.audit_to_output([], MARCH, None, None, engine, where)
        hashes.add(counted(tally, MARCH, "", where.output)["output_sha256"])
    assert len(hashes) == 1


def import_doubled_fees(url):
    """Every amount twice what it was: an audit that misses the import shows at once."""
    rows = [(r["code"], r["status"], *(str(2 * r.number(n)) for n in (
                "work_rvu", "nonfacility_pe_rvu")), "", str(2 * r.number("facility_pe_rvu")), "",
             str(2 * r.number("mp_rvu"))) for r in tables.load("rvu", "code").in_force(DAY)
            if r["status"] == "A"]  # fmt: skip
    factor = str(fees.allowed("99490", DAY).conversion_factor)
    data = cms.pprrvu(MARCH.year, "January", rows, factor, "12/01/2020")
    with db.session(url, write=True) as session:
        staged = fee_versions.stage_as(session, [("PPRRVU_nonQPP.csv", data)])
        fee_versions.commit_as(session, None, "test", staged)


@pytest.mark.slow
def test_spark_prices_by_the_imported_fees_of_the_database(filled):
    needs_spark()
    shipped = on("local", filled)
    import_doubled_fees(filled)
    imported = on("local", filled)
    assert imported != shipped
    assert on("spark", filled, cluster=run.Cluster("local[2]")) == imported


def test_a_worker_gets_the_fees_of_the_one_who_sends_it(filled, folder, tmp_path):
    import_doubled_fees(filled)
    with db.session(filled) as session:
        over = fees_in_force.of_store(session)
    usd, source = [], file_rows.Files(staging.stage(folder, tmp_path))
    for sent in (overlay.EMPTY, over):
        pieces = []

        def travelling(work, some, to=pieces):
            to += some
            return [work(pickle.loads(pickle.dumps(piece))) for piece in some]

        with overlay.pinned(sent):
            found = folders.outcomes_of(source, MARCH, None, travelling)
        assert pieces
        usd.append(sum(o.chosen.allowed_usd for o in found if o.chosen and o.chosen.allowed_usd))
    assert usd[1] > Decimal("1.9") * usd[0] > 0


def test_without_pyspark_the_refusal_says_what_to_install(filled, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match=r"requirements-spark\.txt"):
        run.audit_month([], MARCH, filled, None, "spark")
    assert replace(run.Cluster(), output="x").master == "local[*]"


def test_moments_are_whole_seconds_as_in_the_store(tmp_path):
    at = datetime(2025, 3, 9, 6, 59, 59, 999_999, tzinfo=UTC)
    early = datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)
    found = [replace(an_entry(name, "p"), started_at=t) for name, t in (("a", at), ("b", early))]
    columns.write_records(found, tmp_path)
    read = read_back(tmp_path, records.TimeEntry)
    assert [e.started_at for e in read] == [at.replace(microsecond=0), early.replace(microsecond=0)]
