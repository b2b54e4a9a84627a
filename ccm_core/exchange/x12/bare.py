"""Files that start with ST: somebody cut the envelope (ISA, GS) off."""

from __future__ import annotations

from ccm_core.exchange.x12.problems import X12Problem, X12Refused
from ccm_core.exchange.x12.segments import Segment, cut
from ccm_core.exchange.x12.separators import guess_from_st
from ccm_core.exchange.x12.transaction import TransactionSet, set_problems


def bare_sets(text: str, at: int, notes: list[X12Problem]) -> list[TransactionSet]:
    """Transaction sets of a file without ISA and GS."""
    separators = guess_from_st(text, at)
    found: list[TransactionSet] = []
    st: Segment | None = None
    body: list[Segment] = []
    for segment, _ in cut(text, at, separators, 1, notes):
        if segment.id == "SE" and st is not None:
            # The count is only a warning here: who cut the envelope off edited the file.
            problems = tuple(
                X12Problem(
                    p.code,
                    p.message,
                    p.segment_index,
                    p.position,
                    p.segment_id,
                    p.code != "segment_count",
                )
                for p in set_problems(st, segment, len(body))
            )
            found.append(
                TransactionSet(
                    st[1], st[2], st[3], tuple(body), separators, is_bare=True, problems=problems
                )
            )
            st, body = None, []
        elif (segment.id == "ST") == (st is not None) or segment.id in {"ISA", "GS", "GE", "IEA"}:
            raise X12Refused(
                [segment.problem("envelope_order", f"{segment.id} cannot stand here.")]
            )
        elif st is None:
            st = segment
        else:
            body.append(segment)
    if st is not None:
        raise X12Refused([st.problem("truncated", "The file ends before SE closes ST.")])
    return found
