"""The body of a 277CA: what the payer's door says of each claim.

Source: 005010X214; STC01 holds a category (A1 to A8) and a status code, STC03 says
whether the claim goes on (WQ) or not (U).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ccm_core.exchange.x12.fields import FieldReader, parse_day
from ccm_core.exchange.x12.receipt_records import (
    ACCEPTED,
    CLAIM_RECEIPT,
    REJECTED,
    WITH_ERRORS,
    Receipt,
)
from ccm_core.exchange.x12.segments import Segment

CATEGORIES = {"A0": ACCEPTED, "A1": ACCEPTED, "A2": ACCEPTED, "A5": ACCEPTED, "A3": REJECTED,
              "A4": REJECTED, "A6": REJECTED, "A7": REJECTED, "A8": REJECTED}  # fmt: skip
GOES_ON, STOPS = "WQ", "U"
LEVELS = ("20", "21", "19", "PT")
KNOWN = frozenset({"BHT", "HL", "NM1", "TRN", "DTP", "STC", "QTY", "AMT", "REF", "SVC", "PER"})
_LONGEST = 200


@dataclass(slots=True)
class _Open:
    """The level that is open: whose, with which trace number, what was said of it."""

    level: str = ""
    at: Segment | None = None
    trace: str = ""
    said: list[Segment] = field(default_factory=list)
    on_lines: list[Segment] = field(default_factory=list)
    payer_claim_id: str = ""
    is_in_line: bool = False


def claim_receipts(reader: FieldReader) -> Iterator[Receipt]:
    """One answer for each claim; one for the whole file when it was turned away whole."""
    now, receiver_trace = _Open(), ""
    for segment in reader.source.segments:
        if segment.id not in KNOWN:
            reader.error(segment, "segment_unknown", f"{segment.id} is no segment of the 277CA.")
        elif segment.id == "HL":
            yield from _close(reader, now, receiver_trace)
            now = _Open(segment[3], segment)
            if segment[3] not in LEVELS:
                reader.error(segment, "hl_parent", "HL03 is none of 20, 21, 19 and PT.")
        elif segment.id == "TRN":
            if now.level == "PT" and now.trace:
                # A patient with several claims: the next trace number opens the next claim.
                yield from _close(reader, now, receiver_trace)
                now = _Open("PT", segment)
            now.trace, now.at = segment[2].strip(), segment
            receiver_trace = now.trace if now.level == "21" else receiver_trace
        else:
            _note(now, segment)
    yield from _close(reader, now, receiver_trace)


def _note(now: _Open, segment: Segment) -> None:
    if segment.id == "SVC":
        now.is_in_line = True
    elif segment.id == "STC":
        (now.on_lines if now.is_in_line else now.said).append(segment)
    elif segment.id == "REF" and segment[1] == "1K" and not now.is_in_line:
        now.payer_claim_id = segment[2].strip()


def _close(reader: FieldReader, now: _Open, receiver_trace: str) -> Iterator[Receipt]:
    """The answer of a level that ends here, if it is one."""
    if now.at is None or now.level == "20" or not (now.said or now.level == "PT"):
        return
    if not now.said:
        reader.error(now.at, "stc", "The claim has no STC: nothing is said of it.")
        return
    status = _status(reader, now.said)
    if now.level == "PT" and not now.trace:
        reader.error(now.at, "missing", "The claim has no trace number (TRN02).")
        return
    if now.level != "PT" and status != REJECTED:
        return  # each claim says for itself that it goes on
    if status == ACCEPTED and any(_word(one) == REJECTED for one in now.on_lines):
        status = WITH_ERRORS
    first = now.said[0]
    yield Receipt(
        CLAIM_RECEIPT, status, _codes(reader, [*now.said, *now.on_lines]),
        message=next((one[12] for one in now.said if one[12]), "")[:_LONGEST],
        claim_id=now.trace if now.level == "PT" else "",
        interchange="" if now.level == "PT" else receiver_trace,
        payer_claim_id=now.payer_claim_id, said_on=parse_day(first[2]),
        segment_index=now.at.index,
    )  # fmt: skip


def _status(reader: FieldReader, said: list[Segment]) -> str:
    words = [_word(one) for one in said]
    for segment, word in zip(said, words, strict=True):
        if not word:
            reader.error(segment, "stc", "STC says neither that the claim goes on nor that not.")
    return REJECTED if REJECTED in words else ACCEPTED


def _word(segment: Segment) -> str:
    """Accepted, rejected, or empty when the segment says neither."""
    if segment[3] == STOPS:
        return REJECTED
    category = CATEGORIES.get(segment[1][:2].upper(), "")
    return category or (ACCEPTED if segment[3] == GOES_ON else "")


def _codes(reader: FieldReader, said: list[Segment]) -> tuple[str, ...]:
    """Category and status code of each composite, without the word who it is about."""
    found = []
    for segment in said:
        for at in (1, 10, 11):
            category, status, *_ = (*reader.parts(segment, at), "", "")
            if category:
                found.append(f"{category}:{status}" if status else category)
    return tuple(dict.fromkeys(found))
