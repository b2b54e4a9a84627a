"""Reading extracts and writing dated tables: UTF-8, LF, sorted, one shape."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

Record = dict[str, str]

DATED = ("valid_from", "valid_to", "checked_on", "source_id", "pinpoint")
CHECKED_ON = "2026-11-21"


def rows_of(path: Path) -> list[Record]:
    """Every line of one extract."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def cited(first: str, last: str, source_id: str, pinpoint: str) -> Record:
    """The five columns that date and cite a row."""
    return dict(zip(DATED, (first, last, CHECKED_ON, source_id, pinpoint), strict=True))


def day_before(day: str) -> str:
    """The ISO date before this one."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def write_table(path: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    """Write the rows sorted by their key columns and first day; how many they are."""
    header = (*columns, *DATED)
    lines = sorted(tuple(record[name] for name in header) for record in records)
    first_day = len(columns)
    lines.sort(key=lambda cells: (cells[0], cells[first_day]))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
    return len(lines)
