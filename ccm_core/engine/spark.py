"""The audit on Apache Spark: each piece of work is a row of a frame, mapped with ``mapInArrow``.

The pieces are ranges of people and of patients over sorted columns; a worker reads its
range from files that all machines see, so that no record goes through Java. PySpark and
Java are an optional extra; nothing else of the program needs them.
"""

from __future__ import annotations

import functools
import gc
import os
import pickle
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from ccm_core.engine.folders import Mapped
from ccm_core.errors import CcmError, UsageError
from ccm_core.store.private import private_folder

_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xlog:disable -Xlog:all=error:stderr"
"""For a Java that lives a minute; clusters have settings of their own.

Java tells on standard output which classes it does not keep; that is where our answer stands.
"""
_SMALL = 64 * 2**20
"""Bytes of all pieces together up to which each machine gets all of them."""


@contextmanager
def session(master: str) -> Iterator[Mapped]:
    """How a cluster maps a function over pieces; it is left when the block ends.

    Java and its workers start while whoever asks sorts what is to be mapped: the first pieces
    wait for them. Raises: UsageError where PySpark is not installed.
    """
    builder = _builder(master)
    while _ending:
        _ending.pop().join()
    with ThreadPoolExecutor(1, "spark") as starting:
        coming = starting.submit(_started, builder, master)
        try:

            def mapped(work: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
                return _mapped(coming.result(), work, pieces)

            yield mapped
        finally:
            _end(coming.result())


_ending: list[Thread] = []
"""Sessions that are being left; the next one waits for them."""


def _end(spark: Any) -> None:
    """Leave a session without waiting for it: all that was asked of it is here.

    Java ends by itself when this process does, and leaves the cluster then if it still has to.
    """
    thread = Thread(target=spark.stop, name="spark-end", daemon=True)
    _ending.append(thread)
    thread.start()


def _started(builder: Any, master: str) -> Any:
    """A session; on one machine its workers have loaded what they work with."""
    spark = builder.getOrCreate()
    if master.startswith("local"):
        number = spark.sparkContext.defaultParallelism
        spark.range(0, number, 1, number).mapInArrow(_loaded, "id long").collect()
    return spark


def _loaded(batches: Iterator[Any]) -> Iterator[Any]:
    """Numbers in, the same out, when all that a piece needs is loaded."""
    from ccm_core.engine import block_columns, file_rows, plain_months  # noqa: F401

    yield from batches


def _mapped(spark: Any, work: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
    """What the function gives for each piece, in their order; a task for each of them.

    Raises: UsageError.
    """
    if not pieces:
        return []
    sent, number = [pickle.dumps((work, piece)) for piece in pieces], len(pieces)
    run: Callable[[Iterator[Any]], Iterator[Any]]
    if sum(map(len, sent)) <= _SMALL:
        # Numbers fall into as many tasks by themselves; rows are sampled and shuffled for it.
        frame = spark.range(0, number, 1, number).withColumnRenamed("id", "number")
        run = functools.partial(worked_by_number, spark.sparkContext.broadcast(sent))
    else:
        rows = spark.createDataFrame(list(enumerate(sent)), "number long, piece binary")
        frame, run = rows.repartitionByRange(number, "number"), worked
    found = frame.mapInArrow(run, "number long, found binary").collect()
    # Our own workers wrote these bytes a moment ago; no file of anybody is unpickled.
    made = {row.number: pickle.loads(row.found) for row in found}  # noqa: S301
    for at in range(number):
        if isinstance(made[at], _Refused):
            raise UsageError(made[at].said)
    return [made[at] for at in range(number)]


def worked_by_number(held: Any, batches: Iterator[Any]) -> Iterator[Any]:
    """Numbers of pieces in, rows of what they gave out; ``held``: all pieces, on every machine."""
    for batch in batches:
        for number in batch.column("number").to_pylist():
            yield _answer(number, held.value[number])


def worked(batches: Iterator[Any]) -> Iterator[Any]:
    """Rows of pieces in, rows of what they gave out: what a worker runs."""
    for batch in batches:
        for row in batch.to_pylist():
            yield _answer(row["number"], row["piece"])


def _answer(number: int, sent: bytes) -> Any:
    """What a piece gave, as a row."""
    import pyarrow as pa

    # The driver wrote these bytes, and no one else.
    work, piece = pickle.loads(sent)  # noqa: S301
    try:
        made = work(piece)
    except CcmError as refused:
        # Told by whoever asked: thrown here, it would come back as a fault of a task.
        made = _Refused(str(refused))
    found = [pickle.dumps(made)]
    _set_aside(work)
    return pa.RecordBatch.from_arrays(
        [pa.array([number], pa.int64()), pa.array(found, pa.binary())], names=["number", "found"]
    )


@dataclass(frozen=True)
class _Refused:
    """What a worker would not take, in a sentence."""

    said: str


_known: set[str] = set()
"""The functions of which this worker has done a piece."""


def _set_aside(work: Callable[[Any], Any]) -> None:
    """Hide from the collector what the first piece of a function has loaded and learned.

    Spark collects after every task: a quarter of a second for what stays as it is.
    """
    if work.__name__ not in _known:
        _known.add(work.__name__)
        gc.collect()
        gc.freeze()


def _kept_classes(folder: Path) -> str:
    """Java's option for a file of Spark's classes as it has read them: made once, then used.

    To find, read and check them is half of its start. A file that does not fit is passed over
    by Java, and one of another Java or Spark has another name.
    """
    import pyspark

    java = shutil.which("java", path=_java_path())
    if java is None or any(letter.isspace() for letter in str(folder)):
        return ""
    place = Path(java).resolve()
    told = f"{place} {place.stat().st_mtime_ns} {pyspark.__version__} {pyspark.__file__}"
    kept = folder / f"spark-classes-{zlib.crc32(told.encode()):08x}.jsa"
    for old in folder.glob("spark-classes-*.jsa"):
        if old != kept:
            old.unlink(missing_ok=True)
    return f"-XX:{'SharedArchiveFile' if kept.exists() else 'ArchiveClassesAtExit'}={kept}"


def _java_path() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin") if home else None


def _builder(master: str) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise UsageError(
            "The Spark engine was asked for; PySpark is not installed. "
            "Install requirements-spark.txt and Java 17, or use --engine processes."
        ) from missing
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master)
    if master.startswith("local"):
        # Java only hands pieces on here: what it compiles well it compiles in vain.
        options = f"{_QUICK_START} {_kept_classes(private_folder())}"
        builder = builder.config("spark.driver.extraJavaOptions", options.rstrip())
    return (
        builder.appName("ccm audit")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        # A piece is work for minutes: adaptive joining of small partitions would undo the split.
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.local.dir", tempfile.gettempdir())
    )
