"""Adjustment and remark codes as senders write them, in the one spelling of the lists.

``045``, ``CO45`` and ``co-45`` are 45 with the group CO, ``ma1`` is MA01. A code in another
spelling would be known to no table, and an amount written off would pass for a denial.
"""

from __future__ import annotations

import re

GROUPS = ("CO", "PR", "OA", "PI", "CR")
"""CAS01: contractual, patient, other, payer, correction."""
_GROUP = "|".join(GROUPS)
_REASON = re.compile(rf"(?:({_GROUP})[ -]?)?([A-Z]{{0,2}})0*([0-9]{{1,3}})\Z", re.ASCII)
_REMARK = re.compile(r"(MA|M|N)0*([1-9][0-9]{0,3})\Z", re.ASCII)


def split(text: str) -> tuple[str, str] | None:
    """The group, empty when it is not there, and the reason; None for other texts."""
    found = _REASON.match(text.strip().upper())
    return (found[1] or "", found[2] + found[3]) if found else None


def remark(text: str) -> str:
    """A remark code as the list writes it: capitals, two digits behind MA."""
    plain = text.strip().upper()
    found = _REMARK.match(plain)
    if not found:
        return plain
    return found[1] + (found[2].zfill(2) if found[1] == "MA" else found[2])


def written(text: str) -> str:
    """A code of a table as it stands here: ``CO-45`` or ``MA01``; other texts as they are."""
    if _REMARK.match(text.strip().upper()):
        return remark(text)
    found = split(text)
    return text if found is None else "-".join(filter(None, found))
