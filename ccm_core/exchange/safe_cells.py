"""Text that spreadsheet programs must not take for a formula.

A cell that begins, also after spaces or quotes, with a formula sign gets a leading
apostrophe; numbers stay numbers. ``unguarded`` undoes it on the way in.
"""

from __future__ import annotations

_SIGNS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n\0")
_SKIPPED = " \"'\u00a0"


def guarded(text: str) -> str:
    """The text, made safe to stand in a cell."""
    if text[:1] in _SIGNS and text:
        return "'" + text
    return "'" + text if text.lstrip(_SKIPPED)[:1] in _SIGNS and text.strip(_SKIPPED) else text


def unguarded(text: str) -> str:
    """The text as it was before `guarded`."""
    return text[1:] if text[:1] == "'" and guarded(text[1:]) == text else text
