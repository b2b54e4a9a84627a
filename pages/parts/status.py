"""Status by colour, shape and word, so that none of the three is needed alone."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

# Okabe and Ito's colours: told apart by colour-blind people, readable on light and dark.
GOOD, WARN, BAD, CALM, QUIET = "#009e73", "#d98e04", "#d55e00", "#3b82c4", "#7b8794"


@dataclass(frozen=True, slots=True)
class Look:
    """How one status is shown."""

    mark: str
    word: str
    color: str

    @property
    def text(self) -> str:
        return f"{self.mark} {self.word}"

    @property
    def title(self) -> str:
        """As a heading: ``● Clean``."""
        return f"{self.mark} {self.word[:1].upper()}{self.word[1:]}"

    @property
    def cell(self) -> dict[str, str]:
        """As a cell of a listing."""
        return {"mark": self.mark, "text": self.word, "color": self.color}


LOOKS = {
    # a claim
    "clean": Look("●", "clean", GOOD),
    "review": Look("◆", "review", WARN),
    "blocked": Look("■", "blocked", BAD),
    "below": Look("○", "nothing to bill", QUIET),
    # a line of a checklist
    "PASS": Look("●", "PASS", GOOD),
    "REVIEW": Look("◆", "REVIEW", WARN),
    "BLOCK": Look("■", "BLOCK", BAD),
    "NOTE": Look("▸", "NOTE", CALM),
    "N/A": Look("○", "N/A", QUIET),
    # minutes of a month
    "reached": Look("●", "reached", GOOD),
    "within": Look("◆", "within reach", WARN),
    "out": Look("■", "out of reach", BAD),
    "none": Look("○", "out of reach, no minutes", QUIET),
    # a claim on its way
    "planned": Look("○", "planned", QUIET),
    "submitted": Look("▸", "submitted", CALM),
    "paid": Look("●", "paid", GOOD),
    "denied": Look("■", "denied", BAD),
    "voided": Look("✕", "voided", QUIET),
    "replaced": Look("↻", "replaced", QUIET),
    # a patient
    "eligible": Look("○", "eligible", CALM),
    "invited": Look("▸", "invited", CALM),
    "consented": Look("●", "consented", GOOD),
    "declined": Look("✕", "declined", QUIET),
    "enrolled_elsewhere": Look("✕", "enrolled elsewhere", QUIET),
    "paused": Look("◆", "paused", WARN),
    "unenrolled": Look("✕", "unenrolled", QUIET),
    "ineligible": Look("✕", "not eligible", QUIET),
    "deceased": Look("✕", "deceased", QUIET),
}


def look(status: str) -> Look:
    """How a status is shown; an unknown one quietly, by its own word."""
    return LOOKS.get(status) or Look("○", status.replace("_", " "), QUIET)


def cell(status: str) -> dict[str, str]:
    """A status as a cell of a listing."""
    return look(status).cell


def html(status: str, words: str = "") -> str:
    """A status as a small badge in HTML."""
    shown = look(status)
    return (
        f'<span style="font-weight:600">'
        f'<span aria-hidden="true" style="color:{shown.color}">{shown.mark}</span>&nbsp;'
        f"{escape(words or shown.word)}</span>"
    )


def legend(*statuses: str) -> None:
    """One line that names the marks used below it."""
    st.html(
        '<div style="display:flex;gap:1.25rem;flex-wrap:wrap;font-size:.875rem">'
        + "".join(html(status) for status in statuses)
        + "</div>"
    )
