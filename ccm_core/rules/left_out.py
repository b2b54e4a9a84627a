"""T and O, continued: time that was left out, so that somebody sees it and decides."""

from __future__ import annotations

from ccm_core.cases import SECONDS_PER_MINUTE, Case
from ccm_core.eligibility import stay_on
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.shared_time import SAME_MOMENT

_FACILITY = frozenset({"hospital", "snf_part_a"})
_DAY_REASONS = frozenset({"hospital inpatient day", "SNF Part A day", "hospice day"})


@rule(
    "T11",
    "Time outside the United States was left out",
    level=Level.NOTE,
    needs=("excluded",),
    cites=("tma-ccm#outside the United States",),
    fix="Minutes of people outside the United States never count.",
)
def outside_us(case: Case, policy: Policy) -> Finding | None:
    """Contracted staff may do the work, people outside the United States may not."""
    for excluded in case.counted.excluded:
        if excluded.reason == "outside the United States":
            minutes = excluded.seconds // SECONDS_PER_MINUTE
            return Finding(
                f"{minutes} minutes by people outside the United States.",
                (Evidence("entries", len(excluded.entry_ids), excluded.entry_ids),),
            )
    return None


@rule(
    "T12",
    "Face-to-face time was left out",
    level=Level.NOTE,
    needs=("excluded",),
    cites=("noridian-qa-2017#A4", "seed-1#activities that do not count"),
    fix="If it was telephone work done in person and no part of a billed visit, log it as such.",
)
def face_to_face(case: Case, policy: Policy) -> Finding | None:
    """CCM is in large part not face to face; time of a visit never counts.

    The program guide never counts it. Noridian and CMS let work count that is
    normally done by telephone and happened in person, outside a billed visit.
    It is left out here under both policies until somebody decides.
    """
    for excluded in case.counted.excluded:
        if excluded.reason == "face to face":
            minutes = excluded.seconds // SECONDS_PER_MINUTE
            return Finding(
                f"{minutes} face-to-face minutes were left out.",
                (Evidence("entries", len(excluded.entry_ids), excluded.entry_ids),),
            )
    return None


@rule(
    "T16",
    "Time logged for two codes was left out",
    level=Level.NOTE,
    needs=("excluded",),
    cites=("d3rx-99490#distinct minutes",),
    fix="Decide which code the shared minutes support, and take them out of the other log.",
)
def shared_with_another_code(case: Case, policy: Policy) -> Finding | None:
    """A minute supports one code, whoever logged it.

    A call that stands in the log for CCM and once more for monitoring is one call: what
    the other code's entry covers does not count here.
    """
    for excluded in case.counted.excluded:
        if excluded.reason == SAME_MOMENT:
            minutes = excluded.seconds // SECONDS_PER_MINUTE
            return Finding(
                f"{minutes} minutes are logged for another code as well.",
                (Evidence("entries", len(excluded.entry_ids), excluded.entry_ids),),
            )
    return None


@rule(
    "T14",
    "Time for prior authorization was left out",
    level=Level.NOTE,
    needs=("excluded",),
    cites=("aafp-prior-auth#Q1",),
    fix="If clinical work was done with it, log that part by its own activity.",
)
def prior_authorization(case: Case, policy: Policy) -> Finding | None:
    """Whether it counts is debated: AAFP finds it safer not to count it, one vendor counts it."""
    for excluded in case.counted.excluded:
        if excluded.reason == "prior authorization":
            minutes = excluded.seconds // SECONDS_PER_MINUTE
            return Finding(
                f"{minutes} minutes for prior authorization were left out.",
                (Evidence("entries", len(excluded.entry_ids), excluded.entry_ids),),
            )
    return None


@rule(
    "O17",
    "Time on the day of admission or discharge was left out",
    level=Level.NOTE,
    needs=("excluded", "stays"),
    cites=("cms-faq-2015#part of the month", "derived#both ends of a stay"),
    fix="If the work was done at home, before admission or after discharge, end the stay a day "
    "earlier in the record.",
)
def edge_of_stay(case: Case, policy: Policy) -> Finding | None:
    """Days of a stay do not count, both ends included; no source found splits the edge days.

    The patient was at home for a part of the first and of the last day. CMS speaks
    of days, not of hours, so these minutes are left out and shown.
    """
    edges = {day for stay in case.stays for day in (stay.from_on, stay.to_on)}
    seconds, ids = 0, []
    for entry in case.counted.entries:
        if entry.on not in edges:
            continue
        part = sum(s for s, reason in entry.excluded if reason in _DAY_REASONS)
        if part:
            seconds += part
            ids.append(entry.entry.entry_id)
    if not ids:
        return None
    return Finding(
        f"{seconds // SECONDS_PER_MINUTE} minutes on a day of admission or discharge do not count.",
        (Evidence("entries", len(ids), tuple(ids)),),
    )


@rule(
    "O18",
    "Nobody says when a stay ended",
    level=Level.REVIEW,
    needs=("stays_in_month",),
    cites=("cms-faq-2015#part of the month", "derived#stay without an end"),
    fix="Ask whether the patient has come home, and enter the last day of the stay; time after "
    "it counts.",
)
def endless_stay(case: Case, policy: Policy) -> Finding | None:
    """A hospital or SNF stay without an end is taken as lasting, and bars what comes after it.

    Many exports leave the day of discharge out. It is asked for where it decides something:
    minutes after the admission were left out, or the whole month lies in such a stay.
    """
    last_on = case.patient.died_on or case.month.last_day
    closed = tuple(one for one in case.stays if one.to_on is not None)
    lasting = tuple(
        one for one in case.stays
        if one.to_on is None and one.kind in _FACILITY and one.from_on <= last_on
    )  # fmt: skip
    if not lasting:
        return None
    first_on = min(one.from_on for one in lasting)
    barred = {
        day for day in case.month.days()
        if first_on < day <= last_on and stay_on(closed, day, _FACILITY) is None
    }  # fmt: skip
    seconds = sum(
        part for entry in case.counted.entries if entry.on in barred
        for part, reason in entry.excluded if reason in _DAY_REASONS
    )  # fmt: skip
    is_whole = first_on <= case.month.first_day and bool(barred)
    if not seconds and not is_whole:
        return None
    minutes = seconds // SECONDS_PER_MINUTE
    return Finding(
        f"The stay since {first_on.isoformat()} has no end on record; {minutes} minutes after "
        "its first day were left out.",
        (Evidence("stays without an end", len(lasting), tuple(one.stay_id for one in lasting)),),
    )
