"""The pieces of an 835: claims, service lines, adjustments, dates, names, remarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from ccm_core.exchange.x12.adjustment_codes import GROUPS, remark, split
from ccm_core.exchange.x12.fields import FieldReader
from ccm_core.exchange.x12.remit_records import (
    PENDING,
    Adjustment,
    PaidClaim,
    PaidLine,
    ProviderAdjustment,
)
from ccm_core.exchange.x12.segments import Segment

STATUSES = ("1", "2", "3", "4", "5", "10", "13", "15", "16", "17", "19", "20", "21", "22", "23",
            "25", "27")  # fmt: skip
_REMARK_PLACES = {"MOA": (3, 4, 5, 6, 7), "MIA": (5, 20, 21, 22, 23)}
_ZERO = Decimal(0)


def read_claim(reader: FieldReader, segment: Segment) -> PaidClaim:
    """The claim that a CLP opens."""
    if not segment[1].strip():
        reader.error(segment, "missing", "CLP01, the claim number, is empty.")
    if segment[2] not in STATUSES:
        reader.error(segment, "claim_status", "CLP02 is no claim status of the 835.")
    elif segment[2] in PENDING:
        reader.warn(
            segment, "pending",
            f"CLP02 is {segment[2]}: the payer has not decided; a claim without payment or denial "
            "goes on waiting.",
        )  # fmt: skip
    return PaidClaim(
        claim_id=segment[1].strip(),
        status=segment[2],
        charge_usd=reader.money(segment, 3) or _ZERO,
        paid_usd=reader.money(segment, 4) or _ZERO,
        patient_share_usd=reader.money(segment, 5, needed=False) or _ZERO,
        filing=segment[6],
        payer_claim_id=segment[7],
        place=segment[8],
        frequency=segment[9],
        segment_index=segment.index,
    )


def read_line(reader: FieldReader, segment: Segment, number: int) -> PaidLine:
    """The line that an SVC opens. What the payer left out stays None, with a warning."""
    qualifier, code, *modifiers = (*reader.parts(segment, 1), "")
    if not code:
        reader.warn(segment, "procedure", "SVC01 has no procedure code.")
    charge = reader.money(segment, 2, needed=False)
    if charge is None and not segment[2].strip():
        reader.warn(segment, "missing", "SVC02, the charge of the line, is empty.")
    billed = reader.parts(segment, 6)
    return PaidLine(
        number=number,
        code=code.strip().upper(),
        charge_usd=charge,
        paid_usd=reader.money(segment, 3, needed=False),
        qualifier=qualifier,
        modifiers=tuple(mark.strip().upper() for mark in modifiers[:4] if mark.strip()),
        paid_units=reader.number(segment, 5, needed=False),
        billed_units=reader.number(segment, 7, needed=False),
        billed_code=billed[1].strip().upper() if len(billed) > 1 else "",
        segment_index=segment.index,
    )


def read_adjustments(reader: FieldReader, segment: Segment) -> tuple[Adjustment, ...]:
    """Up to six reason, amount, quantity triples of one CAS."""
    if segment[1] not in GROUPS:
        reader.error(segment, "cas_group", "CAS01 must be CO, PR, OA, PI or CR.")
    return tuple(_triples(reader, segment))


def _triples(reader: FieldReader, segment: Segment) -> Iterator[Adjustment]:
    for at in range(2, max(len(segment.elements), 3), 3):
        if not "".join(segment.elements[at : at + 3]).strip() and at > 2:
            continue
        group, reason = split(segment[at]) or ("", "")
        if not reason or group not in ("", segment[1]):
            reader.error(segment, "cas_reason", f"CAS{at:02d} is no adjustment reason code.")
        amount = reader.money(segment, at + 1)
        quantity = reader.number(segment, at + 2, needed=False)
        if amount is not None:
            yield Adjustment(segment[1], reason, amount, quantity)


def read_provider_adjustments(
    reader: FieldReader, segment: Segment
) -> tuple[ProviderAdjustment, ...]:
    """Up to six reason and amount pairs of one PLB."""
    found = []
    year_ends_on = reader.day(segment, 2, needed=False)
    for at in range(3, max(len(segment.elements), 4), 2):
        if at > 3 and not (segment[at].strip() or segment[at + 1].strip()):
            continue  # separators behind the last pair, or a pair left empty between two
        reason, *reference = reader.parts(segment, at)
        amount = reader.money(segment, at + 1)
        if not reason:
            reader.error(segment, "plb_reason", f"PLB{at:02d} has no reason.")
        if amount is not None:
            found.append(
                ProviderAdjustment(segment[1], reason, "".join(reference), amount, year_ends_on)
            )
    return tuple(found)


def date_line(reader: FieldReader, segment: Segment, line: PaidLine) -> PaidLine:
    """The line with its service day: 472 one day, 150 and 151 first and last."""
    if segment[1] not in ("472", "150", "151"):
        return line
    on = reader.day(segment, 2, needed=False)
    if segment[1] == "151":
        return replace(line, to_on=on)
    return replace(line, from_on=on, to_on=on if segment[1] == "472" else line.to_on)


def date_claim(reader: FieldReader, segment: Segment, claim: PaidClaim) -> PaidClaim:
    """The claim with its statement days (232, 233) or the day it was received (050)."""
    names = {"232": "from_on", "233": "to_on", "050": "received_on"}
    if segment[1] not in names:
        return claim
    on = reader.day(segment, 2, needed=False)
    if segment[1] == "232":
        return replace(claim, from_on=on)
    return replace(claim, to_on=on) if segment[1] == "233" else replace(claim, received_on=on)


def name_claim(segment: Segment, claim: PaidClaim) -> PaidClaim:
    """The claim with the patient, the rendering provider or the next payer of an NM1."""
    if segment[1] == "QC":
        return replace(claim, family=segment[3], given=segment[4], member_id=segment[9].strip())
    if segment[1] == "82" and segment[8] == "XX":
        return replace(claim, rendering_npi=segment[9])
    if segment[1] == "TT":
        return replace(claim, crossover_payer=segment[3])
    return claim


def outpatient_remarks(segment: Segment) -> tuple[str, ...]:
    """Remark codes of MOA or MIA."""
    return tuple(remark(segment[at]) for at in _REMARK_PLACES[segment.id] if segment[at].strip())
