"""A projection as an XLSX file whose main chain stays alive: change an input, read the result.

Formula cells hold only formulas written here; every text is written as text,
so a name such as ``=cmd()`` stays a name. Units that minutes earn and the
published fees are values, because thresholds and fee schedules are tables, not
arithmetic; everything from them to the net is a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import xlsxwriter

from ccm_core.money.assumptions import assumption
from ccm_core.money.basis import basis, label, month_said
from ccm_core.money.input_sources import MARKS, comes_from
from ccm_core.money.projection import Projection
from ccm_core.money.scenario import FIELDS, Scenario
from ccm_core.money.workbook_columns import Column, Grid
from ccm_core.money.workbook_costs import SUMMED, month_grid
from ccm_core.money.workbook_fees import fee_grid
from ccm_core.months import said_day
from ccm_core.sources import Source, source
from ccm_core.tables import tables_version

FIRST_ROW = 3
"""Rows above the first month: a title, a note, the headings."""
_A3, _LINE_POINTS, _HEADING_LINES, _READ_ME_WIDTH = 8, 15, 3, 100
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def projection_xlsx(
    projection: Projection, made_on: date, is_demo: bool = False,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> bytes:  # fmt: skip
    """The workbook of a projection. ``is_demo`` marks every sheet as made-up.

    ``notes`` say of inputs by name where their values come from, where not from the table.
    """
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, _OPTIONS)
    book.set_calc_mode("auto")
    book.set_properties({"title": "CCM revenue projection", "comments": label(is_demo)})
    writer = _Writer(book, label(is_demo))
    writer.read_me(projection, made_on)
    writer.inputs(projection.scenario, notes)
    fees = fee_grid(projection)
    months = month_grid(projection, fees)
    writer.grid(months)
    writer.grid(fees)
    writer.years(projection, months)
    book.close()
    return held.getvalue()


class _Writer:
    """Puts texts, numbers and our own formulas into sheets."""

    def __init__(self, book: Any, note: str) -> None:
        self._book = book
        self._note = note
        self._bold = book.add_format({"bold": True})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._warn = book.add_format({"bold": True, "font_color": "#9C0006"})
        self._head = book.add_format(
            {"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"}
        )
        self._formats = {
            "usd": book.add_format({"num_format": "$#,##0.00;-$#,##0.00"}),
            "count": book.add_format({"num_format": "#,##0.00"}),
            "share": book.add_format({"num_format": "0.0000"}),
            "text": book.add_format({"num_format": "@"}),
            "input": book.add_format({"bg_color": "#FFF2CC", "num_format": "0.######"}),
        }

    def _sheet(self, name: str, title: str) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.write_string(0, 0, title, self._bold)
        sheet.write_string(1, 0, self._note, self._warn)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self._note}&R&A, &P of &N")
        return sheet

    def _head_row(self, sheet: Any, headings: Iterable[str]) -> None:
        for at, heading in enumerate(headings):
            sheet.write_string(FIRST_ROW - 1, at, heading, self._head)
        # Said outright: other programs than Excel do not find the height of wrapped words.
        sheet.set_row(FIRST_ROW - 1, _LINE_POINTS * _HEADING_LINES)
        sheet.freeze_panes(FIRST_ROW, 1)
        sheet.repeat_rows(0, FIRST_ROW - 1)

    def read_me(self, projection: Projection, made_on: date) -> None:
        sheet = self._sheet("Read me", "CCM revenue projection")
        for row, text in enumerate(_about(projection, made_on), start=FIRST_ROW):
            sheet.write_string(row, 0, text, self._wrapped)
            sheet.set_row(row, _LINE_POINTS * (1 + len(text) // _READ_ME_WIDTH))
        sheet.set_column(0, 0, _READ_ME_WIDTH)

    def inputs(self, scenario: Scenario, notes: Mapping[str, str]) -> None:
        sheet = self._sheet("Inputs", "Inputs: change a yellow cell, and the months follow")
        self._head_row(
            sheet,
            ("Input", "Value", "Unit", "Value comes from", "Default", "Low", "High",
             "Source of the default", "Where in it", "Mark", "Checked on", "Note", "Address"),
        )  # fmt: skip
        numbers = scenario.numbers()
        for row, name in enumerate(FIELDS, start=FIRST_ROW):
            one = assumption(name)
            sheet.write_string(row, 0, one.label)
            if name in numbers and name not in FIXED:
                sheet.write_number(row, 1, float(numbers[name]), self._formats["input"])
                self._book.define_name(f"in_{name}", f"=Inputs!$B${row + 1}")
            else:
                sheet.write_string(row, 1, _said(getattr(scenario, name)), self._formats["text"])
            said = source(one.cite)
            by = comes_from(name, scenario, notes)
            texts = (one.unit, by, one.value, _text(one.low), _text(one.high), *_cells(said),
                     one.checked_on, one.note, said.url)  # fmt: skip
            for at, text in enumerate(texts, start=2):
                sheet.write_string(row, at, text)
        sheet.write_string(FIRST_ROW + len(FIELDS) + 1, 0, MARKS)
        sheet.set_column(0, 0, 60)
        sheet.set_column(1, 2, 14)
        sheet.set_column(3, 3, 60)
        sheet.set_column(4, 6, 14)
        sheet.set_column(7, 12, 30)
        sheet.print_area(0, 0, FIRST_ROW + len(FIELDS) + 1, 6)

    def grid(self, grid: Grid) -> None:
        sheet = self._sheet(grid.name, grid.title)
        self._head_row(sheet, [column.heading for column in grid.columns])
        for at, column in enumerate(grid.columns):
            for i in range(grid.height):
                self._cell(sheet, FIRST_ROW + i, at, column, i)
        sheet.set_column(0, len(grid.columns) - 1, 13)
        sheet.set_paper(_A3)
        if grid.has_totals:
            # Too wide for one sheet of paper: several beside each other, the months on each.
            sheet.fit_to_pages(0, 1)
        sheet.repeat_columns(0)
        for at, column in enumerate(grid.columns):
            if column.key.startswith("exact "):
                sheet.set_column(at, at, 13, None, {"level": 1, "hidden": True})
        if not grid.has_totals:
            return
        last = FIRST_ROW + grid.height
        sheet.write_string(last, 0, "Total", self._bold)
        for at, column in enumerate(grid.columns):
            if column.key in SUMMED or column.key.startswith("gross "):
                value = sum(float(column.value(i)) for i in range(grid.height))
                formula = f"=SUM({grid.span(column.key)})"
                sheet.write_formula(last, at, formula, self._formats[column.form], value)

    def _cell(self, sheet: Any, row: int, at: int, column: Column, i: int) -> None:
        value = column.value(i)
        form = self._formats[column.form]
        if isinstance(value, str):
            sheet.write_string(row, at, value, form)
        elif column.formula is None:
            sheet.write_number(row, at, float(value), form)
        else:
            sheet.write_formula(row, at, "=" + column.formula(i), form, float(value))

    def years(self, projection: Projection, months: Grid) -> None:
        sheet = self._sheet("Years", "Calendar years: sums of the months shown")
        self._head_row(sheet, ("Year", *(months.heading(key) for key in _YEARLY)))
        for row, line in enumerate(projection.years, start=FIRST_ROW):
            sheet.write_string(row, 0, line.label)
            for at, key in enumerate(_YEARLY, start=1):
                criteria = f"Months!{months.span('year')},A{row + 1}"
                formula = f"=SUMIF({criteria},Months!{months.span(key)})"
                value = float(getattr(line, _YEARLY[key]))
                sheet.write_formula(row, at, formula, self._formats["usd"], value)
        sheet.set_column(0, len(_YEARLY), 16)


# Inputs that shape the sheets; another value needs another workbook.
FIXED = frozenset(
    {"months", "tenure_months", "payer_lag_months", "patient_lag_months", "rework_lag_months"}
)
_YEARLY = {
    "gross": "gross_usd", "denied": "denied_usd", "allowed": "allowed_usd",
    "revenue": "revenue_usd", "cash": "cash_usd", "cost": "cost_usd", "net": "net_usd",
}  # fmt: skip


def _text(number: object) -> str:
    return "" if number is None else str(number)


def _said(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _cells(said: Source) -> tuple[str, str, str]:
    return f"{said.authority}: {said.title}", said.pinpoint, said.confidence


def _about(projection: Projection, made_on: date) -> list[str]:
    scenario = projection.scenario
    last = projection.break_even_month
    broken_even = month_said(last) if last else "not within the horizon"
    return [
        f"Scenario: {scenario.name}",
        f"Made on {said_day(made_on)} with tables {tables_version()}.",
        f"First month {month_said(str(scenario.start))}, {scenario.months} months, "
        f"{scenario.program.upper()}, {scenario.delivery.replace('_', '-')}, "
        f"{scenario.policy} policy, {scenario.setting}, locality {scenario.locality}.",
        basis(projection),
        f"Running net stays at or above zero from: {broken_even}.",
        "Every shown amount is in whole cents; a month's rounding error is handed to the next "
        "month, so months add up to years and parts to wholes.",
        "Fees of years without a published schedule are the last published ones with the yearly "
        "change of the inputs: see the column Estimate on the sheet Fees.",
        MARKS,
        "Live: all yellow inputs. Not live (make a new workbook): months, minutes and code mix, "
        "locality, setting, program, delivery, lags.",
    ]
