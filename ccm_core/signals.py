"""The pass across patients: what one person's month looks like as a whole.

Rules judge one case at a time; what is only seen across patients (a person on
two patients at once, copied notes, odd patterns) is found here, once a month,
and handed to the cases as signals.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

from ccm_core.cases import SECONDS_PER_MINUTE, Signal
from ccm_core.months import Month, time_zone
from ccm_core.policy import Policy
from ccm_core.records import Practice, TimeEntry

_WORD = re.compile(r"[^\W\d_]+")
_COUNTING = frozenset({"clinical_staff", "practitioner"})
_PERCENT = 100
Found = Iterator[tuple[str, Signal]]


def find_signals(
    entries: Iterable[TimeEntry], practice: Practice, month: Month
) -> dict[str, tuple[Signal, ...]]:
    """Signals of one month by patient id; entries of the whole practice in any order."""
    policy = Policy.on(month, practice.policy)
    zone = time_zone(practice.time_zone)
    counting = sorted(
        (e for e in entries if e.actor in _COUNTING), key=lambda e: (e.started_at, e.entry_id)
    )
    found: dict[str, list[Signal]] = defaultdict(list)
    by_person: dict[str, list[TimeEntry]] = defaultdict(list)
    for entry in counting:
        if entry.staff_id:
            by_person[entry.staff_id].append(entry)
    for person in sorted(by_person):
        own = by_person[person]
        for patient_id, signal in (
            *_overlaps(own),
            *_impossible_days(own, policy, zone),
            *_copied(own, policy),
            *_equal(own, policy),
            *_round(own, policy),
            *_month_end(own, policy, month, zone),
            *_bunching(own, policy),
        ):
            found[patient_id].append(signal)
    return {patient_id: tuple(signals) for patient_id, signals in found.items()}


def _overlaps(own: list[TimeEntry]) -> Found:
    """Entries of one person on different patients that share time.

    A sweep keeps every entry still running, so that a long early one that covers
    several later ones is seen each time.
    """
    running: list[TimeEntry] = []
    for entry in own:
        running = [r for r in running if r.ended_at > entry.started_at]
        for other in running:
            if other.patient_id != entry.patient_id:
                shared = min(other.ended_at, entry.ended_at) - entry.started_at
                minutes = int(shared.total_seconds()) // SECONDS_PER_MINUTE
                said = f"One person is on two patients at once for {minutes} minutes."
                ids = (other.entry_id, entry.entry_id)
                yield entry.patient_id, Signal("staff_overlap", said, ids)
                yield other.patient_id, Signal("staff_overlap", said, ids)
        if entry.seconds:
            running.append(entry)


def _impossible_days(own: list[TimeEntry], policy: Policy, zone: ZoneInfo) -> Found:
    days: dict[object, list[TimeEntry]] = defaultdict(list)
    for entry in own:
        days[entry.started_at.astimezone(zone).date()].append(entry)
    limit = policy.whole("staff_day_hours")
    for day, of_day in days.items():
        hours = sum(e.seconds for e in of_day) / SECONDS_PER_MINUTE / SECONDS_PER_MINUTE
        if hours > limit:
            said = (
                f"One person logged {hours:.1f} hours on {day}; more than {limit} is not plausible."
            )
            ids = tuple(e.entry_id for e in of_day)
            for patient_id in sorted({e.patient_id for e in of_day}):
                yield patient_id, Signal("impossible_day", said, ids)


def _copied(own: list[TimeEntry], policy: Policy) -> Found:
    """Notes that stand, almost letter for letter, with several patients."""
    shortest = policy.whole("note_copy_min_letters")
    groups: dict[str, list[TimeEntry]] = defaultdict(list)
    for entry in own:
        plain = " ".join(_WORD.findall(entry.note.lower()))
        if len(plain) >= shortest:
            groups[plain].append(entry)
    need = policy.whole("note_copy_patients")
    for alike in _merge(groups, policy.whole("note_similarity")):
        patients = sorted({e.patient_id for e in alike})
        if len(patients) >= need:
            said = f"One note stands, almost unchanged, with {len(patients)} patients."
            for patient_id in patients:
                ids = tuple(e.entry_id for e in alike if e.patient_id == patient_id)
                yield patient_id, Signal("copied_note", said, ids)


def _merge(groups: dict[str, list[TimeEntry]], likeness: int) -> Iterator[list[TimeEntry]]:
    """Groups of equal notes, joined where the texts are almost equal.

    Only neighbours in alphabetical order are compared: copies that differ late in
    the text stand side by side, and the work stays linear.
    """
    joined: list[TimeEntry] = []
    before = ""
    for plain in sorted(groups):
        if before and fuzz.ratio(before, plain) < likeness:
            yield joined
            joined = []
        joined = joined + groups[plain]
        before = plain
    if joined:
        yield joined


def _for_all(own: list[TimeEntry], kind: str, said: str) -> Found:
    """One signal for each patient of the person."""
    by_patient: dict[str, list[str]] = defaultdict(list)
    for entry in own:
        by_patient[entry.patient_id].append(entry.entry_id)
    for patient_id, ids in sorted(by_patient.items()):
        yield patient_id, Signal(kind, said, tuple(ids))


def _equal(own: list[TimeEntry], policy: Policy) -> Found:
    if len(own) < policy.whole("equal_duration_min_entries"):
        return
    length, times = Counter(e.seconds for e in own).most_common(1)[0]
    share = times * _PERCENT // len(own)
    if share >= policy.whole("equal_duration_share"):
        minutes = length // SECONDS_PER_MINUTE
        said = f"{share} % of one person's {len(own)} entries last exactly {minutes} minutes."
        yield from _for_all([e for e in own if e.seconds == length], "equal_durations", said)


def _round(own: list[TimeEntry], policy: Policy) -> Found:
    if len(own) < policy.whole("equal_duration_min_entries"):
        return
    step = policy.whole("round_minutes") * SECONDS_PER_MINUTE
    even = [e for e in own if e.seconds and e.seconds % step == 0]
    share = len(even) * _PERCENT // len(own)
    if share >= policy.whole("round_share"):
        said = (
            f"{share} % of one person's {len(own)} entries are multiples of five minutes "
            "(20 % by chance)."
        )
        yield from _for_all(even, "round_durations", said)


def _month_end(own: list[TimeEntry], policy: Policy, month: Month, zone: ZoneInfo) -> Found:
    if len(own) < policy.whole("month_end_min_entries"):
        return
    first = month.last_day.day - policy.whole("month_end_days") + 1
    late = [e for e in own if e.started_at.astimezone(zone).day >= first]
    total = sum(e.seconds for e in own)
    share = sum(e.seconds for e in late) * _PERCENT // total if total else 0
    if share >= policy.whole("month_end_share"):
        said = f"{share} % of one person's minutes lie on the last days of the month."
        yield from _for_all(late, "month_end", said)


def _bunching(own: list[TimeEntry], policy: Policy) -> Found:
    """Patient-months whose total ends within a minute above the first threshold."""
    bases = [path.base.first_seconds for path in policy.paths]
    if not bases:
        return
    mark, width = min(bases), policy.whole("bunching_width_seconds")
    totals: dict[str, int] = defaultdict(int)
    for entry in own:
        totals[entry.patient_id] += entry.seconds
    if len(totals) < policy.whole("bunching_min_months"):
        return
    near = {p for p, seconds in totals.items() if mark <= seconds < mark + width}
    share = len(near) * _PERCENT // len(totals)
    if share >= policy.whole("bunching_share"):
        said = f"{share} % of one person's patient-months end within a minute above the threshold."
        yield from _for_all([e for e in own if e.patient_id in near], "bunching", said)
