"""The shape of procedure codes: CPT's and HCPCS' five characters, perhaps with modifiers."""

from __future__ import annotations

import re

_CODE = re.compile(r"\d{4}[0-9AFMTU]|[A-Z]\d{4}", re.ASCII)
"""CPT ends with a digit, or with the letter of a list of its own; HCPCS begins with a letter."""
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
_MOST_MODIFIERS = 4


def is_procedure_code(text: str) -> bool:
    """Whether a text in capitals is shaped like a CPT or HCPCS code.

    >>> is_procedure_code("99490"), is_procedure_code("9949O")
    (True, False)
    """
    return _CODE.fullmatch(text) is not None


def code_and_modifiers(text: str) -> tuple[str, tuple[str, ...]] | None:
    """A code with the modifiers behind it, as in ``99213-25``; None: it is no code.

    >>> code_and_modifiers("g0181 gv")
    ('G0181', ('GV',))
    """
    code, *modifiers = re.split(r"[-: ]+", text.strip().upper())
    if not is_procedure_code(code) or len(modifiers) > _MOST_MODIFIERS:
        return None
    return (code, tuple(modifiers)) if all(map(_MODIFIER.fullmatch, modifiers)) else None
