"""Bytes to text, and the four separators that the ISA segment declares.

Source: X12.5 interchange control structure: the ISA segment is the only one of
fixed width, so its 106 characters say which separators the rest uses.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccm_core.exchange.x12.problems import X12Problem, refuse

ISA_LENGTH = 106
ISA_WIDTHS = (3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
MOST_BYTES = 64 * 1024 * 1024
_CUT_OFF = "The file ends after {} of the 106 characters of ISA."
_OTHER_FORMATS = {b"PK\x03\x04": "a zip archive or a workbook", b"%PDF": "a PDF",
                  b"\x1f\x8b": "a gzip archive"}  # fmt: skip
NO_REPETITION = "00402"
"""Interchange versions before this one have no repetition separator in ISA11."""


@dataclass(frozen=True, slots=True)
class Separators:
    """The characters that end elements, components, repetitions and segments."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"

    @property
    def all(self) -> str:
        return self.element + self.component + self.repetition + self.segment


def decode(content: bytes) -> tuple[str, list[X12Problem]]:
    """The text of a file and what was odd about its bytes. Raises: X12Refused."""
    if len(content) > MOST_BYTES:
        raise refuse(
            "too_large",
            f"The file has {len(content)} bytes; at most {MOST_BYTES} are read. Split it.",
        )
    for mark, what in _OTHER_FORMATS.items():
        if content.startswith(mark):
            raise refuse(
                "not_x12", f"The file is {what}; X12 is plain text that starts with ISA.",
                segment_index=1, segment_id="?",
            )  # fmt: skip
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _from_utf16(content)
    notes = []
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        notes.append(_note("byte_order_mark", "A byte order mark before ISA was skipped."))
    try:
        return content.decode("utf-8"), notes
    except UnicodeDecodeError:
        return _from_cp1252(content, notes)


def _from_utf16(content: bytes) -> tuple[str, list[X12Problem]]:
    try:
        text = content.decode("utf-16")
    except UnicodeDecodeError as bad:
        raise refuse("encoding", f"Byte {bad.start} is not valid UTF-16.") from None
    return text, [_note("encoding", "The file is UTF-16; X12 is plain text of one byte each.")]


def _from_cp1252(content: bytes, notes: list[X12Problem]) -> tuple[str, list[X12Problem]]:
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as bad:
        raise refuse(
            "encoding",
            f"Byte {bad.start} is neither UTF-8 nor Windows-1252 text: the file is damaged, or it "
            "is no X12.",
        ) from None
    return text, [*notes, _note("encoding", "The file is Windows-1252, not UTF-8.")]


def _note(code: str, message: str) -> X12Problem:
    return X12Problem(code, message, is_error=False)


def unwrapped(text: str, at: int, notes: list[X12Problem]) -> str:
    """The text without line breaks when its ISA is broken over lines, else as it is.

    Files wrapped at 80 columns are met in practice. Where ISA itself is wrapped, no
    line break can end a segment, so all of them are layout.
    """
    head = text[at : at + ISA_LENGTH - 1]
    if "\n" not in head and "\r" not in head:
        return text
    notes.append(_note("line_break", "Line breaks were taken out; places count without them."))
    return text.replace("\r", "").replace("\n", "")


def read_isa(text: str, at: int, segment_index: int) -> Separators:
    """The separators declared by the ISA that starts here. Raises: X12Refused."""

    def fault(code: str, message: str) -> Exception:
        return refuse(code, message, segment_index=segment_index, position=at, segment_id="ISA")

    isa = text[at : at + ISA_LENGTH]
    if len(isa) <= 3 or (len(isa) < ISA_LENGTH and isa[3] not in isa[4:]):
        raise fault("truncated", _CUT_OFF.format(len(isa)))
    element = isa[3]
    widths = [len(cell) for cell in isa.split(element)]
    for number, width in enumerate(ISA_WIDTHS[:-1]):
        if number >= len(widths) or widths[number] != width:
            has = widths[number] if number < len(widths) else 0
            if number >= len(widths) - 1 and len(isa) < ISA_LENGTH and has < width:
                raise fault("truncated", _CUT_OFF.format(len(isa)))
            raise fault(
                "isa_length", f"ISA{number:02d} has {has} characters; it must have {width}."
            )
    if len(isa) < ISA_LENGTH:
        raise fault("truncated", _CUT_OFF.format(len(isa)))
    if len(widths) != len(ISA_WIDTHS):
        raise fault("isa_length", "ISA is not 106 characters long with 16 elements.")
    # Older versions wrote U there, and many senders of version 00501 still do.
    repetition = "" if isa[82].isalnum() or isa[84:89] < NO_REPETITION else isa[82]
    found = Separators(element, isa[104], repetition, isa[105])
    if not _usable(found):
        raise fault(
            "separators",
            "The separators in ISA must be four different characters that are not letters, "
            "digits or blanks.",
        )
    return found


def _usable(separators: Separators) -> bool:
    marks = separators.all
    return len(set(marks)) == len(marks) and not any(
        mark.isalnum() or mark in " \ufeff-." for mark in marks
    )


def guess_from_st(text: str, at: int) -> Separators:
    """Separators of a bare transaction set: the ones its ST segment shows. Raises: X12Refused."""
    element = text[at + 2 : at + 3]
    ends = [i for i in range(at + 3, min(len(text), at + 60)) if _can_end(text[i], element)]
    if not element or element.isalnum() or element.isspace() or not ends:
        raise refuse(
            "not_x12",
            "The file starts with ST, but no separators can be told from it.",
            segment_index=1,
            position=at,
            segment_id="ST",
        )
    component = ">" if ":" in (element, text[ends[0]]) else ":"
    return Separators(element, component, "^", text[ends[0]])


def _can_end(mark: str, element: str) -> bool:
    return mark != element and not mark.isalnum() and mark not in " -._/"
