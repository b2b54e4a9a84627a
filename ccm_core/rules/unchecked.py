"""What the tables cannot answer for a month is said, never passed in silence."""

from __future__ import annotations

import functools
from datetime import date

from ccm_core import tables
from ccm_core.cases import Case
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.months import Month
from ccm_core.policy import Policy, Threshold
from ccm_core.rule import rule
from ccm_core.rules.services import (
    CARE_MANAGEMENT,
    Service,
    services,
    shows_plan,
    shows_services,
)

_PAIR_TABLES = ("ncci_pairs", "ncci_pairs_read")
_TIME_TABLE = "time_thresholds"


@functools.cache
def _first_pair_day() -> date:
    """The first day that the tables of same-day pairs know."""
    rows = [row for name in _PAIR_TABLES for row in tables.load(name, "column1", "column2").rows]
    return min(row.valid_from for row in rows)


def _unchecked(case: Case) -> list[Service]:
    """Services by the same practitioner on a date of service that no pair table covers."""
    on = case.service_on
    if on is None or on >= _first_pair_day():
        return []
    return [s for s in services(case) if s.on == on and s.by == "same"]


def _known_later(case: Case, found: list[Service]) -> list[tuple[str, Service]]:
    """Planned codes and services that the oldest table on record pairs."""
    first = _first_pair_day()
    by_pair = [tables.load(name, "column1", "column2") for name in _PAIR_TABLES]
    return [
        (code, service)
        for service in found
        for code in sorted(case.plan)
        if any(
            t.find(code, service.code, on=first) or t.find(service.code, code, on=first)
            for t in by_pair
        )
    ]


@rule(
    "X17",
    "Same-day pair of a later table, not checked for this day",
    level=Level.REVIEW,
    needs=("plan", "service_on_day"),
    cites=("cms-ncci-2024q3#first day on record", "derived#no table for that day"),
    fix="Look the pair up in the edits of that quarter, or choose another date of service.",
    shows=shows_services,
)
def pair_before_table(case: Case, policy: Policy) -> Finding | None:
    """The tables of same-day pairs begin in July 2024; earlier days have no table here.

    The oldest table pairs these codes; whether the pair was in force on the
    earlier day is not on record.
    """
    pairs = _known_later(case, _unchecked(case))
    if not pairs:
        return None
    code, service = pairs[0]
    return Finding(
        f"{code} and {service.code} on {service.on.isoformat()}: not checked, no table for that "
        f"day; the table of {_first_pair_day().isoformat()} pairs them.",
        (Evidence("pair", f"{code} / {service.code}", (service.service_id,)),),
    )


@rule(
    "X18",
    "Same-day services were not checked",
    level=Level.NOTE,
    needs=("plan", "service_on_day"),
    cites=("derived#no table for that day",),
    fix="Look the pair up in the edits of that quarter if a denial says so.",
    shows=shows_services,
)
def same_day_before_table(case: Case, policy: Policy) -> Finding | None:
    """A service on the date of service cannot be checked before the first table of pairs."""
    found = _unchecked(case) if case.plan else []
    if not found or _known_later(case, found):
        return None
    said = ", ".join(sorted({s.code for s in found}))
    return Finding(
        f"{said} on {found[0].on.isoformat()}: not checked, no table of same-day pairs before "
        f"{_first_pair_day().isoformat()}.",
        (Evidence("services", said, tuple(s.service_id for s in found)),),
    )


@rule(
    "L16",
    "Requirements of a planned code are not checked here",
    level=Level.NOTE,
    needs=("neighbour_code",),
    cites=("derived#scope",),
    fix="Check time, devices and documents of that service by its own rules.",
    shows=shows_plan,
)
def outside_scope(case: Case, policy: Policy) -> Finding | None:
    """Neighbouring services are known for conflicts, dates and limits only.

    Whether remote monitoring, behavioral health or a visit was earned is not judged.
    """
    other = [
        code
        for code in sorted(case.plan)
        if policy.code_history(code) and policy.family(code) not in CARE_MANAGEMENT
    ]
    if not other:
        return None
    said = ", ".join(other)
    return Finding(
        f"{said}: only dates, limits and conflicts were checked.", (Evidence("code", said),)
    )


@functools.cache
def _checked_on() -> date:
    """The last day on which the table of thresholds was compared with its sources."""
    rows = tables.load(_TIME_TABLE, "code").rows
    return max(date.fromisoformat(row["checked_on"]) for row in rows)


def is_after_check(month: Month) -> bool:
    """Whether the month lies in a later year than the tables were checked in."""
    return month.year > _checked_on().year


@rule(
    "L19",
    "The tables were last checked in an earlier year",
    level=Level.NOTE,
    needs=("later_year",),
    cites=("derived#age of the tables",),
    fix="Compare the tables with the year's fee schedule rule before billing.",
)
def tables_are_older(case: Case, policy: Policy) -> Finding | None:
    """Codes, thresholds and conflicts change with a calendar year; open rows run on unchecked."""
    if not case.plan or not is_after_check(case.month):
        return None
    checked = _checked_on()
    return Finding(
        f"The rules' tables were last checked on {checked.isoformat()}; "
        f"what changed for {case.month.year} is not on record.",
        (Evidence("checked", checked.isoformat()),),
    )


def is_uncapped(threshold: Threshold | None) -> bool:
    """Whether a base code has no cap of its own: further units are not a matter of minutes."""
    return threshold is not None and threshold.max_units is None and not threshold.seconds_per_unit


@rule(
    "T13",
    "Further units rest on other services",
    level=Level.REVIEW,
    needs=("uncapped_units",),
    codes=("G0511",),
    cites=("cms-ncci-2024q3#MUE of G0511", "narhc-2025#one unit per service"),
    fix="Show for each further unit the other care management service that earned it.",
    shows=shows_plan,
)
def further_units(case: Case, policy: Policy) -> Finding | None:
    """From 2024 the single RHC/FQHC code is paid once for each care management service.

    The minutes here are of one service and earn one unit.
    """
    for code, units in sorted(case.plan.items()):
        threshold = policy.find_threshold(code)
        if threshold is not None and is_uncapped(threshold) and units > 1:
            return Finding(
                f"{units} units of {code} planned; these minutes earn one.",
                (Evidence("units", units, (threshold.where,)),),
            )
    return None
