"""The pieces of an 837P claim: names, places, diagnoses, service lines, and its own checks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ccm_core.exchange.x12.claim_records import (
    FREQUENCIES,
    REPLACEMENT,
    VOID,
    Address,
    Claim,
    Person,
    Provider,
    ServiceLine,
)
from ccm_core.exchange.x12.fields import FieldReader
from ccm_core.exchange.x12.segments import Segment
from ccm_core.npi import is_npi
from ccm_core.procedure_codes import is_procedure_code

DIAGNOSIS_SYSTEMS = {"ABK": "icd10cm", "ABF": "icd10cm", "BK": "icd9cm", "BF": "icd9cm"}
PRINCIPAL = ("ABK", "BK")
MOST_LINES = 50
MOST_UNITS = 9_999_999
_PLACE = re.compile(r"[0-9]{2}\Z")
_POINTER = re.compile(r"([1-9]|1[0-2])(?:\.0+)?\Z")


@dataclass(slots=True)
class OpenLine:
    """A service line while its segments are still coming."""

    number: int
    code: str = ""
    qualifier: str = "HC"
    modifiers: tuple[str, ...] = ()
    charge_usd: Decimal | None = None
    units: Decimal | None = None
    basis: str = "UN"
    place: str = ""
    pointers: tuple[int, ...] = ()
    period: tuple[date, date] | None = None
    has_date: bool = False
    control: str = ""
    rendering_npi: str = ""


def provider(reader: FieldReader, segment: Segment, before: Provider) -> Provider:
    """The provider that an NM1 names; its NPI is checked with a warning."""
    npi = segment[9] if segment[8] == "XX" else ""
    if npi and not is_npi(npi):
        reader.warn(segment, "npi", "NM109 is not a valid NPI: the check digit does not fit.")
    return replace(before, name=segment[3], given=segment[4], is_person=segment[2] == "1", npi=npi)


def person(segment: Segment, before: Person) -> Person:
    """The person that an NM1 names."""
    return replace(
        before, family=segment[3], given=segment[4], middle=segment[5], member_id=segment[9]
    )


def street(segment: Segment, before: Address) -> Address:
    """The address with the lines of N3."""
    return replace(before, street=segment[1], street_2=segment[2])


def city(segment: Segment, before: Address) -> Address:
    """The address with the city, state and ZIP code of N4."""
    return replace(before, city=segment[1], state=segment[2], zip_code=segment[3])


def facility(reader: FieldReader, segment: Segment) -> tuple[str, str]:
    """Place of service and frequency code of CLM05."""
    parts = (*reader.parts(segment, 5), "", "", "")
    place, qualifier, frequency = parts[0], parts[1], parts[2]
    if not _PLACE.match(place):
        reader.error(segment, "place", "CLM05 has no place of service of two digits.")
    if qualifier not in ("B", ""):
        reader.error(segment, "place", "CLM05-2 must be B on a professional claim.")
    if frequency not in FREQUENCIES:
        reader.error(segment, "frequency", "CLM05-3 must be 1, 6, 7 or 8.")
    return place, frequency


def add_diagnoses(reader: FieldReader, segment: Segment, claim: Claim) -> Claim:
    """The claim with the diagnoses of one HI; other code lists (conditions) are passed over."""
    codes, system = list(claim.diagnoses), claim.diagnosis_system
    for at in range(1, len(segment.elements)):
        kind, code, *_ = (*reader.parts(segment, at), "", "")
        if kind not in DIAGNOSIS_SYSTEMS:
            if at == 1 and kind not in ("BP", "BG", "BO"):
                reader.error(segment, "hi_code", "HI01 names no list of diagnoses.")
            continue
        if not code.strip():
            reader.error(segment, "hi_code", f"HI{at:02d} has no diagnosis code.")
        if (kind in PRINCIPAL) != (not codes):
            reader.error(segment, "hi_code", "HI must start with one principal diagnosis.")
        system = DIAGNOSIS_SYSTEMS[kind]
        codes.append(code.strip().upper())
    return replace(claim, diagnoses=tuple(codes), diagnosis_system=system)


def read_service(reader: FieldReader, segment: Segment, line: OpenLine) -> None:
    """Fill the line from SV1."""
    read_line(reader, segment, line, at=1)
    line.place = segment[5]
    if not line.code:
        reader.error(segment, "procedure", "SV101 has no procedure code.")
        line.code = "?"
    if line.basis == "MJ" and not line.code.startswith("0"):
        reader.warn(
            segment, "minutes",
            "SV103 is MJ: minutes stand where units are billed (UN). Only anesthesia is so billed.",
        )  # fmt: skip
    line.pointers = _pointers(reader, segment)


def read_line(reader: FieldReader, segment: Segment, line: OpenLine, at: int) -> None:
    """Procedure, charge, basis and units, which stand side by side from element ``at`` on."""
    parts = reader.parts(segment, at)
    line.qualifier = parts[0]
    line.code = parts[1].strip().upper() if len(parts) > 1 else ""
    if line.qualifier == "HC" and line.code and not is_procedure_code(line.code):
        reader.error(segment, "procedure", f"{segment.id}{at:02d} is no code of five characters.")
    line.modifiers = tuple(mark.strip().upper() for mark in parts[2:6] if mark.strip())
    name = f"{segment.id}{at + 1:02d}"
    line.charge_usd = reader.money(segment, at + 1)
    if line.charge_usd is not None and line.charge_usd < 0:
        reader.error(segment, "charge", f"{name} is negative; a charge cannot be.")
    line.basis = segment[at + 2]
    line.units = reader.number(segment, at + 3)
    units = f"{segment.id}{at + 3:02d}"
    if line.units is not None and (line.units <= 0 or line.units != int(line.units)):
        whole = line.basis == "UN"
        if whole or line.units <= 0:
            reader.error(segment, "units", f"{units} must be a positive whole number.")
    elif line.units is not None and line.units > MOST_UNITS:
        reader.error(segment, "units", f"{units} is over {MOST_UNITS:,}.")


def _pointers(reader: FieldReader, segment: Segment) -> tuple[int, ...]:
    found = []
    for text in reader.parts(segment, 7):
        match = _POINTER.match(text)
        if match:
            found.append(int(match[1]))
        elif text:
            reader.error(segment, "pointer", "SV107 holds something that points to no diagnosis.")
    if not found:
        reader.error(segment, "pointer", "SV107 is empty: the line points to no diagnosis.")
    return tuple(found)


def close_line(
    reader: FieldReader, at: Segment, line: OpenLine, diagnoses: int
) -> ServiceLine | None:
    """The finished line, or None with a problem when something that it needs is missing."""
    if not line.code:
        reader.error(at, "missing", "The line has no service segment (SV1, SV2).")
        return None
    if not line.has_date:
        reader.error(at, "missing", "The line has no date of service (DTP 472).")
    if any(pointer > diagnoses for pointer in line.pointers):
        reader.error(at, "pointer", f"A pointer goes past the {diagnoses} diagnoses of the claim.")
    if line.period is None or line.charge_usd is None or line.units is None:
        return None
    return ServiceLine(
        number=line.number, code=line.code, charge_usd=line.charge_usd, units=line.units,
        from_on=line.period[0], to_on=line.period[1], modifiers=line.modifiers,
        pointers=line.pointers, basis=line.basis, qualifier=line.qualifier, place=line.place,
        control=line.control, rendering_npi=line.rendering_npi,
    )  # fmt: skip


def check_claim(reader: FieldReader, at: Segment, claim: Claim) -> None:
    """What must hold over the claim as a whole: lines, the sum of charges, the parties."""
    if not claim.lines:
        reader.error(at, "no_line", "The claim has no service line that could be read.")
        return
    total = sum((line.charge_usd for line in claim.lines), Decimal(0))
    if total != claim.charge_usd:
        reader.error(at, "charge_sum", f"CLM02 is {claim.charge_usd}; the lines sum to {total}.")
    if len(claim.lines) > MOST_LINES:
        reader.error(at, "too_many_lines", f"The claim has more than {MOST_LINES} lines.")
    if not claim.diagnoses:
        reader.warn(at, "no_diagnosis", "The claim has no diagnosis (HI).")
    if not claim.billing.npi:
        reader.warn(at, "npi", "The billing provider has no NPI.")
    if not claim.person.family and not claim.subscriber.member_id:
        reader.error(at, "no_person", "The claim names neither a patient nor a member number.")
    if claim.frequency in (REPLACEMENT, VOID) and not claim.original_reference:
        reader.warn(
            at, "original_reference",
            "A replacement or void must name the payer's claim number (REF F8).",
        )  # fmt: skip
