"""Professional claims (837P) as rows of an import: one row per service line.

The place of a row is the number of its segment, because X12 files often have one
line only. A transaction set with any error is one rejected row: nothing of it is
taken. The patient is found by member number (settle.py), or the rows are rejected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from ccm_core import records
from ccm_core.errors import ImportRefused
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.drafts import Draft, draft
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.rows_in import Taken
from ccm_core.exchange.x12.claim_records import Claim, RefusedSet, latest, to_claim_lines
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.problems import X12Refused

_REMITTANCE = re.compile(rb"(?:^|[~\r\n\x1c-\x1f|!])\s*ST[^0-9A-Za-z]835")
_SILENT = frozenset({"created_on", "paid_usd", "paid_on", "adjustments"})
"""Fields that a claim as sent does not state."""


def kind(content: bytes) -> str:
    """``835`` for a remittance, else ``837P``."""
    return "835" if _REMITTANCE.search(content[:2000]) else "837P"


def read(content: bytes, calendar: Calendar) -> Iterator[Taken]:
    """Each service line as a draft, each refused transaction set as a problem.

    Raises: ImportRefused (rule I60) when no transaction set can be read.
    """
    if kind(content) == "835":
        raise ImportRefused(
            "I60: this is a remittance (835). It is posted to claims on the claims page, "
            "not imported as records."
        )
    try:
        found = read_837(content)
    except X12Refused as refused:
        raise ImportRefused(f"I60: {refused}") from None
    for warning in found.warnings:
        calendar.notes[f"{warning.message} [{warning.code}]"] += 1
    record = 0
    for claim in latest(found.claims):
        for one in _drafts(claim):
            record += 1
            yield Taken(claim.segment_index, record, one)
    for refused_set in found.refused:
        record += 1
        yield Taken(_place(refused_set), record, problem=_problem(refused_set))


def _drafts(claim: Claim) -> Iterator[Draft]:
    """The lines of a claim; the member number stands where the patient will."""
    for line in to_claim_lines(claim, claim.person.member_id or claim.subscriber.member_id):
        stated = {
            part.name: getattr(line, part.name)
            for part in fields(records.ClaimLine)
            if part.name not in _SILENT
        }
        yield draft(records.ClaimLine, stated, stamp=claim.frequency)


def _place(refused: RefusedSet) -> int:
    return next((one.segment_index for one in refused.problems if one.is_error), 0)


def _problem(refused: RefusedSet) -> RowProblem:
    errors = [one for one in refused.problems if one.is_error]
    first = errors[0].message if errors else "The transaction set holds nothing."
    more = f" ({len(errors) - 1} more errors)" if len(errors) > 1 else ""
    return RowProblem("I60", f"The transaction set was refused: {first}{more}")
