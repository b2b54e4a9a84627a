"""Reading professional claims: 837P, 005010X222 with its errata A1 and A2.

A transaction set with any error is refused whole. Warnings (a failing check
digit, a missing original reference) are kept: pre-flight shows them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from ccm_core.exchange.x12 import claim_parts
from ccm_core.exchange.x12.claim_records import (
    Claim,
    ClaimFile,
    PayerName,
    Person,
    Provider,
    ServiceLine,
)
from ccm_core.exchange.x12.claim_walk import Guide, Step, Walk
from ccm_core.exchange.x12.envelope import read_envelope
from ccm_core.exchange.x12.fields import FieldReader, check_kind
from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.segments import Segment
from ccm_core.exchange.x12.sets import Sets
from ccm_core.exchange.x12.transaction import TransactionSet
from ccm_core.months import Month

VERSIONS = ("005010X222", "005010X222A1", "005010X222A2")
COMPOSITES = {"CLM": (5,), "HI": (1, 2), "SV1": (1, 7)}
KNOWN = frozenset({
    "BHT", "NM1", "N3", "N4", "REF", "PER", "HL", "PRV", "SBR", "PAT", "DMG", "CUR", "CLM", "DTP",
    "PWK", "CN1", "AMT", "K3", "NTE", "CR1", "CR2", "CR3", "CRC", "HI", "HCP", "OI", "MOA", "CAS",
    "LX", "SV1", "SV5", "QTY", "MEA", "PS1", "LIN", "CTP", "SVD", "LQ", "FRM",
})  # fmt: skip
LEVELS = {"20": ("",), "22": ("20",), "23": ("22",)}


def read_837(content: bytes) -> ClaimFile:
    """Every claim of an 837P file.

    Raises: X12Refused when the envelope is broken, when the file is of another
    kind, or when no transaction set of it could be taken.
    """
    return read_by(content, GUIDE)


def read_by(content: bytes, guide: Guide) -> ClaimFile:
    """Every claim of a file that keeps to this guide. Raises: X12Refused."""
    sets: Sets[Claim] = Sets()
    sets.read(read_envelope(content), functools.partial(_read_set, guide))
    sets.need_some("no_transaction_set", "The file holds no transaction set.")
    return ClaimFile(tuple(sets.found), tuple(sets.refused), tuple(sets.warnings))


def _read_set(guide: Guide, source: TransactionSet) -> tuple[list[Claim], list[X12Problem]]:
    wrong = check_kind(source, "837", "HC", guide.versions)
    if wrong or source.is_refused:
        return [], [*source.problems, *wrong]
    reader = FieldReader(source, guide.composites)
    walk = Walk(before_closing=guide.before_closing)
    first = reader.source.segments[0]
    if first.id != "BHT":
        reader.warn(first, "bht_missing", "The set does not start with BHT.")
    for segment in reader.source.segments:
        if segment.id not in guide.known:
            reader.error(
                segment, "segment_unknown", f"{segment.id} is no segment of the {guide.kind}."
            )
            continue
        step = guide.steps.get(segment.id)
        if step is not None:
            step(reader, walk, segment)
    _close_claim(reader, walk)
    if not walk.done and not any(problem.is_error for problem in reader.problems):
        reader.problems.append(
            X12Problem("no_claim", f"Transaction set {source.control} holds no claim (CLM).")
        )
    return walk.done, reader.problems


def _level(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    _close_claim(reader, walk)
    number, parent, level = segment[1], segment[2], segment[3]
    if number in walk.levels:
        reader.error(segment, "hl_number", "HL01 is used twice.")
    if level not in LEVELS or walk.levels.get(parent, "") not in LEVELS[level]:
        reader.error(segment, "hl_parent", "HL02 or HL03 does not fit: 20, below it 22, below 23.")
    walk.levels[number] = level
    walk.level, walk.party, walk.patient = level, "", None
    if level == "20":
        walk.billing = Provider()
    if level in ("20", "22"):
        walk.subscriber, walk.payer = Person(), PayerName()
        walk.responsibility, walk.relation, walk.group_number = "P", "", ""


def _subscriber(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.claim is not None:
        # Inside a claim SBR opens the loop of another payer; its names are not ours.
        walk.in_other_payer = True
        return
    walk.responsibility, walk.relation, walk.group_number = segment[1], segment[2], segment[3]
    walk.payer = replace(walk.payer, filing=segment[9])


def _relation(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.level == "23" and walk.claim is None:
        walk.relation = segment[1]


def read_name(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    """Keep whom an NM1 names, where that is the claim's own."""
    walk.party = segment[1]
    if walk.claim is not None:
        _name_in_claim(reader, walk, segment)
    elif segment[1] == "85":
        walk.billing = claim_parts.provider(reader, segment, walk.billing)
    elif segment[1] == "IL":
        walk.subscriber = claim_parts.person(segment, walk.subscriber)
    elif segment[1] == "QC":
        walk.patient = claim_parts.person(segment, Person())
    elif segment[1] == "PR":
        walk.payer = replace(walk.payer, name=segment[3], payer_id=segment[9])


def _name_in_claim(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.claim is None or segment[1] != "82" or (walk.in_other_payer and walk.line is None):
        return
    rendering = claim_parts.provider(reader, segment, Provider())
    if walk.line is not None:
        walk.line.rendering_npi = rendering.npi
    else:
        walk.claim = replace(walk.claim, rendering=rendering)


def _address(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.claim is not None:
        return
    change = claim_parts.street if segment.id == "N3" else claim_parts.city
    if walk.party == "85":
        walk.billing = replace(walk.billing, address=change(segment, walk.billing.address))
    elif walk.party == "IL":
        walk.subscriber = replace(walk.subscriber, address=change(segment, walk.subscriber.address))
    elif walk.party == "QC" and walk.patient:
        walk.patient = replace(walk.patient, address=change(segment, walk.patient.address))


def _demographics(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.claim is not None:
        return
    born_on = reader.day(segment, 2, needed=False)
    if walk.party == "QC" and walk.patient:
        walk.patient = replace(walk.patient, born_on=born_on, sex=segment[3])
    elif walk.party == "IL":
        walk.subscriber = replace(walk.subscriber, born_on=born_on, sex=segment[3])


def _reference(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.line is not None:
        if segment[1] == "6R":
            walk.line.control = segment[2]
    elif walk.claim is not None and not walk.in_other_payer:
        if segment[1] == "F8":
            walk.claim = replace(walk.claim, original_reference=segment[2])
        elif segment[1] == "G1":
            walk.claim = replace(walk.claim, prior_authorization=segment[2])
    elif walk.claim is None and walk.party == "85" and segment[1] in ("EI", "SY"):
        walk.billing = replace(walk.billing, tin=segment[2])


def _taxonomy(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.claim is None and segment[1] == "BI":
        walk.billing = replace(walk.billing, taxonomy=segment[3])
    elif walk.claim is not None and walk.claim.rendering and walk.party == "82":
        rendering = replace(walk.claim.rendering, taxonomy=segment[3])
        walk.claim = replace(walk.claim, rendering=rendering)


def open_claim(
    reader: FieldReader, walk: Walk, segment: Segment,
    facility: Callable[[FieldReader, Segment], tuple[str, str]] = claim_parts.facility,
) -> None:  # fmt: skip
    """Begin a claim with its CLM. ``facility`` reads place and frequency of CLM05."""
    _close_claim(reader, walk)
    if walk.level not in ("22", "23"):
        reader.error(segment, "clm_place", "CLM stands outside a subscriber or patient level.")
    charge = reader.money(segment, 2)
    place, frequency = facility(reader, segment)
    if not segment[1].strip():
        reader.error(segment, "missing", "CLM01, the claim number, is empty.")
    walk.claim = Claim(
        claim_id=segment[1].strip(),
        charge_usd=charge if charge is not None else Decimal(0),
        lines=(),
        billing=walk.billing,
        subscriber=walk.subscriber,
        payer=walk.payer,
        place=place,
        frequency=frequency,
        patient=walk.patient,
        relation=walk.relation,
        responsibility=walk.responsibility,
        group_number=walk.group_number,
        segment_index=segment.index,
    )
    walk.claim_at, walk.in_other_payer, walk.party = segment, False, ""


def read_diagnoses(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    """Add the diagnoses of an HI to the claim."""
    if walk.claim is None or walk.line is not None:
        reader.error(segment, "hi_place", "HI stands outside a claim.")
        return
    walk.claim = claim_parts.add_diagnoses(reader, segment, walk.claim)


def _open_line(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.claim is None:
        reader.error(segment, "lx_place", "LX stands outside a claim.")
        return
    _close_line(reader, walk)
    expected = len(walk.claim.lines) + 1
    if segment[1] != str(expected):
        reader.warn(segment, "lx_sequence", f"LX01 is not {expected}, the next line number.")
    walk.line, walk.line_at = claim_parts.OpenLine(expected), segment


def _service(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    if walk.line is None or walk.line.code:
        reader.error(segment, "sv1_place", "SV1 must follow its own LX.")
        return
    claim_parts.read_service(reader, segment, walk.line)


def read_days(reader: FieldReader, walk: Walk, segment: Segment) -> None:
    """Keep a line's day or days of service."""
    if walk.line is not None and segment[1] == "472":
        if walk.line.has_date:
            reader.error(segment, "date_twice", "The line has a second date of service.")
        walk.line.period = days = reader.period(segment)
        walk.line.has_date = True
        if days is not None and Month.of(days[0]) != Month.of(days[1]):
            reader.warn(
                segment, "two_months",
                "The days of service lie in two months; care management is billed by month.",
            )  # fmt: skip


def _close_line(reader: FieldReader, walk: Walk) -> None:
    walk.before_closing(walk)
    if walk.line is None or walk.claim is None or walk.line_at is None:
        return
    line: ServiceLine | None = claim_parts.close_line(
        reader, walk.line_at, walk.line, len(walk.claim.diagnoses)
    )
    if line is not None:
        walk.claim = replace(walk.claim, lines=(*walk.claim.lines, line))
    walk.line = walk.line_at = None


def _close_claim(reader: FieldReader, walk: Walk) -> None:
    if walk.claim is None or walk.claim_at is None:
        return
    _close_line(reader, walk)
    claim_parts.check_claim(reader, walk.claim_at, walk.claim)
    walk.done.append(walk.claim)
    walk.claim = walk.claim_at = None


def _currency(reader: FieldReader, _: Walk, segment: Segment) -> None:
    reader.require_dollars(segment)


STEPS: dict[str, Step] = {
    "HL": _level, "SBR": _subscriber, "PAT": _relation, "NM1": read_name, "N3": _address,
    "N4": _address, "DMG": _demographics, "REF": _reference, "PRV": _taxonomy,
    "CLM": open_claim, "HI": read_diagnoses, "LX": _open_line, "SV1": _service, "DTP": read_days,
    "CUR": _currency,
}  # fmt: skip
GUIDE = Guide("837P", VERSIONS, COMPOSITES, KNOWN, STEPS)
