"""CMS files as workbooks: each visible sheet as the CSV text that the readers take."""

from __future__ import annotations

import csv
import io

from ccm_core.errors import ImportRefused
from ccm_core.exchange import xlsx_in


def texts(name: str, data: bytes) -> list[str]:
    """Every filled sheet as CSV; rows keep their numbers. Raises: ImportRefused."""
    try:
        found = xlsx_in.grids(data)
    except ImportRefused as refused:
        raise ImportRefused(f"{name}: {refused}") from refused
    return [_as_csv(rows) for _, rows in found if rows]


def _as_csv(rows: list[tuple[int, list[str]]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    line = 1
    for number, cells in rows:
        # Empty rows are not given; a problem must name the row that a person sees.
        text.write("\n" * (number - line))
        writer.writerow([" ".join(cell.split()) for cell in cells])
        line = number + 1
    return text.getvalue()
