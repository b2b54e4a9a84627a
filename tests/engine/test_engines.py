"""One definition of the rules, three engines, the same bytes."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core import fees, overlay, records, tables
from ccm_core.cli.audit_report import digest
from ccm_core.engine import run
from ccm_core.engine.buckets import judge_bucket
from ccm_core.engine.record_rows import KINDS, record_of, rows_of
from ccm_core.errors import UsageError
from ccm_core.program import fee_versions
from ccm_core.signals import signals_of_logs
from ccm_core.store import db, fees_in_force, reading, writing
from tests.money import cms_layouts as cms
from tests.store.practices import MARCH, PRACTICE, a_messy_practice, one_of_each

DAY = date(MARCH.year, 3, 31)


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


def on(engine: str, url: str, **more) -> str:
    outcomes = run.audit_month([], MARCH, url, None, engine, **more)
    assert len(outcomes) > 50
    return digest(sorted(outcomes, key=lambda o: (o.month, o.patient_id, o.npi)))


def test_every_kind_of_record_survives_the_way_through_a_row():
    found = one_of_each()
    assert {type(record) for record in found} == set(KINDS)
    again = [record_of(kind, body) for kind, _, _, _, body in rows_of(found)]
    assert again == found
    bare = records.Visit("v", "p", found[6].given_on)
    assert [record_of(k, b) for k, _, _, _, b in rows_of([bare])] == [bare]


def test_an_unknown_kind_is_refused_in_a_sentence():
    with pytest.raises(UsageError, match="kinds are Practice"):
        record_of("Pickle", "{}")


def test_a_bucket_of_its_own_says_what_the_database_says(filled):
    with db.session(filled) as session:
        practice = reading.practice(session)
        found = list(run.all_records(session, PRACTICE))
    people = {e.staff_id for e in found if isinstance(e, records.TimeEntry)} - {""}
    signals = {}
    for person in sorted(people):
        log = [e for e in found if isinstance(e, records.TimeEntry) and e.staff_id == person]
        for patient_id, some in signals_of_logs([log], practice, MARCH).items():
            signals[patient_id] = signals.get(patient_id, ()) + some
    shared = [r for r in found if not hasattr(r, "patient_id")]
    of_patients = [r for r in found if hasattr(r, "patient_id")]
    half = {r.patient_id for r in of_patients if hash(r.patient_id) % 2}
    outcomes = []
    for is_half in (True, False):
        bucket = [r for r in of_patients if (r.patient_id in half) is is_half]
        outcomes += judge_bucket(shared, bucket, signals, MARCH, None)
    assert digest(sorted(outcomes, key=lambda o: (o.month, o.patient_id, o.npi))) == on(
        "local", filled
    )


def test_worker_processes_find_the_same(filled, monkeypatch):
    local = on("local", filled)
    monkeypatch.setattr(run, "PARTITION", 9)
    assert on("processes", filled) == local


def test_folders_belong_to_spark(filled):
    with pytest.raises(UsageError, match="--engine spark"):
        run.audit_month([], MARCH, filled, None, "local", run.Cluster(output="out"))


@pytest.mark.slow
def test_spark_finds_the_same(filled, tmp_path):
    pytest.importorskip("pyspark", reason="PySpark is not installed (requirements-spark.txt)")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed; Spark needs Java 17 or newer")
    import pyarrow.parquet as pq

    from ccm_core.engine import spark

    local = on("local", filled)
    out = tmp_path / "out"
    assert on("spark", filled, cluster=run.Cluster("local[2]", "", str(out))) == local
    written = pq.read_table(out / PRACTICE)
    assert "outcome" in written.column_names
    assert "kept" not in written.column_names
    with db.session(filled) as session:
        spark.write_rows(run.all_records(session, PRACTICE), tmp_path / "rows")
    again = run.Cluster("local[2]", str(tmp_path / "rows"), str(tmp_path / "again"))
    assert on("spark", "", cluster=again) == local
    assert written.num_rows == pq.read_table(tmp_path / "again").num_rows


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
    pytest.importorskip("pyspark", reason="PySpark is not installed (requirements-spark.txt)")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed; Spark needs Java 17 or newer")
    shipped = on("local", filled)
    import_doubled_fees(filled)
    imported = on("local", filled)
    assert imported != shipped
    assert on("spark", filled, cluster=run.Cluster("local[2]")) == imported


def test_a_spark_worker_gets_the_fees_of_the_one_who_sends_it(filled):
    from ccm_core.engine import spark

    import_doubled_fees(filled)
    with db.session(filled) as session:
        over = fees_in_force.of_store(session)
        found = list(run.all_records(session, PRACTICE))
    shared = [r for r in found if not hasattr(r, "patient_id")]
    rows = [(kind, patient, staff, place, body) for kind, patient, staff, place, body in
            rows_of([r for r in found if hasattr(r, "patient_id")])]  # fmt: skip
    bucket = spark._arrow(rows, spark.COLUMNS)
    usd = []
    for sent in (overlay.EMPTY, pickle.loads(pickle.dumps(over))):
        with overlay.pinned(sent):
            judge = spark._judge(shared, MARCH, None)
        kept = [pickle.loads(bytes(o)) for o in judge(bucket).column("kept").to_pylist()]
        usd.append(sum(o.chosen.allowed_usd for o in kept if o.chosen and o.chosen.allowed_usd))
    assert usd[1] > Decimal("1.9") * usd[0] > 0


def test_without_pyspark_the_refusal_says_what_to_install(filled, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match=r"requirements-spark\.txt"):
        run.audit_month([], MARCH, filled, None, "spark")
    assert replace(run.Cluster(), output="x").master == "local[*]"
