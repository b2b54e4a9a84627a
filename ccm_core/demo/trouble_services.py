"""Trouble around the patient: stays, other practices, services that exclude each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from ccm_core.demo import enrolling, patients
from ccm_core.demo.diary import Diary
from ccm_core.demo.shape import Chart, workdays
from ccm_core.demo.team import OTHER_NPI
from ccm_core.months import Month
from ccm_core.records import Stay
from ccm_core.rules.services import FACILITY_CLAIM


def _stay(c: Chart, kind: str, from_on: date, to_on: date | None) -> None:
    number = len(c.stays) + 1
    c.stays.append(Stay(f"{c.patient_id}-S{number}", c.patient_id, kind, from_on, to_on))


def _free_days(c: Chart, month: Month) -> list[date]:
    """Workdays of the month without an entry."""
    taken = {e.started_at.date() for e in c.entries.get(month, [])}
    return [d for d in workdays(month.first_day, month.last_day) if d not in taken]


def _gap(c: Chart, month: Month, most: int) -> tuple[date, date]:
    """The longest run of days without an entry, at most so long; never the last day."""
    taken = {e.started_at.date() for e in c.entries.get(month, [])}
    best: tuple[date, date] = (month.first_day, month.first_day)
    first: date | None = None
    for day in [*month.days()][:-1]:
        if day in taken:
            first = None
            continue
        first = first or day
        if (day - first) > (best[1] - best[0]) and (day - first).days < most:
            best = (first, day)
    return best


def hospital(book: Diary, c: Chart, month: Month) -> None:
    """A few days in hospital without work on them (O03)."""
    _stay(c, "hospital", *_gap(c, month, 5))


def admitted_after_call(book: Diary, c: Chart, month: Month) -> None:
    """Called in the morning, in hospital by the evening, home the next day (O17)."""
    short = min(c.entries[month], key=lambda e: (e.seconds, e.started_at))
    on = short.started_at.date()
    _stay(c, "hospital", on, min(on + timedelta(days=1), month.last_day))


def no_discharge(book: Diary, c: Chart, month: Month) -> None:
    """In hospital before the month's last call, and nobody wrote down the discharge (O18)."""
    days = sorted({e.started_at.date() for e in c.entries[month]})
    _stay(c, "hospital", (days[-2] if len(days) > 1 else month.first_day), None)


def nursing_days(book: Diary, c: Chart, month: Month) -> None:
    """A Part A stay in a nursing facility for part of the month (O02)."""
    _stay(c, "snf_part_a", *_gap(c, month, 12))


def whole_month(book: Diary, c: Chart, month: Month) -> None:
    """Inpatient from the first day to the last (O01)."""
    _stay(c, "snf_part_a", month.first_day, month.last_day)


def hospice_for_days(book: Diary, c: Chart, month: Month) -> None:
    """Hospice was chosen and given up again within the month (O04)."""
    _stay(c, "hospice", *_gap(c, month, 8))


def hospice(book: Diary, c: Chart, month: Month) -> None:
    """Hospice from the last days of the month on (O05)."""
    last = max(e.started_at.date() for e in c.entries[month])
    begins_on = min(last + timedelta(days=1), month.last_day)
    _stay(c, "hospice", begins_on, None)
    c.left_on = begins_on
    enrolling.step(c, "paused", begins_on, "hospice")
    c.entries = {m: some for m, some in c.entries.items() if m <= month}


def home_health(book: Diary, c: Chart, month: Month) -> None:
    """A home health episode, which is fine (O07)."""
    _stay(c, "home_health", month.first_day, month.first_day + timedelta(days=59))


def assisted_living(book: Diary, c: Chart, month: Month) -> None:
    """Lives in assisted living (O06)."""
    _stay(c, "assisted_living", month.first_day - timedelta(days=40), None)


def _other(c: Chart, month: Month, code: str, **more: str) -> date:
    days = _free_days(c, month) or [month.first_day]
    on = c.rng.choice(days)
    c.visits.append(patients.visit(c, on, code, **more))
    return on


def oversight(book: Diary, c: Chart, month: Month) -> None:
    """The same practitioner billed home health oversight (X02)."""
    home_health(book, c, month)
    _other(c, month, "G0181", kind="oversight")


def dialysis(book: Diary, c: Chart, month: Month) -> None:
    """The same practitioner billed monthly dialysis care (X02)."""
    _other(c, month, "90961", kind="dialysis")


def apcm(book: Diary, c: Chart, month: Month) -> None:
    """A colleague billed advanced primary care management (X02)."""
    _other(c, month, "G0557", kind="care management")


def other_practice(book: Diary, c: Chart, month: Month) -> None:
    """Another practice billed care management (X03)."""
    _other(c, month, "99490", npi=OTHER_NPI, practice="other", kind="care management")


def specialist_pcm(book: Diary, c: Chart, month: Month) -> None:
    """A specialist manages one condition, which is fine (X04)."""
    _other(c, month, "99424", npi=OTHER_NPI, practice="other", kind="care management")


def facility_claim(book: Diary, c: Chart, month: Month) -> None:
    """A hospital's outpatient department billed care management (L14)."""
    _other(c, month, "99490", npi=OTHER_NPI, practice="other", place="19", kind=FACILITY_CLAIM)


def transition(book: Diary, c: Chart, month: Month) -> None:
    """Out of hospital, with transitional care billed (X05)."""
    first, last = _gap(c, month, 5)
    _stay(c, "hospital", first, last)
    on = next((d for d in _free_days(c, month) if d > last), last)
    c.visits.append(patients.visit(c, on, "99495", kind="transition"))


def transition_before(book: Diary, c: Chart, month: Month) -> None:
    """Transitional care billed on the last workday of the month before: its 30 days run (X21)."""
    on = workdays(month.previous.first_day, month.previous.last_day)[-1]
    c.visits.append(patients.visit(c, on, "99495", kind="transition"))


def wellness_marked(book: Diary, c: Chart, month: Month) -> None:
    """A wellness visit with modifier 25, which care management does not ask for (X07)."""
    _other(c, month, "G0439")
    c.visits[-1] = replace(c.visits[-1], modifiers=("25",))


def wellness(book: Diary, c: Chart, month: Month) -> None:
    """A wellness visit in the month (X06)."""
    _other(c, month, "G0439")


def monitored(book: Diary, c: Chart, month: Month) -> None:
    """Remote monitoring beside care management: one call stands in both logs (T16)."""
    _other(c, month, "99454", kind="monitoring")
    _other(c, month, "99457", kind="monitoring")
    some = c.entries[month]
    shortest = min(some, key=lambda e: e.seconds)
    twin = replace(shortest, entry_id=f"{shortest.entry_id}-m", counted_for="99457")
    c.entries[month] = [*some, twin]


def call_on_visit_day(book: Diary, c: Chart, month: Month) -> None:
    """A call on the day of an office visit (T08)."""
    on = c.entries[month][0].started_at.date()
    c.visits.append(patients.visit(c, on, "99213"))
