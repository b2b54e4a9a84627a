"""Files in any order into columns sorted by patient: what every engine reads.

A kind that is sorted already, in row groups that a worker can skip, is read where it lies.
Everything else (CSV, other orders, other types of column) is written once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from ccm_core.engine.columns import (
    JOINED,
    OF_PATIENTS,
    ROW_GROUP,
    SHARED,
    arrow_type,
    default_of,
    kind_of,
    schema_of,
)
from ccm_core.errors import UsageError
from ccm_core.record_ids import SAME_BY

Staged = dict[str, list[str]]
"""The Parquet files of each kind of record, in order of patients."""
_MOST_IN_A_GROUP = 131_072
_ORDER = {"TimeEntry": ("started_at", "entry_id"), "SeenSignal": ("staff_id", "place")}
"""What rows of one patient are sorted by; others keep the order of the file."""


def stage(source: Path, scratch: Path) -> Staged:
    """The files of a folder, sorted by patient where they are not. Raises: UsageError."""
    if not source.is_dir():
        raise UsageError(f"{source} was to be audited; it is no folder. Name a folder of columns.")
    found: Staged = {}
    for kind in (*SHARED, *OF_PATIENTS):
        files = files_of(source, kind.__name__)
        if files:
            is_ready = not any(map(_is_csv, files)) and _is_ready(files, kind)
            found[kind.__name__] = (
                [str(file) for file in files] if is_ready else [_rewrite(files, kind, scratch)]
            )
    for needed in ("Practice", "Patient"):
        if needed not in found:
            raise UsageError(
                f"{source} was to be audited; it holds no {needed}.parquet or {needed}.csv."
            )
    return found


def files_of(source: Path, name: str) -> list[Path]:
    """``Name.parquet``, ``Name.csv``, or the files of a folder ``Name``."""
    folder = source / name
    among = sorted(folder.iterdir()) if folder.is_dir() else [
        source / f"{name}.parquet", source / f"{name}.csv"
    ]  # fmt: skip
    return [
        file for file in among if file.suffix.lower() in (".parquet", ".csv") and file.is_file()
    ]


def _is_csv(file: Path) -> bool:
    return file.suffix.lower() == ".csv"


def _is_ready(files: list[Path], kind: type[Any]) -> bool:
    """Whether the files hold the same columns of the types wanted, by patient, in small groups."""
    import pyarrow.parquet as pq

    wanted = {one.name: one.type for one in schema_of(kind)}
    last = ""
    names: list[str] = []
    for file in files:
        opened = pq.ParquetFile(file)
        said = opened.schema_arrow
        here = [name for name in said.names if name in wanted]
        if file != files[0] and here != names:
            return False
        names = here
        if any(one.name in wanted and one.type != wanted[one.name] for one in said):
            return False
        if kind in SHARED:
            continue
        groups = [opened.metadata.row_group(n) for n in range(opened.num_row_groups)]
        if any(group.num_rows > _MOST_IN_A_GROUP for group in groups):
            return False
        for batch in opened.iter_batches(columns=["patient_id"]):
            if not _rises(batch.column(0), last):
                return False
            last = batch.column(0)[len(batch) - 1].as_py() if len(batch) else last
    return True


def _rises(ids: Any, last: str) -> bool:
    import pyarrow.compute as pc

    if not len(ids):
        return True
    if ids.null_count or ids[0].as_py() < last:
        return False
    pairs = pc.less_equal(ids.slice(0, len(ids) - 1), ids.slice(1))
    return bool(pc.all(pairs, min_count=0).as_py())


def _rewrite(files: list[Path], kind: type[Any], scratch: Path) -> str:
    """One file of the kind, sorted, with the types that its fields want."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.concat_tables(_alike([_read(file, kind) for file in files], kind))
    target = scratch / f"{kind.__name__}.parquet"
    pq.write_table(
        table if kind in SHARED else in_order(table, kind.__name__), target,
        row_group_size=ROW_GROUP, compression="zstd",
    )  # fmt: skip
    return str(target)


def _alike(tables: list[Any], kind: type[Any]) -> list[Any]:
    """The tables with the columns of all of them: a field that one lacks has its default there."""
    import pyarrow as pa

    named = [one for one in fields(kind) if any(one.name in t.column_names for t in tables)]
    return [
        pa.table({
            one.name: table[one.name] if one.name in table.column_names
            else _default(one, table.num_rows)
            for one in named
        })
        for table in tables
    ]  # fmt: skip


def _default(one: Field[Any], rows: int) -> Any:
    """A column of a field's default; of an empty cell where that means the same."""
    import pyarrow as pa

    default, said = default_of(one), arrow_type(kind_of(one))
    if isinstance(default, bool | int | str):
        return pa.repeat(pa.scalar(default, said), rows)
    return pa.nulls(rows, said)


def in_order(table: Any, name: str) -> Any:
    """Rows by patient; those of one patient by time, or in the order in which they came."""
    return sorted_by(table, ("patient_id", *_ORDER.get(name, ())))


def sorted_by(table: Any, keys: Sequence[str]) -> Any:
    """Rows by these columns; equal ones in the order in which they came."""
    import pyarrow.compute as pc

    order = [(key, "ascending") for key in keys]
    return table.take(pc.sort_indices(table.select(list(keys)), sort_keys=order))


def _read(file: Path, kind: type[Any]) -> Any:
    """A file as a table of the fields that the kind has. Raises: UsageError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if _is_csv(file):
        table = _read_csv(file, kind)
    else:
        wanted = {one.name for one in fields(kind)}
        there = [name for name in pq.ParquetFile(file).schema_arrow.names if name in wanted]
        table = pq.read_table(file, columns=there)
    try:
        return _as_wanted(table, kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as odd:
        raise UsageError(
            f"{file.name} was read as {kind.__name__}; a column has values of another type: {odd}"
        ) from odd


def _read_csv(file: Path, kind: type[Any]) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    types = {one.name: pa.string() for one in fields(kind)}
    types |= {
        one.name: schema_of(kind).field(one.name).type
        for one in fields(kind) if kind_of(one) in ("int", "bool", "date")
    }  # fmt: skip
    convert = csv.ConvertOptions(
        column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False,
        null_values=[""], true_values=["true", "True", "1"], false_values=["false", "False", "0"],
    )  # fmt: skip
    try:
        table = csv.read_csv(
            file, convert_options=convert, parse_options=csv.ParseOptions(newlines_in_values=True)
        )
    except pa.ArrowInvalid as odd:
        raise UsageError(f"{file.name} was read as {kind.__name__}; {odd}") from odd
    return table.select([name for name in table.column_names if name in types])


def _as_wanted(table: Any, kind: type[Any]) -> Any:
    """The columns in the types of their fields; lists joined, missing texts left to default."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = {one.name: one.type for one in schema_of(kind)}
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_list(column.type):
            column = pc.binary_join(column, JOINED)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_timestamp(wanted[name]) and pa.types.is_string(column.type):
            column = _moments(column)
        columns[name] = column.cast(wanted[name])
    for key in ("patient_id", *SAME_BY[kind]):
        if kind not in SHARED and (key not in columns or columns[key].null_count):
            raise pa.ArrowInvalid(f"{key} is missing in some row")
    return pa.table(columns)


def _moments(column: Any) -> Any:
    """Texts with an offset as moments; a text without one is no moment."""
    import pyarrow as pa
    import pyarrow.compute as pc

    there = column.drop_null()
    zoned = pc.match_substring_regex(there, r"(Z|[+-]\d\d:?\d\d)$")
    if not pc.all(zoned, min_count=0).as_py():
        raise pa.ArrowInvalid("a moment without an offset such as Z or -05:00")
    return pc.cast(column, pa.timestamp("us", tz="UTC"))
