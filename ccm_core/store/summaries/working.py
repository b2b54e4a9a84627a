"""On which day one patient met each step of a month: plain arithmetic over the records.

The same definitions as SQL stand in `ccm_core.store.queries.steps`; tests hold the two
together, so neither is changed alone.
"""

from __future__ import annotations

import bisect
import functools
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from ccm_core.months import Month, day_start, time_zone
from ccm_core.policy import Policy
from ccm_core.store.reading.members import LEFT, LONGEST
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.summaries.names import CHRONIC_NEEDED, SENT, STEPS

DEFINITIONS = 2
"""Goes up with every change of what a step means, so that stored months are written anew."""
ALWAYS = date.min
WEEK = timedelta(days=7)
_EPOCH = date(1970, 1, 1)
_NEVER_REACHED = 2**40
"""More seconds than anybody logs in a month."""


class Met(NamedTuple):
    """The columns of a stored month that are worked out."""

    practitioner_npi: str
    care_manager_id: str
    location: str
    is_gone: bool
    is_eligible: bool
    invited_on: date | None
    consented_on: date | None
    planned_on: date | None
    active_on: date | None
    threshold_on: date | None
    sent_on: date | None
    claimed_on: date | None
    paid_on: date | None


@dataclass(slots=True)
class Facts:
    """What the store holds about one patient that a step may rest on."""

    practitioner_npi: str
    care_manager_id: str
    location: str
    status: str
    died_on: date | None
    chronic_groups: int
    payers: list[Any] = field(default_factory=list)
    consents: list[Any] = field(default_factory=list)
    invited_on: date | None = None
    plans: list[Any] = field(default_factory=list)
    entries: list[tuple[int, int, bool]] = field(default_factory=list)
    """Start in epoch seconds, length, and whether the start is known, of each current entry of
    some length, in order."""
    reached: set[Month] = field(default_factory=set)
    """Months for which the audit found a path."""
    claims: list[Any] = field(default_factory=list)


class Calendar:
    """One month in the practice's time zone, with the first threshold of its policy."""

    def __init__(self, month: Month, zone_name: str) -> None:
        self.month = month
        zone = time_zone(zone_name)
        first = month.first_day
        days = (month.last_day - first).days + 1
        reach = LONGEST.days + 1
        self.days = [first + timedelta(days=n) for n in range(-reach, days)]
        self.starts = [day_start(day, zone) for day in self.days]
        self.first_at, self.end_at = month.bounds(zone)
        self.low_at = self.first_at - int(LONGEST.total_seconds())
        self.mark_seconds = first_mark(month)
        self.earliest = first - WEEK
        """Nothing earlier is told apart: the week before the first day is the oldest one asked."""

    def recipe(self, zone_name: str) -> str:
        """Changes when the same records would give other steps."""
        said = repr((DEFINITIONS, zone_name, self.mark_seconds, sorted(program_codes())))
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()

    def day_of(self, moment: int) -> date:
        """The local day of a moment near the month."""
        return self.days[bisect.bisect_right(self.starts, moment) - 1]


def first_mark(month: Month) -> int:
    """The seconds of the lowest threshold; of months before the first path none that is reached."""
    paths = Policy.on(month).paths
    return min((path.base.first_seconds for path in paths), default=_NEVER_REACHED)


def met(facts: Facts, calendar: Calendar) -> Met:
    """Every step of one patient in one month."""
    month = calendar.month
    active_on, enough_on = _worked(facts, calendar)
    claims = [c for c in facts.claims if c.month == month]
    sent = [c.created_on for c in claims if c.status in SENT]
    return Met(
        facts.practitioner_npi, facts.care_manager_id, facts.location,
        is_gone=facts.status in LEFT,
        is_eligible=_is_eligible(facts, month),
        invited_on=facts.invited_on,
        consented_on=_consented_on(facts, month),
        planned_on=_planned_on(facts, month),
        active_on=active_on,
        threshold_on=enough_on if month in facts.reached else None,
        sent_on=_first(day or ALWAYS for day in sent),
        claimed_on=_first(day for day in sent if day),
        paid_on=_first(c.paid_on or ALWAYS for c in claims if c.status == "paid"),
    )  # fmt: skip


def _first(days: Iterator[date]) -> date | None:
    return min(days, default=None)


def _is_eligible(facts: Facts, month: Month) -> bool:
    is_alive = facts.died_on is None or facts.died_on >= month.first_day
    is_covered = not facts.payers or any(
        (payer.from_on is None or payer.from_on <= month.last_day)
        and (payer.to_on is None or payer.to_on >= month.first_day)
        and payer.has_part_b is not False
        for payer in facts.payers
    )
    may_be = facts.status not in ("ineligible", "deceased")
    return is_alive and may_be and facts.chronic_groups >= CHRONIC_NEEDED and is_covered


def _consented_on(facts: Facts, month: Month) -> date | None:
    return _first(
        c.given_on
        for c in facts.consents
        if c.given_on <= month.last_day
        and (c.revoked_on is None or c.revoked_on >= month.first_day)
    )


def _planned_on(facts: Facts, month: Month) -> date | None:
    """The first day of a plan that holds for at least a part of the month, or of a later one."""
    return _first(
        p.created_on
        for p in facts.plans
        if p.ended_on is None or p.ended_on >= month.first_day
    )  # fmt: skip


def _worked(facts: Facts, calendar: Calendar) -> tuple[date | None, date | None]:
    """The day of the first entry of the month, and the one by which the first mark was logged."""
    active_on, logged = None, 0
    for started, seconds, is_known in facts.entries:
        if started < calendar.low_at or started >= calendar.end_at:
            continue
        reaches_in = is_known and started + seconds > calendar.first_at
        if started < calendar.first_at and not reaches_in:
            continue
        active_on = active_on or calendar.day_of(started)
        logged += seconds
        if logged >= calendar.mark_seconds:
            return active_on, calendar.day_of(started)
    return active_on, None


class Counted(NamedTuple):
    """The key of one count."""

    kind: str
    step: str
    since_on: date
    claims_since_on: date
    practitioner_npi: str
    care_manager_id: str
    location: str
    is_gone: bool


Since = tuple[date, date] | None
"""Since when a step is met: a day of the month, and one of the claims."""
Pattern = tuple[tuple[str, str, str, bool], tuple[Since, ...]]
"""Group and steps of a patient, as far as counts tell patients apart: many share one."""


def pattern(found: Met, calendar: Calendar) -> Pattern:
    """What the counts see of one patient."""
    earliest, last = calendar.earliest, calendar.month.last_day

    def within(day: date | None) -> Since:
        if day is None or day > last:
            return None
        return max(day, earliest), ALWAYS

    def by_claim(day: date | None) -> Since:
        return (earliest, day) if day else None

    asked = found.invited_on or found.consented_on
    if found.invited_on and found.consented_on:
        asked = min(found.invited_on, found.consented_on)
    return found[:4], (
        (earliest, ALWAYS) if found.is_eligible else None,
        within(asked),
        within(found.consented_on),
        within(found.planned_on),
        within(found.active_on),
        within(found.threshold_on),
        by_claim(found.sent_on),
        by_claim(found.paid_on),
    )


def counts(patterns: Mapping[Pattern, int]) -> Counter[Counted]:
    """How many patients each count has, on and after its days."""
    found: Counter[Counted] = Counter()
    for (group, own), patients in patterns.items():
        stands: Since = (ALWAYS, ALWAYS)
        for step, since in zip(STEPS, own, strict=True):
            if since is None:
                stands = None
                continue
            found[Counted("is", step, since[0], since[1], *group)] += patients
            if stands is not None:
                stands = max(stands[0], since[0]), max(stands[1], since[1])
                found[Counted("at", step, stands[0], stands[1], *group)] += patients
    return found


@functools.cache
def months_touched(month: str, day: int | None) -> tuple[Month, ...]:
    """The months that a mark may touch, the one it is about first; empty for all."""
    if day is None:
        return (Month.parse(month),) if month else ()
    on = _EPOCH + timedelta(days=day)
    own, near = Month.of(on), {Month.of(on + timedelta(days=n)) for n in (-1, 4)}
    return own, *sorted(near - {own})
