"""Charts out of sorted columns: some thousand patients at a time, each kind read once.

A cursor for each kind walks through its file beside the patients; rows become records
column by column, and a patient's records are a slice of them.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from typing import Any

from ccm_core import records
from ccm_core.case_building import Choosing
from ccm_core.cases import Case
from ccm_core.engine.column_values import values_of
from ccm_core.engine.columns import OF_PATIENTS, SeenSignal, default_of, kind_of
from ccm_core.engine.staging import Staged
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.record_ids import SAME_BY
from ccm_core.store.statements import collector_paused

STEP = 5_000
"""Patients held at once."""
_BATCH = 20_000
_KINDS = (*(kind for kind in OF_PATIENTS if kind is not records.Patient), SeenSignal)


class Cursor:
    """Walks through the rows of one kind, sorted by a key, from one patient or person on."""

    def __init__(
        self, files: Sequence[str], kind: type[Any], first: str, key: str = "patient_id"
    ) -> None:
        self.kind, self.first, self.key = kind, first, key
        self.batches = self._batches(files)
        self.rest: Any = None
        """Rows of a batch that the patients so far did not want."""

    def _batches(self, files: Sequence[str]) -> Iterator[Any]:
        import pyarrow.parquet as pq

        wanted = {one.name: kind_of(one) for one in fields(self.kind)}
        keys = {self.key, "patient_id", *SAME_BY.get(self.kind, ())}
        for file in files:
            names = pq.read_schema(file).names
            few = [n for n in names if wanted.get(n, "int") not in _WHOLE and n not in keys]
            opened = pq.ParquetFile(file, read_dictionary=few, memory_map=True)
            groups = self._groups(opened, names)
            columns = [name for name in names if name in wanted]
            yield from opened.iter_batches(_BATCH, row_groups=groups, columns=columns)

    def _groups(self, opened: Any, names: Sequence[str]) -> list[int]:
        """Row groups that may hold the first or a later one."""
        place = names.index(self.key)
        found = []
        for number in range(opened.num_row_groups):
            seen = opened.metadata.row_group(number).column(place).statistics
            if seen is None or not seen.has_min_max or seen.max >= self.first:
                found.append(number)
        return found

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


_WHOLE = frozenset({"int", "bool", "date", "datetime"})


def _place(ids: Any, wanted: str) -> int:
    """Where the rows of that patient, or of a later one, begin."""
    if not len(ids) or ids[len(ids) - 1].as_py() < wanted:
        return len(ids)
    return bisect.bisect_left(ids, wanted, key=lambda one: one.as_py())


def records_of(table: Any, kind: type[Any]) -> list[Any]:
    """The rows of a table as records. Raises: UsageError."""
    columns = []
    for one in fields(kind):
        default = default_of(one)
        if one.name in table.column_names:
            columns.append(values_of(table[one.name], kind_of(one), _filled(one, default)))
        elif default is MISSING:
            raise UsageError(f"A file of {kind.__name__} has no column {one.name}; add it.")
        else:
            columns.append([default] * table.num_rows)
    return list(map(kind, *columns))


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
    _refuse_twice(table, kind)
    made = records_of(table, kind)
    runs = pc.run_end_encode(table[key].cast("string").combine_chunks())
    ends = runs.run_ends.to_pylist()
    starts = [0, *ends[:-1]]
    named = runs.values.to_pylist()
    return {one: made[start:end] for one, start, end in zip(named, starts, ends, strict=True)}


def _refuse_twice(table: Any, kind: type[Any]) -> None:
    """No two rows may be one record: their time would count, or be judged, twice."""
    import pyarrow.compute as pc

    keys = SAME_BY.get(kind)
    if keys is None:
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


def cases_in(
    staged: Staged, choosing: Choosing, cuts: Sequence[str], end: str | None
) -> Iterator[list[Case]]:
    """The cases of patients from the first cut to the end, one step at a time."""
    cursors = {
        kind: Cursor(staged.get(kind.__name__, ()), kind, cuts[0])
        for kind in (records.Patient, *_KINDS)
    }
    for until in (*cuts[1:], end):
        with collector_paused():
            patients = grouped(cursors[records.Patient].until(until), records.Patient)
            charts = {kind: grouped(cursors[kind].until(until), kind) for kind in _KINDS}
            yield list(_chosen(choosing, patients, charts))


def _chosen(
    choosing: Choosing, patients: dict[str, list[Any]], charts: dict[type[Any], dict[str, Any]]
) -> Iterator[Case]:
    kinds = [(kind, found.get) for kind, found in charts.items()]
    for patient_id, (patient,) in patients.items():
        chart = {kind: get(patient_id, ()) for kind, get in kinds}
        case = choosing.case_of(patient, chart)
        if case is not None:
            if chart[SeenSignal]:
                case.signals = tuple(seen.signal for seen in chart[SeenSignal])
            yield case


def practice_of(staged: Staged) -> records.Practice:
    """The practice whose records these are. Raises: UsageError."""
    import pyarrow.parquet as pq

    found = [
        one for file in staged["Practice"]
        for one in records_of(pq.read_table(file), records.Practice)
    ]  # fmt: skip
    if len(found) != 1:
        raise UsageError(f"One practice was to be audited; Practice holds {len(found)}.")
    practice: records.Practice = found[0]
    return practice


def cuts_of(staged: Staged) -> list[str]:
    """The first patient of each step of patients."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = pa.chunked_array(
        [
            batch.column(0)
            for file in staged["Patient"]
            for batch in pq.ParquetFile(file).iter_batches(columns=["patient_id"])
        ],
        type=pa.string(),
    )
    return [ids[place].as_py() for place in range(0, len(ids), STEP)]


def choosing_of(staged: Staged, month: Month) -> Choosing:
    """The month's choice for the practice of these files."""
    return Choosing(practice_of(staged), month)
