"""Reading remittances: 835, 005010X221 with its erratum A1.

A transaction set whose payment does not equal its claims less the provider
adjustments is refused. A claim or line that does not add up is kept with a
warning, because the money did move and must be posted; it is marked instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from ccm_core.exchange.x12 import adjustment_codes, remit_balance, remit_parts
from ccm_core.exchange.x12.envelope import read_envelope
from ccm_core.exchange.x12.fields import FieldReader, check_kind
from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.remit_records import (
    PaidClaim,
    PaidLine,
    ProviderAdjustment,
    Remittance,
    RemittanceFile,
)
from ccm_core.exchange.x12.segments import Segment
from ccm_core.exchange.x12.sets import Sets
from ccm_core.exchange.x12.transaction import TransactionSet

VERSIONS = ("005010X221", "005010X221A1")
COMPOSITES = {"SVC": (1, 6)}
KNOWN = frozenset({
    "BPR", "NTE", "TRN", "CUR", "REF", "DTM", "N1", "N2", "N3", "N4", "PER", "RDM", "LX", "TS3",
    "TS2", "CLP", "CAS", "NM1", "MIA", "MOA", "AMT", "QTY", "SVC", "LQ", "PLB",
})  # fmt: skip


@dataclass(slots=True)
class _Walk:
    """Where the reader stands: in the header, in a claim, in a line, in the trailer."""

    payment: Remittance | None = None
    at: Segment | None = None
    has_trace: bool = False
    party: str = ""
    claim: PaidClaim | None = None
    line: PaidLine | None = None
    claims: list[PaidClaim] = field(default_factory=list)
    adjustments: list[ProviderAdjustment] = field(default_factory=list)


def read_835(content: bytes) -> RemittanceFile:
    """Every payment of an 835 file.

    Raises: X12Refused when the envelope is broken, when the file is of another
    kind, or when no transaction set of it could be taken.
    """
    sets: Sets[Remittance] = Sets()
    sets.read(read_envelope(content), _read_set)
    sets.need_some("no_transaction_set", "The file holds no transaction set.")
    return RemittanceFile(tuple(sets.found), tuple(sets.refused), tuple(sets.warnings))


def _read_set(source: TransactionSet) -> tuple[list[Remittance], list[X12Problem]]:
    wrong = check_kind(source, "835", "HP", VERSIONS)
    if wrong or source.is_refused:
        return [], [*source.problems, *wrong]
    reader = FieldReader(source, COMPOSITES)
    walk = _Walk()
    for segment in reader.source.segments:
        if segment.id not in KNOWN:
            reader.error(segment, "segment_unknown", f"{segment.id} is no segment of the 835.")
        elif walk.payment is None and segment.id != "BPR":
            reader.error(segment, "bpr_place", "The set must start with BPR.")
            break
        elif segment.id in STEPS:
            STEPS[segment.id](reader, walk, segment)
    return _finish(reader, walk), reader.problems


def _finish(reader: FieldReader, walk: _Walk) -> list[Remittance]:
    _close_claim(reader, walk)
    if walk.payment is None or walk.at is None:
        # The first segment was no BPR: that is among the problems.
        return []
    if not walk.has_trace:
        reader.error(walk.at, "missing", "The payment has no trace number (TRN).")
    payment = replace(
        walk.payment,
        control=reader.source.control,
        claims=tuple(walk.claims),
        provider_adjustments=tuple(walk.adjustments),
        is_test=reader.source.is_test,
    )
    remit_balance.check_payment(reader, walk.at, payment)
    return [payment]


def _payment(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    if walk.payment is not None:
        reader.error(segment, "bpr_place", "BPR stands twice in the set.")
        return
    total = reader.money(segment, 2)
    if total is not None and segment[3] == "D":
        total = -total
    elif segment[3] != "C":
        reader.error(segment, "credit", "BPR03 must be C (credit) or D (debit).")
    walk.at = segment
    walk.payment = Remittance(
        control="", total_usd=total if total is not None else Decimal(0), trace="",
        handling=segment[1], method=segment[4], paid_on=reader.day(segment, 16, needed=False),
    )  # fmt: skip


def _trace(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    if walk.payment is None or walk.claim is not None or walk.has_trace:
        reader.error(segment, "trn_place", "TRN stands once, behind BPR.")
        return
    if not segment[2].strip():
        reader.error(segment, "missing", "TRN02, the trace number, is empty.")
    walk.has_trace = True
    walk.payment = replace(walk.payment, trace=segment[2].strip(), payer_trace_id=segment[3])


def _party(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    if walk.payment is None or walk.claim is not None:
        reader.error(segment, "n1_place", "N1 stands only before the first claim.")
        return
    walk.party = segment[1]
    if walk.party == "PR":
        walk.payment = replace(walk.payment, payer_name=segment[2], payer_id=segment[4])
    elif walk.party == "PE":
        npi = segment[4] if segment[3] == "XX" else ""
        tin = segment[4] if segment[3] == "FI" else ""
        walk.payment = replace(walk.payment, payee_name=segment[2], payee_npi=npi, payee_tin=tin)


def _claim(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    _close_claim(reader, walk)
    if walk.adjustments:
        reader.error(segment, "clp_place", "CLP stands behind PLB, the end of the set.")
    walk.claim = remit_parts.read_claim(reader, segment)


def _line(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    if walk.claim is None:
        reader.error(segment, "svc_place", "SVC stands outside a claim.")
        return
    _close_line(walk)
    walk.line = remit_parts.read_line(reader, segment, len(walk.claim.lines) + 1)


def _adjustment(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    found = remit_parts.read_adjustments(reader, segment)
    if walk.line is not None:
        walk.line = replace(walk.line, adjustments=walk.line.adjustments + found)
    elif walk.claim is not None:
        walk.claim = replace(walk.claim, adjustments=walk.claim.adjustments + found)
    else:
        reader.error(segment, "cas_place", "CAS stands outside a claim.")


def _reference(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    entry = ((segment[1], segment[2]),)
    if walk.line is not None:
        walk.line = replace(walk.line, references=walk.line.references + entry)
    elif walk.claim is not None:
        walk.claim = replace(walk.claim, references=walk.claim.references + entry)
    elif walk.payment is not None and walk.party == "PE" and segment[1] == "TJ":
        walk.payment = replace(walk.payment, payee_tin=segment[2])
    elif walk.payment is not None and walk.party == "PR" and segment[1] == "2U":
        walk.payment = replace(walk.payment, payer_id=walk.payment.payer_id or segment[2])


def _day(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    if walk.line is not None:
        walk.line = remit_parts.date_line(reader, segment, walk.line)
    elif walk.claim is not None:
        walk.claim = remit_parts.date_claim(reader, segment, walk.claim)
    elif walk.payment is not None and segment[1] == "405":
        walk.payment = replace(walk.payment, produced_on=reader.day(segment, 2, needed=False))


def _name(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    if walk.claim is None:
        reader.error(segment, "nm1_place", "NM1 stands outside a claim.")
    else:
        walk.claim = remit_parts.name_claim(segment, walk.claim)


def _remark(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    if segment.id == "LQ":
        if walk.line is None:
            reader.error(segment, "lq_place", "LQ stands outside a service line.")
        elif segment[1] == "HE" and segment[2].strip():
            found = adjustment_codes.remark(segment[2])
            walk.line = replace(walk.line, remarks=(*walk.line.remarks, found))
    elif walk.claim is None or walk.line is not None:
        reader.error(segment, "moa_place", f"{segment.id} stands outside the head of a claim.")
    else:
        remarks = remit_parts.outpatient_remarks(segment)
        walk.claim = replace(walk.claim, remarks=walk.claim.remarks + remarks)


def _amount(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    value = reader.money(segment, 2)
    if walk.line is not None and segment[1] == "B6":
        walk.line = replace(walk.line, allowed_usd=value)


def _provider_adjustment(reader: FieldReader, walk: _Walk, segment: Segment) -> None:
    _close_claim(reader, walk)
    walk.adjustments.extend(remit_parts.read_provider_adjustments(reader, segment))


def _close_line(walk: _Walk) -> None:
    if walk.claim is not None and walk.line is not None:
        walk.claim = replace(walk.claim, lines=(*walk.claim.lines, walk.line))
    walk.line = None


def _close_claim(reader: FieldReader, walk: _Walk) -> None:
    _close_line(walk)
    if walk.claim is not None:
        walk.claims.append(remit_balance.check_claim(reader, walk.claim))
    walk.claim = None


def _currency(reader: FieldReader, _: _Walk, segment: Segment) -> None:
    reader.require_dollars(segment)


STEPS = {
    "BPR": _payment, "TRN": _trace, "N1": _party, "REF": _reference, "DTM": _day, "CLP": _claim,
    "CAS": _adjustment, "NM1": _name, "MIA": _remark, "MOA": _remark, "LQ": _remark,
    "AMT": _amount, "SVC": _line, "PLB": _provider_adjustment,
    "CUR": _currency,
}  # fmt: skip
