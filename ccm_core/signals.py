"""The pass across patients: what one person's month looks like as a whole.

Rules judge one case at a time; what is only seen across patients (a person on
two patients at once, copied notes, odd patterns) is found here, once a month,
and handed to the cases as signals.
"""

from __future__ import annotations

import functools
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import chain
from zoneinfo import ZoneInfo

from ccm_core.cases import SECONDS_PER_MINUTE, Signal
from ccm_core.copied_notes import merged, plain
from ccm_core.months import Month, time_zone
from ccm_core.policy import Policy
from ccm_core.records import Practice, TimeEntry

_COUNTING = frozenset({"clinical_staff", "practitioner"})
_PERCENT = 100
MOST_AT_ONCE = 25
"""Other entries that one entry is set against when one person is on a crowd at once."""
MOST_NAMED = 200
"""Entries of one day that every patient of the day is shown; beyond, each sees its own."""
Found = Iterator[tuple[str, Signal]]
Timed = tuple[float, str, int, TimeEntry]
"""An entry behind its start in epoch seconds, its identifier and its place: sorted by them."""
QUARTER = 900
"""Seconds in which no clock changes."""


def find_signals(
    entries: Iterable[TimeEntry], practice: Practice, month: Month
) -> dict[str, tuple[Signal, ...]]:
    """Signals of one month by patient id; entries of the whole practice in any order."""
    policy = Policy.on(month, practice.policy)
    zone = time_zone(practice.time_zone)
    found: dict[str, list[Signal]] = defaultdict(list)
    by_person: dict[str, list[TimeEntry]] = defaultdict(list)
    for entry in entries:
        if entry.staff_id and entry.actor in _COUNTING:
            by_person[entry.staff_id].append(entry)
    for person in sorted(by_person):
        timed = _timed(by_person[person])
        own = [entry for _, _, _, entry in timed]
        days = [day_of(int(moment) // QUARTER, zone) for moment, _, _, _ in timed]
        for patient_id, signal in (
            *_overlaps(timed),
            *_impossible_days(own, days, policy),
            *_copied(own, policy),
            *_equal(own, policy),
            *_round(own, policy),
            *_month_end(own, days, policy, month),
            *_bunching(own, policy),
        ):
            found[patient_id].append(signal)
    return {patient_id: tuple(signals) for patient_id, signals in found.items()}


def signals_of_parts(
    beside: Iterable[TimeEntry], alike: Iterable[Iterable[TimeEntry]], policy: Policy
) -> dict[str, tuple[Signal, ...]]:
    """The same for one person of whom is known which entries can take part in a signal.

    ``beside``: those that may share time; ``alike``: groups with notes that may be almost
    equal, by their words. No other signal may be possible.
    """
    found: dict[str, list[Signal]] = defaultdict(list)
    copied = (_copied([timed[-1] for timed in _timed(group)], policy) for group in alike)
    for patient_id, signal in chain(_overlaps(_timed(beside)), *copied):
        found[patient_id].append(signal)
    return {patient_id: tuple(signals) for patient_id, signals in found.items()}


def _timed(entries: Iterable[TimeEntry]) -> list[Timed]:
    return sorted(
        (entry.started_at.timestamp(), entry.entry_id, place, entry)
        for place, entry in enumerate(entries)
    )


@functools.lru_cache(maxsize=16384)
def day_of(quarter: int, zone: ZoneInfo) -> date:
    """The local day of a quarter of an hour since 1970: no clock changes within one."""
    return datetime.fromtimestamp(quarter * QUARTER, zone).date()


def signals_of_logs(
    logs: Iterable[Iterable[TimeEntry]], practice: Practice, month: Month
) -> dict[str, tuple[Signal, ...]]:
    """Signals of one month by patient id, from logs that each hold whole people.

    Every audit looks for signals here: over a store, some people at a time and in the order
    of their ids, or in a worker that holds one person's log. What lies outside the month is
    left out.
    """
    first, past = month.bounds(time_zone(practice.time_zone))
    found: dict[str, tuple[Signal, ...]] = {}
    for log in logs:
        touching = [entry for entry in log if _touches(entry, first, past)]
        for patient_id, signals in find_signals(touching, practice, month).items():
            found[patient_id] = found.get(patient_id, ()) + signals
    return found


def _touches(entry: TimeEntry, first: int, past: int) -> bool:
    """Whether an entry lies at least partly within the month (``members.entry_touches``)."""
    start = int(entry.started_at.timestamp())
    reaches_in = entry.is_start_known and start + entry.seconds > first
    return start < past and (start >= first or reaches_in)


class _Running:
    """Entries of one person that are still going on, by patient; the newest patient last."""

    def __init__(self) -> None:
        self.ends: list[tuple[datetime, int]] = []
        self.by_patient: dict[str, dict[int, TimeEntry]] = {}
        self.patient_of: dict[int, str] = {}

    def start(self, number: int, entry: TimeEntry) -> None:
        """Add an entry. Numbers rise in the order of time."""
        own = self.by_patient.pop(entry.patient_id, {})
        own[number] = entry
        self.by_patient[entry.patient_id] = own
        self.patient_of[number] = entry.patient_id
        heapq.heappush(self.ends, (entry.ended_at, number))

    def drop_ended(self, now: datetime) -> None:
        """Forget what has ended by now; touching entries do not overlap."""
        while self.ends and self.ends[0][0] <= now:
            _, number = heapq.heappop(self.ends)
            patient_id = self.patient_of.pop(number)
            own = self.by_patient[patient_id]
            del own[number]
            if not own:
                del self.by_patient[patient_id]

    def beside(self, entry: TimeEntry) -> list[TimeEntry]:
        """Entries of other patients, oldest first; the newest of them where there are many."""
        found: list[tuple[int, TimeEntry]] = []
        for patient_id, own in reversed(self.by_patient.items()):
            if len(found) >= MOST_AT_ONCE:
                break
            if patient_id != entry.patient_id:
                found += list(own.items())[-MOST_AT_ONCE:]
        newest = sorted(found, key=lambda pair: pair[0])[-MOST_AT_ONCE:]
        return [other for _, other in newest]


def _overlaps(timed: list[Timed]) -> Found:
    """Entries of one person on different patients that share time.

    A day falls into stretches; only one of several entries can hold an overlap, few do.
    """
    stretch: list[TimeEntry] = []
    reached = 0.0
    for start, _, _, entry in timed:
        if not entry.is_start_known:
            continue
        if start >= reached:
            if len(stretch) > 1:
                yield from _shared(stretch)
            stretch = []
        stretch.append(entry)
        reached = max(reached, start + entry.seconds)
    if len(stretch) > 1:
        yield from _shared(stretch)


def _shared(own: list[TimeEntry]) -> Found:
    """Entries of one person on different patients that share time; each has a known start.

    A sweep keeps what still runs, so that a long early entry is seen with each later one.
    On a crowd at once, each is set against the newest only: the work stays bounded.
    """
    running = _Running()
    for number, entry in enumerate(own):
        running.drop_ended(entry.started_at)
        for other in running.beside(entry):
            shared = min(other.ended_at, entry.ended_at) - entry.started_at
            minutes = int(shared.total_seconds()) // SECONDS_PER_MINUTE
            said = f"One person is on two patients at once for {minutes} minutes."
            signal = Signal("staff_overlap", said, (other.entry_id, entry.entry_id))
            yield entry.patient_id, signal
            yield other.patient_id, signal
        if entry.seconds:
            running.start(number, entry)


def _impossible_days(own: list[TimeEntry], days: list[date], policy: Policy) -> Found:
    by_day: dict[date, list[TimeEntry]] = defaultdict(list)
    for day, entry in zip(days, own, strict=True):
        by_day[day].append(entry)
    limit = policy.whole("staff_day_hours")
    for day, of_day in by_day.items():
        hours = sum(e.seconds for e in of_day) / SECONDS_PER_MINUTE / SECONDS_PER_MINUTE
        if hours > limit:
            said = (
                f"One person logged {hours:.1f} hours on {day}; more than {limit} is not plausible."
            )
            ids = tuple(e.entry_id for e in of_day)
            for patient_id, theirs in _by_patient(of_day):
                named = ids if len(ids) <= MOST_NAMED else theirs
                yield patient_id, Signal("impossible_day", said, named)


def _by_patient(entries: Iterable[TimeEntry]) -> list[tuple[str, tuple[str, ...]]]:
    """Patient and entry identifiers, by patient."""
    found: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        found[entry.patient_id].append(entry.entry_id)
    return [(patient_id, tuple(ids)) for patient_id, ids in sorted(found.items())]


def _copied(own: list[TimeEntry], policy: Policy) -> Found:
    """Notes that stand, almost letter for letter, with several patients."""
    shortest = policy.whole("note_copy_min_letters")
    groups: dict[str, list[TimeEntry]] = defaultdict(list)
    for entry in own:
        words = plain(entry.note)
        if len(words) >= shortest:
            groups[words].append(entry)
    need = policy.whole("note_copy_patients")
    for alike in merged(groups, policy.whole("note_similarity")):
        patients = _by_patient(alike)
        if len(patients) >= need:
            said = f"One note stands, almost unchanged, with {len(patients)} patients."
            for patient_id, ids in patients:
                yield patient_id, Signal("copied_note", said, ids)


def _for_all(own: list[TimeEntry], kind: str, said: str) -> Found:
    """One signal for each patient of the person."""
    for patient_id, ids in _by_patient(own):
        yield patient_id, Signal(kind, said, ids)


def _equal(own: list[TimeEntry], policy: Policy) -> Found:
    if len(own) < policy.whole("equal_duration_min_entries"):
        return
    length, times = Counter(e.seconds for e in own).most_common(1)[0]
    share = times * _PERCENT // len(own)
    if share >= policy.whole("equal_duration_share"):
        minutes = length // SECONDS_PER_MINUTE
        said = f"{share}% of one person's {len(own)} entries last exactly {minutes} minutes."
        yield from _for_all([e for e in own if e.seconds == length], "equal_durations", said)


def _round(own: list[TimeEntry], policy: Policy) -> Found:
    if len(own) < policy.whole("equal_duration_min_entries"):
        return
    step = policy.whole("round_minutes") * SECONDS_PER_MINUTE
    even = [e for e in own if e.seconds and e.seconds % step == 0]
    share = len(even) * _PERCENT // len(own)
    if share >= policy.whole("round_share"):
        said = (
            f"{share}% of one person's {len(own)} entries are multiples of five minutes "
            "(20% by chance)."
        )
        yield from _for_all(even, "round_durations", said)


def _month_end(own: list[TimeEntry], days: list[date], policy: Policy, month: Month) -> Found:
    if len(own) < policy.whole("month_end_min_entries"):
        return
    first = month.last_day.day - policy.whole("month_end_days") + 1
    late = [e for day, e in zip(days, own, strict=True) if day.day >= first]
    total = sum(e.seconds for e in own)
    share = sum(e.seconds for e in late) * _PERCENT // total if total else 0
    if share >= policy.whole("month_end_share"):
        said = f"{share}% of one person's minutes lie on the last days of the month."
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
        said = f"{share}% of one person's patient-months end within a minute above the threshold."
        yield from _for_all([e for e in own if e.patient_id in near], "bunching", said)
