"""P: the comprehensive care plan and access around the clock."""

from __future__ import annotations

from datetime import date

from ccm_core.cases import Case
from ccm_core.eligibility import chronic_conditions, current_plan
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.months import months_after
from ccm_core.once import once
from ccm_core.policy import Policy
from ccm_core.records import CarePlan
from ccm_core.rule import rule
from ccm_core.rules.services import is_judged, plans_ccm

# Elements that a comprehensive plan typically has; each is a checkbox in the plan builder.
PLAN_ELEMENTS = (
    "problem_list", "outcome_prognosis", "measurable_goals", "cognitive_functional",
    "symptom_management", "interventions", "medication", "environment", "caregiver",
    "community_services", "coordination", "responsible_person", "review_schedule",
)  # fmt: skip
_MAY_NOT_WRITE = frozenset({"RN", "LPN", "LVN", "MA", "CMA"})


@once
def plan_of(case: Case) -> CarePlan | None:
    """The plan that existed on the date of service, or at month end."""
    return current_plan(case, case.service_on or case.month.last_day)


def shows_care_plan(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: the care plan in force."""
    plan = plan_of(case)
    if plan is None:
        return (Evidence("care plan", "none on record"),)
    said = f"created {plan.created_on.isoformat()}"
    if plan.reviewed_on:
        said += f", reviewed {plan.reviewed_on.isoformat()}"
    return (Evidence("care plan", said, (plan.plan_id,)),)


@rule(
    "P01",
    "No care plan before billing",
    level=Level.BLOCK,
    needs=("no_care_plan",),
    cites=("ngs-cert-2024#care plan missing", "noridian-mr#Q1", "noridian-tpe-2020#care plan"),
    fix="Create the comprehensive care plan before the claim's date of service.",
    shows=shows_care_plan,
)
def no_care_plan(case: Case, policy: Policy) -> Finding | None:
    """A comprehensive, electronic, person-centred care plan stands behind every month billed."""
    if plan_of(case) is not None or not is_judged(case, policy):
        return None
    first_day = case.month.first_day
    ended = [
        (p.ended_on, p.plan_id) for p in case.care_plans if p.ended_on and p.ended_on < first_day
    ]
    later = [
        (p.created_on, p.plan_id)
        for p in case.care_plans
        if p.ended_on is None or p.ended_on >= first_day
    ]
    if later:
        created_on, plan_id = min(later)
        return Finding(
            f"The care plan is of {created_on.isoformat()}, after the date of service.",
            (Evidence("care plan", created_on.isoformat(), (plan_id,)),),
        )
    if ended:
        ended_on, plan_id = max(ended)
        return Finding(
            f"The care plan ended on {ended_on.isoformat()}, before the month.",
            (Evidence("care plan ended", ended_on.isoformat(), (plan_id,)),),
        )
    return Finding("No care plan is on record.")


@rule(
    "P02",
    "No proof that the patient received a copy of the plan",
    level=Level.REVIEW,
    needs=("copy_missing",),
    cites=("ngs-cert-2024#care plan not given", "noridian-mr#Q1"),
    fix="Give the patient or caregiver a copy, in any format, and record the day.",
    shows=shows_care_plan,
)
def copy_not_given(case: Case, policy: Policy) -> Finding | None:
    """A copy of the plan is given to the patient or caregiver, and the record shows it."""
    plan = plan_of(case)
    if plan is None or (plan.copy_given_on and plan.copy_given_on <= case.month.last_day):
        return None
    return Finding("The record does not show that a copy was given.", shows_care_plan(case, policy))


@rule(
    "P03",
    "Care plan not created or reviewed within a year",
    level=Level.REVIEW,
    needs=("unreviewed",),
    cites=("seed-3#pre-flight checklist", "noridian-qa-2017#Q3"),
    fix="Review the plan with the patient and record the day.",
    shows=shows_care_plan,
)
def plan_not_reviewed(case: Case, policy: Policy) -> Finding | None:
    """The program guide wants a review within 12 months; CMS speaks of periodic review."""
    plan = plan_of(case)
    if plan is None:
        return None
    latest = last_review(plan, case)
    months = policy.whole("care_plan_review_months")
    on = case.service_on or case.month.last_day
    if months_after(latest, months) >= on:
        return None
    return Finding(
        f"Last created or reviewed on {latest.isoformat()}, more than {months} months before "
        f"{on.isoformat()}.",
        (Evidence("last review", latest.isoformat(), (plan.plan_id,)),),
    )


def last_review(plan: CarePlan, case: Case) -> date:
    """The day on which the plan was last made or reviewed, as of month end."""
    reviewed = plan.reviewed_on
    if reviewed is None or reviewed > case.month.last_day:
        return plan.created_on
    return max(reviewed, plan.created_on)


@rule(
    "P04",
    "Care plan is not signed by the practitioner",
    level=Level.REVIEW,
    needs=("unsigned",),
    cites=("ngs-cert-2024#provider signature missing", "noridian-qa-2017#Q2"),
    fix="Let the billing practitioner sign and date the plan.",
    shows=shows_care_plan,
)
def plan_not_signed(case: Case, policy: Policy) -> Finding | None:
    """The practitioner signs and dates the plan; no patient signature is asked for."""
    plan = plan_of(case)
    if plan is None or plan.signed_by:
        return None
    return Finding("The care plan has no signature.", shows_care_plan(case, policy))


@rule(
    "P05",
    "Care plan does not cover all chronic conditions",
    level=Level.REVIEW,
    needs=("detailed_plan",),
    cites=("noridian-mr#Q1", "seed-1#audit-proof documentation"),
    fix="Add goals and interventions for the missing conditions.",
    shows=shows_care_plan,
)
def plan_misses_conditions(case: Case, policy: Policy) -> Finding | None:
    """The plan addresses all health issues, with focus on the managed conditions."""
    plan = plan_of(case)
    if plan is None or not plan.is_detailed or not plan.condition_codes:
        return None
    missing = [
        c
        for c in chronic_conditions(case)
        if c.code not in plan.condition_codes and (c.group or c.code) not in plan.condition_codes
    ]
    if not missing:
        return None
    names = ", ".join(c.label or c.code for c in missing)
    return Finding(
        f"Not in the plan: {names}.",
        (Evidence("missing conditions", names, tuple(c.condition_id for c in missing)),),
    )


_NO_PROOF = Finding("The practice has recorded no proof of 24/7 access.")


@rule(
    "P06",
    "No proof of access around the clock",
    level=Level.NOTE,
    needs=("plans_ccm", "no_access_proof"),
    cites=("texmed-access#24/7", "seed-3#state-specific rules"),
    fix="Record the day of the last proof (call log, answering service report) in Settings.",
)
def no_access_proof(case: Case, policy: Policy) -> Finding | None:
    """Patients reach a clinician who can see the record at any hour.

    An answering machine is not enough.
    """
    if not plans_ccm(case, policy) or case.practice.access_proof_on is not None:
        return None
    return _NO_PROOF


@rule(
    "P07",
    "Care plan was written by staff who may not develop it",
    level=Level.REVIEW,
    needs=("unsigned",),
    cites=("noridian-qa-2017#Q2",),
    fix="Let the billing practitioner develop or adopt the plan, and sign it.",
    shows=shows_care_plan,
)
def plan_author(case: Case, policy: Policy) -> Finding | None:
    """Nurses may revise and monitor the plan; the practitioner develops and signs it."""
    plan = plan_of(case)
    if plan is None or plan.signed_by or plan.author_credential.upper() not in _MAY_NOT_WRITE:
        return None
    return Finding(
        f"The plan was written by staff ({plan.author_credential}) and no practitioner signed it.",
        shows_care_plan(case, policy),
    )


@rule(
    "P08",
    "Care plan lacks typical elements",
    level=Level.NOTE,
    needs=("detailed_plan",),
    cites=("cms-mln-ccm#care plan elements", "seed-3#care plan"),
    fix="Complete the plan in the care plan builder.",
    shows=shows_care_plan,
)
def plan_elements_missing(case: Case, policy: Policy) -> Finding | None:
    """Typical elements: problems, prognosis, goals, function, symptoms, interventions and more."""
    plan = plan_of(case)
    if plan is None or not plan.is_detailed:
        return None
    missing = [e.replace("_", " ") for e in PLAN_ELEMENTS if e not in plan.elements]
    if not missing:
        return None
    return Finding(
        f"Not in the plan: {', '.join(missing)}.",
        (Evidence("missing elements", ", ".join(missing), (plan.plan_id,)),),
    )
