"""T, continued: time of which only the day is known, so that nothing is made up about its hour."""

from __future__ import annotations

from collections import Counter
from datetime import date

from ccm_core.cases import SECONDS_PER_MINUTE, Case
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.rules.services import entries


@rule(
    "T15",
    "The time of day was not recorded",
    level=Level.REVIEW,
    needs=("start_unknown",),
    cites=(
        "cpt-time#simultaneous staff", "derived#one minute one patient", "seed-1#internal logs",
    ),
    fix="Import the log again with start times; or compare the notes, see that no work of a day "
    "is there twice, then acknowledge.",
)  # fmt: skip
def start_unknown(case: Case, policy: Policy) -> Finding | None:
    """Of an entry with a day and a length, nobody can say whether it overlaps another one.

    A log of service days and time spent is common and its minutes count in full, each on
    its day. Overlap, clinic hours and the edges of the month need a clock; they are not
    asked of such an entry, and somebody must look instead. No source asks for a time of
    day, so this blocks under neither policy. The minutes that are certain are those left
    if all such entries of a day were one and the same work, or lay within its other time.
    """
    unknown = [
        e for e in case.counted.entries if e.counted_seconds and not e.entry.is_start_known
    ]  # fmt: skip
    if not unknown:
        return None
    ids = tuple(e.entry.entry_id for e in unknown)
    minutes = sum(e.counted_seconds for e in unknown) // SECONDS_PER_MINUTE
    return Finding(
        f"{entries(len(unknown))} ({minutes} minutes) without a time of day: whether they "
        "overlap others cannot be seen.",
        (
            Evidence("entries", len(ids), ids),
            Evidence("minutes certain in any case", _certain(case) // SECONDS_PER_MINUTE),
        ),
    )


def _certain(case: Case) -> int:
    """Seconds that count even if every entry without a start lies within other time of its day."""
    known, longest = Counter[date](), Counter[date]()
    for part in case.counted.entries:
        if part.entry.is_start_known:
            known[part.on] += part.counted_seconds
        else:
            longest[part.on] = max(longest[part.on], part.counted_seconds)
    return (known | longest).total()  # of each day the larger one
