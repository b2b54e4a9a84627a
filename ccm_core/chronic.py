"""Which diagnosis codes name a chronic condition, and which two name the same disease.

A proposal for a person to confirm, never a verdict: Medicare publishes no list
of conditions for chronic care management. ICD-10-CM codes follow AHRQ's Chronic
Condition Indicator Refined. SNOMED CT codes follow a small map of our own,
which calls a code chronic only where AHRQ calls its ICD-10-CM counterpart
chronic; acute events, findings, histories and social situations are not.
Prediabetes is a risk, not yet a disease (R73.03 is not chronic for AHRQ either).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import date

from ccm_core import long_tables, tables
from ccm_core.tables import Row

_ICD10 = frozenset({"icd10cm", "icd10", "http://hl7.org/fhir/sid/icd-10-cm"})
_SNOMED = frozenset({"snomed", "snomedct", "http://snomed.info/sct"})
# AHRQ's 9 and an empty cell both mean that nobody has decided.
_FLAGS = {"1": True, "0": False}
_SHAPE = re.compile(r"[A-Z]\d[0-9A-Z]{1,5}", re.ASCII)
_CATEGORY = 3
"""Characters of the shortest heading that names a disease."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whether a code is chronic (None: not known), its disease group, a label, the source."""

    is_chronic: bool | None
    group: str
    label: str
    cite: str


UNKNOWN = Proposal(None, "", "", "")


@functools.lru_cache(maxsize=65536)
def propose(code: str, system: str, on: date) -> Proposal:
    """What the tables say about a diagnosis code; ``UNKNOWN`` for any other code or system.

    >>> propose("e11.9", "ICD-10-CM", date(2025, 3, 1)).group
    'diabetes'
    """
    kind = system.strip().lower()
    if kind in _ICD10 or _bare(kind) in _ICD10:
        return _of_icd10(_bare(code).upper(), on)
    if kind in _SNOMED or _bare(kind) in _SNOMED:
        return _of_snomed(code.strip(), on)
    return UNKNOWN


def group_of(icd10cm: str, on: date) -> tuple[str, str]:
    """Disease group and label of an ICD-10-CM code; its three-character category otherwise."""
    code = _bare(icd10cm).upper()
    groups = tables.load("condition_groups", "prefix")
    for length in range(len(code), 0, -1):
        row = groups.find(code[:length], on=on)
        if row is not None:
            return row["group"], row["label"]
    return code[:3], ""


def _bare(text: str) -> str:
    return text.strip().replace(".", "").replace("-", "").replace(" ", "").lower()


@functools.lru_cache(maxsize=65536)
def is_acute(icd10cm: str, on: date) -> bool:
    """Whether the table lists a code and surely does not call it chronic."""
    return propose(icd10cm, "icd10cm", on).is_chronic is False


@functools.lru_cache(maxsize=65536)
def is_incomplete(icd10cm: str) -> bool:
    """Whether more characters must follow, or other ones: a heading of codes, or no code at all.

    A claim with such a code is refused: each is reported to its full number of characters.
    """
    code, known = _bare(icd10cm).upper(), long_tables.load("chronic_icd10")
    if not code or known.history(code):
        return False
    return bool(known.below(code)) or not is_shaped(code)


def is_shaped(icd10cm: str) -> bool:
    """Whether a text looks like a code of ICD-10-CM: letter, digit, and one to five more."""
    return _SHAPE.fullmatch(_bare(icd10cm).upper()) is not None


def _of_heading(code: str, on: date) -> Proposal:
    """A heading is chronic, or is not, where all codes below it say the same."""
    below = {_of_icd10(one, on) for one in _below(code)}
    flags = {one.is_chronic for one in below}
    if len(code) < _CATEGORY or len(flags) != 1 or None in flags:
        return UNKNOWN
    cite = min(one.cite for one in below)
    return Proposal(flags.pop(), *group_of(code, on), cite)


def _below(code: str) -> list[str]:
    return long_tables.load("chronic_icd10").below(code)


def _of_icd10(code: str, on: date) -> Proposal:
    row = long_tables.load("chronic_icd10").find(code, on)
    if row is None:
        return _of_heading(code, on) if is_incomplete(code) else UNKNOWN
    group, label = group_of(code, on)
    return Proposal(_FLAGS.get(row["ccir"]), group, row["label"] or label, row.cite)


def _of_snomed(code: str, on: date) -> Proposal:
    row: Row | None = tables.load("snomed_chronic", "snomed").find(code, on=on)
    if row is None:
        return UNKNOWN
    return Proposal(_FLAGS.get(row["is_chronic"]), row["group"], row["label"], row.cite)
