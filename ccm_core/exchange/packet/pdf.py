"""A packet on paper: letter pages, built-in fonts, no time of day.

Equal facts give equal bytes, so that the hash of a packet stays the same.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time

from fpdf import FPDF

from ccm_core.exchange.packet.facts import Block, PacketFacts, Pairs, Section, Table, Words
from ccm_core.exchange.packet.sections import sections
from ccm_core.exchange.packet.words import NOTE, is_changed, shown

DEMO = "DEMO - synthetic data, no real patient, not for billing"
_LEFT, _RIGHT, _TOP, _BOTTOM = 15.0, 200.9, 22.0, 262.0
_SIZE, _SMALL, _LINE = 9.0, 7.5, 4.2
_NAME_SHARE = 0.34
_PAD = 1.0


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet as a file. ``content_sha256`` is over what it says, ``sha256`` over the bytes."""

    content: bytes
    content_sha256: str
    pages: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def packet(facts: PacketFacts) -> Packet:
    """The packet of one patient and month."""
    found = sections(facts)
    digest = content_hash(found)
    sheet = _Sheet(_title(facts), facts.case.practice.is_demo, digest)
    # The only day in the file is the month's last one: when it was made must not matter.
    made_at = datetime.combine(facts.case.month.last_day, time(), UTC)
    sheet.pdf.set_creation_date(made_at)
    sheet.opening(facts, any(is_changed(text) for text in _texts(found)))
    for section in found:
        sheet.section(section)
    return Packet(sheet.finish(), digest, sheet.pdf.pages_count)


def content_hash(found: Sequence[Section]) -> str:
    """SHA-256 over everything that the sections say."""
    said = [[s.title, [[type(b).__name__, asdict(b)] for b in s.blocks]] for s in found]
    text = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _title(facts: PacketFacts) -> str:
    return f"Audit packet, service month {facts.case.month}"


def _texts(found: Sequence[Section]) -> list[str]:
    texts: list[str] = []
    for section in found:
        for block in section.blocks:
            if isinstance(block, Words):
                texts.append(block.text)
            elif isinstance(block, Pairs):
                texts += [value for _, value in block.rows]
            else:
                texts += [cell for row in block.rows for cell in row]
    return texts


class _Sheet:
    """The pages, and where the pen stands."""

    def __init__(self, title: str, is_demo: bool, digest: str) -> None:
        self.title, self.is_demo, self.digest = title, is_demo, digest
        self.pdf = FPDF(format="letter")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_title(title)
        self.pdf.set_producer("ccm-dashboard")
        self.pdf.set_lang("en-US")
        self.y = 0.0
        self.new_page()

    def new_page(self) -> None:
        self.pdf.add_page()
        self.font("", _SMALL)
        self.pdf.set_text_color(90)
        self.pdf.text(_LEFT, 12, shown(self.title))
        if self.is_demo:
            self.font("B", _SMALL)
            self.pdf.set_text_color(170, 60, 0)
            self.pdf.text(_LEFT, 16, DEMO)
        self.font("", _SMALL)
        self.pdf.set_text_color(90)
        self.pdf.text(_LEFT, 272, f"Content SHA-256 {self.digest}")
        number = f"Page {self.pdf.page_no()}"
        self.pdf.text(_RIGHT - self.pdf.get_string_width(number), 272, number)
        self.pdf.set_text_color(0)
        self.y = _TOP

    def font(self, style: str, size: float) -> None:
        self.pdf.set_font("helvetica", style, size)

    def room(self, height: float) -> bool:
        """Whether so much fits on this page; else a new one was begun."""
        if self.y + height <= _BOTTOM:
            return True
        self.new_page()
        return False

    def opening(self, facts: PacketFacts, has_foreign: bool) -> None:
        self.font("B", 15)
        self.pdf.text(_LEFT, self.y + 4, shown(self.title))
        self.y += 9
        patient = facts.case.patient
        name = f"{patient.family_name}, {patient.given_name}".strip(", ")
        said = (
            f"{name}. Prepared by {facts.case.practice.name} for medical review. It shows the "
            "records of the month and how each minute and each rule was judged; it does not "
            "replace the signed originals."
        )
        self.words(Words(said))
        if has_foreign or is_changed(said):
            self.words(Words(NOTE))

    def section(self, section: Section) -> None:
        self.room(16)
        self.y += 3
        self.font("B", 11)
        self.pdf.text(_LEFT, self.y + 4, shown(section.title))
        self.pdf.set_draw_color(160)
        self.pdf.line(_LEFT, self.y + 5.5, _RIGHT, self.y + 5.5)
        self.y += 8
        for block in section.blocks:
            self.block(block)

    def block(self, block: Block) -> None:
        if isinstance(block, Words):
            self.words(block)
        elif isinstance(block, Pairs):
            width = (_RIGHT - _LEFT) * _NAME_SHARE
            for name, value in block.rows:
                self.row((name, value), (width, _RIGHT - _LEFT - width), _SIZE, is_first_bold=True)
            self.y += 1
        else:
            self.table(block)

    def words(self, block: Words) -> None:
        self.row((block.text,), (_RIGHT - _LEFT,), _SIZE)
        self.y += 1

    def table(self, block: Table) -> None:
        total = sum(block.widths)
        widths = tuple((_RIGHT - _LEFT) * share / total for share in block.widths)
        self.head(block.head, widths)
        for row in block.rows:
            if not self.row(row, widths, _SMALL, head=block.head):
                continue
        self.y += 2

    def head(self, names: Sequence[str], widths: Sequence[float]) -> None:
        self.row(names, widths, _SMALL, style="B")
        self.pdf.set_draw_color(200)
        self.pdf.line(_LEFT, self.y, _RIGHT, self.y)

    def row(
        self, cells: Sequence[str], widths: Sequence[float], size: float, *, style: str = "",
        is_first_bold: bool = False, head: Sequence[str] = (),
    ) -> bool:  # fmt: skip
        """One row; a row that does not fit goes to a new page, under the heading again."""
        wrapped = [wrap(shown(c), w - _PAD, size) for c, w in zip(cells, widths, strict=True)]
        height = size * 0.42
        tallest = max(map(len, wrapped))
        is_whole = tallest * height > _BOTTOM - _TOP - 20 or self.room(tallest * height + 1)
        if not is_whole and head:
            self.head(head, widths)
        for line in range(tallest):
            if not self.room(height) and head:
                self.head(head, widths)
            x = _LEFT
            for place, (texts, width) in enumerate(zip(wrapped, widths, strict=True)):
                if line < len(texts) and texts[line]:
                    self.font("B" if is_first_bold and not place else style, size)
                    self.pdf.text(x, self.y + height * 0.8, texts[line])
                x += width
            self.y += height
        self.y += 0.6
        return is_whole

    def finish(self) -> bytes:
        return bytes(self.pdf.output())


def wrap(text: str, width: float, size: float) -> list[str]:
    """The text in lines that fit; a word that is too long is cut."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for word in paragraph.split(" "):
            needed = _measure(word, size)
            gap = _measure(" ", size) if line else 0.0
            if line and used + gap + needed > width:
                lines.append(line)
                line, used, gap = "", 0.0, 0.0
            while needed > width and len(word) > 1:
                part = _fitting(word, width, size)
                lines.append(part)
                word = word[len(part) :]  # noqa: PLW2901 - what is left of it
                needed = _measure(word, size)
            line = f"{line} {word}" if line else word
            used += gap + needed
        lines.append(line)
    return lines


def _fitting(word: str, width: float, size: float) -> str:
    length = len(word)
    while length > 1 and _measure(word[:length], size) > width:
        length -= 1
    return word[:length]


@functools.lru_cache(maxsize=20_000)
def _measure(text: str, size: float) -> float:
    """Width in millimetres in the bold face, the wider one."""
    widths = _widths()
    return sum(widths.get(mark, 600) for mark in text) * size / 1000 * 25.4 / 72


@functools.cache
def _widths() -> dict[str, float]:
    pdf = FPDF()
    pdf.set_font("helvetica", "B", 10)
    return {chr(code): pdf.get_string_width(chr(code)) * 100 * 72 / 25.4 for code in range(32, 256)
            if chr(code).isprintable()}  # fmt: skip
