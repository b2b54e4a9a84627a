"""Empty tables to fill: header, one example row and an explanation of each column.

Made from the same list of columns that reads them, so that a template always
comes back in. The example row is told by its identifiers and never imported.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ccm_core.exchange import forms
from ccm_core.exchange.forms import Column
from ccm_core.exchange.xlsx_in import EXPLANATION

_NEEDED = {"cell": "always", "header": "column needed, cell may be empty", "": "no"}


def kinds() -> tuple[str, ...]:
    """The kinds of records that have a template."""
    return tuple(forms.forms())


def csv_template(kind: str) -> bytes:
    """A CSV file: explanations behind ``#``, the header, the example row. Raises: UsageError."""
    columns = forms.form(kind).columns
    text = io.StringIO(newline="")
    for column in columns.values():
        text.write(f"# {column.name}: {_explained(column)}\r\n")
    rows = csv.writer(text)
    rows.writerow(columns)
    rows.writerow(column.example for column in columns.values())
    return text.getvalue().encode("utf-8-sig")


def xlsx_template(kind: str) -> bytes:
    """A workbook: one sheet to fill, one that explains. Every cell is text. Raises: UsageError."""
    import openpyxl
    from openpyxl.styles import Font

    columns = list(forms.form(kind).columns.values())
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = kind
    sheet.append([column.name for column in columns])
    sheet.append([column.example for column in columns])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[sheet.cell(1, place).column_letter].width = len(column.name) + 6
        for row in range(1, 500):
            sheet.cell(row, place).number_format = "@"
    explained = book.create_sheet(EXPLANATION)
    for line in _explanations(columns):
        explained.append(line)
    for one in (sheet, explained):
        for cell in one[1]:
            cell.font = Font(bold=True)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _explanations(columns: list[Column]) -> Iterator[list[str]]:
    yield ["column", "needed", "meaning", "allowed words", "example"]
    for column in columns:
        yield [
            column.name, _NEEDED[column.needed], column.meaning, ", ".join(column.words),
            column.example,
        ]  # fmt: skip


def _explained(column: Column) -> str:
    needed = " (needed)" if column.needed == "cell" else ""
    return f"{column.meaning}{needed}"
