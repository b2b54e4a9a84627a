"""What the chart shows: conditions, consent, care plan, coverage, stays and other services."""

from __future__ import annotations

from dataclasses import dataclass

from ccm_core.cases import Case
from ccm_core.eligibility import (
    chronic_conditions,
    chronic_count,
    incomplete_codes,
    initiating,
    latest_consent,
)
from ccm_core.months import months_after
from ccm_core.npi import is_npi
from ccm_core.policy import Policy
from ccm_core.records import CONSENT_ELEMENTS, CarePlan, Consent
from ccm_core.rules.care_plan import last_review, plan_of
from ccm_core.rules.coverage import LEFT, payer_of
from ccm_core.rules.neighbours import is_neighbour
from ccm_core.rules.services import FACILITY_CLAIM
from ccm_core.rules.subjects import BIT

_ALL_POINTS = frozenset(CONSENT_ELEMENTS)
_SERVICES, _NEIGHBOUR_OF_MONTH = BIT["services"], BIT["neighbour_of_month"]
_SERVICE_ON_DAY, _FACILITY_CLAIM = BIT["service_on_day"], BIT["facility_claim"]
_EVER = {"tcm": BIT["transition"]}
_IN_MONTH = {"awv": BIT["wellness"], "em_office": BIT["office_visit"]}
_QMB, _ODD_COVERAGE, _COVERAGE_GAP = BIT["qmb"], BIT["odd_coverage"], BIT["coverage_gap"]


@dataclass(frozen=True, slots=True)
class _Limits:
    """A policy's limits for a chart."""

    ccm_conditions: int
    pcm_conditions: int
    reminder_months: int
    review_months: int


def limits_of(policy: Policy) -> _Limits:
    """Those limits, kept with the policy."""
    found: _Limits | None = policy.kept.get(_Limits)
    if found is None:
        found = policy.kept[_Limits] = _Limits(
            policy.whole("ccm_condition_count"),
            policy.whole("pcm_condition_count"),
            policy.whole("consent_reminder_months"),
            policy.whole("care_plan_review_months"),
        )
    return found


def seen(case: Case, policy: Policy) -> int:
    """The bits of the chart."""
    limits = limits_of(policy)
    found = _of_patient(case) | _of_conditions(case, limits) | _of_coverage(case)
    consent, plan = latest_consent(case), plan_of(case)
    found |= BIT["no_consent"] if consent is None else _of_consent(case, limits, consent)
    found |= BIT["no_care_plan"] if plan is None else _of_care_plan(case, limits, plan)
    if case.stays:
        found |= _of_stays(case)
    if case.visits:
        found |= _of_visits(case, policy)
    if case.past_claims:
        found |= of_past_claims(case, policy)
    if initiating(case, policy).visit is None:
        found |= BIT["no_initiating_visit"]
    return found


def _of_patient(case: Case) -> int:
    patient = case.patient
    found = 0 if patient.risk_documented_on is not None else BIT["risk_unknown"]
    if patient.died_on is not None:
        found |= BIT["death"]
    if patient.in_model:
        found |= BIT["in_model"]
    if patient.status in LEFT:
        found |= BIT["left_program"]
    if not case.npi:
        found |= BIT["no_npi"]
    elif not is_npi(case.npi):
        found |= BIT["bad_npi"]
    if case.practice.access_proof_on is None:
        found |= BIT["no_access_proof"]
    return found


def _of_conditions(case: Case, limits: _Limits) -> int:
    count = chronic_count(case)
    found = BIT["few_conditions"] if count < limits.ccm_conditions else 0
    if count == limits.pcm_conditions:
        found |= BIT["one_condition"]
    for condition in chronic_conditions(case):
        if not condition.confirmed_by:
            found |= BIT["unconfirmed"]
    if incomplete_codes(case):
        found |= BIT["incomplete_code"]
    for condition in case.conditions:
        if condition.system == "icd10cm":
            return found
    return found | BIT["no_icd10"]


def _of_consent(case: Case, limits: _Limits, consent: Consent) -> int:
    found = 0 if consent.elements >= _ALL_POINTS else BIT["consent_gap"]
    if consent.mode != "written":
        found |= BIT["consent_unwritten"]
    if consent.npi and consent.npi != case.npi:
        found |= BIT["consent_for_another"]
    if consent.revoked_on is not None:
        found |= BIT["consent_revoked"]
    first_day = case.month.first_day
    if consent.given_on >= first_day:
        found |= BIT["consent_recent"]
    elif months_after(consent.given_on, limits.reminder_months) < first_day:
        found |= BIT["consent_old"]
    return found


def _of_care_plan(case: Case, limits: _Limits, plan: CarePlan) -> int:
    last = case.month.last_day
    found = 0 if plan.signed_by else BIT["unsigned"]
    if plan.copy_given_on is None or plan.copy_given_on > last:
        found |= BIT["copy_missing"]
    if plan.is_detailed:
        found |= BIT["detailed_plan"]
    due_on = months_after(last_review(plan, case), limits.review_months)
    if due_on < (case.service_on or last):
        found |= BIT["unreviewed"]
    return found


def _of_coverage(case: Case) -> int:
    payer = payer_of(case)
    if payer is None:
        return _COVERAGE_GAP
    found = _QMB if payer.is_qmb else 0
    if payer.has_part_b is None or payer.kind == "unknown":
        found |= _COVERAGE_GAP
    if payer.kind != "medicare" or not payer.has_part_b or not payer.is_primary:
        found |= _ODD_COVERAGE
    return found


def _of_stays(case: Case) -> int:
    first, last = case.month.first_day, case.month.last_day
    if any(s.from_on <= last and (s.to_on is None or s.to_on >= first) for s in case.stays):
        return BIT["stays"] | BIT["stays_in_month"]
    return BIT["stays"]


def _of_visits(case: Case, policy: Policy) -> int:
    """Visits, coded or not, whoever rendered them."""
    first, last, claimed_on = case.month.first_day, case.month.last_day, case.service_on
    found = _SERVICES
    for visit in case.visits:
        family = policy.family(visit.code)
        found |= _EVER.get(family, 0)
        if first <= visit.on <= last:
            found |= _of_month(visit.code, policy)
            if visit.kind == FACILITY_CLAIM:
                found |= _FACILITY_CLAIM
        if visit.on == claimed_on:
            found |= _SERVICE_ON_DAY
    return found


def of_past_claims(case: Case, policy: Policy) -> int:
    """The bits of earlier and neighbouring claim lines, whoever billed them."""
    first, last, claimed_on = case.month.first_day, case.month.last_day, case.service_on
    found = _SERVICES
    for line in case.past_claims:
        family = policy.family(line.code)
        found |= _EVER.get(family, 0)
        on = line.service_on or line.month.last_day
        if first <= on <= last:
            found |= _of_month(line.code, policy)
        if on == claimed_on:
            found |= _SERVICE_ON_DAY
    return found


def _of_month(code: str, policy: Policy) -> int:
    """The bits of a service that is dated in the month."""
    found = _IN_MONTH.get(policy.family(code), 0)
    return found | _NEIGHBOUR_OF_MONTH if is_neighbour(code, policy) else found
