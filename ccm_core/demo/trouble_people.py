"""Trouble that one person makes across patients: habits of the clock and of the keyboard."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from ccm_core.demo.diary import Diary
from ccm_core.demo.shape import Chart, workdays
from ccm_core.months import Month
from ccm_core.records import TimeEntry

Place = tuple[Chart, int]
"""An entry of a chart's month, by its position."""

_COPIED = "Reviewed the care plan with the patient, medication list current, no new concerns today."


def _own(charts: list[Chart], month: Month, staff_id: str) -> list[Place]:
    """One person's entries of the month, in the order of time."""
    found = [
        (c, n)
        for c in charts
        for n, e in enumerate(c.entries.get(month, []))
        if e.staff_id == staff_id and e.actor == "clinical_staff"
    ]
    return sorted(found, key=lambda place: (_at(place, month).started_at, place[0].patient_id))


def _at(place: Place, month: Month) -> TimeEntry:
    return place[0].entries[month][place[1]]


def _put(place: Place, month: Month, **fields: object) -> None:
    old = _at(place, month)
    place[0].entries[month][place[1]] = replace(old, **fields)  # type: ignore[arg-type]


def _room(own: list[Place], at: int, month: Month) -> float:
    """Seconds from the start of an entry until the person's next one."""
    if at + 1 == len(own):
        return 3_600.0
    gap = _at(own[at + 1], month).started_at - _at(own[at], month).started_at
    return gap.total_seconds()


def one_length(book: Diary, charts: list[Chart], month: Month, staff_id: str) -> None:
    """Most entries last ten minutes (D06)."""
    own = _own(charts, month, staff_id)
    for at, place in enumerate(own):
        if at % 8 and _room(own, at, month) > 610:
            _put(place, month, seconds=600)


def multiples_of_five(book: Diary, charts: list[Chart], month: Month, staff_id: str) -> None:
    """Somebody rounds to five minutes (D07)."""
    own = _own(charts, month, staff_id)
    for at, place in enumerate(own):
        if at % 9 == 0:
            continue
        seconds = -(-_at(place, month).seconds // 300) * 300
        if seconds > _room(own, at, month):
            seconds = max(300, seconds - 300)
        _put(place, month, seconds=seconds)


def just_above(book: Diary, charts: list[Chart], month: Month, staff_id: str) -> None:
    """The months of one panel end within a minute above the first threshold (D08)."""
    own = _own(charts, month, staff_id)
    panel: dict[str, list[int]] = defaultdict(list)
    for at, place in enumerate(own):
        if place[0].is_quiet(month):
            panel[place[0].patient_id].append(at)
    for places in panel.values():
        wanted = _THRESHOLD + book.rng.randint(0, 50)
        missing = wanted - sum(_at(own[at], month).seconds for at in places)
        if -_MUCH < missing < _LITTLE:
            _adjust(own, places, month, missing)


_THRESHOLD, _MUCH, _LITTLE = 1_200, 1_900, 500


def _adjust(own: list[Place], places: list[int], month: Month, missing: int) -> None:
    """Make entries longer where there is room, or shorter, until nothing is missing."""
    for at in reversed(places):
        seconds = _at(own[at], month).seconds
        most = max(seconds, int(_room(own, at, month)) - 30)
        now = min(max(seconds + missing, 90), most)
        missing -= now - seconds
        _put(own[at], month, seconds=now)


def month_end(book: Diary, charts: list[Chart], month: Month, staff_id: str) -> None:
    """A month's work is logged on its last two days (D09)."""
    own = _own(charts, month, staff_id)
    days = [month.last_day - timedelta(days=1), month.last_day]
    clock = dict.fromkeys(days, 7.5 * 3_600)
    for at, place in enumerate(own):
        c, e = place[0], _at(place, month)
        day = days[at % 2]
        ends_early = c.left_on is not None and c.left_on < days[0]
        if at % 6 == 0 and e.started_at.date() not in days:
            continue
        if ends_early or clock[day] + e.seconds > 17 * 3_600:
            continue
        start = book.at(day, int(clock[day]))
        clock[day] += e.seconds + 70
        _put(place, month, started_at=start, recorded_at=start + timedelta(seconds=e.seconds + 90))


def copied(book: Diary, charts: list[Chart], month: Month, staff_id: str) -> None:
    """One note under the work with four patients (D04)."""
    seen: set[str] = set()
    for place in _own(charts, month, staff_id):
        c = place[0]
        if len(seen) < 4 and c.is_quiet(month):
            seen.add(c.patient_id)
            c.told.add(month)
            _put(place, month, note=_COPIED)


def on_two_patients(book: Diary, charts: list[Chart], month: Month, staff_id: str) -> None:
    """One call runs on while the next patient's timer is already going (T06)."""
    own = _own(charts, month, staff_id)
    for one, two in zip(own, own[1:], strict=False):
        first, second = _at(one, month), _at(two, month)
        if one[0] is two[0] or not (one[0].is_quiet(month) and two[0].is_quiet(month)):
            continue
        if first.started_at.date() == second.started_at.date():
            one[0].told.add(month)
            two[0].told.add(month)
            shared = timedelta(seconds=min(200, first.seconds // 2))
            _put(two, month, started_at=first.ended_at - shared)
            return


def impossible_day(book: Diary, charts: list[Chart], month: Month, staff_id: str) -> None:
    """Five forgotten timers make a day of eleven hours (D12)."""
    places = [p for p in _own(charts, month, staff_id) if p[0].is_quiet(month)]
    one_each = list({p[0].patient_id: p for p in places}.values())[:6]
    days = workdays(month.first_day, month.last_day)
    on = days[len(days) // 2]
    for at, place in enumerate(one_each):
        c = place[0]
        c.told.add(month)
        start = book.at(on, 6 * 3_600 + at * 6_700)
        ends = start + timedelta(seconds=6_620)
        _put(place, month, started_at=start, seconds=6_600, recorded_at=ends)
