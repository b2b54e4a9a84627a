"""Dated tables of tens of thousands of rows: kept as text until a row is asked for.

The file is sorted by its first column, so a key is found by bisection and only
its own lines are parsed. ``tables.read`` reads the same file in full; a test
holds that both agree.
"""

from __future__ import annotations

import csv
import functools
import itertools
import operator
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date

from ccm_core import overlay, tables
from ccm_core.errors import TableError
from ccm_core.tables import Row


@dataclass(frozen=True, slots=True)
class LongTable:
    """One file, found by its first column and a day."""

    name: str
    columns: tuple[str, ...]
    lines: tuple[str, ...] = field(repr=False)

    def history(self, key: str) -> tuple[Row, ...]:
        """Every row of this key, oldest first. Raises: TableError."""
        if not key.isalnum():
            return ()
        start = f"{key},"
        place = bisect_left(self.lines, start)
        found = []
        while place < len(self.lines) and self.lines[place].startswith(start):
            cells = next(csv.reader([self.lines[place]], strict=True))
            found.append(tables.row_of(self.name, place + 2, self.columns, cells))
            place += 1
        found.sort(key=lambda row: row.valid_from)
        tables.refuse_overlap(found)
        imported = overlay.current().rows.get(self.name, {}).get(key, ())
        return tuple(tables.laid_rows(self.name, found, imported) if imported else found)

    def below(self, key: str) -> list[str]:
        """The keys that begin with this one and go on."""
        if not key.isalnum():
            return []
        found = []
        for line in itertools.islice(self.lines, bisect_left(self.lines, key), None):
            if not line.startswith(key):
                break
            found.append(line.partition(",")[0])
        return [one for one in dict.fromkeys(found) if one != key]

    def find(self, key: str, on: date) -> Row | None:
        """The row of this key in force on that day, or None."""
        return next((row for row in self.history(key) if row.is_in_force(on)), None)


@functools.cache
def load(name: str) -> LongTable:
    """Open ``data/<name>.csv`` once. Raises: TableError."""
    path = tables.data_folder() / f"{name}.csv"
    if not path.is_file():
        raise TableError(f"{path.name} was asked for; there is no such table under data/.")
    header, *lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    if not all(map(operator.le, lines, itertools.islice(lines, 1, None))):
        raise TableError(f"{path.name}: the lines are not sorted by their first column.")
    return LongTable(name, tuple(header.split(",")), tuple(lines))
