"""The rows of one table to drafts or problems, in file order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ccm_core.exchange import cells, dates, diagnosis_tables, forms, telling_columns
from ccm_core.exchange import layout as layouts
from ccm_core.exchange.build import Values, build
from ccm_core.exchange.clock_texts import is_clock
from ccm_core.exchange.csv_in import Row, Sheet
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.drafts import Draft
from ccm_core.exchange.layout import AskError, Layout
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.report import EXAMPLE_ROW
from ccm_core.months import time_zone


@dataclass(frozen=True, slots=True)
class Taken:
    """What one row or resource came to: a draft, a problem, or set aside with a reason."""

    line: int
    record: int
    draft: Draft | None = None
    problem: RowProblem | None = None
    aside: str = ""


@dataclass(frozen=True, slots=True)
class _Cell:
    place: int
    column: str
    reads: str
    read: Callable[[str, Calendar], object]
    is_needed: bool
    values: Mapping[str, str]


_WHO = ("patient_id", "staff_id", "name")
"""Columns by which the example row of a template is told."""

FOREIGN_COLUMNS = {"encounter": "id", "payer_ref": "id"}
"""Columns that known exports have beyond our own, and how their cells are read."""


def read(
    sheet: Sheet, layout: Layout, calendar: Calendar, names: Mapping[str, str]
) -> Iterator[Taken]:
    """Each row as a draft or a problem. ``names`` gives payer names by identifier.

    Raises: AskError (rules I07, I09) before the first row.
    """
    _require_columns(layout)
    calendar = _dated(sheet, layout, calendar)
    is_by_record = layout.kind != "patients" and layouts.is_by_record(layout, sheet.header)
    if layout.kind == "conditions":
        sheet, layout = diagnosis_tables.split(sheet, layout, calendar.today)
    wanted = _cells(layout, telling_columns.readers(sheet, layout))
    for row in sheet.rows():
        calendar.notes.update([diagnosis_tables.MANY] if row.part == 1 else [])
        taken = _take(row, wanted, layout, calendar, names)
        if is_by_record and taken.draft is not None:
            taken = replace(taken, draft=replace(taken.draft, is_by_record=True))
        yield taken


def _require_columns(layout: Layout) -> None:
    there = frozenset(layout.columns.values()) | frozenset(layout.constants)
    missing = forms.lacking(layout.kind, there)
    if missing and not layout.export:
        raise AskError(
            "I07",
            f"{layout.kind} need the column {', '.join(missing)}. Rename a column or map one.",
            "columns",
        )


def _dated(sheet: Sheet, layout: Layout, calendar: Calendar) -> Calendar:
    """The calendar with the order of day and month that mapping or values prove."""
    zone = time_zone(layout.time_zone) if layout.time_zone else calendar.zone
    asked = layout.date_format
    if asked in dates.ORDERS:
        return replace(calendar, zone=zone, order=asked)
    if asked:
        return replace(calendar, zone=zone, pattern=asked)
    own = forms.form(layout.kind).columns
    places = [
        place for place, column in layout.columns.items()
        if column in own and own[column].is_date
    ]  # fmt: skip
    if dates.may_be_exchanged((row.cells for row in sheet.rows() if row.cells), places):
        raise AskError("I09", dates.EXCHANGED, "date_format", ("mdy", "dmy"))
    values = (row.cells[place] for row in sheet.rows() if row.cells for place in places)
    try:
        return replace(calendar, zone=zone, order=dates.proved_order(values))
    except RowProblem as doubt:
        raise AskError("I09", doubt.reason, "date_format", ("mdy", "dmy")) from None


def _cells(layout: Layout, told: Mapping[int, str]) -> list[_Cell]:
    own = forms.form(layout.kind).columns
    found = []
    for place, name in sorted(layout.columns.items()):
        column = own.get(name)
        reads = column.reads if column else FOREIGN_COLUMNS[name]
        if name == "minutes" and "hours" in layout.columns.values():
            reads = "minutes_beside_hours"
        reads = told.get(place, reads)
        is_needed = column is not None and column.needed == "cell"
        said = {key.strip().lower(): value for key, value in layout.values.get(name, {}).items()}
        found.append(_Cell(place, name, reads, cells.reader(reads), is_needed, said))
    for name, value in layout.constants.items():
        reads = own[name].reads
        found.append(_Cell(-1, name, reads, cells.reader(reads), False, {"": value}))
    return found


def _take(
    row: Row, wanted: list[_Cell], layout: Layout, calendar: Calendar, names: Mapping[str, str]
) -> Taken:
    if row.problem:
        return Taken(row.line, row.record, problem=row.problem)
    if _is_remark(row):
        problem = RowProblem("I20", _REMARK, value="".join(row.cells))
        return Taken(row.line, row.record, problem=problem)
    stated: Values = {}
    try:
        values = _values(row, wanted, calendar, layout)
        if any(str(values.get(name, "")).startswith(forms.EXAMPLE) for name in _WHO):
            return Taken(row.line, row.record, aside=EXAMPLE_ROW)
        _name_payer(values, names, calendar)
        stated.update(values)
        return Taken(row.line, row.record, build(layout.kind, values, calendar))
    except RowProblem as problem:
        if problem.rule == "I57" and stated:
            problem.withdrawn = _named(layout.kind, stated, calendar)
        if row.origin and problem.column in diagnosis_tables.ROLES:
            problem.column = row.origin
        return Taken(row.line, row.record, problem=problem)


def _named(kind: str, stated: Values, calendar: Calendar) -> tuple[str, ...]:
    """Kind and identifier of the record that a row would be if the export did not call it wrong."""
    stated.pop("status", None)
    try:
        made = build(kind, stated, replace(calendar, notes=Counter()))
    except RowProblem:
        return "", ""
    return kind, *made.key[1:]


_REMARK = "Only one cell is filled: a title or a line of totals is no record."


def _is_remark(row: Row) -> bool:
    """Whether a row holds one cell alone although its table has several columns."""
    return len(row.cells) > 2 and sum(bool(cell.strip()) for cell in row.cells) == 1


_KEPT_TEXT = re.compile(r'="[^"]*"')
"""How exports keep a spreadsheet from shortening ``00123``."""
_FREE = frozenset({"text", "note"})
"""Cells of which every sign is kept."""


def _values(row: Row, wanted: list[_Cell], calendar: Calendar, layout: Layout) -> dict[str, Any]:
    """The filled cells of a row, read. Raises: RowProblem for the first that is wrong."""
    found: dict[str, Any] = {}
    has_day = "on" in layout.columns.values()  # then ``Start`` may be a time of day alone
    for cell in wanted:
        text = row.cells[cell.place] if cell.place >= 0 else ""
        if cell.reads not in _FREE and _KEPT_TEXT.fullmatch(text):
            text = text[2:-1]
        if cell.values:
            text = cell.values.get(text.strip().lower(), text)
        if not text or text.isspace() or cells.is_null(cell.reads, text):
            if cell.is_needed:
                raise RowProblem("I22", f"{cell.column} is empty.", cell.column)
            continue
        if layout.export:
            text = _whole_year(cell.column, text)
        column, read_one = cell.column, cell.read
        if column == "started_at" and has_day and is_clock(text.strip()):
            column, read_one = "start_time", cells.reader("clock")
        try:
            value = read_one(text, calendar)
        except RowProblem as problem:
            problem.column = column
            raise
        if value not in ("", ()):
            found[column] = value
    return found


def _whole_year(column: str, text: str) -> str:
    """A coverage year of a synthetic export as its first or last day."""
    if column in ("from_on", "to_on") and re.fullmatch(r"\d{4}", text.strip()):
        return text.strip() + ("-01-01" if column == "from_on" else "-12-31")
    return text


def _name_payer(values: dict[str, Any], names: Mapping[str, str], calendar: Calendar) -> None:
    reference = values.pop("payer_ref", "")
    if not reference:
        return
    name = names.get(reference, "")
    if not name:
        calendar.notes["Coverage without the name of its payer is of unknown kind."] += 1
    values["name"] = name or reference
