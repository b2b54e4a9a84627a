"""Reading receipts: TA1 (interchange), 999 (005010X231) and 277CA (005010X214).

A set that does not say plainly whether it accepts or rejects is refused: a receipt
that is guessed would hide a claim that never arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ccm_core.exchange.x12.claim_status import claim_receipts
from ccm_core.exchange.x12.envelope import read_envelope
from ccm_core.exchange.x12.fields import FieldReader, check_kind, parse_day
from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.receipt_records import FILE_RECEIPT, TA1, WORDS, Receipt, ReceiptFile
from ccm_core.exchange.x12.segments import Segment
from ccm_core.exchange.x12.set_status import set_receipts
from ccm_core.exchange.x12.sets import Sets
from ccm_core.exchange.x12.transaction import TransactionSet

GUIDES = {"999": ("FA", ("005010X231", "005010X231A1")), "277": ("HN", ("005010X214",))}


def read_receipts(content: bytes) -> ReceiptFile:
    """Every answer of a file. Raises: X12Refused when there is none that could be read."""
    envelope = read_envelope(content)
    sets: Sets[Receipt] = Sets()
    faults: list[X12Problem] = []
    for segment in envelope.acknowledgements:
        _interchange(segment, sets.found, faults)
    if faults:
        sets.refuse("", faults)
    sets.read(envelope, _read_set)
    sets.need_some("no_receipt", "The file holds no TA1, 999 or 277CA.")
    return ReceiptFile(tuple(sets.found), tuple(sets.refused), tuple(sets.warnings))


def _interchange(segment: Segment, found: list[Receipt], faults: list[X12Problem]) -> None:
    """TA1: whether the envelope of an interchange arrived whole."""
    status = WORDS.get(segment[4].upper(), "")
    if not segment[1].strip().isdigit() or segment[4].upper() not in ("A", "E", "R"):
        faults.append(segment.problem("ta1", "TA1 names no interchange, or no A, E or R."))
        return
    codes = () if segment[5] in ("", "000") else (f"TA1:{segment[5]}",)
    found.append(Receipt(
        TA1, status, codes, interchange=segment[1].strip(), segment_index=segment.index,
        said_on=parse_day("20" + segment[2]),
    ))  # fmt: skip


def _read_set(source: TransactionSet) -> tuple[list[Receipt], list[X12Problem]]:
    if source.kind not in GUIDES:
        return [], [*source.problems, *check_kind(source, "999", "FA", ())]
    functional_id, versions = GUIDES[source.kind]
    wrong = check_kind(source, source.kind, functional_id, versions)
    if wrong or source.is_refused:
        return [], [*source.problems, *wrong]
    reader = FieldReader(source, {"STC": (1,)})
    read: Callable[[FieldReader], Iterator[Receipt]] = (
        set_receipts if source.kind == FILE_RECEIPT else claim_receipts
    )
    receipts = list(read(reader))
    if not receipts and not any(problem.is_error for problem in reader.problems):
        reader.error(reader.source.segments[0], "no_receipt", "The set answers nothing.")
    return receipts, reader.problems
