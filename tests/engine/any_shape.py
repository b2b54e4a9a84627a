"""Records written as columns in odd but legal shapes: other files, saying the same."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import MISSING, fields
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from ccm_core.engine import columns
from ccm_core.engine.columns import JOINED, default_of, kind_of, schema_of
from ccm_core.record_ids import SAME_BY


def write_anyhow(found: Iterable[Any], folder: Path, chance: random.Random) -> list[Any]:
    """Write records into a folder; gives them in the order of their rows."""
    by_kind: dict[type[Any], list[Any]] = defaultdict(list)
    for one in found:
        by_kind[type(one)].append(one)
    folder.mkdir(parents=True)
    written = []
    for kind, some in by_kind.items():
        if kind not in columns.SHARED:
            chance.shuffle(some)
            if chance.random() < 0.5:
                some.sort(key=lambda one: one.patient_id)
        written += some
        _write(kind, some, folder / kind.__name__, chance)
    return written


def _write(kind: type[Any], some: list[Any], name: Path, chance: random.Random) -> None:
    """As one file or as several, each with columns of its own."""
    if chance.random() < 0.7:
        _file(_Columns(kind, some, chance).table(), name, chance)
        return
    name.mkdir()
    step = max(1, len(some) // chance.choice((2, 3, 5)))
    for number, start in enumerate(range(0, len(some), step)):
        table = _Columns(kind, some[start : start + step], chance).table()
        _file(table, name / f"part-{number:03d}", chance)


def _file(table: Any, name: Path, chance: random.Random) -> None:
    if chance.random() < 0.3 and not any(pa.types.is_nested(one.type) for one in table.schema):
        arrow_csv.write_csv(_as_text(table), name.with_suffix(".csv"))
        return
    pq.write_table(
        table, name.with_suffix(".parquet"), row_group_size=chance.choice((3, 50, 10_000)),
        compression=chance.choice(("zstd", "none")), use_dictionary=chance.random() < 0.5,
        write_statistics=chance.random() < 0.7,
    )  # fmt: skip


def _as_text(table: Any) -> Any:
    """A table that a file of commas can hold."""
    for number, one in enumerate(table.schema):
        column = table[one.name]
        if pa.types.is_timestamp(one.type):
            column = pa.array([at and at.isoformat() for at in column.to_pylist()], pa.string())
        elif pa.types.is_dictionary(one.type):
            column = column.cast(one.type.value_type)
        elif pa.types.is_date64(one.type):
            column = column.cast(pa.date32())
        table = table.set_column(number, one.name, column)
    return table


class _Columns:
    """The columns of records of one kind."""

    def __init__(self, kind: type[Any], some: list[Any], chance: random.Random) -> None:
        self.kind, self.some, self.chance = kind, some, chance
        self.keys = {"patient_id", *SAME_BY[kind]}

    def table(self) -> Any:
        """A table in some order of columns, without some that hold nothing but defaults."""
        named = {}
        if self.chance.random() < 0.1:
            named["what_else"] = pa.array([{"a": "a", "b": []}] * len(self.some))
        for one in self.chance.sample(fields(self.kind), len(fields(self.kind))):
            values = [getattr(record, one.name) for record in self.some]
            is_default = all(value == default_of(one) for value in values)
            if one.name in self.keys or not is_default or self.chance.random() < 0.5:
                named[one.name] = self._column(one, values)
        return pa.table(named)

    def _column(self, one: Any, values: list[Any]) -> Any:
        said, kept = kind_of(one), schema_of(self.kind).field(one.name).type
        cells = [columns._plain(value) for value in values]
        if self._may_be_empty(one, said) and self.chance.random() < 0.5:
            share, empty = self.chance.choice((0.1, 0.5, 1)), _empty(one)
            cells = [
                None if value == empty and self.chance.random() < share else cell
                for value, cell in zip(values, cells, strict=True)
            ]
        column = pa.array(cells, kept)
        return self._shaped(column, said, values) if self.chance.random() < 0.3 else column

    def _may_be_empty(self, one: Any, said: str) -> bool:
        needs = default_of(one) is MISSING and said != "str"
        return not needs and one.name not in self.keys and self.kind not in columns.SHARED

    def _shaped(self, column: Any, said: str, values: list[Any]) -> Any:
        """The column in another type that says the same."""
        choice = self.chance.choice
        if said in ("frozenset[str]", "tuple[str, ...]"):
            return _lists(column, values)
        if said == "datetime":
            iso = [at and at.astimezone(UTC).isoformat() for at in column.to_pylist()]
            local = column.cast(pa.timestamp("us", tz="America/New_York"))
            return choice((pa.array(iso, pa.string()), local, column.cast(_NANOSECONDS)))
        if said in _TYPES:
            return column.cast(choice(_TYPES[said]))
        if said == "str":
            half = len(column) // 2
            words = [part.dictionary_encode() for part in (column[:half], column[half:])]
            return choice((column.cast(pa.large_string()), pa.chunked_array(words)))
        return column


_NANOSECONDS = pa.timestamp("ns", tz="UTC")
_TYPES = {"int": (pa.int32(),), "date": (pa.date64(), pa.string())}


def _empty(one: Any) -> Any:
    """What an empty cell of a field means."""
    if str(one.type).endswith("| None"):
        return None
    return "" if default_of(one) is MISSING else default_of(one)


def _lists(column: Any, values: list[Any]) -> Any:
    """Lists as such, where joined words would say the same."""
    if any(JOINED in word or not word for words in values for word in words):
        return column
    there = column.is_valid().to_pylist()
    found = [sorted(one) if isinstance(one, frozenset) else list(one) for one in values]
    return pa.array(
        [words if here else None for words, here in zip(found, there, strict=True)],
        pa.list_(pa.string()),
    )
