"""What a whole column of a time log tells of its cells, which one cell alone does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ccm_core.exchange import dates, durations
from ccm_core.exchange.csv_in import Sheet
from ccm_core.exchange.layout import Layout

_SAYS_SECONDS = re.compile(r"h\s*:\s*mm?\s*:\s*ss?", re.IGNORECASE)
"""A header such as ``Duration (h:mm:ss)``."""


def readers(sheet: Sheet, layout: Layout) -> Mapping[int, str]:
    """How cells of a column are read where the column as a whole says so, by their place."""
    if layout.kind != "time_entries":
        return {}
    at = {column: place for place, column in layout.columns.items()}
    days = ("on",) if "ended_at" in at else ("on", "started_at")
    found = {
        at[column]: "bare_day" for column in days
        if column in at and _are_days(_filled(sheet, at[column]))
    }  # fmt: skip
    place = at.get("minutes", -1)
    if place < 0 or "hours" in at or _SAYS_SECONDS.search(sheet.header[place]):
        return found
    is_doubtful = durations.may_be_minutes(_filled(sheet, place))
    return found | ({place: "minutes_in_doubt"} if is_doubtful else {})


def _filled(sheet: Sheet, place: int) -> Iterator[str]:
    cells = (row.cells[place] for row in sheet.rows() if row.cells)
    return (cell for cell in cells if cell and not cell.isspace())


def _are_days(cells: Iterator[str]) -> bool:
    """Whether every cell is a midnight with a zone: a day, and nobody's start.

    A database writes the first of March as ``2025-03-01T00:00:00Z``; as a moment it would be an
    evening of February. One other time of day in the column, or an end beside a start, and all
    are moments.
    """
    return all(map(dates.is_zoned_midnight, cells))
