"""The pass across patients over files: each person's log in, signals of patients out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from ccm_core import records
from ccm_core.case_building import LONGEST, SERVICE_ACTORS
from ccm_core.cases import Signal
from ccm_core.engine.charts import Cursor, grouped, records_of, refuse_twice
from ccm_core.engine.columns import ROW_GROUP, SeenSignal, refuse_missing, schema_of
from ccm_core.engine.log_columns import ranks
from ccm_core.engine.staging import in_order
from ccm_core.engine.suspects import suspects_of
from ccm_core.months import Month, time_zone
from ccm_core.policy import Policy
from ccm_core.signals import signals_of_logs, signals_of_parts

ENTRIES = 100_000
"""Time entries of one piece of work; one person's stay together."""
LOG = (
    "entry_id", "patient_id", "started_at", "seconds", "actor", "staff_id", "note",
    "is_start_known",
)  # fmt: skip
"""What signals are found by."""


def logs_by_person(
    files: Sequence[str], practice: records.Practice, month: Month, scratch: Path
) -> list[str]:
    """Files of the month's log sorted by person, each a piece to look for signals in."""
    import numpy as np

    if not files:
        return []
    table = _month_log(files, practice, month)
    people, person = ranks(table["staff_id"])
    table = table.take(np.argsort(person, kind="stable"))
    entries = np.bincount(person, minlength=len(people)).tolist()
    counted = [(one, count) for one, count in zip(people, entries, strict=True) if count]
    sizes, start, written = dict(counted), 0, list[str]()
    for number, group in enumerate(pieces_of(counted)):
        size = sum(sizes[one] for one in group)
        target = scratch / f"TimeEntry-by-person-{number:06d}.arrow"
        _keep_piece(table.slice(start, size), target)
        written.append(str(target))
        start += size
    return written


def _keep_piece(table: Any, target: Path) -> None:
    """Rows as they lie in memory: read once and thrown away, they are not worth packing."""
    import pyarrow as pa

    columns = [_compact(table[name].combine_chunks()) for name in table.column_names]
    batch = pa.record_batch(columns, names=table.column_names)
    with pa.OSFile(str(target), "wb") as file, pa.ipc.new_stream(file, batch.schema) as stream:
        stream.write_batch(batch)


def _compact(column: Any) -> Any:
    """Only the words that these rows use; else every piece would look at the month's notes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0)
    if not pa.types.is_dictionary(column.type):
        return column
    used = column.indices.unique().drop_null()
    places = pc.index_in(column.indices, used)
    return pa.DictionaryArray.from_arrays(places, column.dictionary.take(used))


def piece_of(file: str) -> Any:
    """The rows of one of these files."""
    import pyarrow as pa

    with pa.memory_map(file) as held, pa.ipc.open_stream(held) as rows:
        return rows.read_all()


def _month_log(files: Sequence[str], practice: records.Practice, month: Month) -> Any:
    """Entries of named people that may reach into the month: the columns that matter."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    first, past = (
        pa.scalar(moment * 1_000_000, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
        for moment in month.bounds(time_zone(practice.time_zone))
    )
    few = ["actor", "staff_id", "note"]
    taken = []
    for file in files:
        names = pq.read_schema(file).names
        opened = pq.ParquetFile(file, read_dictionary=[n for n in few if n in names])
        columns = [name for name in LOG if name in names]
        if "staff_id" not in columns:
            continue
        for batch in opened.iter_batches(ROW_GROUP, columns=columns):
            refuse_missing(batch, records.TimeEntry, LOG)
            at = batch.column("started_at")
            keep = pc.and_(
                pc.and_(pc.greater_equal(at, pc.subtract(first, LONGEST)), pc.less(at, past)),
                pc.not_equal(batch.column("staff_id").cast("string"), ""),
            )
            if "actor" in columns:
                said = batch.column("actor").cast("string").fill_null(SERVICE_ACTORS[0])
                keep = pc.and_(keep, pc.is_in(said, pa.array(SERVICE_ACTORS)))
            taken.append(batch.filter(keep))
    if not taken:
        return schema_of(records.TimeEntry).empty_table().select(list(LOG))
    return pa.Table.from_batches(taken).unify_dictionaries()


def pieces_of(counted: Sequence[tuple[str, int]]) -> list[list[str]]:
    """People and their number of entries, in order, in groups of so many entries."""
    groups, held = list[list[str]](), ENTRIES
    for person, entries in counted:
        if held + entries > ENTRIES:
            groups.append([])
            held = 0
        groups[-1].append(person)
        held += entries
    return groups


def signals_in(rows: Any, practice: records.Practice, month: Month) -> Any:
    """The signals of the patients whom these people's log names, as a table."""
    import pyarrow as pa

    made = [
        (patient_id, person, place, one.kind, one.summary, orjson.dumps(one.ids).decode())
        for person, found in sorted(_by_person(rows, practice, month))
        for patient_id, some in found.items()
        for place, one in enumerate(some)
    ]
    schema = schema_of(SeenSignal)
    columns: list[Any] = list(zip(*made, strict=True)) if made else [()] * len(schema)
    arrays = [pa.array(list(c), type=one.type) for c, one in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


Found = dict[str, tuple[Signal, ...]]


def _by_person(rows: Any, practice: records.Practice, month: Month) -> Iterator[tuple[str, Found]]:
    """Each person's signals by patient; only entries that may take part become records."""
    if rows is None:
        return
    refuse_twice(rows, records.TimeEntry)
    seen = suspects_of(rows, practice, month)
    for person, log in grouped(seen.whole, records.TimeEntry, "staff_id").items():
        yield person, signals_of_logs([log], practice, month)
    policy = Policy.on(month, practice.policy)
    beside = grouped(seen.beside, records.TimeEntry, "staff_id")
    alike: dict[str, dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for entry, group in zip(records_of(seen.alike, records.TimeEntry), seen.groups, strict=True):
        alike[entry.staff_id][group].append(entry)
    for person in beside.keys() | alike.keys():
        groups = alike[person].values()
        yield person, signals_of_parts(beside.get(person, ()), groups, policy)


def by_patient(found: Sequence[Any]) -> Any:
    """What the pieces found, by patient, as one table."""
    import pyarrow as pa

    return in_order(pa.concat_tables([schema_of(SeenSignal).empty_table(), *found]), "SeenSignal")


def sent(signals: Any, first: str, end: str | None) -> bytes:
    """The signals of patients from one to the next piece, as they travel with it."""
    import pyarrow as pa

    rows = Cursor(iter(signals.to_batches()), first).until(end)
    if rows is None:
        return b""
    made = pa.BufferOutputStream()
    with pa.ipc.new_stream(made, rows.schema) as stream:
        stream.write_table(rows)
    return bytes(made.getvalue())


def received(signals: bytes) -> Iterator[Any]:
    """The same where the piece is worked on."""
    import pyarrow as pa

    return iter(pa.ipc.open_stream(signals)) if signals else iter(())
