"""Insurance beside a patient's name and birth date: read as coverage, in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ccm_core.exchange import layout
from ccm_core.exchange.csv_in import Row, Sheet
from ccm_core.exchange.layout import Layout
from ccm_core.exchange.tables_in import Table, replace_name

SAYS_SO = re.compile(r"insur|payer|payor|carrier|coverage|health ?plan", re.IGNORECASE)
_TELLS = frozenset({"kind", "name"})


def places(table: Table, own: Layout) -> dict[int, str]:
    """The columns of a table of patients that tell of their coverage; empty without a payer.

    Only headers that speak of insurance make a payer: a ``plan`` may be a plan of care.
    """
    header = table.sheet.header
    found = layout.for_kind("coverage", header, is_strict=False).columns
    kept = {
        place: column for place, column in found.items()
        if place not in own.columns and (column not in _TELLS or SAYS_SO.search(header[place]))
    }  # fmt: skip
    return kept if _TELLS & set(kept.values()) else {}


def table_of(table: Table, who: int, found: dict[int, str], own: Layout) -> Table:
    """The coverage in a table of patients as a table of its own."""
    file = replace_name(table.file, f"{table.file.name} [coverage]")
    fixed = Layout(
        "coverage", {who: "patient_id", **found}, date_format=own.date_format,
        time_zone=own.time_zone,
    )  # fmt: skip
    filled = [place for place, column in found.items()]
    sheet = replace(table.sheet, rows=lambda: _covered(table.sheet, filled))
    return Table(file, sheet, f"{table.name} coverage", fixed=fixed)


def _covered(sheet: Sheet, filled: list[int]) -> Iterator[Row]:
    """Rows that say something of coverage; broken ones are rejected as patients."""
    for row in sheet.rows():
        if not row.problem and any(row.cells[place].strip() for place in filled):
            yield row
