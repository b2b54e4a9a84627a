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
    import xlsxwriter

    columns = list(forms.form(kind).columns.values())
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(kind)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            # Whole columns are text, so that 00123 stays 00123 while it is typed.
            sheet.set_column(place, place, len(column.name) + 6, text)
            sheet.write_string(0, place, column.name, bold)
            sheet.write_string(1, place, column.example, text)
        explained = book.add_worksheet(EXPLANATION)
        explained.set_column(0, 4, 30)
        for line, cells in enumerate(_explanations(columns)):
            for place, cell in enumerate(cells):
                explained.write_string(line, place, cell, bold if line == 0 else None)
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
