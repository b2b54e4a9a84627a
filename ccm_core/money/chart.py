"""Line, band and bar charts drawn straight onto a PDF page: no picture files, no fonts to load."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fpdf import FPDF

BLUE, GREY = (31, 94, 158), (140, 140, 140)
LOW, HIGH = (217, 142, 4), (59, 130, 196)  # amber and blue: told apart by everybody, as on screen
LIGHT = (200, 216, 234)
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """Where a chart stands on the page, in millimetres."""

    x: float
    y: float
    width: float
    height: float


class Scale:
    """Amounts to heights within a box; zero is always on it."""

    def __init__(self, box: Box, amounts: Sequence[float]) -> None:
        self.low = min(0.0, *amounts)
        self.high = max(0.0, *amounts)
        if self.low == self.high:
            self.high = 1.0
        self._box = box

    def y(self, amount: float) -> float:
        share = (amount - self.low) / (self.high - self.low)
        return self._box.y + self._box.height * (1 - share)

    def ticks(self) -> list[float]:
        """Round amounts over the range, some four or more of them."""
        rough = (self.high - self.low) / _STEPS
        size = 10.0 ** math.floor(math.log10(rough))
        step = size * max(n for n in (1, 2, 5) if n * size <= rough)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [n * step for n in range(first, last + 1)]

    def x(self, amount: float) -> float:
        share = (amount - self.low) / (self.high - self.low)
        return self._box.x + self._box.width * share


def axis(pdf: FPDF, box: Box, scale: Scale, labels: Sequence[str]) -> None:
    """Horizontal lines with dollars, and the first, middle and last label below."""
    pdf.set_font("Helvetica", size=7)
    pdf.set_draw_color(*GREY)
    pdf.set_line_width(0.1)
    for amount in scale.ticks():
        pdf.line(box.x, scale.y(amount), box.x + box.width, scale.y(amount))
        pdf.text(box.x - 19, scale.y(amount) + 1, dollars(amount))
    pdf.set_line_width(0.3)
    pdf.line(box.x, scale.y(0), box.x + box.width, scale.y(0))
    for at in sorted({0, len(labels) // 2, len(labels) - 1}):
        pdf.text(_x(box, at, len(labels)) - 5, box.y + box.height + 4, labels[at])


def line(
    pdf: FPDF, box: Box, scale: Scale, amounts: Sequence[float], color: tuple[int, int, int]
) -> None:
    """One series as a line."""
    pdf.set_draw_color(*color)
    pdf.set_line_width(0.6)
    pdf.polyline(_points(box, scale, amounts))


def band(pdf: FPDF, box: Box, scale: Scale, low: Sequence[float], high: Sequence[float]) -> None:
    """The area between two series."""
    pdf.set_fill_color(*LIGHT)
    pdf.set_draw_color(*LIGHT)
    around = [*_points(box, scale, high), *reversed(_points(box, scale, low))]
    pdf.polygon(around, style="F")


def bars(pdf: FPDF, box: Box, rows: Sequence[tuple[str, float, float]], base: float) -> None:
    """A tornado: one bar per row between two amounts, around a common base."""
    scale = Scale(box, [base, *(a for _, a, _ in rows), *(b for _, _, b in rows)])
    step = box.height / max(1, len(rows))
    pdf.set_font("Helvetica", size=7)
    for at, (label, low, high) in enumerate(rows):
        top = box.y + at * step
        for amount, color in ((low, LOW), (high, HIGH)):
            pdf.set_fill_color(*color)
            left, right = sorted((scale.x(base), scale.x(amount)))
            pdf.rect(left, top, right - left, step * 0.7, style="F")
        pdf.text(box.x - 72, top + step * 0.5, plain(label)[:66])
    pdf.set_draw_color(*GREY)
    pdf.line(scale.x(base), box.y, scale.x(base), box.y + box.height)
    for amount in (scale.low, base, scale.high):
        pdf.text(scale.x(amount) - 6, box.y + box.height + 3, dollars(amount))


def dollars(amount: float) -> str:
    """Whole dollars, with the sign before them."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.0f}"


def plain(text: str) -> str:
    """Text that the built-in PDF fonts can show; other letters become question marks."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _x(box: Box, at: int, count: int) -> float:
    return box.x + box.width * at / max(1, count - 1)


def _points(box: Box, scale: Scale, amounts: Sequence[float]) -> list[tuple[float, float]]:
    return [(_x(box, at, len(amounts)), scale.y(amount)) for at, amount in enumerate(amounts)]
