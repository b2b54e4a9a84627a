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
Span = tuple[str, str | None]
"""The first person of a piece, and the first of the next."""


def logs_by_person(
    files: Sequence[str], practice: records.Practice, month: Month, scratch: Path
) -> tuple[str, list[Span]]:
    """A file of the month's log sorted by person, and the pieces to look for signals in."""
    import numpy as np
    import pyarrow.parquet as pq

    if not files:
        return "", []
    table = _month_log(files, practice, month)
    people, person = ranks(table["staff_id"])
    # A place in the order costs eight bytes; a second copy of the rows is made group by group.
    table = table.take(np.argsort(person, kind="stable"))
    target = scratch / "TimeEntry-by-person.parquet"
    # Read once and thrown away: written as cheaply as the reader's choice of people allows.
    pq.write_table(
        table, target, row_group_size=ROW_GROUP, compression="snappy",
        use_dictionary=["actor", "staff_id", "note"], write_statistics=["staff_id"],
    )  # fmt: skip
    entries = np.bincount(person, minlength=len(people)).tolist()
    counted = [(one, count) for one, count in zip(people, entries, strict=True) if count]
    return str(target), _spans(counted)


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


def _spans(counted: Sequence[tuple[str, int]]) -> list[Span]:
    starts = [group[0] for group in pieces_of(counted)]
    return list(zip(starts, [*starts[1:], None], strict=True)) if starts else []


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
