"""The audit on Apache Spark: records grouped by patient, the same rules in each group.

Two shuffles: one by the person who logged time, for what is seen across patients, one by
patient. PySpark and Java are an optional extra; nothing else of the program needs them.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ccm_core import overlay, records
from ccm_core.audit import Outcome
from ccm_core.cases import Signal
from ccm_core.engine.buckets import judge_bucket
from ccm_core.engine.record_rows import COLUMNS, SHARED, record_of, rows_of
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.outcome_json import outcome_json
from ccm_core.signals import signals_of_logs

BUCKET = 2_000
"""Patients of one bucket, on average: large enough to hide the making of its database."""
_ROWS = "kind string, patient_id string, staff_id string, place long, body string"
_SIGNAL = "Signal"
_OUTCOMES = (
    "patient_id string, month string, npi string, status string, outcome string, kept binary"
)
_BATCH = 50_000


def write_rows(found: Iterable[Any], folder: Path) -> int:
    """Write records as Parquet files of rows; gives the number of patients."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    patients, batch, part = 0, [], 0
    for row in rows_of(found):
        patients += row[0] == "Patient"
        batch.append(row)
        if len(batch) == _BATCH:
            part = _write(pa, pq, batch, folder, part)
    _write(pa, pq, batch, folder, part)
    return patients


def _write(pa: Any, pq: Any, batch: list[Any], folder: Path, part: int) -> int:
    columns = zip(*batch, strict=True) if batch else [()] * len(COLUMNS)
    types = (pa.string(), pa.string(), pa.string(), pa.int64(), pa.string())
    arrays = [pa.array(list(c), type=t) for c, t in zip(columns, types, strict=True)]
    table = pa.table(dict(zip(COLUMNS, arrays, strict=True)))
    pq.write_table(table, folder / f"{part:05d}.parquet")
    batch.clear()
    return part + 1


def audit_rows(
    source: str, month: Month, policy: str | None, master: str, output: str = ""
) -> list[Outcome]:
    """Audit a folder of such files on a Spark cluster. Raises: UsageError.

    With ``output`` the outcomes are also written there as Parquet, by the workers.
    """
    spark = _session(master)
    try:
        rows = spark.read.schema(_ROWS).parquet(source)
        common = rows.filter(rows.kind.isin(sorted(SHARED))).orderBy("place").collect()
        shared = [record_of(row.kind, row.body) for row in common]
        if not any(isinstance(record, records.Practice) for record in shared):
            raise UsageError(f"{source} was to be audited; it holds no practice.")
        judged = _judged(spark, rows, shared, month, policy).cache()
        if output:
            judged.drop("kept").write.mode("errorifexists").parquet(output)
        # Our own workers wrote these bytes a moment ago; no file of anybody is unpickled.
        return [pickle.loads(row.kept) for row in judged.toLocalIterator()]  # noqa: S301
    finally:
        spark.stop()


def _judged(spark: Any, rows: Any, shared: list[Any], month: Month, policy: str | None) -> Any:
    from pyspark.sql import functions as f

    practice = next(record for record in shared if isinstance(record, records.Practice))
    signals = (
        rows.filter((rows.kind == "TimeEntry") & (rows.staff_id != ""))
        .groupBy("staff_id")
        .applyInArrow(_signals(practice, month), _ROWS)
    )
    patients = rows.filter(rows.kind == "Patient").count()
    buckets = max(-(-patients // BUCKET), spark.sparkContext.defaultParallelism)
    of_patients = rows.filter(~rows.kind.isin(sorted(SHARED))).unionByName(signals)
    bucket = f.pmod(f.xxhash64("patient_id"), f.lit(buckets)).alias("bucket")
    return of_patients.groupBy(bucket).applyInArrow(_judge(shared, month, policy), _OUTCOMES)


def _signals(practice: records.Practice, month: Month) -> Callable[[Any], Any]:
    """One person's log in, one row for each signal of a patient out."""

    def find(table: Any) -> Any:
        log = [record_of("TimeEntry", row["body"]) for row in table.to_pylist()]
        found = signals_of_logs([log], practice, month)
        made = [
            (_SIGNAL, patient_id, log[0].staff_id, place, json.dumps([s.kind, s.summary, s.ids]))
            for patient_id, some in found.items()
            for place, s in enumerate(some)
        ]
        return _arrow(made, COLUMNS)

    return find


def _judge(shared: list[Any], month: Month, policy: str | None) -> Callable[[Any], Any]:
    """The rows of a bucket in, one row for each case out.

    Imported fees go along: a worker has no database to ask.
    """
    fees = overlay.current()

    def judge(table: Any) -> Any:
        rows = sorted(table.to_pylist(), key=lambda row: (row["staff_id"], row["place"]))
        signals: dict[str, tuple[Signal, ...]] = {}
        for row in rows:
            if row["kind"] == _SIGNAL:
                kind, summary, ids = json.loads(row["body"])
                seen = signals.get(row["patient_id"], ())
                signals[row["patient_id"]] = (*seen, Signal(kind, summary, tuple(ids)))
        ordered = sorted(rows, key=lambda row: row["place"])
        found = [record_of(r["kind"], r["body"]) for r in ordered if r["kind"] != _SIGNAL]
        # Caches go by the object: every bucket of a worker must see the same one.
        with overlay.pinned(_fees.setdefault(fees.version, fees)):
            judged = list(_lines(judge_bucket(shared, found, signals, month, policy)))
        return _arrow(judged, _NAMES)

    return judge


_fees = {overlay.EMPTY.version: overlay.EMPTY}
_NAMES = ("patient_id", "month", "npi", "status", "outcome", "kept")


def _lines(outcomes: Iterable[Outcome]) -> Iterator[tuple[Any, ...]]:
    for o in outcomes:
        said = json.dumps(outcome_json(o), sort_keys=True, ensure_ascii=False)
        yield o.patient_id, o.month, o.npi, o.status, said, pickle.dumps(o)


def _arrow(made: list[tuple[Any, ...]], names: tuple[str, ...]) -> Any:
    import pyarrow as pa

    types = {name: pa.string() for name in names} | {"place": pa.int64(), "kept": pa.binary()}
    columns: list[Any] = list(zip(*made, strict=True)) if made else [()] * len(names)
    return pa.table({
        name: pa.array(list(column), type=types[name])
        for name, column in zip(names, columns, strict=True)
    })  # fmt: skip


def _session(master: str) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise UsageError(
            "The Spark engine was asked for; PySpark is not installed. "
            "Install requirements-spark.txt and Java 17, or use --engine processes."
        ) from missing
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return (
        SparkSession.builder.master(master)
        .appName("ccm audit")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.local.dir", tempfile.gettempdir())
        .getOrCreate()
    )
