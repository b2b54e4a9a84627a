"""A month on its way: the marks on the bar, the pace, and the hours that are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import workdays
from ccm_core.months import Month
from ccm_core.policy import Policy, Threshold
from ccm_core.records import Practice, Staff
from ccm_core.store.queries import Only, reachable_minutes
from ccm_core.store.queries.workload import missing_minutes

if TYPE_CHECKING:
    from sqlmodel import Session

_MINUTES_AN_HOUR = 60
MOST_MARKS = 3


def marks(
    practice: Practice, month: Month, path: str = "", first: int | None = None
) -> tuple[int, ...]:
    """Minutes at which a path earns its units.

    Without a path, that of a month that has earned nothing yet, it is the one that begins at
    ``first`` minutes (30 with one chronic condition), else the one with the lowest mark.
    """
    policy = Policy.on(month, practice.policy, practice.state, setting=practice.setting)
    specs = {spec.name: spec for spec in policy.paths}
    spec = specs.get(path) or min(
        policy.paths, key=lambda s: (s.base.first_minutes != first, s.base.first_seconds)
    )
    found = [spec.base.first_minutes]
    if spec.addon is not None:
        found += _addon_marks(spec.base, spec.addon)
    return tuple(found)


def _addon_marks(base: Threshold, addon: Threshold) -> list[int]:
    units = MOST_MARKS - 1 if addon.max_units is None else min(addon.max_units, MOST_MARKS - 1)
    each = addon.minutes_per_unit or addon.first_minutes
    return [base.first_minutes + each * (unit + 1) for unit in range(units)]


def pace_minutes(counted_seconds: int, month: Month, today: date) -> int | None:
    """Minutes at the month's end if the rest goes on like the workdays so far.

    None outside the month and on its first days, where a pace says nothing.
    """
    if today not in month:
        return None
    gone = workdays.between(month.first_day, today)
    if gone < workdays.A_WEEK:
        return None
    whole = workdays.between(month.first_day, month.last_day)
    return counted_seconds * whole // gone // _MINUTES_AN_HOUR


@dataclass(frozen=True, slots=True)
class HoursLeft:
    """Staff time until the month ends, against the time that is missing."""

    workdays: int
    needed: Decimal
    available: Decimal | None
    """None while nobody's weekly hours are recorded."""

    @property
    def short(self) -> Decimal | None:
        """Hours that are missing; 0 when there is enough time."""
        if self.available is None:
            return None
        return max(Decimal(0), self.needed - self.available)


def hours_left(
    session: Session, practice: Practice, team: tuple[Staff, ...], month: Month, today: date,
    only: Only,
) -> HoursLeft:  # fmt: skip
    """Workdays and staff hours left, and the hours needed for all in the program within reach."""
    days = workdays.left(month, today)
    missing = missing_minutes(
        session, practice.practice_id, month, reachable_minutes(month, today), only=only
    )
    weekly = [
        person.weekly_hours
        for person in team
        if person.weekly_hours is not None and person.is_active and _is_meant(person, only)
    ]
    available = sum(weekly, Decimal(0)) / workdays.A_WEEK * days if weekly else None
    return HoursLeft(days, Decimal(missing) / _MINUTES_AN_HOUR, available)


def _is_meant(person: Staff, only: Only) -> bool:
    return not only.care_manager_id or person.staff_id == only.care_manager_id
