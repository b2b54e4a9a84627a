"""The inputs of a projection on paper: what holds, what the default was, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fpdf import FPDF
from fpdf.fonts import FontFace

from ccm_core.money import chart
from ccm_core.money.assumptions import Assumption, assumption
from ccm_core.money.scenario import FIELDS, Scenario
from ccm_core.months import Month, said_month

_COLUMNS = (("Input", 69, "LEFT"), ("Value", 25, "RIGHT"), ("Default", 22, "RIGHT"),
            ("Source", 80, "LEFT"))  # fmt: skip
_LONGEST = 30
MARKS = (
    "Marks of sources: VP primary text, VM a Medicare contractor, VS secondary, DER derived, "
    "CONTRA sources differ, MEM not read again or our own assumption: replace it."
)
CHANGED = "Typed, or said by the preset"


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
    is_default = str(value) in (one.value, _python(one.value))
    by = f"{one.source.authority}, {one.pinpoint} [{one.source.confidence}]"
    if name in notes or not is_default:
        by = notes.get(name) or CHANGED
    return one.label, shown(one, str(value)), "" if is_default else shown(one, one.value), by


def shown(one: Assumption, text: str) -> str:
    """A value as people read it: shares as per cent, dollars with their sign, months by name."""
    if one.unit.startswith("share"):
        return f"{(Decimal(text) * 100).normalize():f} %{one.unit.removeprefix('share')}"
    if one.unit == "month":
        return said_month(Month.parse(text))
    if one.unit.startswith("USD"):
        return f"${Decimal(text):,.2f}{one.unit.removeprefix('USD')}"
    if text in ("True", "False", "yes", "no"):
        return {"True": "yes", "False": "no"}.get(text, text)
    if len(text) > _LONGEST:
        return text[:_LONGEST] + "..."
    unit = f" {one.unit}" if text.replace(".", "", 1).isdigit() else ""
    return f"{text.replace('_', '-')}{unit}"


def _python(text: str) -> str:
    """A yes or no of the table as Python writes it."""
    return {"yes": "True", "no": "False"}.get(text, text)
