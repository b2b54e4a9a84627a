"""Adjustment and remark codes in our own words, and which of them mean a denial."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ccm_core import tables
from ccm_core.errors import TableError

DUPLICATE = "duplicate"
REFUSALS = ("denial", "request", DUPLICATE)
"""Classes of reasons for which a payer does not pay what it could have paid."""
CLASSES = ("contractual", "patient", "sequestration", "prior_payer", "alert", *REFUSALS)
PATIENT_GROUP = "PR"


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """One CARC or RARC. ``sort`` is a word of CLASSES."""

    kind: str
    code: str
    meaning: str
    sort: str
    cite: str = ""


@functools.cache
def _known() -> dict[tuple[str, str], ReasonCode]:
    found = {}
    for row in tables.load("carc_codes", "kind", "code").rows:
        if row["kind"] not in ("CARC", "RARC") or row["sort"] not in CLASSES:
            raise TableError(f"{row.where}: kind or sort is not one of ours.")
        key = (row["kind"], row["code"])
        found[key] = ReasonCode(*key, row["meaning"], row["sort"], row.cite)
    return found


def carc(code: str) -> ReasonCode:
    """An adjustment reason; one that is not in the table counts as a denial to look at."""
    found = _known().get(("CARC", code))
    return found or ReasonCode("CARC", code, "Not in our table; see the payer's list.", "denial")


def rarc(code: str) -> ReasonCode:
    """A remark; one that is not in the table is an alert."""
    found = _known().get(("RARC", code))
    return found or ReasonCode("RARC", code, "Not in our table; see the payer's list.", "alert")


def sort_of(group: str, reason: str) -> str:
    """What an adjustment means for the claim: a word of CLASSES.

    Whatever the payer puts on the patient (group PR) is the patient's share,
    unless the reason itself says that the service was not covered.
    """
    known = carc(reason)
    if group == PATIENT_GROUP and known.sort not in ("denial", DUPLICATE):
        return "patient"
    return known.sort
