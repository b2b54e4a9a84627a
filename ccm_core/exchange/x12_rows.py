"""Claims (837P) and remittances (835) as rows of an import.

A claim gives one row per service line, a remittance one row per adjudicated claim.
The place of a row is the number of its segment, because X12 files often have one
line only. A transaction set with any error is one rejected row: nothing of it is
taken. The patient is found by member number (settle.py), or the rows are rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from ccm_core import records
from ccm_core.errors import ImportRefused
from ccm_core.exchange import corrections
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.drafts import Draft, draft
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.report import StagedFile
from ccm_core.exchange.rows_in import Taken
from ccm_core.exchange.x12.claim_records import Claim, RefusedSet, latest, to_claim_lines
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.envelope import read_envelope
from ccm_core.exchange.x12.fields import AS_A_TABLE, OTHER_CLAIMS
from ccm_core.exchange.x12.kinds import INSTITUTIONAL, PROFESSIONAL, REMITTANCE, UNKNOWN, kind_of
from ccm_core.exchange.x12.problems import X12Problem, X12Refused
from ccm_core.exchange.x12.receipt_records import TA1
from ccm_core.exchange.x12.remit_in import read_835

RECEIPTS = (TA1, "999", "277")
INSTEAD = {INSTITUTIONAL: OTHER_CLAIMS["X223"], "837D": OTHER_CLAIMS["X224"]}
_SILENT = frozenset({"created_on", "paid_usd", "paid_on", "adjustments"})
"""Fields that a claim as sent does not state."""


def read(content: bytes, file: StagedFile, calendar: Calendar) -> Iterator[Taken]:
    """Each service line as a draft, each refused transaction set as a problem.

    A remittance goes to ``file.remittance``. Raises: ImportRefused (rule I60) when no
    transaction set can be read.
    """
    file.kind = kind_of(content)
    readers = {PROFESSIONAL: _claims, REMITTANCE: _remittances}
    try:
        if file.kind not in readers:
            file.kind = _named(file.kind, content)
            raise ImportRefused(f"I60: {_not_here(file.kind)}")
        yield from readers[file.kind](content, file, calendar)
    except X12Refused as refused:
        raise ImportRefused(f"I60: {refused}") from None


def _named(kind: str, content: bytes) -> str:
    """What else it is. Raises: X12Refused with the place where the envelope is broken."""
    if kind != UNKNOWN:
        return kind
    return TA1 if read_envelope(content).acknowledgements else kind


def _not_here(kind: str) -> str:
    """Why a file of this kind is not imported, and where it goes instead."""
    here = "837P (claims) and 835 (remittances) are read here."
    if kind in RECEIPTS:
        return (
            f"this is a receipt ({kind}); {here} Receipts are read on the page Claims and "
            "denials, in the view Claim run."
        )
    if kind in INSTEAD:
        checked = "Pre-flight checks them before they leave. " if kind == INSTITUTIONAL else ""
        return f"these are {INSTEAD[kind]}; {here} {checked}{AS_A_TABLE}"
    return f"this is X12 of the kind {kind}; {here}"


def _claims(content: bytes, file: StagedFile, calendar: Calendar) -> Iterator[Taken]:
    found = read_837(content)
    _note(found.warnings, calendar)
    file.corrections = corrections.of_file(found.claims)
    record = 0
    for claim in latest(found.claims):
        who = claim.subscriber
        if claim.patient is None and who.address.is_complete:
            file.homes[who.member_id] = who.address
        if claim.patient is not None and not claim.patient.member_id:
            file.dependents[claim.claim_id] = claim.patient.born_on
        for one in _drafts(claim):
            record += 1
            yield Taken(claim.segment_index, record, one)
    yield from _refused(found.refused, record)


def _remittances(content: bytes, file: StagedFile, calendar: Calendar) -> Iterator[Taken]:
    file.remittance = found = read_835(content)
    _note(found.warnings, calendar)
    yield from _refused(found.refused, file.read)


def _note(warnings: Iterable[X12Problem], calendar: Calendar) -> None:
    for warning in warnings:
        calendar.notes[f"{warning.message} [{warning.code}]"] += 1


def _refused(sets: Iterable[RefusedSet], record: int) -> Iterator[Taken]:
    for number, one in enumerate(sets, record + 1):
        yield Taken(_place(one), number, problem=_problem(one))


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
