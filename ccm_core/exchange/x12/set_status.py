"""The body of a 999: what the receiver's syntax check says of each transaction set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ccm_core.exchange.x12.fields import FieldReader
from ccm_core.exchange.x12.receipt_records import FILE_RECEIPT, REJECTED, WORDS, Receipt
from ccm_core.exchange.x12.segments import Segment

KNOWN = frozenset({"AK1", "AK2", "IK3", "CTX", "IK4", "IK5", "AK9"})
_MOST_ERRORS = 20


@dataclass(slots=True)
class _Open:
    """Where the reader stands: which group, which set of it, what is wrong with the set."""

    group: Segment | None = None
    named: Segment | None = None
    errors: list[str] = field(default_factory=list)
    sets: int = 0
    is_closed: bool = False


def set_receipts(reader: FieldReader) -> Iterator[Receipt]:
    """One answer for each set that is named, or one for the group when none is."""
    now = _Open()
    for segment in reader.source.segments:
        if segment.id not in KNOWN:
            reader.error(segment, "segment_unknown", f"{segment.id} is no segment of the 999.")
        elif segment.id == "AK1":
            now.group = segment
        elif now.group is None:
            reader.error(segment, "ak1_place", "The set must start with AK1.")
            return
        elif segment.id == "IK5":
            yield from _of_set(reader, now, now.group, segment)
        elif segment.id == "AK9":
            yield from _of_group(reader, now, now.group, segment)
        else:
            _note(reader, now, segment)
    if now.named is not None or not now.is_closed:
        reader.error(reader.source.segments[-1], "ak9", "The set ends before IK5 or AK9.")


def _note(reader: FieldReader, now: _Open, segment: Segment) -> None:
    if segment.id == "AK2":
        if now.named is not None:
            reader.error(now.named, "ik5", "The set that AK2 names has no IK5.")
        now.named, now.errors, now.sets = segment, [], now.sets + 1
    elif segment.id in ("IK3", "IK4"):
        now.errors.append(f"{segment.id}:{segment[1]}:{segment[4] or segment[3]}")


def _of_set(reader: FieldReader, now: _Open, group: Segment, said: Segment) -> Iterator[Receipt]:
    status = WORDS.get(said[1], "") if said[1] != "P" else ""
    if now.named is None or not status:
        reader.error(said, "ik5", "IK5 stands behind no AK2, or says none of A, E, R, M, W, X.")
        return
    codes = [f"IK5:{code}" for code in said.elements[2:7] if code]
    yield Receipt(
        FILE_RECEIPT, status, (*codes, *now.errors[:_MOST_ERRORS]),
        group_control=group[2].strip(), set_control=now.named[2].strip(),
        segment_index=said.index,
    )  # fmt: skip
    now.named = None


def _of_group(reader: FieldReader, now: _Open, group: Segment, said: Segment) -> Iterator[Receipt]:
    now.is_closed = True
    status = WORDS.get(said[1], "")
    if not status:
        reader.error(said, "ak9", "AK901 is none of A, E, P, R, M, W, X.")
    elif not now.sets or status == REJECTED:
        codes = tuple(f"AK9:{code}" for code in said.elements[5:10] if code)
        yield Receipt(
            FILE_RECEIPT, status, codes, group_control=group[2].strip(),
            segment_index=said.index,
        )  # fmt: skip
