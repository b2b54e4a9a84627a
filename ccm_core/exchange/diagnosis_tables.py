"""Tables with diagnoses side by side: read as tables with one diagnosis in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from ccm_core.exchange import diagnosis_columns, forms, layout
from ccm_core.exchange.csv_in import Row, Sheet
from ccm_core.exchange.diagnosis_cells import diagnoses
from ccm_core.exchange.diagnosis_columns import ROLES, Group
from ccm_core.exchange.layout import AskError, Layout
from ccm_core.exchange.mapping import FileMapping, Mappings
from ccm_core.exchange.tables_in import Table, replace_name

__all__ = ["MANY", "ROLES", "split", "spread"]

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
        yield from _panel(table, found, mappings, said)
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
    try:
        return layout.of_header(name, header).kind
    except AskError:
        if _fits("patients", header):
            return "patients"
        return "conditions" if _fits("conditions", (*header, "code")) else ""


def _fits(kind: str, header: tuple[str, ...]) -> bool:
    columns = layout.for_kind(kind, header, is_strict=False).columns
    return not forms.lacking(kind, frozenset(columns.values()))


def _panel(
    table: Table, found: tuple[Group, ...], mappings: Mappings, said: FileMapping
) -> Iterator[Table]:
    """The patients, and behind them their diagnoses as a file of their own."""
    if not found:
        yield table
        return
    taken = {table.sheet.header[place] for group in found for place in group.places.values()}
    panel = replace(table, read_elsewhere=frozenset(taken))
    try:
        own = panel.layout(mappings)
    except AskError as asked:
        if asked.rule != "I08":
            yield panel
            return  # asked when the patients are read
        own = panel.kept(layout.for_kind("patients", table.sheet.header))
    yield replace(panel, fixed=own)
    who = next((place for place, column in own.columns.items() if column == "patient_id"), None)
    if who is None:
        return
    file = replace_name(table.file, f"{table.file.name} [diagnoses]")
    answered = mappings.files.get(file.name, said)
    sheet = diagnosis_columns.long(table.sheet, found)
    columns = {who: "patient_id", **_roles(table.sheet, sheet)}
    fixed = Layout(
        "conditions", columns, date_format=answered.date_format or own.date_format,
        time_zone=own.time_zone,
    )  # fmt: skip
    yield Table(file, replace(sheet, rows=_sound(sheet)), f"{table.name} diagnoses", fixed=fixed)


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
            codes = [row.cells[place].strip() for place in places] if row.cells else []
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
