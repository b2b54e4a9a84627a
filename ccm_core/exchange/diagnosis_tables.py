"""Tables with diagnoses side by side: read as tables with one diagnosis in a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from ccm_core.exchange import beside, coverage_columns, diagnosis_columns, forms, layout
from ccm_core.exchange.csv_in import Row, Sheet
from ccm_core.exchange.dates import proved_order
from ccm_core.exchange.diagnosis_cells import diagnoses
from ccm_core.exchange.diagnosis_columns import ROLES, Group
from ccm_core.exchange.layout import AskError, Layout
from ccm_core.exchange.mapping import FileMapping, Mappings
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.tables_in import Table, replace_name

__all__ = ["MANY", "ROLES", "split", "spread"]

_PANEL = re.compile(r"patient|panel|demograph|roster|registry|census", re.IGNORECASE)
"""Names of files that list patients, whatever stands beside their names."""
MANY = "Rows that list several diagnoses were read as one row for each."


def spread(table: Table, mappings: Mappings, today: date) -> Iterator[Table]:
    """The table itself, and its diagnoses as a table of their own where they stand side by side."""
    if table.fixed:
        yield table
        return
    said = mappings.of(table.file.name) or mappings.of(table.name) or FileMapping()
    header = _free(table.sheet.header, said)
    if said.kind not in ("", "patients", "conditions") or layout.is_foreign(table.name, header):
        yield table
        return
    kind = said.kind or _kind(table.name, header)
    found = diagnosis_columns.groups(header) or _mapped(table.sheet.header, said)
    if kind == "patients":
        found = found or diagnosis_columns.lists(header, table.sheet.rows(), today)
        yield from _panel(table, found, mappings)
    elif kind == "conditions" and found:
        yield _wide(table, found, said)
    elif kind == "claims" and found:
        yield _claims(table, found)
    else:
        yield table


def _free(header: tuple[str, ...], said: FileMapping) -> tuple[str, ...]:
    """The header without the columns about which a mapping speaks."""
    named = {layout.plain(name) for name in said.columns}
    return tuple("" if layout.plain(name) in named else name for name in header)


def _mapped(header: tuple[str, ...], said: FileMapping) -> tuple[Group, ...]:
    """Several columns that a mapping calls ``code``: each holds a diagnosis of its own."""
    meant = {layout.plain(name) for name, column in said.columns.items() if column == "code"}
    places = [place for place, name in enumerate(header) if layout.plain(name) in meant]
    several = places if said.kind == "conditions" and len(places) > 1 else []
    return tuple(Group(number, {"code": place}) for number, place in enumerate(several, 1))


def _kind(name: str, header: tuple[str, ...]) -> str:
    """The kind of a table, also where only its diagnoses leave it open."""
    is_panel = _fits("patients", header)
    try:
        found = layout.of_header(name, header).kind
    except AskError:
        if is_panel:
            return "patients"
        return "conditions" if _fits("conditions", (*header, "code")) else ""
    is_listed = _PANEL.search(name) and not coverage_columns.SAYS_SO.search(name)
    return "patients" if found == "coverage" and is_panel and is_listed else found


def _fits(kind: str, header: tuple[str, ...]) -> bool:
    columns = layout.for_kind(kind, header, is_strict=False).columns
    return not forms.lacking(kind, frozenset(columns.values()))


def _panel(table: Table, found: tuple[Group, ...], mappings: Mappings) -> Iterator[Table]:
    """The patients; their diagnoses, coverage, consents and plans as files of their own."""
    grouped = {place for group in found for place in group.places.values()}
    is_said = mappings.of(table.file.name) or mappings.of(table.name)
    try:
        own = table.layout(mappings) if is_said else _patients(table.sheet.header)
    except AskError:
        yield table
        return  # asked when the patients are read
    who = next((place for place, column in own.columns.items() if column == "patient_id"), None)
    covers = coverage_columns.places(table, own) if who is not None else {}
    covers = {place: column for place, column in covers.items() if place not in grouped}
    used = grouped | covers.keys()
    others = beside.found(table, own, used) if who is not None else ()
    if who is None or not (found or covers or others):
        yield table
        return
    used = used.union(*(one.columns for one in others))
    taken = frozenset(table.sheet.header[place] for place in used)
    panel = replace(table, read_elsewhere=taken)
    yield replace(panel, fixed=panel.kept(own))
    own = replace(own, date_format=own.date_format or _order(table, own))
    if found:
        yield _side(_diagnoses(table, who, found, own), mappings)
    if covers:
        yield _side(coverage_columns.table_of(table, who, covers, own), mappings)
    for one in others:
        yield _side(beside.table_of(table, who, one, own), mappings)


def _patients(header: tuple[str, ...]) -> Layout:
    """The layout of patients. Raises: AskError when a needed column is missing or stands twice."""
    if not _fits("patients", header):
        raise AskError("I07", "No table of patients.", "columns")
    return layout.for_kind("patients", header)


def _order(table: Table, own: Layout) -> str:
    """The order of day and month that the patients' own dates prove."""
    columns = forms.form("patients").columns
    at = [place for place, name in own.columns.items() if name in columns and columns[name].is_date]
    try:
        return proved_order(row.cells[p] for row in table.sheet.rows() if row.cells for p in at)
    except RowProblem:
        return ""


def _side(table: Table, mappings: Mappings) -> Table:
    """The table with what a mapping says of it under its own name."""
    said = mappings.files.get(table.file.name)
    if said is None or table.fixed is None:
        return table
    fixed = replace(
        table.fixed, values=said.values, constants=said.constants,
        date_format=said.date_format or table.fixed.date_format,
    )  # fmt: skip
    return replace(table, fixed=fixed)


def _diagnoses(table: Table, who: int, found: tuple[Group, ...], own: Layout) -> Table:
    file = replace_name(table.file, f"{table.file.name} [diagnoses]")
    sheet = diagnosis_columns.long(table.sheet, found)
    fixed = Layout(
        "conditions", {who: "patient_id", **_roles(table.sheet, sheet)},
        date_format=own.date_format, time_zone=own.time_zone,
    )  # fmt: skip
    return Table(file, replace(sheet, rows=_sound(sheet)), f"{table.name} diagnoses", fixed=fixed)


def _roles(before: Sheet, after: Sheet) -> Mapping[int, str]:
    first = len(before.header)
    return {first + place: role for place, role in enumerate(after.header[first:])}


def _sound(sheet: Sheet) -> Callable[[], Iterator[Row]]:
    """Rows that can be read; the others are rejected as patients."""
    return lambda: (row for row in sheet.rows() if not row.problem)


def _wide(table: Table, found: tuple[Group, ...], said: FileMapping) -> Table:
    """A table of conditions with one row for each of its diagnoses."""
    sheet = diagnosis_columns.long(table.sheet, found)
    roles = _roles(table.sheet, sheet)
    grouped = {place for group in found for place in group.places.values()}
    known = layout.known_names("conditions")
    taken = grouped | {
        place for place, name in enumerate(table.sheet.header)
        if known.get(layout.plain(name), ("",))[0] in roles.values()
    }  # fmt: skip
    rest = tuple("" if at in taken else name for at, name in enumerate(table.sheet.header))
    others = {name: column for name, column in said.columns.items() if column not in roles.values()}
    own = replace(said, kind="conditions", columns=others).layout(table.name, rest)
    ignored = tuple(
        name for place, name in enumerate(table.sheet.header)
        if place not in grouped and place not in own.columns
    )  # fmt: skip
    fixed = replace(own, columns={**own.columns, **roles}, ignored=ignored)
    return replace(table, sheet=sheet, fixed=fixed)


def _claims(table: Table, found: tuple[Group, ...]) -> Table:
    """Claims whose diagnoses stand side by side: joined in their order, as one list."""
    own = layout.of_header(table.name, table.sheet.header)
    if "diagnoses" in own.columns.values():
        return table
    places = [group.places["code"] for group in found]
    sheet = table.sheet

    def rows() -> Iterator[Row]:
        for row in sheet.rows():
            if row.problem:
                yield row
                continue
            codes = (row.cells[place].strip() for place in places)
            yield replace(row, cells=(*row.cells, "; ".join(filter(None, codes))))

    joined = Sheet(
        (*sheet.header, "diagnoses"), sheet.header_line, rows, sheet.delimiter, sheet.last_line,
        sheet.titles,
    )  # fmt: skip
    taken = {sheet.header[place] for place in places}
    return replace(table, sheet=joined, read_elsewhere=frozenset(taken))


def split(sheet: Sheet, own: Layout, today: date) -> tuple[Sheet, Layout]:
    """Conditions with one code in a row, also where a cell lists several or holds its text."""
    at = {column: place for place, column in own.columns.items()}
    if "code" not in at or own.export:
        return sheet, own
    at.setdefault("label", len(sheet.header))

    def rows() -> Iterator[Row]:
        record = 0
        for row in sheet.rows():
            for one in _of_row(row, at, today):
                record += 1
                yield replace(one, record=record)

    columns = {place: column for column, place in at.items()}
    return replace(sheet, rows=rows), replace(own, columns=columns)


def _of_row(row: Row, at: Mapping[str, int], today: date) -> Iterator[Row]:
    if row.problem or not row.cells[at["code"]].strip():
        yield row
        return
    cells = [*row.cells, ""]
    several = diagnoses(row.cells[at["code"]], today)
    for part, (code, text) in enumerate(several):
        cells[at["code"]] = code
        cells[at["label"]] = [*row.cells, ""][at["label"]].strip() or text
        if len(several) > 1 and "condition_id" in at and row.cells[at["condition_id"]].strip():
            cells[at["condition_id"]] = f"{row.cells[at['condition_id']].strip()}-{code}"
        yield replace(row, cells=tuple(cells), part=row.part + part)
