"""Other services around a case, and small questions that several rules ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ccm_core import tables
from ccm_core.cases import Case
from ccm_core.eligibility import relation
from ccm_core.fees import is_outside_schedule
from ccm_core.findings import Evidence
from ccm_core.once import once
from ccm_core.policy import CLINICS, Policy
from ccm_core.quick import quick

CCM = frozenset({"ccm_staff", "ccm_complex", "ccm_personal"})
PCM = "pcm"
ONLY_PCM = frozenset({PCM})
APCM = frozenset({"apcm"})
FIRST_LEVEL = "G0556"
"""APCM of patients with one chronic condition or none: it asks for no risk."""
CARE_MANAGEMENT = CCM | APCM | {PCM, "clinic_care_management", "care_planning"}
"""Families whose requirements the rules judge; others are known as neighbours only."""
FACILITY_CLAIM = "facility_claim"
"""Kind of a visit that is a hospital outpatient department's claim, not a practitioner's."""
_DEAD_CLAIMS = frozenset({"voided", "replaced", "denied", "planned"})


@quick
@dataclass(frozen=True, slots=True)
class Service:
    """One coded service by somebody, from a visit or an earlier claim line."""

    service_id: str
    code: str
    on: date
    by: str
    modifiers: tuple[str, ...]


@once
def services(case: Case) -> tuple[Service, ...]:
    """Every coded service known around the month, ours and others'."""
    found = [
        Service(v.visit_id, v.code, v.on, relation(case, v), v.modifiers)
        for v in case.visits
        if v.code and v.kind != FACILITY_CLAIM
    ]
    found += [
        Service(c.claim_id, c.code, c.service_on or c.month.last_day, _billed_by(case, c.npi), ())
        for c in case.past_claims
        if c.status not in _DEAD_CLAIMS
    ]
    return tuple(found)


def _billed_by(case: Case, npi: str) -> str:
    return "same" if not npi or npi == case.npi else "same_practice"


@once
def in_month(case: Case) -> tuple[Service, ...]:
    """Coded services within the service month."""
    first, last = case.month.first_day, case.month.last_day
    return tuple([s for s in services(case) if first <= s.on <= last])


def plans_family(case: Case, policy: Policy, families: frozenset[str]) -> bool:
    """Whether a planned code belongs to one of these families."""
    return not families.isdisjoint(map(policy.family, case.plan))


def plans_ccm(case: Case, policy: Policy) -> bool:
    """Whether CCM is planned."""
    return plans_family(case, policy, CCM)


def plans_only(case: Case, policy: Policy, families: frozenset[str]) -> bool:
    """Whether something is planned, and all of it belongs to these families."""
    return bool(case.plan) and all(policy.family(code) in families for code in case.plan)


def is_judged(case: Case, policy: Policy) -> bool:
    """Whether nothing is planned yet, or something whose requirements the rules judge."""
    return not case.plan or plans_family(case, policy, CARE_MANAGEMENT)


def is_foreign(policy: Policy, code: str) -> bool:
    """Whether another setting bills the code: RHC and FQHC have codes of their own.

    A time code that no path of the setting bills, a service that the clinics' own codes still
    covered, or outside the clinics a code that the law keeps out of the physician fee schedule.
    """
    if policy.code_row(code) is None:
        return False
    if policy.find_threshold(code) is not None and code not in policy.path_codes:
        return True
    day = policy.month.last_day
    if policy.setting in CLINICS:
        single = tables.load("clinic_families", "family")
        family = policy.family(code)
        return bool(single.history(family)) and single.find(family, on=day) is None
    return is_outside_schedule(code, day)


def plan_text(case: Case) -> str:
    """The planned codes in words, for example ``99490 x 1, 99439 x 2``."""
    return ", ".join(f"{code} x {units}" for code, units in sorted(case.plan.items()))


def shows_plan(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: planned codes."""
    return (Evidence("planned", plan_text(case) or "nothing"),)


def shows_minutes(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: counted minutes and the entries behind them."""
    return (
        Evidence("counted minutes", case.counted_minutes, case.counted_entry_ids),
        Evidence("of these by the practitioner", case.practitioner_minutes),
    )


def shows_services(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: other services of the month."""
    found = in_month(case)
    text = ", ".join(f"{s.code} on {s.on.isoformat()}" for s in found) or "none in the month"
    return (Evidence("other services", text, tuple(s.service_id for s in found)),)


def entries(count: int) -> str:
    """``1 counted entry``, ``3 counted entries``."""
    return f"{count} counted {'entry' if count == 1 else 'entries'}"


def days(count: int) -> str:
    """``1 day``, ``3 days``."""
    return f"{count} {'day' if count == 1 else 'days'}"
