"""Bytes to text: UTF-8, UTF-16 and Windows-1252, each proved, never guessed in silence.

A file without a mark is UTF-8 when all of it decodes. Else it is Windows-1252
only when every high byte is a letter or a sign of western text and none of the
bytes looks like UTF-8 that broke. Everything else is refused with the offset.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ccm_core.errors import ImportRefused

_MARKS = (
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WESTERN = re.compile(rb"[\x80\x82-\x8c\x8e\x91-\x9c\x9e-\xff]")
_SEQUENCE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
_MOJIBAKE = re.compile("[ÃÂ][\x80-\xbf\u0152-\u2122]")
_SAMPLE = 4096


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the encoding that it was read by."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def decode(content: bytes) -> Decoded:
    """The text of a file. Raises: ImportRefused (rules I01, I02)."""
    encoding, start = _marked(content)
    if not encoding:
        encoding = _unmarked(content)
    text = _strictly(content, encoding, start)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ImportRefused(
            f"I02: a NUL character stands in line {line}. "
            "The file is damaged or not text; export it again."
        )
    notes: tuple[str, ...] = ()
    if encoding != "cp1252" and _MOJIBAKE.search(text):
        notes = ("Some text looks as if its letters had been read wrongly before (such as Ã©).",)
    return Decoded(text, encoding, notes)


def _marked(content: bytes) -> tuple[str, int]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            if not encoding:
                raise ImportRefused("I01: the file is UTF-32, which is not read. Save it as UTF-8.")
            return encoding, len(mark)
    return "", 0


def _unmarked(content: bytes) -> str:
    sample = content[:_SAMPLE]
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if odd > len(sample) // 4 and not even:
        return "utf-16-le"
    if even > len(sample) // 4 and not odd:
        return "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as broken:
        return _western(content, broken.start)
    return "utf-8"


def _western(content: bytes, broken_at: int) -> str:
    """``cp1252`` when the bytes can be nothing else. Raises: ImportRefused."""
    foreign = next((m for m in _SEQUENCE.finditer(content) if _is_utf8(m.group())), None)
    high = _WESTERN.findall(content)
    letters = sum(c.isalpha() for c in content[: _SAMPLE * 16].decode("ascii", "ignore"))
    is_plausible = len(high) * 3 <= max(letters, 3) or len(content) > _SAMPLE * 16
    undefined = re.search(rb"[\x81\x8d\x8f\x90\x9d]", content)
    if foreign or undefined or not is_plausible:
        line = content.count(b"\n", 0, broken_at) + 1
        raise ImportRefused(
            f"I01: the byte at offset {broken_at} (line {line}) belongs to no encoding that is "
            "read here (UTF-8, UTF-16, Windows-1252). Save the file as UTF-8."
        )
    return "cp1252"


def _is_utf8(found: bytes) -> bool:
    try:
        found.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _strictly(content: bytes, encoding: str, start: int) -> str:
    try:
        return content[start:].decode(encoding)
    except UnicodeDecodeError as broken:
        offset = start + broken.start
        line = content.count(b"\n", 0, offset) + 1
        raise ImportRefused(
            f"I01: the byte at offset {offset} (line {line}) is not {encoding.upper()}, "
            "as the file itself says. Export it again as UTF-8."
        ) from None
