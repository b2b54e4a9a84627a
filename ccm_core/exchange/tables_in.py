"""Files with tables: delimited text and workbooks, and the look-ups among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ccm_core.errors import ImportRefused
from ccm_core.exchange import csv_in, layout, sorting, xlsx_in
from ccm_core.exchange.csv_in import Sheet
from ccm_core.exchange.decoding import decode
from ccm_core.exchange.layout import NAMES, AskError, Layout
from ccm_core.exchange.mapping import Mappings
from ccm_core.exchange.report import StagedFile

__all__ = ["NAMES", "Table", "payer_names", "set_aside", "tables"]


@dataclass(frozen=True, slots=True)
class Table:
    """One table and the file that it will be reported as."""

    file: StagedFile
    sheet: Sheet
    name: str
    """The name that its kind is told from: that of the file, or of the sheet."""
    fixed: Layout | None = None
    """How it is read, where that is known already."""
    read_elsewhere: frozenset[str] = frozenset()
    """Headers whose cells are read as a table of their own."""

    def layout(self, mappings: Mappings) -> Layout:
        """How the table is read, by the mapping if there is one. Raises: AskError."""
        if self.fixed:
            return self.fixed
        said = mappings.of(self.file.name) or mappings.of(self.name)
        if said:
            found = said.layout(self.name, self.sheet.header)
        else:
            found = layout.of_header(self.name, self.sheet.header)
        return self.kept(found)

    def kept(self, found: Layout) -> Layout:
        """The layout without what is read as a table of its own among what is not used."""
        kept = tuple(name for name in found.ignored if name not in self.read_elsewhere)
        return replace(found, ignored=kept)


def tables(file: StagedFile, content: bytes, family: str) -> Iterator[Table]:
    """Every table of a file. Raises: ImportRefused."""
    if family == sorting.WORKBOOK:
        found, hidden = xlsx_in.read(content)
        for name, sheet in found:
            shown = replace_name(file, f"{file.name} [{name}]")
            yield Table(_noted(shown, sheet), sheet, f"{name}.xlsx")
        for name in hidden:
            yield _left_out(replace_name(file, f"{file.name} [{name}]"), HIDDEN)
        if not found:
            yield _left_out(file, "No sheet that can be seen in this workbook holds anything.")
        return
    decoded = decode(content)
    file.encoding = decoded.encoding
    for note in decoded.notes:
        file.notes[note] += 1
    sheet = csv_in.read(decoded.text, layout.count_known)
    yield Table(_noted(file, sheet), sheet, file.name)


HIDDEN = "This sheet is hidden and was not read. Show it in the workbook if it holds records."


def _left_out(file: StagedFile, why: str) -> Table:
    """A sheet, or a whole workbook, of which nothing is read; the report says why."""
    file.notes[why] += 1
    return Table(file, Sheet((), 0, lambda: iter(())), "", fixed=Layout(layout.UNUSED))


def _noted(file: StagedFile, sheet: Sheet) -> StagedFile:
    """The file itself, with a word on titles that stood above its header."""
    if sheet.titles:
        file.notes["Rows with a title above the header were left out."] += sheet.titles
    return file


def replace_name(file: StagedFile, name: str) -> StagedFile:
    """A file of its own for one sheet of a workbook."""
    return StagedFile(name, sha256=file.sha256, size=file.size)


def payer_names(name: str, content: bytes) -> dict[str, str]:
    """Payer names by identifier, if this is a known export's file of payers."""
    if "payer" not in name.lower():
        return {}
    try:
        sheet = csv_in.read(decode(content).text, layout.count_known)
        found = layout.of_header(name, sheet.header)
    except (ImportRefused, AskError):
        return {}
    if found.kind != NAMES:
        return {}
    places = {column: place for place, column in found.columns.items()}
    return {
        row.cells[places["id"]].strip(): row.cells[places["name"]].strip()
        for row in sheet.rows() if row.cells
    }  # fmt: skip


def set_aside(file: StagedFile, table: Table, kind: str) -> None:
    """Count the rows of a table that is not stored."""
    rows = sum(1 for _ in table.sheet.rows())
    if rows:
        file.unused["look-ups: payers" if kind == NAMES else "rows"] += rows
    file.unknown_columns = ()
