"""One cell that holds several diagnoses, or a code with its text: ``I10; E11.9 - Type 2 diabetes``.

A code is taken out of a text only where nothing else could be meant: behind a sign of
its own, in brackets, or known to the tables (``B12 deficiency`` names a vitamin).
"""

from __future__ import annotations

import re
from datetime import date

from ccm_core import chronic
from ccm_core.exchange.cells import code_system

_CODE = r"(?P<code>[A-Za-z]\d[0-9A-Za-z](?:\.?[0-9A-Za-z]{1,4})?|[1-9]\d{5,17})"
_SYSTEM = (
    r"(?P<system>(?:icd[\s-]?10(?:[\s-]?cm)?|icd|snomed(?:[\s-]?ct)?|sct|dx)\s*[:#]?\s+|\w+:\s*)"
)
_SYSTEMS = re.compile(r"(?:icd|snomed|sct|dx)", re.IGNORECASE)
_SIGN = r"(?P<sign>\s*[-\u2013\u2014:,]\s+|\s+)"
_LED = re.compile(rf"{_SYSTEM}?{_CODE}{_SIGN}(?P<text>[^\W\d].*)", re.IGNORECASE)
_BRACKETED = re.compile(
    rf"(?P<text>.*[^\W\d_].*?)\s*[(\[]\s*{_SYSTEM}?{_CODE}\s*[)\]]", re.IGNORECASE
)
_ALONE = re.compile(rf"{_SYSTEM}?{_CODE}", re.IGNORECASE)
_PIPED = re.compile(r"(?P<code>[1-9]\d{5,17})\s*\|\s*(?P<text>[^|;]+?)\s*\|")

Diagnosis = tuple[str, str]
"""A code, or what stands in its place, and the text beside it."""


def diagnoses(cell: str, on: date) -> tuple[Diagnosis, ...]:
    """The diagnoses of a cell; what holds no code comes as it stands, to be rejected."""
    plain = cell.strip()
    if code_system(plain.upper()) or len(plain) > _LONGEST_LIST:
        return ((plain, ""),)
    parts = [part.strip() for part in re.split(r"[;\n\r]+", plain) if part.strip()]
    read = [_of_part(part, on) for part in parts]
    if not any(read):
        return ((plain, ""),)
    found: dict[str, str] = {}
    for part, several in zip(parts, read, strict=True):
        for code, text in several or [(part, "")]:
            found.setdefault(code, text)
    return tuple(found.items())


def _of_part(part: str, on: date) -> list[Diagnosis]:
    """The diagnoses between two semicolons: codes alone, one with its text, or several such."""
    for signs in (r"[|,/&\s]+(?:and\s+)?", r"\Z", r",\s*"):
        pieces = [piece for piece in re.split(signs, part) if piece]
        found = [one for piece in pieces if (one := _one(piece, on))]
        if found and len(found) == len(pieces):
            return found
    return []


def _one(part: str, on: date) -> Diagnosis | None:
    """The diagnosis that a text is, if it is one and holds no other."""
    if len(part) > _LONGEST:
        return None
    for form in (_ALONE, _PIPED, _LED, _BRACKETED):
        found = form.fullmatch(part)
        if found and _is_meant(found, on):
            groups = found.groupdict()
            text = (groups.get("text") or "").strip()
            return None if _holds_code(text, on) else (groups["code"].upper(), text)
    return None


_LONGEST_LIST = 4_000
"""Characters of one cell with many diagnoses: fifty with their texts."""
_LONGEST = 300
"""Characters of one diagnosis with its text; the longest title of ICD-10-CM has 228."""


def _holds_code(text: str, on: date) -> bool:
    """Whether a text names a code of the tables: two diagnoses would become one."""
    words = re.findall(r"(?<!\w)[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?(?!\w)", text)
    return any(_is_known(word, on) for word in words)


def _is_known(code: str, on: date) -> bool:
    return bool(chronic.propose(code, "icd10cm", on).label)


def _is_meant(found: re.Match[str], on: date) -> bool:
    """Whether the code in a text can be nothing else."""
    groups = found.groupdict()
    code = groups["code"].upper()
    if groups.get("system"):
        return _SYSTEMS.match(groups["system"]) is not None
    if found.re in (_ALONE, _PIPED) or (groups.get("sign") or "").strip():
        return True
    return code_system(code) == "icd10cm" and _is_known(code, on)
