"""Text of somebody else in a line of ours: on a terminal, in a log."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text with every control character written out: it draws no line and no command."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
