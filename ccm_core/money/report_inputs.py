"""The inputs of a projection on paper: what holds, what the default was, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fpdf import FPDF
from fpdf.fonts import FontFace

from ccm_core.money import chart
from ccm_core.money.assumptions import Assumption, assumption
from ccm_core.money.input_sources import MARKS, comes_from, is_default
from ccm_core.money.scenario import FIELDS, Scenario
from ccm_core.months import Month, said_month

_COLUMNS = (("Input", 69, "LEFT"), ("Value", 25, "RIGHT"), ("Default", 22, "RIGHT"),
            ("Source", 80, "LEFT"))  # fmt: skip
_ONE = {"people": "person", "months": "month", "patients": "patient", "minutes": "minute"}


def inputs_table(paper: FPDF, scenario: Scenario, notes: Mapping[str, str]) -> None:
    """Every input on pages of its own."""
    paper.add_page()
    paper.set_font("Helvetica", "B", 10)
    paper.cell(0, 6, "Inputs and their sources", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("Helvetica", size=8)
    paper.multi_cell(0, 4, MARKS, align="L", new_x="LMARGIN", new_y="NEXT")
    paper.ln(1)
    paper.set_font("Helvetica", size=6.5)
    paper.set_fill_color(255, 255, 255)
    paper.set_line_width(0.1)
    with paper.table(
        col_widths=tuple(width for _, width, _ in _COLUMNS),
        text_align=tuple(align for _, _, align in _COLUMNS), line_height=2.85, padding=(0.05, 0.6),
        borders_layout="HORIZONTAL_LINES", headings_style=FontFace(emphasis="BOLD"),
    ) as table:  # fmt: skip
        table.row([name for name, _, _ in _COLUMNS])
        for name in FIELDS:
            table.row([chart.plain(cell) for cell in _cells(name, scenario, notes)])


def _cells(name: str, scenario: Scenario, notes: Mapping[str, str]) -> tuple[str, str, str, str]:
    """A default stands with its source; another value with where it comes from."""
    one = assumption(name)
    value = getattr(scenario, name)
    default = "" if is_default(one, value) else shown(one, one.value)
    return one.label, shown(one, str(value)), default, comes_from(name, scenario, notes)


def shown(one: Assumption, text: str) -> str:
    """A value as people read it: shares as per cent, dollars with their sign, months by name."""
    if one.unit.startswith("share"):
        return f"{(Decimal(text) * 100).normalize():f}%{one.unit.removeprefix('share')}"
    if one.unit == "month":
        return said_month(Month.parse(text))
    if one.unit.startswith("USD"):
        return f"${Decimal(text):,.2f}{one.unit.removeprefix('USD')}"
    if text in ("True", "False", "yes", "no"):
        return {"True": "yes", "False": "no"}.get(text, text)
    if not text.replace(".", "", 1).isdigit():
        # Bins of minutes and shares of codes hold a minus of their own; choices hold none.
        return text.replace("_", "-")
    return f"{text} {_ONE.get(one.unit, one.unit) if text == '1' else one.unit}"
