"""What a rule may need to be there before it can object to anything.

A card names its subjects in ``needs``. A rule whose subject is absent from a case
finds nothing there, so the audit does not run it: most cases hold no stay, no
request and no signal. Skipping never changes what is found; a property test runs
every rule over thousands of mixed cases to hold that.
"""

from __future__ import annotations

from ccm_core.cases import Case

SUBJECTS = (
    "plan", "no_plan", "several_paths", "request", "counted", "excluded", "signals", "consents",
    "care_plans", "payers", "stays", "visits", "services", "services_of_month", "death",
)  # fmt: skip
"""Names in the order of ``subjects_of``."""

Present = tuple[bool, ...]


def subjects_of(case: Case) -> Present:
    """Which subjects a worked-out case holds, in the order of SUBJECTS."""
    work = case.worked
    counted, has_plan = work.counted, bool(work.plan)
    return (
        has_plan,
        not has_plan,
        len(work.paths) > 1,
        case.request is not None,
        counted.total_seconds > 0,
        bool(counted.excluded),
        bool(case.signals),
        bool(case.consents),
        bool(case.care_plans),
        bool(case.payers),
        bool(case.stays),
        bool(case.visits),
        bool(case.visits or case.past_claims),
        _has_service_in_month(case),
        case.patient.died_on is not None,
    )


def _has_service_in_month(case: Case) -> bool:
    """Whether any visit or earlier claim line is dated in the month, coded or not."""
    first, last = case.month.first_day, case.month.last_day
    for visit in case.visits:
        if first <= visit.on <= last:
            return True
    for line in case.past_claims:
        if first <= (line.service_on or line.month.last_day) <= last:
            return True
    return False


def unknown_subjects(needs: tuple[str, ...]) -> tuple[str, ...]:
    """Names on a card that are no subjects."""
    return tuple(name for name in needs if name not in SUBJECTS)


def is_met(needs: tuple[str, ...], present: Present) -> bool:
    """Whether every subject that a card names is there."""
    return all(present[SUBJECTS.index(name)] for name in needs)
