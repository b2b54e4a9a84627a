"""X: codes that do not go together. Every pair, limit and date is a table row."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.once import once
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.rules.neighbours import planned_clash
from ccm_core.rules.services import Service, in_month, shows_plan, shows_services
from ccm_core.sources import MAY_BLOCK, source
from ccm_core.tables import Row

_FIXES = "Bill one of the two; move or drop the other."


@rule(
    "X01",
    "Two code families planned for one month",
    level=Level.BLOCK,
    needs=("clashing_codes",),
    cites=("cms-ncci-2024q3#indicator 0", "oig-2021#overlapping services"),
    fix="Choose one family; the checklist shows what each would pay.",
    shows=shows_plan,
)
def two_families(case: Case, policy: Policy) -> Finding | None:
    """Staff, complex and practitioner codes, PCM and APCM exclude each other in a month."""
    return _planned_conflict(case, policy, Level.BLOCK)


def _planned_conflict(case: Case, policy: Policy, level: Level) -> Finding | None:
    for one, two in case.planned_pairs():
        row = planned_clash(one, two, policy)
        if row is not None and row["level"] == level:
            return Finding(
                f"{one} and {two} are planned together: {row['note']}.",
                (Evidence("pair", f"{one} / {two}", (row.where,)),),
            )
    return None


@once
def _conflicts(case: Case, policy: Policy) -> list[tuple[str, Service, Row]]:
    """Planned codes and services of the month that stand in the table, at whatever level."""
    found = []
    for service in in_month(case):
        for code in sorted(case.plan):
            row = policy.monthly_conflict(code, service.code, service.by)
            if row is not None:
                found.append((code, service, row))
    return found


def _conflict_finding(case: Case, policy: Policy, level: Level) -> Finding | None:
    found = [(c, s, row) for c, s, row in _conflicts(case, policy) if row["level"] == level]
    if not found:
        return None
    said = "; ".join(
        sorted({f"{s.code} on {s.on.isoformat()} ({_BY[s.by]}): {r['note']}" for _, s, r in found})
    )
    return Finding(
        f"{said}.",
        tuple(
            Evidence(f"{c} with {s.code}", s.on.isoformat(), (s.service_id, r.where))
            for c, s, r in found
        ),
    )


_BY = {"same": "same practitioner", "same_practice": "same practice", "other": "another practice"}


@rule(
    "X02",
    "Another service of the month excludes this one",
    level=Level.BLOCK,
    needs=("plan", "neighbour_of_month"),
    cites=(
        "cms-ncci-2024q3#indicator 0",
        "oig-2019#overlapping care management",
        "cgs-2015#one practitioner",
    ),
    fix=_FIXES,
    shows=shows_services,
)
def excluded_by_service(case: Case, policy: Policy) -> Finding | None:
    """Some services already pay for care coordination in the same month.

    Home health and hospice oversight, monthly dialysis and PCM by the same practitioner,
    APCM of the same practice, and a second claim of one service. TCM excluded CCM until
    the end of 2019.
    """
    return _conflict_finding(case, policy, Level.BLOCK)


@rule(
    "X03",
    "Another service of the month may exclude this one",
    level=Level.REVIEW,
    needs=("plan", "neighbour_of_month"),
    cites=("oig-2021#multiple billers", "noridian-qa-2017#care plan oversight"),
    fix="Ask who bills the other service and whether both are paid; drop one of them if not.",
    shows=shows_services,
)
def other_practitioner(case: Case, policy: Policy) -> Finding | None:
    """Whether both are paid is open: somebody else bills, or the sources do not say.

    Of CCM by two practitioners only one is paid, the first clean claim. Each service is
    shown with what was found about it.
    """
    on_record = _conflict_finding(case, policy, Level.REVIEW)
    return on_record or _planned_conflict(case, policy, Level.REVIEW)


@rule(
    "X04",
    "Billed beside a related service",
    level=Level.NOTE,
    needs=("plan", "neighbour_of_month"),
    cites=("rpm-codes-2026#PCM by a different practitioner",),
    fix="Keep plan, consent and minutes of the two services apart.",
    shows=shows_services,
)
def related_service(case: Case, policy: Policy) -> Finding | None:
    """Lawful together when the work and the minutes are separate."""
    return _conflict_finding(case, policy, Level.NOTE)


@rule(
    "X10",
    "Add-on without its base code",
    level=Level.BLOCK,
    needs=("lone_addon",),
    cites=("cms-ncci-2024q3#add-on table", "oig-2021#99489 without base", "x12-codes-2024#B15"),
    fix="Add the base code or drop the add-on.",
    shows=shows_plan,
)
def addon_without_base(case: Case, policy: Policy) -> Finding | None:
    """An add-on code is paid only beside one of its base codes."""
    around = {s.code for s in in_month(case) if s.by == "same"}
    for code in sorted(case.plan):
        bases = policy.addon_bases.get(code)
        if bases and not bases & (set(case.plan) | around):
            return Finding(
                f"{code} is planned without a base code such as {min(bases)}.",
                (Evidence("add-on", code),),
            )
    return None


def _over_limit(case: Case, policy: Policy, *, absolute: bool) -> Finding | None:
    for code, units in sorted(case.plan.items()):
        row = policy.unit_limit(code)
        if row is None or units <= row.whole("max_units"):
            continue
        certain = row["mai"] == _ABSOLUTE and source(row.cite).confidence in MAY_BLOCK
        if certain is absolute:
            return Finding(
                f"{units} units of {code} planned; the limit is {row['max_units']}.",
                (Evidence("unit limit", row["max_units"], (row.where,)),),
            )
    return None


_ABSOLUTE = "2"


@rule(
    "X11",
    "More units than Medicare ever pays",
    level=Level.BLOCK,
    needs=("over_limit",),
    cites=("cms-ncci-2024q3#MUE, indicator 2",),
    fix="Lower the units to the limit.",
    shows=shows_plan,
)
def over_absolute_limit(case: Case, policy: Policy) -> Finding | None:
    """Medically unlikely edits with indicator 2 are policy: no appeal changes them."""
    return _over_limit(case, policy, absolute=True)


@rule(
    "X12",
    "More units than usually paid",
    level=Level.REVIEW,
    needs=("over_limit",),
    cites=("cms-ncci-2024q3#MUE, indicator 3",),
    fix="Check the time log; the units may be paid on appeal.",
    shows=shows_plan,
)
def over_clinical_limit(case: Case, policy: Policy) -> Finding | None:
    """Medically unlikely edits with indicator 3 rest on data; documented need may exceed them."""
    return _over_limit(case, policy, absolute=False)


@rule(
    "X15",
    "One or the other, not both",
    level=Level.BLOCK,
    needs=("plan", "either_or"),
    cites=("ccnhealth-2026#either/or", "rpm-codes-2026#either/or", "fairpath-apcm#add-ons"),
    fix="Bill the code that fits the days, minutes or month of the service.",
    shows=shows_plan,
)
def either_or(case: Case, policy: Policy) -> Finding | None:
    """Short and long, first and later variants of one service exclude each other in a period."""
    around = [s.code for s in in_month(case) if s.by == "same"]
    for one in sorted(case.plan):
        for two in sorted(set(case.plan) | set(around)):
            row = policy.either_or(one, two)
            if row is not None:
                return Finding(
                    f"{one} and {two}: {row['note']}.",
                    (Evidence("pair", f"{one} / {two}", (row.where,)),),
                )
    return None
