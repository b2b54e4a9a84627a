"""Consents and care plans beside a patient's name: read as tables of their own.

A practice's list of its program has one row for each patient, with the days of consent and
plan in it. Only headers that speak of consent, or of a care plan, are taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from ccm_core.exchange import cells, forms, layout
from ccm_core.exchange.csv_in import Row, Sheet
from ccm_core.exchange.layout import Layout
from ccm_core.exchange.tables_in import Table, replace_name

_DIGIT = re.compile(r"\d", re.ASCII)
_SAYS_SO = {
    "consents": ("given_on", re.compile(r"consent", re.IGNORECASE)),
    "care_plans": ("created_on", re.compile(r"care[ _]?plan", re.IGNORECASE)),
}
"""Of each kind the day without which there is none, and what its headers must say."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the patients: its kind, its columns and the column of its day."""

    kind: str
    columns: dict[int, str]
    day: int


def found(table: Table, own: Layout, taken: Collection[int]) -> tuple[Beside, ...]:
    """The kinds of which the day stands in a column that means nothing of a patient."""
    header = table.sheet.header
    beside = []
    for kind, (day, says_so) in _SAYS_SO.items():
        form = forms.form(kind).columns
        columns = {
            place: column
            for place, column in layout.for_kind(kind, header, is_strict=False).columns.items()
            if place not in own.columns
            and place not in taken
            and says_so.search(header[place])
            and (not form[column].is_date or _tells_days(table.sheet, place))
        }
        days = [place for place, column in columns.items() if column == day]
        beside += [Beside(kind, columns, place) for place in days]
    return tuple(beside)


def table_of(table: Table, who: int, one: Beside, own: Layout) -> Table:
    """The rows of a table of patients that tell such a day, as a table of their own."""
    name = one.kind.replace("_", " ")
    fixed = Layout(
        one.kind, {who: "patient_id", **one.columns}, date_format=own.date_format,
        time_zone=own.time_zone,
    )  # fmt: skip
    sheet = replace(table.sheet, rows=lambda: _dated(table.sheet, one.day))
    file = replace_name(table.file, f"{table.file.name} [{name}]")
    return Table(file, sheet, f"{table.name} {name}", fixed=fixed)


def _tells_days(sheet: Sheet, place: int) -> bool:
    """Whether a column holds days: ``Consent given`` may hold yes and no."""
    return any(_DIGIT.search(row.cells[place]) for row in sheet.rows() if not row.problem)


def _dated(sheet: Sheet, day: int) -> Iterator[Row]:
    """Broken rows are rejected as patients; one without the day says nothing more.

    ``Yes`` among days is a consent or a plan of a day that is missing: it is rejected as such.
    """
    for row in sheet.rows():
        if not row.problem and (_DIGIT.search(row.cells[day]) or _says_yes(row.cells[day])):
            yield row


def _says_yes(text: str) -> bool:
    """Whether a cell for a day tells that there is one: ``yes``, ``on file``, ``verbal``."""
    return cells.meaning("consent_status", text) == "active"
