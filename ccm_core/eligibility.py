"""Questions about consent, coverage, conditions and visits that minutes and rules both ask."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ccm_core import tables
from ccm_core.chronic import is_incomplete
from ccm_core.months import Month, one_year_before
from ccm_core.once import once
from ccm_core.quick import quick
from ccm_core.records import CarePlan, Condition, Consent, Payer, Stay, Visit

if TYPE_CHECKING:
    from ccm_core.cases import Case
    from ccm_core.policy import Policy

_CARE_PLANNING = "care_planning"
"""The family of G0506, the add-on to the initiating visit."""


@once
def chronic_conditions(case: Case) -> tuple[Condition, ...]:
    """Chronic conditions still present in the month, one per group of codes."""
    seen: dict[str, Condition] = {}
    first, last = case.month.first_day, case.month.last_day
    for condition in case.conditions:
        if condition.is_chronic and _present(condition, first, last):
            seen.setdefault(condition.group or condition.code, condition)
    return tuple(seen.values())


@once
def incomplete_codes(case: Case) -> tuple[str, ...]:
    """ICD-10-CM codes that a claim would carry and that lack characters, each once."""
    asked = case.request.diagnoses if case.request else None
    if asked is None:
        asked = tuple(c.code for c in chronic_conditions(case) if c.system == "icd10cm")
    return tuple(dict.fromkeys(filter(is_incomplete, asked)))


@once
def unknown_conditions(case: Case) -> tuple[Condition, ...]:
    """Conditions of the month whose chronicity nobody knows yet."""
    first, last = case.month.first_day, case.month.last_day
    return tuple(c for c in case.conditions if c.is_chronic is None and _present(c, first, last))


def _present(condition: Condition, first: date, last: date) -> bool:
    """Whether a condition is there on some day from the first to the last."""
    started = condition.onset_on is None or condition.onset_on <= last
    return started and (condition.ended_on is None or condition.ended_on >= first)


@once
def chronic_count(case: Case) -> int:
    """How many chronic conditions the patient has in the month."""
    return len(chronic_conditions(case)) if case.chronic_count is None else case.chronic_count


def consent_ends_on(consent: Consent) -> date | None:
    """A revocation takes effect at the end of its calendar month."""
    return None if consent.revoked_on is None else Month.of(consent.revoked_on).last_day


def consent_on(consents: Iterable[Consent], day: date) -> Consent | None:
    """The latest consent that holds on that day, or None."""
    found: Consent | None = None
    for consent in consents:
        holds = consent.given_on <= day and (not consent.revoked_on or _lasts(consent, day))
        if holds and (found is None or _age(consent) > _age(found)):
            found = consent
    return found


def _age(consent: Consent) -> tuple[date, str]:
    return consent.given_on, consent.consent_id


def _lasts(consent: Consent, day: date) -> bool:
    ends = consent_ends_on(consent)
    return ends is None or day <= ends


@once
def latest_consent(case: Case) -> Consent | None:
    """The consent that holds on the last day of the month on which any holds."""
    return consent_on(case.consents, case.month.last_day) or max(
        (c for c in case.consents if c.given_on <= case.month.last_day),
        key=_age,
        default=None,
    )


def current_plan(case: Case, on: date) -> CarePlan | None:
    """The latest care plan that existed on that day and had not ended before the month."""
    first_day = case.month.first_day
    found: CarePlan | None = None
    for plan in case.care_plans:
        holds = plan.created_on <= on and (plan.ended_on is None or plan.ended_on >= first_day)
        if holds and (found is None or _made(plan) > _made(found)):
            found = plan
    return found


def _made(plan: CarePlan) -> tuple[date, str]:
    return plan.created_on, plan.plan_id


def payer_on(payers: Iterable[Payer], on: date) -> Payer | None:
    """The primary payer of that day, or None when coverage is not known."""
    found: Payer | None = None
    for payer in payers:
        if covers(payer, on) and (found is None or _rank(payer) < _rank(found)):
            found = payer
    return found


def _rank(payer: Payer) -> tuple[bool, str]:
    return not payer.is_primary, payer.payer_id


def covers(payer: Payer, on: date) -> bool:
    """Whether the coverage holds on that day."""
    return (payer.from_on is None or payer.from_on <= on) and (
        payer.to_on is None or on <= payer.to_on
    )


def stay_on(stays: Iterable[Stay], day: date, kinds: frozenset[str]) -> Stay | None:
    """A stay of one of these kinds that covers the day, both ends included."""
    for stay in stays:
        if stay.kind in kinds and stay.from_on <= day and (stay.to_on is None or day <= stay.to_on):
            return stay
    return None


def relation(case: Case, visit: Visit) -> str:
    """Who rendered a service: ``same`` practitioner, ``same_practice`` or ``other``."""
    if visit.npi and visit.npi == case.npi:
        return "same"
    if visit.practice == "same" or (visit.practice == "" and visit.npi == ""):
        return "same_practice" if visit.npi else "same"
    return "other"


@quick
@dataclass(frozen=True, slots=True)
class Initiating:
    """Whether an initiating visit is needed, and the visit that counts as one."""

    is_needed: bool | None
    """None: nobody knows whether the patient was seen within a year."""
    visit: Visit | None = None
    refused: Visit | None = None
    """A visit that was made but does not count, for example 99211."""
    unsure: Visit | None = None
    """A visit that may count: without a code, or with one on which the sources do not agree."""


def starts_on(case: Case) -> date:
    """First day of the patient's CCM, as far as the records tell."""
    if case.first_service_on is not None:
        return case.first_service_on
    return min([c.given_on for c in case.consents], default=case.month.first_day)


@once
def _visits(case: Case) -> tuple[list[Visit], list[Visit]]:
    """Visits by the practice up to month end, and those of them that may initiate a service."""
    last = case.month.last_day
    ours = [v for v in case.visits if v.on <= last and relation(case, v) != "other"]
    return ours, [v for v in ours if visit_counts(v)]


def counting_visits(case: Case) -> list[Visit]:
    """Visits by the practice up to month end that may initiate a service."""
    return _visits(case)[1]


@once
def initiating(case: Case, policy: Policy) -> Initiating:
    """Needed for new patients and those not seen within a year before the start."""
    ours, counting = _visits(case)
    a_year_before = one_year_before(starts_on(case))
    recent = [v for v in counting if v.on >= a_year_before]
    is_new = bool(case.patient.is_new) or policy.has_number("initiating_visit_for_everyone")
    if recent:
        return Initiating(is_new, _earliest(recent))
    refused = next((v for v in ours if visit_counts(v) is False), None)
    unsure = next((v for v in ours if v.on >= a_year_before and _may_count(v, policy)), None)
    if unsure is not None:
        return Initiating(None, None, refused, unsure)
    return Initiating(True if is_new or counting else None, None, refused)


def _may_count(visit: Visit, policy: Policy) -> bool:
    """Whether nobody can say that a visit counts or does not.

    The guidance names office visits; CMS lets the add-on to the initiating visit be billed
    with others too, for example with visits at home.
    """
    if not visit.code:
        return True
    return visit_counts(visit) is None and any(
        visit.code in bases
        for code, bases in policy.addon_bases.items() if policy.family(code) == _CARE_PLANNING
    )  # fmt: skip


def _earliest(visits: list[Visit]) -> Visit:
    return visits[0] if len(visits) == 1 else min(visits, key=lambda v: (v.on, v.visit_id))


def visit_counts(visit: Visit) -> bool | None:
    """Whether a visit may initiate CCM; None when its code says nothing."""
    return code_counts(visit.code, visit.on)


@functools.lru_cache(maxsize=16384)
def code_counts(code: str, on: date) -> bool | None:
    """The same of a code on a day."""
    row = tables.load("initiating_visits", "code").find(code, on=on)
    return None if row is None else row["counts"] == "1"


def visit_days(case: Case, policy: Policy) -> frozenset[date]:
    """Days on which, under the strict reading, no staff time counts."""
    if policy.preference("same_day_visit") != "whole_day":
        return frozenset()
    return frozenset(
        visit.on
        for visit in case.visits
        if policy.family(visit.code) == "em_office" and relation(case, visit) == "same"
    )
