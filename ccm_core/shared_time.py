"""A minute serves one code: moments that another code's entries use are left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccm_core.minutes import CountedEntry

ALREADY_COUNTED = "already counted for"
SAME_MOMENT = "at the same moment as time of another code"


def apart(entries: list[CountedEntry]) -> list[CountedEntry]:
    """The counted entries without the seconds in which another code's time was logged too.

    One call that stands in the log twice, for CCM and for monitoring, supports one of them.
    Time of several people on one patient at one moment counts once, so it does not matter
    who logged it. Of entries whose start nobody knows, nothing can be said (T15).
    """
    taken = _taken(entries)
    return [_left(part, taken) for part in entries]


def _taken(entries: Iterable[CountedEntry]) -> list[tuple[int, int]]:
    """Spans of the entries of other codes, joined where they meet."""
    spans = sorted(
        (part.start, part.start + seconds)
        for part in entries
        for seconds, reason in part.excluded
        if part.entry.is_start_known and reason.startswith(ALREADY_COUNTED)
    )
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _left(part: CountedEntry, taken: list[tuple[int, int]]) -> CountedEntry:
    if not part.entry.is_start_known:
        return part
    # What counts is the end of an entry: its beginning may lie under an earlier one.
    end = part.start + part.counted_seconds
    end += sum(seconds for seconds, reason in part.excluded if reason != "outside the month")
    shared = _shared(end - part.counted_seconds, end, taken)
    own = _shared(end - part.own_seconds, end, taken)
    if not shared and not own:
        return part
    excluded = (*part.excluded, (shared, SAME_MOMENT)) if shared else part.excluded
    return part._replace(
        counted_seconds=part.counted_seconds - shared,
        own_seconds=part.own_seconds - own,
        excluded=excluded,
    )


def _shared(start: int, end: int, taken: list[tuple[int, int]]) -> int:
    """Seconds of a span that lie within the taken ones."""
    return sum(max(0, min(end, past) - max(start, first)) for first, past in taken)
