"""D, continued: patterns of one person's log across patients, seen by the signal pass."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy
from ccm_core.rule import rule


def _from_signal(case: Case, kind: str) -> Finding | None:
    found = [s for s in case.signals if s.kind == kind]
    if not found:
        return None
    ids = tuple(i for s in found for i in s.ids)
    return Finding(found[0].summary, (Evidence("entries", len(ids), ids),))


@rule(
    "D04",
    "One note stands with several patients",
    level=Level.REVIEW,
    needs=("signals",),
    cites=("seed-1#identical entries", "statistics#copied notes"),
    fix="Say in each note what was done for this patient.",
)
def copied_note(case: Case, policy: Policy) -> Finding | None:
    """Notes that are almost letter for letter alike on several patients look copied.

    Likeness is measured by RapidFuzz; two independent notes of 20 letters or more
    practically never reach the threshold by chance.
    """
    return _from_signal(case, "copied_note")


@rule(
    "D06",
    "One person's entries have one length",
    level=Level.NOTE,
    needs=("signals",),
    cites=("seed-1#identical entries", "statistics#equal durations"),
    fix="Log actual minutes, not standard blocks.",
)
def one_length(case: Case, policy: Policy) -> Finding | None:
    """The share of one person's entries that have the most frequent length, in seconds."""
    return _from_signal(case, "equal_durations")


@rule(
    "D07",
    "One person's entries are multiples of five minutes",
    level=Level.NOTE,
    needs=("signals",),
    cites=("seed-1#rounded estimates", "statistics#multiples of five"),
    fix="Log actual minutes, not rounded ones.",
)
def multiples_of_five(case: Case, policy: Policy) -> Finding | None:
    """Lengths in whole minutes are multiples of five one time in five by chance."""
    return _from_signal(case, "round_durations")


@rule(
    "D08",
    "One person's months end just above the threshold",
    level=Level.NOTE,
    needs=("signals",),
    cites=("statistics#bunching",),
    fix="Compare the notes with the minutes of these months.",
)
def bunching(case: Case, policy: Policy) -> Finding | None:
    """The share of patient-months that end within a minute above the first threshold."""
    return _from_signal(case, "bunching")


@rule(
    "D09",
    "One person's time lies at month end",
    level=Level.NOTE,
    needs=("signals",),
    cites=("statistics#month-end burst",),
    fix="Check that the work was done when it was logged.",
)
def month_end_burst(case: Case, policy: Policy) -> Finding | None:
    """The share of one person's minutes that fall on the last days of the month."""
    return _from_signal(case, "month_end")


@rule(
    "D12",
    "More hours than a day can hold",
    level=Level.REVIEW,
    needs=("signals",),
    cites=("statistics#impossible days",),
    fix="Correct the entries of that day.",
)
def impossible_day(case: Case, policy: Policy) -> Finding | None:
    """One person's logged hours of one day are added up over all patients."""
    return _from_signal(case, "impossible_day")
