"""Charts out of sorted columns: some ten thousand patients at a time, each kind read once.

A cursor for each kind walks through its rows beside the patients; rows become records
column by column, and a patient's records are a slice of them.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date
from itertools import repeat
from typing import Any

from ccm_core import records
from ccm_core.case_building import Choosing, by_start
from ccm_core.cases import Case
from ccm_core.engine import screening
from ccm_core.engine.column_values import values_of
from ccm_core.engine.columns import OF_PATIENTS, SeenSignal, default_of, kind_of
from ccm_core.errors import UsageError
from ccm_core.quick import many
from ccm_core.record_ids import SAME_BY

STEP, MOST, PIECES = 20_000, 50_000, 20
"""Patients held at once, fewest and most; into how many pieces a panel between them is cut.

What months of a kind share is worked out anew in each step, so large ones cost less; small
ones leave every processor something to do. How many there are decides the files, so that
every engine cuts alike.
"""
_KINDS = (*(kind for kind in OF_PATIENTS if kind is not records.Patient), SeenSignal)


class Cursor:
    """Walks through rows of one kind, sorted by a key, from one patient or person on."""

    def __init__(self, batches: Iterator[Any], first: str, key: str = "patient_id") -> None:
        self.batches, self.first, self.key = batches, first, key
        self.rest: Any = None
        """Rows of a batch that the patients so far did not want."""

    def until(self, end: str | None) -> Any:
        """Rows of those before ``end``; without it, all that are left."""
        import pyarrow as pa

        taken = []
        while True:
            batch = self.rest if self.rest is not None else next(self.batches, None)
            if batch is None:
                break
            ids = batch.column(self.key)
            begin = _place(ids, self.first) if self.first else 0
            stop = len(ids) if end is None else _place(ids, end)
            if stop > begin:
                taken.append(batch.slice(begin, stop - begin))
            self.rest = batch.slice(stop) if stop < len(ids) else None
            if self.rest is not None:
                break
        return pa.Table.from_batches(taken) if taken else None


def _place(ids: Any, wanted: str) -> int:
    """Where the rows of that patient, or of a later one, begin."""
    if not len(ids) or ids[len(ids) - 1].as_py() < wanted:
        return len(ids)
    return bisect.bisect_left(ids, wanted, key=lambda one: one.as_py())


def records_of(table: Any, kind: type[Any]) -> list[Any]:
    """The rows of a table as records. Raises: UsageError."""
    columns: list[Any] = []
    named: Any = kind
    for name, said, default, filled in _read_as(named):
        if name in table.column_names:
            columns.append(values_of(table[name], said, filled))
        elif default is MISSING:
            raise UsageError(f"A file of {kind.__name__} has no column {name}; add it.")
        else:
            columns.append(repeat(default))
    return many(kind, table.num_rows, columns)


@functools.cache
def _read_as(kind: type[Any]) -> list[tuple[str, str, Any, Any]]:
    """Of each field its name and type, its default, and what an empty cell means."""
    return [
        (one.name, kind_of(one), default_of(one), _filled(one, default_of(one)))
        for one in fields(kind)
    ]


def _filled(one: Any, default: Any) -> Any:
    """What an empty cell means: the default, or an empty text."""
    if str(one.type).endswith("| None"):
        return None
    return "" if default is MISSING else default


def grouped(table: Any, kind: type[Any], key: str = "patient_id") -> dict[str, list[Any]]:
    """The records of each patient or person, in the order of the rows."""
    import pyarrow.compute as pc

    if table is None:
        return {}
    refuse_twice(table, kind)
    made = records_of(table, kind)
    runs = pc.run_end_encode(table[key].cast("string").combine_chunks())
    ends = runs.run_ends.to_pylist()
    starts = [0, *ends][:-1]
    named = runs.values.to_pylist()
    return {one: made[start:end] for one, start, end in zip(named, starts, ends, strict=True)}


def refuse_twice(table: Any, kind: type[Any]) -> None:
    """No two rows may be one record: their time would count, or be judged, twice."""
    import pyarrow.compute as pc

    keys = SAME_BY.get(kind)
    if keys is None or _rise(table, keys):
        return
    if len(keys) == 1:
        distinct = pc.count_distinct(table[keys[0]]).as_py()
    else:
        distinct = table.select(keys).group_by(keys).aggregate([]).num_rows
    if distinct != table.num_rows:
        raise UsageError(
            f"{table.num_rows - distinct} rows of {kind.__name__} repeat an identifier "
            f"({', '.join(keys)}); leave one row of each."
        )


def _rise(table: Any, keys: Sequence[str]) -> bool:
    """Whether each row comes after the one before it: the cheap way to see that none repeats."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if table.num_rows < 2:
        return True
    rises: Any = pa.scalar(value=False)
    for key in reversed(keys):
        column = table[key].combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.cast("string")
        before, after = column[:-1], column[1:]
        rises = pc.or_(pc.less(before, after), pc.and_(pc.equal(before, after), rises))
    return bool(pc.all(rises, skip_nulls=False).as_py())


def steps_of(
    charts: Mapping[type[Any], Iterator[Any]], cuts: Sequence[str], end: str | None
) -> Iterator[dict[type[Any], Any]]:
    """The rows of each kind, from the first cut to the end, one step of patients at a time."""
    cursors = {
        kind: Cursor(charts.get(kind, iter(())), cuts[0]) for kind in (records.Patient, *_KINDS)
    }
    for until in (*cuts[1:], end):
        yield {kind: one.until(until) for kind, one in cursors.items()}


def cases(choosing: Choosing, tables: Mapping[type[Any], Any]) -> Iterator[Case]:
    """The cases of one step, each from its records."""
    tables = dict(tables)
    panel = tables.pop(records.Patient)
    if panel is None:
        return
    refuse_twice(panel, records.Patient)
    patients = records_of(panel, records.Patient)
    ids = panel["patient_id"].cast("string").combine_chunks()
    found: dict[type[Any], Iterable[Sequence[Any]]] = {
        kind: _of_each(table, kind, ids) for kind, table in tables.items()
    }
    log, first_days = _log(choosing, tables[records.TimeEntry], ids)
    found[records.TimeEntry] = log
    keeps = screening.keeps_of(tables, choosing)
    kinds = tuple(found)
    for patient, first_on, *own in zip(patients, first_days, *found.values(), strict=False):
        chart = dict(zip(kinds, own, strict=True))
        case = choosing.case_from(patient, chart, first_on, keeps)
        if case is not None:
            if chart[SeenSignal]:
                case.signals = tuple(seen.signal for seen in chart[SeenSignal])
            yield case


def _of_each(table: Any, kind: type[Any], ids: Any) -> Iterable[tuple[Any, ...]]:
    """Each patient's records of a kind; endless where nobody has any."""
    if table is None:
        return repeat(())
    refuse_twice(table, kind)
    if kind is records.TimeEntry:
        return ()
    return screening.Rows(table, ids).of_each(records_of(table, kind))


def _log(
    choosing: Choosing, table: Any, ids: Any
) -> tuple[Iterable[Sequence[records.TimeEntry]], Iterable[date | None]]:
    """Each patient's entries of the month, in order, and the first day of service."""
    if table is None:
        return repeat(()), repeat(None)
    log = screening.log_of(table, ids, choosing)
    if log is not None:
        entries = log.rows.of_each(records_of(log.table, records.TimeEntry))
        if log.is_in_order:
            return entries, log.first_days
        return [sorted(some, key=by_start) for some in entries], log.first_days
    every = screening.Rows(table, ids).of_each(records_of(table, records.TimeEntry))
    logs = list(every)
    chosen = [sorted(filter(choosing.touches, some), key=by_start) for some in logs]
    return chosen, [choosing.first_service_on(some) for some in logs]


def practice_in(found: Sequence[records.Practice]) -> records.Practice:
    """The one practice that is to be audited. Raises: UsageError."""
    if len(found) != 1:
        raise UsageError(f"One practice was to be audited; Practice holds {len(found)}.")
    return found[0]


def step_of(patients: int) -> int:
    """How many patients of so many are held at once."""
    return max(STEP, min(MOST, patients // PIECES))


def cuts_of(ids: Any) -> list[str]:
    """The first patient of each step of patients."""
    return [ids[place].as_py() for place in range(0, len(ids), step_of(len(ids)))]
