"""Text for a PDF with the built-in fonts, which know Western European letters only.

Other Latin letters lose their marks; letters of other scripts are written as their
Unicode number, so that nothing is guessed and nothing is lost. The packet says so.
"""

from __future__ import annotations

import unicodedata

NOTE = (
    "Some letters cannot be shown in this document's font: accents were left out, and letters "
    "of other scripts are written as their Unicode number, for example <U+0416>."
)
_PLAIN = {
    "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
    "\u2022": "-", "\u2026": "...", "\u00a0": " ", "\u2265": ">=", "\u2264": "<=", "\u00d7": "x",
    "\u0141": "L", "\u0142": "l", "\u0110": "D", "\u0111": "d",
}  # fmt: skip


def shown(text: str) -> str:
    """The text in letters that the font has; control characters become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_letter, unicodedata.normalize("NFC", text)))


def is_changed(text: str) -> bool:
    """Whether a letter had to be written otherwise (dashes and quotes do not count)."""
    return any(_is_foreign(mark) for mark in unicodedata.normalize("NFC", text))


def _is_foreign(mark: str) -> bool:
    return mark.isprintable() and ord(mark) > 0xFF and _PLAIN.get(mark, "A").isalpha()


def _letter(mark: str) -> str:
    if mark in _PLAIN:
        return _PLAIN[mark]
    if mark in "\n":
        return mark
    if not mark.isprintable():
        return " "
    if ord(mark) <= 0xFF:
        return mark
    base = "".join(
        part for part in unicodedata.normalize("NFKD", mark) if not unicodedata.combining(part)
    )
    if base and all(ord(part) <= 0xFF for part in base):
        return base
    return f"<U+{ord(mark):04X}>"
