"""The care plan on paper, for the patient: large letters, real lists, no jargon.

Equal plans give equal bytes. Names in any script are printed with whatever fonts the
machine has; a letter that no font has becomes a question mark, and the page says so.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import WrapMode

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.months import said_day
from ccm_core.program.care_planning import PAGE, PlanVersion, plans
from ccm_core.program.chart import seen
from ccm_core.program.enrolling import practice_of
from ccm_core.program.plan_content import OF_PROBLEM, WHOLE_PERSON, items
from ccm_core.store import db, reading

# fpdf2 and fontTools tell the log about every missing letter; names do not belong there.
for _name in ("fpdf", "fontTools"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

DEMO = "DEMO - made-up data, no real patient"
_SIZE, _LINE, _BIG = 12.0, 6.2, 18.0
_FAMILY = "plan"
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
_FONTS = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"), ("Arial.ttf", "Arial Bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that the paper says."""

    practice: records.Practice
    patient: records.Patient
    practitioner: str
    version: PlanVersion


def plan_pdf(who: Identity, patient_id: str, plan_id: str, today: date) -> bytes:
    """One version of the plan as a file. Raises: PermissionDenied, UsageError."""
    with db.session() as session:
        require(who, PAGE, "view")
        patient = seen(session, who, patient_id)
        known = plans(session, who, patient_id, today).versions
        version = next((p for p in known if p.plan_id == plan_id), None)
        if version is None:
            raise UsageError("A version of the plan was asked for that is not there.")
        doctors = {d.npi: d for d in reading.practitioners(session)}
        doctor = doctors.get(patient.practitioner_npi)
        name = ", ".join(p for p in (doctor.name, doctor.credential) if p) if doctor else ""
        return printed(Paper(practice_of(session), patient, name, version))


def printed(paper: Paper) -> bytes:
    """The pages."""
    sheet = _Sheet(paper)
    sheet.opening()
    for problem in paper.version.content.problems:
        sheet.heading(problem.label)
        for part, said in OF_PROBLEM.items():
            sheet.part(said.split(", one")[0], items(getattr(problem, part)))
    sheet.heading("You as a whole")
    for name, said in WHOLE_PERSON.items():
        sheet.part(said, items(paper.version.content.whole.get(name, "")))
    sheet.closing()
    return sheet.finish()


@functools.cache
def fonts() -> tuple[Path, Path] | None:
    """A regular and a bold font with many scripts, if this machine has one."""
    for folder in map(Path, _FOLDERS):
        if not folder.is_dir():
            continue
        found = {file.name: file for file in sorted(folder.rglob("*.ttf"))}
        for regular, bold in _FONTS:
            if regular in found and bold in found:
                return found[regular], found[bold]
    return None


_LATIN = frozenset((*range(32, 127), *range(160, 256)))
"""The letters of the fonts that every PDF reader brings along."""


class _Sheet:
    """Letter pages and the pen on them."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.lost = False
        self.pdf = FPDF(format="letter")
        self.pdf.set_margins(20, 18, 20)
        self.pdf.set_auto_page_break(auto=True, margin=20)
        self.pdf.set_title(f"Care plan, version {paper.version.number}")
        self.pdf.set_creation_date(datetime.combine(paper.version.saved_on, time(), UTC))
        self._load_fonts()
        self.pdf.add_page()

    def _load_fonts(self) -> None:
        found = fonts()
        self.family = _FAMILY if found else "Helvetica"
        self.letters = _LATIN
        if found:
            self.pdf.add_font(_FAMILY, "", found[0])
            self.pdf.add_font(_FAMILY, "B", found[1])
            own: Any = self.pdf.fonts[_FAMILY]
            self.letters = frozenset(own.cmap)

    def say(self, text: str, *, size: float = _SIZE, bold: bool = False, indent: float = 0) -> None:
        """One paragraph, wrapped also where a word has no gap."""
        self.pdf.set_font(self.family, "B" if bold else "", size)
        self.pdf.set_x(self.pdf.l_margin + indent)
        width = self.pdf.w - self.pdf.r_margin - self.pdf.get_x()
        self.pdf.multi_cell(
            width, _LINE * size / _SIZE, self.printable(text), new_x="LMARGIN", new_y="NEXT",
            align="L", wrapmode=WrapMode.CHAR if len(max(text.split() or [""], key=len)) > 60
            else WrapMode.WORD,
        )  # fmt: skip

    def printable(self, text: str) -> str:
        """The text with question marks for letters that no font has."""
        kept = "".join(c if ord(c) in self.letters else "?" for c in " ".join(text.split()))
        self.lost = self.lost or kept.count("?") > text.count("?")
        return kept

    def opening(self) -> None:
        p, v = self.paper.patient, self.paper.version
        if self.paper.practice.is_demo:
            self.say(DEMO, size=10, bold=True)
        self.say("My care plan", size=_BIG, bold=True)
        self.say(" ".join(part for part in (p.given_name, p.family_name) if part), bold=True)
        born = f"Born {_day(p.born_on)}. " if p.born_on else ""
        self.say(f"{born}Version {v.number} of {_day(v.saved_on)}.")
        by = f"{self.paper.practice.name}, {self.paper.practitioner}"
        self.say(by.removesuffix(", "))
        self.pdf.ln(3)

    def heading(self, text: str) -> None:
        if self.pdf.will_page_break(24):
            self.pdf.add_page()
        self.pdf.ln(3)
        self.say(text, size=15, bold=True)

    def part(self, said: str, lines: list[str]) -> None:
        if not lines:
            return
        self.say(said, bold=True)
        for line in lines:
            self.say(f"- {line}", indent=4)
        self.pdf.ln(1)

    def closing(self) -> None:
        v = self.paper.version
        if v.content.review_on:
            self.heading(f"We go over this plan together by {_day(v.content.review_on)}")
        self.pdf.ln(3)
        if v.signed_name and v.signed_at:
            how = "signed electronically" if v.signed_way == "electronic" else "signed on paper"
            self.say(
                f"{v.signed_name}, {how}, recorded {_day(v.signed_at)}, {v.signed_at:%H:%M} UTC"
            )
        else:
            self.say("Signature of the practitioner: ______________________  Date: __________")
        self.say(f"SHA-256 of the words of this version: {v.sha256}", size=8)
        if self.lost:
            self.say("Letters that this printer's fonts do not have are shown as '?'.", size=8)

    def finish(self) -> bytes:
        return bytes(self.pdf.output())


def _day(on: date | None) -> str:
    return said_day(on) if on else ""
