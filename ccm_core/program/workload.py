"""The care team in numbers: capacity, productivity, hours left, signs of too much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import tables, workdays
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.months import Month, time_zone
from ccm_core.policy import Policy
from ccm_core.program import time_checks
from ccm_core.records import Practice, Staff
from ccm_core.store import reading
from ccm_core.store.queries import reachable_minutes
from ccm_core.store.queries.wall_clock import OpenHours
from ccm_core.store.queries.workload import Panel, Worked, panels, worked

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "people"
_MINUTES = 60
_HOUR = 3600
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One published figure with where it stands."""

    name: str
    value: Decimal
    unit: str
    label: str
    cite: str


@dataclass(frozen=True, slots=True)
class Load:
    """One person: who, what was done this month, what is left to do."""

    person: Staff
    is_counted: bool
    why: str
    panel: Panel
    seconds: int
    patients: int
    billable_share: Decimal | None
    after_hours_share: Decimal | None
    hours_needed: Decimal
    hours_left: Decimal | None
    """None while the weekly hours are not recorded."""
    caseload_share: Decimal | None
    """Panel over the benchmark for an RN at these hours; None without hours."""
    signs: tuple[str, ...]
    """Signs of overload, in words."""

    @property
    def surplus(self) -> Decimal | None:
        """Hours to spare; negative when short."""
        return None if self.hours_left is None else self.hours_left - self.hours_needed


@dataclass(frozen=True, slots=True)
class Team:
    """Everybody, and the sums that the page shows first."""

    loads: tuple[Load, ...]
    workdays: int
    unassigned: Panel

    @property
    def hours_needed(self) -> Decimal:
        loose = Decimal(self.unassigned.missing_minutes) / _MINUTES
        return sum((one.hours_needed for one in self.loads), loose)

    @property
    def hours_left(self) -> Decimal | None:
        """Of those whose time counts and who have a panel or could take one."""
        known = [one.hours_left for one in self.loads
                 if one.hours_left is not None and one.is_counted]  # fmt: skip
        return sum(known, Decimal(0)) if known else None


def benchmarks(on: date) -> dict[str, Benchmark]:
    """The benchmarks in force on a day."""
    return {
        row["name"]: Benchmark(
            row["name"], row.number("value"), row["unit"], row["label"], row.cite
        )
        for row in tables.load("benchmarks", "name").in_force(on)
    }


def team(session: Session, who: Identity, practice: Practice, month: Month, today: date) -> Team:
    """The whole team in one month. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    of_panel = panels(session, practice.practice_id, month, reachable_minutes(month, today))
    first, end = (
        datetime.fromtimestamp(s, UTC) for s in month.bounds(time_zone(practice.time_zone))
    )
    done = worked(session, practice.practice_id, month, first, end, _hours(practice, month))
    days = workdays.left(month, today)
    known = benchmarks(today)
    loads = [
        _load(person, of_panel.get(person.staff_id, Panel()), done.get(person.staff_id),
              days, known)
        for person in reading.staff(session, practice.practice_id)
    ]  # fmt: skip
    return Team(tuple(loads), days, of_panel.get("", Panel()))


def _load(
    person: Staff, of_panel: Panel, did: Worked | None, days: int, known: dict[str, Benchmark],
) -> Load:  # fmt: skip
    is_counted, why = time_checks.counts(person)
    weekly = person.weekly_hours if person.is_active else None
    needed = Decimal(of_panel.missing_minutes) / _MINUTES
    left = weekly / workdays.A_WEEK * days if weekly is not None else None
    late = _share(did.late_seconds, did.known_seconds) if did else None
    fits = _caseload(of_panel.patients, weekly, known)
    return Load(
        person, is_counted, why, of_panel,
        did.seconds if did else 0, did.patients if did else 0,
        _share(did.billable_seconds, did.seconds) if did else None, late,
        needed, left, fits, tuple(_signs(needed, left, late, fits, known)),
    )  # fmt: skip


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(_HUNDREDTH) if whole else None


def _hours(practice: Practice, month: Month) -> OpenHours:
    policy = Policy.on(month, practice.policy, practice.state, setting=practice.setting)
    opens, closes = policy.whole("clinic_open_hour"), policy.whole("clinic_close_hour")
    return OpenHours(practice.time_zone, opens, closes, policy.whole("clinic_closed_weekday"))


def _caseload(patients: int, weekly: Decimal | None, known: dict[str, Benchmark]) -> Decimal | None:
    if not weekly:
        return None
    full = known["caseload_rn"].value * weekly / known["full_time_hours"].value
    return (Decimal(patients) / full).quantize(_HUNDREDTH)


def _signs(
    needed: Decimal, left: Decimal | None, late: Decimal | None, fits: Decimal | None,
    known: dict[str, Benchmark],
) -> list[str]:  # fmt: skip
    found = []
    if left is not None and needed > left * known["hours_used_share"].value:
        found.append("fewer hours left than needed")
    if late is not None and late > known["after_hours_share"].value:
        found.append("much time outside clinic hours")
    if fits is not None and fits > 1:
        found.append("panel above the benchmark")
    return found
