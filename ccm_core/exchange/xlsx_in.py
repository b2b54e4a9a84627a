"""Workbooks to tables: checked, then read by a process that can be ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ccm_core.errors import ImportRefused
from ccm_core.exchange import archives, limits
from ccm_core.exchange.csv_in import (
    MOST_TITLES,
    Row,
    Sheet,
    filled,
    is_over,
    is_title,
    is_wide,
    named,
)
from ccm_core.exchange.layout import count_known
from ccm_core.exchange.rejects import RowProblem

EXPLANATION = "Columns"
"""The sheet of a template that explains its columns; it holds no records."""

_WHY = {
    "I41": "A formula or an error stands in a cell. Paste the values instead.",
    "I42": "A number has more digits than a spreadsheet keeps. Store it as text.",
}
Cells = list[str | list[str]]


def read(content: bytes) -> tuple[list[tuple[str, Sheet]], list[str]]:
    """Every filled sheet with its name, and the names of hidden ones, which are not read.

    Raises: ImportRefused (rules I03, I04, I06) for the workbook or for one of its headers.
    """
    archives.require_modest_workbook(content)
    lines = _run(content)
    found = []
    for name, rows in _sheets(lines):
        if rows and name != EXPLANATION:
            found.append((name, _sheet(rows)))
    return found, _hidden(lines)


def _hidden(lines: list[str]) -> list[str]:
    return [json.loads(line)[1] for line in lines if line.startswith('["hidden", ')]


def grids(content: bytes) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    """Every filled sheet as rows of text, whatever stands in its first row.

    A cell that cannot be read is ``#`` and the rule it breaks, which no number or code is.
    Raises: ImportRefused (rules I03, I04).
    """
    archives.require_modest_workbook(content)
    return [
        (name, [(number, [_told(cell) for cell in cells]) for number, cells in rows])
        for name, rows in _sheets(_run(content))
    ]


def _told(cell: str | list[str]) -> str:
    return cell if isinstance(cell, str) else f"#{cell[0]}"


def _run(content: bytes) -> list[str]:
    """The lines that the reading process wrote. Raises: ImportRefused (rules I03, I04)."""
    root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-m", "ccm_core.exchange.workbook_reader"]
    try:
        done = subprocess.run(  # noqa: S603  our own module, no shell
            command, input=content, capture_output=True, timeout=limits.WORKBOOK_SECONDS,
            check=False, cwd=root, env=os.environ | {"PYTHONPATH": root},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ImportRefused(
            f"I03: the workbook took longer than {limits.WORKBOOK_SECONDS} seconds. "
            "Save each sheet as CSV."
        ) from None
    if done.returncode:
        raise ImportRefused(
            "I04: the workbook is damaged, protected, or needs more memory than allowed. "
            "Save it anew as .xlsx, or each sheet as CSV."
        )
    return done.stdout.decode("utf-8").splitlines()


def _sheets(lines: list[str]) -> Iterator[tuple[str, list[tuple[int, Cells]]]]:
    name = ""
    rows: list[tuple[int, Cells]] = []
    for line in lines:
        first, second = json.loads(line)
        if first == "refused":
            raise ImportRefused(
                f"I03: a sheet has more than {limits.MAX_XLSX_ROWS:,} rows, "
                f"{limits.MAX_COLUMNS} columns, or too much text. Save it as CSV."
            )
        if first == "hidden":
            continue
        if first == "sheet":
            if name:
                yield name, rows
            name, rows = second, []
        else:
            rows.append((first, second))
    if name:
        yield name, rows


def _sheet(rows: list[tuple[int, Cells]]) -> Sheet:
    while rows and str(rows[0][1][0]).startswith("#"):
        rows = rows[1:]
    if not rows:
        raise ImportRefused("I06: a sheet has no header. The first row must name the columns.")
    titles = _titles(rows)
    number, cells = rows[titles]
    header = _texts(cells)
    read_rows = partial(_rows, rows[titles + 1 :], len(header))
    return Sheet(named(header, read_rows), number, read_rows, last_line=rows[-1][0], titles=titles)


def _texts(cells: Cells) -> tuple[str, ...]:
    return tuple(cell.strip() if isinstance(cell, str) else "" for cell in cells)


def _titles(rows: list[tuple[int, Cells]]) -> int:
    """How many rows of titles stand above the header, as in a text file."""
    texts = [list(_texts(cells)) for _, cells in rows[: MOST_TITLES + 1]]
    most = 0
    for index, names in enumerate(texts[:MOST_TITLES]):
        below = texts[index + 1] if index + 1 < len(texts) else []
        if is_over(names, below, count_known):
            continue
        if count_known(names) > 1:
            return index if is_wide(filled(names), most) else 0
        if not is_title(names, count_known):
            return 0
        most = max(most, filled(names))
    return 0


def _rows(rows: list[tuple[int, Cells]], width: int) -> Iterator[Row]:
    for record, (number, cells) in enumerate(rows, 1):
        broken = next((cell[0] for cell in cells if isinstance(cell, list)), "")
        if broken:
            yield Row(number, record, problem=RowProblem(broken, _WHY[broken]))
        elif len(cells) > width:
            problem = RowProblem("I20", f"{len(cells)} cells; the header has {width}.")
            yield Row(number, record, problem=problem)
        else:
            texts = [cell for cell in cells if isinstance(cell, str)]
            yield Row(number, record, (*texts, *[""] * (width - len(texts))))
