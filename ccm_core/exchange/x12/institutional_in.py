"""Reading institutional claims for pre-flight: 837I, 005010X223 with its errata.

Rural health clinics and FQHCs bill care management this way. Names, people and diagnoses
stand as on a professional claim; facility, service lines and the attending practitioner do not.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ccm_core.exchange.x12 import claim_parts, claims_in
from ccm_core.exchange.x12.claim_records import Claim, ClaimFile, Provider
from ccm_core.exchange.x12.claim_walk import Guide, Walk
from ccm_core.exchange.x12.fields import FieldReader
from ccm_core.exchange.x12.segments import Segment

VERSIONS = ("005010X223", "005010X223A1", "005010X223A2", "005010X223A3")
ATTENDING = "71"
MOST_POINTERS = 12
_FACILITY = re.compile(r"[0-9]{2}\Z")
_REVENUE = re.compile(r"[0-9]{3,4}\Z")
_FREQUENCY = re.compile(r"[0-9A-Z]\Z")
_BASES = ("UN", "DA", "F2")


def read_837i(content: bytes) -> ClaimFile:
    """Every claim of an 837I file. Raises: X12Refused, as for the 837P."""
    return claims_in.read_by(content, GUIDE)


def _facility(reader: FieldReader, segment: Segment) -> tuple[str, str]:
    """No place of service: the type of bill stands there. And the frequency code of CLM05."""
    parts = (*reader.parts(segment, 5), "", "", "")
    bill, qualifier, frequency = parts[0], parts[1], parts[2]
    if not _FACILITY.match(bill):
        reader.error(segment, "place", "CLM05 has no facility code of two digits (type of bill).")
    if qualifier not in ("A", ""):
        reader.error(segment, "place", "CLM05-2 must be A on an institutional claim.")
    if not _FREQUENCY.match(frequency):
        reader.error(segment, "frequency", "CLM05-3, the frequency code, is missing.")
    return "", frequency


def _open_claim(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    claims_in.open_claim(reader, walk, segment, _facility)
    walk.statement = None


def _name(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    """The attending practitioner answers for the claim where no rendering one is named."""
    is_ours = walk.claim is not None and walk.line is None and not walk.in_other_payer
    before = walk.claim.rendering if walk.claim else None
    claims_in.read_name(reader, walk, segment)
    if is_ours and walk.claim is not None and segment[1] == ATTENDING and before is None:
        attending = claim_parts.provider(reader, segment, Provider())
        walk.claim = replace(walk.claim, rendering=attending)


def _diagnoses(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    """Principal and other diagnoses; admitting, reason, procedure and value codes are not ours."""
    parts = reader.parts(segment, 1)
    if parts and parts[0] in claim_parts.DIAGNOSIS_SYSTEMS:
        claims_in.read_diagnoses(reader, walk, segment)


def _days(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.line is None and walk.claim is not None and segment[1] == "434":
        walk.statement = reader.period(segment)
    else:
        claims_in.read_days(reader, walk, segment)


def _service(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    line, claim = walk.line, walk.claim
    if line is None or claim is None or line.code:
        reader.error(segment, "sv2_place", "SV2 must follow its own LX.")
        return
    if not _REVENUE.match(segment[1]):
        reader.error(segment, "revenue", "SV201 is no revenue code of three or four digits.")
    claim_parts.read_line(reader, segment, line, at=2)
    # Without a procedure the line is known by its revenue code, which is no code of ours.
    line.code = line.code or segment[1] or "?"
    if line.basis not in _BASES:
        reader.error(segment, "units", "SV204 must be UN (units) or DA (days).")
    line.pointers = _all_of(claim)


def _all_of(claim: Claim) -> tuple[int, ...]:
    """An institutional line points to no diagnosis of its own: all of the claim's stand for it."""
    return tuple(range(1, min(len(claim.diagnoses), MOST_POINTERS) + 1))


def _day_of_statement(walk: Walk) -> None:
    """A line without a day of its own was served on the day of a statement of one day."""
    if walk.line is not None and not walk.line.has_date and walk.statement is not None:
        first, last = walk.statement
        if first == last:
            walk.line.period, walk.line.has_date = walk.statement, True


GUIDE = Guide(
    kind="837I",
    versions=VERSIONS,
    composites={"CLM": (5,), "HI": (1, 2), "SV2": (2,)},
    known=(claims_in.KNOWN - {"SV1", "SV5", "PS1"})
    | {"SV2", "CL1", "MIA", "HSD", "CR6", "CR7", "TOO", "DSB"},
    steps={
        **claims_in.STEPS, "CLM": _open_claim, "NM1": _name, "HI": _diagnoses, "DTP": _days,
        "SV2": _service,
    },
    before_closing=_day_of_statement,
)  # fmt: skip
