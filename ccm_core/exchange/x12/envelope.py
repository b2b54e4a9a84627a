"""The envelope: interchanges (ISA..IEA), groups (GS..GE) and transaction sets (ST..SE).

Policy: a broken interchange or group refuses the file; a transaction set whose
own count or control number is wrong is refused whole, never half-read. A file
that starts with ST (its envelope was cut off) is read with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ccm_core.exchange.x12.bare import bare_sets
from ccm_core.exchange.x12.problems import X12Problem, X12Refused, refuse
from ccm_core.exchange.x12.segments import Segment, cut, skip_blank
from ccm_core.exchange.x12.separators import (
    ISA_LENGTH,
    Separators,
    decode,
    read_isa,
    unwrapped,
)
from ccm_core.exchange.x12.transaction import TransactionSet, number, set_problems, shown

VERSIONS = frozenset({"00501"})
_END_MARKS = "\x00\x1a\r\n\t "


@dataclass(frozen=True, slots=True)
class Envelope:
    """All transaction sets of a file, refused ones included, and the file's own warnings."""

    transaction_sets: tuple[TransactionSet, ...]
    warnings: tuple[X12Problem, ...]
    acknowledgements: tuple[Segment, ...] = ()
    """TA1 segments: what the receiver says of earlier interchanges."""


@dataclass(slots=True)
class _Open:
    """Where the reader stands: what is open now, what was closed."""

    isa: Segment | None = None
    gs: Segment | None = None
    st: Segment | None = None
    separators: Separators = field(default_factory=Separators)
    body: list[Segment] = field(default_factory=list)
    sets_in_group: int = 0
    groups: int = 0
    acknowledgements: list[Segment] = field(default_factory=list)
    done: list[TransactionSet] = field(default_factory=list)
    controls: set[tuple[str, str]] = field(default_factory=set)
    """GS06 and ST02 of every set: some senders write one set for each of 10,000 claims."""


@dataclass(slots=True)
class _Found:
    """What the interchanges of a file gave so far."""

    sets: list[TransactionSet] = field(default_factory=list)
    acknowledgements: list[Segment] = field(default_factory=list)
    controls: set[tuple[str, str]] = field(default_factory=set)


def read_envelope(content: bytes) -> Envelope:
    """Every transaction set of a file. Raises: X12Refused when the envelope itself is broken."""
    text, notes = decode(content)
    at = skip_blank(text, 0)
    if at == len(text):
        raise refuse("empty", "The file is empty.")
    if text.startswith("ST", at):
        notes.append(
            X12Problem(
                "envelope_missing",
                "The file starts with ST: the envelope (ISA, GS) was cut off, so its counts and "
                "control numbers cannot be checked.",
                1,
                at,
                "ST",
                is_error=False,
            )
        )
        return Envelope(tuple(bare_sets(text, at, notes)), tuple(notes))
    text = unwrapped(text, at, notes)
    found = _Found()
    index = 1
    while at < len(text):
        at, index = _interchange(text, at, index, found, notes)
        at = _behind(text, at, index, notes)
    return Envelope(tuple(found.sets), tuple(notes), tuple(found.acknowledgements))


def _behind(text: str, at: int, index: int, notes: list[X12Problem]) -> int:
    """Where the next interchange may start. End marks of old systems are passed over."""
    at = skip_blank(text, at)
    if at < len(text) and not text[at:].strip(_END_MARKS):
        notes.append(
            X12Problem(
                "end_mark",
                "End marks behind the file were skipped.",
                index,
                at,
                "?",
                is_error=False,
            )
        )
        return len(text)
    return at


def _interchange(
    text: str, at: int, index: int, found: _Found, notes: list[X12Problem]
) -> tuple[int, int]:
    """Read one ISA..IEA; give the position and the segment number behind it."""
    if not text.startswith("ISA", at):
        code, what = (
            ("after_iea", "Behind IEA only another ISA may follow.")
            if index > 1
            else ("not_x12", "The file starts with isa in small letters; X12 wants capitals.")
            if text[at : at + 3].upper() == "ISA"
            else ("not_x12", "The file does not start with ISA, as an X12 file does.")
        )
        raise refuse(code, what, segment_index=index, position=at, segment_id="?")
    separators = read_isa(text, at, index)
    isa = Segment(tuple(text[at : at + ISA_LENGTH - 1].split(separators.element)), index, at)
    if isa[12] not in VERSIONS:
        raise X12Refused(
            [isa.problem("version", f"Interchange version {isa[12]} is not read; only 00501 is.")]
        )
    state = _Open(isa=isa, separators=separators)
    for segment, behind in cut(text, at + ISA_LENGTH, separators, index + 1, notes):
        _step(state, segment)
        if segment.id == "IEA":
            _take(state, isa, found, notes)
            return behind, segment.index + 1
    raise refuse(
        "truncated",
        "The file ends before IEA closes the interchange.",
        segment_index=index,
        position=at,
        segment_id="ISA",
    )


def _take(state: _Open, isa: Segment, found: _Found, notes: list[X12Problem]) -> None:
    """Add a closed interchange; one that stands in the file twice is said."""
    found.sets.extend(state.done)
    found.acknowledgements.extend(state.acknowledgements)
    control = (isa[6], isa[13])
    if control in found.controls:
        notes.append(
            isa.problem("interchange_twice", "ISA13 was used before in this file.", is_error=False)
        )
    found.controls.add(control)


def _step(state: _Open, segment: Segment) -> None:
    """Take one segment into the state. Raises: X12Refused when it stands in the wrong place."""
    known = {
        "ISA": _misplaced,
        "GS": _open_group,
        "ST": _open_set,
        "SE": _close_set,
        "GE": _close_group,
        "IEA": _close_interchange,
    }
    if segment.id in known:
        known[segment.id](state, segment)
    elif state.st is not None:
        state.body.append(segment)
    elif segment.id == "TA1" and state.gs is None:
        # It acknowledges an earlier interchange and stands between ISA and GS.
        state.acknowledgements.append(segment)
    else:
        _misplaced(state, segment)


def _misplaced(state: _Open, segment: Segment) -> None:
    open_now = "ST" if state.st else "GS" if state.gs else "ISA"
    raise X12Refused(
        [
            segment.problem(
                "envelope_order", f"{segment.id} cannot stand here: {open_now} is still open."
            )
        ]
    )


def _open_group(state: _Open, segment: Segment) -> None:
    if state.gs is not None:
        _misplaced(state, segment)
    state.gs, state.sets_in_group = segment, 0


def _open_set(state: _Open, segment: Segment) -> None:
    if state.gs is None or state.st is not None:
        _misplaced(state, segment)
    state.st, state.body = segment, []


def _close_set(state: _Open, segment: Segment) -> None:
    if state.st is None or state.gs is None or state.isa is None:
        _misplaced(state, segment)
        return
    state.sets_in_group += 1
    isa, gs, st = state.isa, state.gs, state.st
    problems = [*set_problems(st, segment, len(state.body))]
    if (gs[6], st[2]) in state.controls:
        problems.append(st.problem("control_number", "ST02 is used twice in this group."))
    state.controls.add((gs[6], st[2]))
    state.done.append(
        TransactionSet(
            kind=st[1],
            control=st[2],
            version=st[3] or gs[8],
            segments=tuple(state.body),
            separators=state.separators,
            functional_id=gs[1],
            sender=gs[2],
            receiver=gs[3],
            interchange_control=isa[13],
            group_control=gs[6],
            is_test=isa[15] == "T",
            problems=tuple(problems),
        )
    )
    state.st, state.body = None, []


def _close_group(state: _Open, segment: Segment) -> None:
    if state.gs is None or state.st is not None:
        _misplaced(state, segment)
        return
    found = []
    if state.gs[6].strip() != segment[2].strip() or not segment[2].strip():
        found.append(segment.problem("control_number", "GE02 differs from GS06."))
    if number(segment[1]) != state.sets_in_group:
        found.append(
            segment.problem(
                "set_count",
                f"GE01 says {shown(segment[1])} sets; there are {state.sets_in_group}.",
            )
        )
    if found:
        raise X12Refused(found)
    state.gs = None
    state.groups += 1


def _close_interchange(state: _Open, segment: Segment) -> None:
    if state.isa is None or state.gs is not None or state.st is not None:
        _misplaced(state, segment)
        return
    found = []
    if state.isa[13] != segment[2]:
        found.append(segment.problem("control_number", "IEA02 differs from ISA13."))
    if number(segment[1]) != state.groups:
        found.append(
            segment.problem(
                "group_count", f"IEA01 says {shown(segment[1])} groups; there are {state.groups}."
            )
        )
    if found:
        raise X12Refused(found)
