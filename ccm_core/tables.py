"""The only reader of data/: dated tables, where one row is one value over one interval.

A table is a CSV file. Columns ``valid_from`` and ``valid_to`` (days, both
included, an empty ``valid_to`` means "still") date a row; ``source_id`` and
``pinpoint`` cite it. Overlapping rows of one key, unknown columns, unknown
sources and empty keys are refused at load, with file and line. The columns of
every table, and what they mean, are declared in ``data/columns.csv``.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ccm_core import overlay
from ccm_core.errors import NotInForce, TableError

Key = tuple[str, ...]

# What the other tables are checked against.
_UNDATED = frozenset({"columns", "sources"})


def data_folder() -> Path:
    """The folder of dated tables: ``CCM_DATA_DIR`` or data/ beside the package."""
    named = os.environ.get("CCM_DATA_DIR")
    return Path(named) if named else Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True, slots=True)
class Row(Mapping[str, str]):
    """One line of a table: a mapping from column to text, plus where it stands."""

    cells: Mapping[str, str]
    table: str
    line: int
    valid_from: date
    valid_to: date

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def where(self) -> str:
        """File and line, for example ``time_thresholds.csv:7``."""
        return f"{self.table}.csv:{self.line}"

    @property
    def cite(self) -> str:
        """``source_id#pinpoint`` of this row, or an empty text."""
        source, pinpoint = self.cells.get("source_id", ""), self.cells.get("pinpoint", "")
        return f"{source}#{pinpoint}" if pinpoint else source

    def number(self, column: str) -> Decimal:
        """The cell as a Decimal. Raises: TableError."""
        try:
            return Decimal(self.cells[column])
        except (InvalidOperation, KeyError) as bad:
            raise TableError(f"{self.where}: {column} is not a number.") from bad

    def whole(self, column: str) -> int:
        """The cell as a whole number. Raises: TableError."""
        try:
            return int(self.cells[column])
        except (ValueError, KeyError) as bad:
            raise TableError(f"{self.where}: {column} is not a whole number.") from bad

    def is_in_force(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_to


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one file, found by key and day."""

    name: str
    key: Key
    rows: tuple[Row, ...]
    by_key: Mapping[Key, tuple[Row, ...]] = field(repr=False)

    def find(self, *key: str, on: date) -> Row | None:
        """The row of this key in force on that day, or None."""
        for row in self.by_key.get(key, ()):
            if row.is_in_force(on):
                return row
        return None

    def get(self, *key: str, on: date) -> Row:
        """The row of this key in force on that day. Raises: NotInForce."""
        row = self.find(*key, on=on)
        if row is None:
            raise NotInForce(self._why_not(key, on))
        return row

    def history(self, *key: str) -> tuple[Row, ...]:
        """Every row of this key, oldest first."""
        return self.by_key.get(key, ())

    def in_force(self, on: date) -> list[Row]:
        """Every row in force on that day, in file order."""
        return [row for row in self.rows if row.is_in_force(on)]

    def _why_not(self, key: Key, on: date) -> str:
        known = self.history(*key)
        asked = f"{self.name}: {' / '.join(key)} on {on.isoformat()} was asked"
        if not known:
            return f"{asked}; the table has no such entry."
        spans = ", ".join(f"{_day(r.valid_from)} to {_day(r.valid_to)}" for r in known)
        return f"{asked}; it is in force {spans}."


def _day(day: date) -> str:
    return "the beginning" if day == date.min else "today" if day == date.max else day.isoformat()


def load(name: str, *key: str) -> Table:
    """``data/<name>.csv``, keyed by these columns, with imported rows laid over it.

    Without a key it is a plain list. Raises: TableError.
    """
    return _laid_over(name, *key) if name in overlay.current().rows else _shipped(name, *key)


@functools.cache
def _shipped(name: str, *key: str) -> Table:
    """The file alone, read once."""
    table = read(data_folder() / f"{name}.csv", key)
    if name not in _UNDATED:
        check(table)
    return table


def read(path: Path, key: Key) -> Table:
    """Read one dated table from any file. Raises: TableError."""
    if not path.is_file():
        raise TableError(f"{path.name} was asked for; there is no such table under data/.")
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, strict=True)
        columns = next(reader, [])
        _check_header(path, columns, key)
        rows = tuple(row_of(path.stem, reader.line_num, columns, cells) for cells in reader)
    by_key: dict[Key, list[Row]] = {}
    for row in rows:
        by_key.setdefault(_key_of(row, key), []).append(row)
    for same in by_key.values():
        same.sort(key=lambda row: row.valid_from)
        if key:
            refuse_overlap(same)
    return Table(path.stem, key, rows, {k: tuple(v) for k, v in by_key.items()})


@overlay.cached(64)
def _laid_over(name: str, *key: str) -> Table:
    """The file with the imported rows in the place of its own, day by day."""
    shipped, column = _shipped(name, *key), overlay.KEY_OF[name]
    imported = overlay.current().rows[name]
    own: dict[str, list[Row]] = {}
    for row in shipped.rows:
        own.setdefault(row[column], []).append(row)
    rows: list[Row] = []
    for value in (*own, *(value for value in imported if value not in own)):
        rows += laid_rows(name, own.get(value, ()), imported.get(value, ()))
    by_key: dict[Key, list[Row]] = {}
    for row in rows:
        by_key.setdefault(_key_of(row, key), []).append(row)
    return Table(name, key, tuple(rows), {k: tuple(v) for k, v in by_key.items()})


def laid_rows(name: str, own: Sequence[Row], imported: Sequence[overlay.Cells]) -> list[Row]:
    """Rows of one key after the imported ones took their days, oldest first."""
    found = list(own)
    for number, cells in enumerate(imported, start=1):
        new = row_of(name, number, list(cells), list(cells.values()))
        if cells.get(overlay.ESTIMATE):
            found += overlay.without([new], found)
        else:
            found = [*overlay.without(found, [new]), new]
    return sorted(found, key=lambda row: row.valid_from)


def _check_header(path: Path, names: Sequence[str], key: Key) -> None:
    if len(set(names)) != len(names):
        raise TableError(f"{path.name}:1: a column name stands twice.")
    missing = [name for name in key if name not in names]
    if missing:
        raise TableError(f"{path.name}:1: column {', '.join(missing)} is missing.")


def row_of(table: str, line: int, columns: Sequence[str], cells: Sequence[str]) -> Row:
    """One row from the cells of one line. Raises: TableError."""
    where = f"{table}.csv:{line}"
    if len(cells) != len(columns):
        raise TableError(f"{where}: the number of cells differs from the header.")
    named = dict(zip(columns, cells, strict=True))
    first = _date(where, named.get("valid_from", "")) or date.min
    last = _date(where, named.get("valid_to", "")) or date.max
    if last < first:
        raise TableError(f"{where}: valid_to is before valid_from.")
    return Row(named, table, line, first, last)


def _date(where: str, text: str) -> date | None:
    try:
        return _parsed(text) if text else None
    except ValueError as bad:
        raise TableError(f"{where}: {text!r} is not a date.") from bad


# A table of tens of thousands of rows holds a handful of different days.
_parsed = functools.lru_cache(maxsize=4096)(date.fromisoformat)


def _key_of(row: Row, key: Key) -> Key:
    found = tuple(row[column] for column in key)
    if key and not any(found):
        raise TableError(f"{row.where}: the key is empty.")
    return found


def refuse_overlap(rows: Sequence[Row]) -> None:
    """Two rows of one key on one day, oldest first. Raises: TableError."""
    for earlier, later in itertools.pairwise(rows):
        if later.valid_from <= earlier.valid_to:
            raise TableError(
                f"{later.where}: overlaps {earlier.where} for the same key; "
                "end the older row the day before."
            )


def check(table: Table) -> None:
    """Declared columns, needed cells, known sources. Raises: TableError."""
    declared = _declared().get(table.name)
    sources = {row["source_id"] for row in load("sources", "source_id").rows}
    for row in table.rows:
        if declared:
            _refuse_undeclared(row, declared)
        if row.get("source_id") and row["source_id"] not in sources:
            raise TableError(f"{row.where}: data/sources.csv does not list {row['source_id']!r}.")
        if row.get("valid_to") == "" and row.get("checked_on") == "":
            raise TableError(f"{row.where}: a row without an end needs the day it was checked on.")


def _refuse_undeclared(row: Row, declared: Mapping[str, bool]) -> None:
    if row.keys() != declared.keys():
        odd = ", ".join(sorted(row.keys() ^ declared.keys()))
        raise TableError(f"{row.table}.csv:1: data/columns.csv disagrees about column {odd}.")
    for column, is_required in declared.items():
        if is_required and not row[column]:
            raise TableError(f"{row.where}: {column} is empty.")


@functools.cache
def _declared() -> dict[str, dict[str, bool]]:
    """Columns per table, and whether a cell may be empty."""
    found: dict[str, dict[str, bool]] = {}
    if not (data_folder() / "columns.csv").is_file():
        return found
    for row in load("columns", "table", "column").rows:
        found.setdefault(row["table"], {})[row["column"]] = row["is_required"] == "1"
    return found


def tables_version() -> str:
    """Twelve hexadecimal digits over all tables: changes when any value or import changes."""
    imported = overlay.current().version
    if not imported:
        return _shipped_version()
    return hashlib.sha256(f"{_shipped_version()} {imported}".encode()).hexdigest()[:12]


@functools.cache
def _shipped_version() -> str:
    """The same over the files alone."""
    digest = hashlib.sha256()
    for path in sorted(data_folder().glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
