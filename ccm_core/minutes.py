"""Counted minutes: which seconds of a month count, which do not, and why.

Seconds are summed and the month total is floored once. Time of several people
on one patient at one moment counts once. Practitioner time is kept apart: it
may serve as staff time, never the reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ccm_core.activities import activity_of
from ccm_core.eligibility import chronic_count, consent_on, initiating, stay_on, visit_days
from ccm_core.month_clock import UNSURE, Hours, clock_of
from ccm_core.quick import maker, quick
from ccm_core.records import TimeEntry
from ccm_core.shared_time import ALREADY_COUNTED, apart

if TYPE_CHECKING:
    from ccm_core.cases import Case
    from ccm_core.policy import Policy

_ACTOR_REASONS = {
    "non_clinical": "non-clinical staff", "automated": "automated, not a person",
    "patient": "the patient's own time",
}  # fmt: skip
STAY_REASONS = {
    "hospital": "hospital inpatient day", "snf_part_a": "SNF Part A day", "hospice": "hospice day",
}  # fmt: skip
OVERLAP = "overlap, counted once"
NO_CONSENT = "no consent"
HOSPICE_MODIFIERS = frozenset({"GV", "GW"})
_FACILITY_STAYS = frozenset({"hospital", "snf_part_a"})
_ALL_STAYS = frozenset(STAY_REASONS)
_PCM = "pcm"


@dataclass(frozen=True, slots=True)
class Excluded:
    """Seconds that do not count, for one reason."""

    seconds: int
    reason: str
    entry_ids: tuple[str, ...]


class CountedEntry(NamedTuple):
    """One entry's part of the month: what counted, what did not, and why."""

    entry: TimeEntry
    on: date
    start: int
    counted_seconds: int
    excluded: tuple[tuple[int, str], ...]
    own_seconds: int = 0
    """What counts as the practitioner's own time, also where it overlaps staff time."""


@quick
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

    def outside(
        self, hours: Mapping[date, Hours], is_odd: Callable[[TimeEntry], bool]
    ) -> Sequence[str]:
        """Counted entries that begin outside these hours; ``is_odd`` tells where they do not.

        An entry cut at midnight, where the month begins, may have begun the day before.
        """
        found = []
        for entry, on, start, seconds, _, _ in self.entries:
            midnight, opens, closes = hours.get(on, UNSURE) if entry.is_start_known else UNSURE
            is_sure = UNSURE.midnight < midnight < start
            if seconds and not opens <= start < closes and (is_sure or is_odd(entry)):
                found.append(entry.entry_id)
        return found

    def counted_on(self, days: Collection[date]) -> tuple[tuple[str, ...], int]:
        """The entries that count on these days, and their seconds."""
        some = [part for part in self.entries if part.counted_seconds and part.on in days]
        return tuple(one.entry.entry_id for one in some), sum(one.counted_seconds for one in some)

    def day_of(self, seconds: int, whose_time: str) -> date | None:
        """The day on which counted time of this kind reached so many seconds; None: never."""
        total, own = 0, whose_time == "practitioner"
        for _, on, _, counted_seconds, _, own_seconds in self.entries:
            total += own_seconds if own else counted_seconds
            if total >= seconds:
                return on
        return None

    def seconds_for(self, whose_time: str) -> int:
        """Counted time that a code of this kind may use."""
        return self.practitioner_seconds if whose_time == "practitioner" else self.total_seconds


# Half the price of the classes' own calls, for what every entry and every case needs.
_part, _month = CountedEntry._make, maker(Counted)


def count(case: Case, policy: Policy) -> Counted:
    """Count one month of one patient. Input order never matters."""
    clock, days = clock_of(case.month, case.practice.time_zone), _Days(case, policy)
    found: list[CountedEntry] = []
    reached = reached_own = clock.first
    practitioner, total, logged, is_shared = 0, 0, 0, False
    for began, _, _, _, entry in _in_order(case.entries):
        moment, seconds = int(began), entry.seconds
        logged += seconds
        is_shared = is_shared or bool(entry.counted_for)
        if not entry.is_start_known:
            whole = _whole(case, policy, entry, moment, clock.day(moment), days)
            total += whole.counted_seconds
            practitioner += whole.own_seconds
            found.append(whole)
            continue
        start, end, on = clock.part(moment, seconds)
        outside = seconds - (end - start)
        excluded: tuple[tuple[int, str], ...] = ((outside, "outside the month"),) if outside else ()
        by_day = days.reason(on) if on < days.open_from else ""
        reason = _own_reason(case, entry, policy) or by_day
        if reason and end > start:
            excluded = (*excluded, (end - start, reason))
            found.append(CountedEntry(entry, on, start, 0, excluded))
            continue
        begins = start if start > reached else reached
        fresh = end - begins if end > begins else 0
        if end - start > fresh:
            excluded = (*excluded, (end - start - fresh, OVERLAP))
        total += fresh
        reached = end if end > reached else reached
        own = 0
        if entry.actor == "practitioner":
            own = max(0, end - max(start, reached_own))
            reached_own = max(reached_own, end)
            practitioner += own
        found.append(_part((entry, on, start, fresh, excluded, own)))
    if is_shared:
        return _set_apart(found, logged)
    return _month(total, practitioner, logged, _left_out(found), tuple(found))


def _set_apart(entries: list[CountedEntry], logged: int) -> Counted:
    """The month without the moments in which another code's time was logged too."""
    found = apart(entries)
    total = sum(part.counted_seconds for part in found)
    practitioner = sum(part.own_seconds for part in found)
    return Counted(total, practitioner, logged, _left_out(found), tuple(found))


def _whole(
    case: Case, policy: Policy, entry: TimeEntry, moment: int, on: date, days: _Days
) -> CountedEntry:
    """An entry of which only the day is known: whole on that day, beside every other (T15)."""
    seconds, reason = entry.seconds, "" if on in case.month else "outside the month"
    reason = reason or _own_reason(case, entry, policy) or days.reason(on)
    if reason:
        return CountedEntry(entry, on, moment, 0, ((seconds, reason),) if seconds else ())
    own = seconds if entry.actor == "practitioner" else 0
    return CountedEntry(entry, on, moment, seconds, (), own)


def _in_order(entries: tuple[TimeEntry, ...]) -> list[tuple[float, int, str, int, TimeEntry]]:
    """Entries by start, the longest first; each behind its start in epoch seconds."""
    # The place tells apart what agrees in everything else: entries have no order of their own.
    keyed = [
        (entry.started_at.timestamp(), -entry.seconds, entry.entry_id, place, entry)
        for place, entry in enumerate(entries)
    ]
    keyed.sort()
    return keyed


class _Days:
    """Why no time of a day counts, whoever worked."""

    def __init__(self, case: Case, policy: Policy) -> None:
        self.case, self.known = case, dict[date, str]()
        visit = initiating(case, policy)
        self.visit_from = visit.visit.on if visit.is_needed and visit.visit else date.min
        self.visit_days = visit_days(case, policy)
        self.open_from = self._open_from()

    def _open_from(self) -> date:
        """The day from which on every day counts, where that is plain to see."""
        case = self.case
        if case.stays or self.visit_days or case.patient.died_on is not None:
            return date.max
        given = [c.given_on for c in case.consents if c.revoked_on is None]
        return max(min(given), self.visit_from) if given else date.max

    def reason(self, on: date) -> str:
        """The reason for a day, or an empty text."""
        if on >= self.open_from:
            return ""
        found = self.known.get(on)
        if found is None:
            found = self.known[on] = self._look(on)
        return found

    def _look(self, on: date) -> str:
        return (
            day_reason(self.case, on)
            or ("before the initiating visit" if on < self.visit_from else "")
            or ("part of a visit" if on in self.visit_days else "")
        )


def _own_reason(case: Case, entry: TimeEntry, policy: Policy) -> str:
    """Why an entry does not count by itself (who, where, what), or an empty text."""
    if entry.actor in _ACTOR_REASONS:
        return _ACTOR_REASONS[entry.actor]
    if entry.outside_us:
        return "outside the United States"
    activity = activity_of(entry.activity)
    if activity is not None and not activity.counts:
        return activity.reason
    if entry.face_to_face:
        return "face to face"
    if entry.counted_for and not _is_own(case, policy, entry.counted_for):
        return f"{ALREADY_COUNTED} {entry.counted_for}"
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


def day_reason(case: Case, on: date) -> str:
    """Why no time of this day counts (consent, death, stay), or an empty text."""
    if case.patient.died_on is not None and on > case.patient.died_on:
        return "after death"
    if consent_on(case.consents, on) is None:
        return _consent_reason(case, on)
    kinds = _FACILITY_STAYS if has_hospice_modifier(case) else _ALL_STAYS
    stay = stay_on(case.stays, on, kinds)
    return STAY_REASONS[stay.kind] if stay else ""


def free_days(case: Case, policy: Policy, days: Iterable[date]) -> list[date]:
    """Those of the days on which nothing speaks against counting time."""
    known = _Days(case, policy)
    return [day for day in days if not known.reason(day)]


def _consent_reason(case: Case, on: date) -> str:
    if not case.consents:
        return NO_CONSENT
    return "after revocation" if any(c.given_on <= on for c in case.consents) else "before consent"


def has_hospice_modifier(case: Case) -> bool:
    """Whether the claim says that the care is unrelated (GW) or by the attending (GV)."""
    return case.request is not None and bool(HOSPICE_MODIFIERS & set(case.request.modifiers))


def _left_out(entries: Iterable[CountedEntry]) -> tuple[Excluded, ...]:
    """What does not count of these entries, summed by reason."""
    return by_reason((one.entry.entry_id, *part) for one in entries for part in one.excluded)


def by_reason(left_out: Iterable[tuple[str, int, str]]) -> tuple[Excluded, ...]:
    """What does not count, summed by reason; given as entry, seconds and reason."""
    seconds: dict[str, int] = {}
    ids: dict[str, list[str]] = {}
    for entry_id, part, reason in left_out:
        seconds[reason] = seconds.get(reason, 0) + part
        ids.setdefault(reason, []).append(entry_id)
    return tuple(Excluded(seconds[r], r, tuple(sorted(ids[r]))) for r in sorted(seconds))
