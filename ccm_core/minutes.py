"""Counted minutes: which seconds of a month count, which do not, and why.

Seconds are summed and the month total is floored once. Time of several people
on one patient at one moment counts once. Practitioner time is kept apart: it
may serve as staff time, never the reverse.
"""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ccm_core.activities import activity_of
from ccm_core.eligibility import chronic_count, consent_on, initiating, relation, stay_on
from ccm_core.months import Month, day_start
from ccm_core.records import TimeEntry

if TYPE_CHECKING:
    from ccm_core.cases import Case
    from ccm_core.policy import Policy

Interval = tuple[int, int]

_ACTOR_REASONS = {
    "non_clinical": "non-clinical staff",
    "automated": "automated, not a person",
    "patient": "the patient's own time",
}
_STAY_REASONS = {
    "hospital": "hospital inpatient day",
    "snf_part_a": "SNF Part A day",
    "hospice": "hospice day",
}
HOSPICE_MODIFIERS = frozenset({"GV", "GW"})
_FACILITY_STAYS = frozenset({"hospital", "snf_part_a"})
_ALL_STAYS = frozenset(_STAY_REASONS)


@dataclass(frozen=True, slots=True)
class Excluded:
    """Seconds that do not count, for one reason."""

    seconds: int
    reason: str
    entry_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountedEntry:
    """One entry's part of the month: what counted, what did not, and why."""

    entry: TimeEntry
    on: date
    start: int
    counted_seconds: int
    excluded: tuple[tuple[int, str], ...]
    own_seconds: int = 0
    """What counts as the practitioner's own time, also where it overlaps staff time."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A month's time. ``total_seconds`` = staff-only + practitioner seconds."""

    total_seconds: int
    practitioner_seconds: int
    logged_seconds: int
    excluded: tuple[Excluded, ...]
    entries: tuple[CountedEntry, ...]

    @property
    def staff_seconds(self) -> int:
        return self.total_seconds - self.practitioner_seconds

    @property
    def counted_ids(self) -> tuple[str, ...]:
        return tuple(e.entry.entry_id for e in self.entries if e.counted_seconds)

    @property
    def is_all_practitioner(self) -> bool:
        return self.total_seconds > 0 and self.total_seconds == self.practitioner_seconds

    def seconds_for(self, whose_time: str) -> int:
        """Counted time that a code of this kind may use."""
        return self.practitioner_seconds if whose_time == "practitioner" else self.total_seconds


def count(case: Case, policy: Policy) -> Counted:
    """Count one month of one patient. Input order never matters."""
    clock = _Clock(case)
    visit = initiating(case, policy)
    needs_visit_from = visit.visit.on if visit.is_needed and visit.visit else None
    visit_days = _visit_days(case, policy)
    found: list[CountedEntry] = []
    reached = reached_own = clock.first
    practitioner = total = 0
    for entry in sorted(case.entries, key=lambda e: (e.started_at, -e.seconds, e.entry_id)):
        start, end, outside = clock.clip(entry)
        on = clock.day(start if end > start else clock.moment(entry))
        excluded = [(outside, "outside the month")] if outside else []
        reason = _reason(case, policy, entry, on, needs_visit_from, visit_days)
        if reason and end > start:
            excluded.append((end - start, reason))
            found.append(CountedEntry(entry, on, start, 0, tuple(excluded)))
            continue
        fresh = max(0, end - max(start, reached))
        overlap = (end - start) - fresh
        if overlap > 0:
            excluded.append((overlap, "overlap, counted once"))
        total += fresh
        reached = max(reached, end)
        own = 0
        if entry.actor == "practitioner":
            own = max(0, end - max(start, reached_own))
            reached_own = max(reached_own, end)
        practitioner += own
        found.append(CountedEntry(entry, on, start, fresh, tuple(excluded), own))
    logged = sum(entry.seconds for entry in case.entries)
    return Counted(total, practitioner, logged, _by_reason(found), tuple(found))


@functools.lru_cache(maxsize=256)
def _days(month: Month, zone: ZoneInfo) -> tuple[tuple[int, ...], tuple[date, ...]]:
    """First second and date of every day of a month."""
    days = tuple(month.days())
    return tuple(day_start(day, zone) for day in days), days


class _Clock:
    """The month's edges as epoch seconds in the practice's time zone."""

    def __init__(self, case: Case) -> None:
        self.zone = case.zone
        self.first, self.past = case.month.bounds(case.zone)
        self.days = _days(case.month, self.zone)

    def moment(self, entry: TimeEntry) -> int:
        return int(entry.started_at.timestamp())

    def clip(self, entry: TimeEntry) -> tuple[int, int, int]:
        """Start and end within the month, and the seconds that fall outside it."""
        start = self.moment(entry)
        end = start + entry.seconds
        if self.first <= start <= end <= self.past:
            return start, end, 0
        inside_start = min(max(start, self.first), self.past)
        inside_end = max(min(end, self.past), inside_start)
        return inside_start, inside_end, entry.seconds - (inside_end - inside_start)

    def day(self, moment: int) -> date:
        """The local day of a moment; within the month by looking it up, not by the calendar."""
        if self.first <= moment < self.past:
            starts, days = self.days
            return days[bisect_right(starts, moment) - 1]
        return datetime.fromtimestamp(moment, UTC).astimezone(self.zone).date()


def _reason(
    case: Case,
    policy: Policy,
    entry: TimeEntry,
    on: date,
    visit_from: date | None,
    visit_days: frozenset[date],
) -> str:
    """Why an entry does not count, or an empty text."""
    return (
        _who_reason(entry)
        or _work_reason(case, entry, policy)
        or day_reason(case, on)
        or ("before the initiating visit" if visit_from and on < visit_from else "")
        or ("part of a visit" if on in visit_days else "")
    )


def _who_reason(entry: TimeEntry) -> str:
    if entry.actor in _ACTOR_REASONS:
        return _ACTOR_REASONS[entry.actor]
    return "outside the United States" if entry.outside_us else ""


def _work_reason(case: Case, entry: TimeEntry, policy: Policy) -> str:
    activity = activity_of(entry.activity) if entry.activity else None
    if activity is not None and not activity.counts:
        return activity.reason
    if entry.face_to_face:
        return "face to face"
    if entry.counted_for and not _is_own(case, policy, entry.counted_for):
        return f"already counted for {entry.counted_for}"
    return ""


def _is_own(case: Case, policy: Policy, code: str) -> bool:
    """Whether the code belongs to the families that this patient's month may be billed by.

    Minutes of PCM, for example, are another service's minutes where CCM is billed.
    """
    if code not in policy.path_codes:
        return False
    if case.request is not None and code in case.request.units:
        return True
    many = chronic_count(case) >= policy.whole("ccm_condition_count")
    return not many or policy.family(code) != _PCM


_PCM = "pcm"


def day_reason(case: Case, on: date) -> str:
    """Why no time of this day counts (consent, death, stay), or an empty text."""
    if case.patient.died_on is not None and on > case.patient.died_on:
        return "after death"
    if consent_on(case.consents, on) is None:
        return _consent_reason(case, on)
    kinds = _FACILITY_STAYS if has_hospice_modifier(case) else _ALL_STAYS
    stay = stay_on(case.stays, on, kinds)
    return _STAY_REASONS[stay.kind] if stay else ""


def free_days(case: Case, policy: Policy, days: Iterable[date]) -> list[date]:
    """Those of the days on which nothing speaks against counting time."""
    visit = initiating(case, policy)
    starts = visit.visit.on if visit.is_needed and visit.visit else date.min
    busy = _visit_days(case, policy)
    return [d for d in days if d >= starts and d not in busy and not day_reason(case, d)]


def _consent_reason(case: Case, on: date) -> str:
    if not case.consents:
        return "no consent"
    earlier = any(consent.given_on <= on for consent in case.consents)
    return "after revocation" if earlier else "before consent"


def has_hospice_modifier(case: Case) -> bool:
    """Whether the claim says that the care is unrelated (GW) or by the attending (GV)."""
    return case.request is not None and bool(HOSPICE_MODIFIERS & set(case.request.modifiers))


def _visit_days(case: Case, policy: Policy) -> frozenset[date]:
    """Days on which, under the strict reading, no staff time counts."""
    if policy.preference("same_day_visit") != "whole_day":
        return frozenset()
    return frozenset(
        visit.on
        for visit in case.visits
        if policy.family(visit.code) == "em_office" and relation(case, visit) == "same"
    )


def _by_reason(entries: Iterable[CountedEntry]) -> tuple[Excluded, ...]:
    seconds: dict[str, int] = {}
    ids: dict[str, list[str]] = {}
    for counted in entries:
        for part, reason in counted.excluded:
            seconds[reason] = seconds.get(reason, 0) + part
            ids.setdefault(reason, []).append(counted.entry.entry_id)
    return tuple(Excluded(seconds[r], r, tuple(sorted(ids[r]))) for r in sorted(seconds))
