"""E: who may receive the service."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.eligibility import (
    chronic_conditions,
    chronic_count,
    initiating,
    starts_on,
    unknown_conditions,
)
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy
from ccm_core.records import Visit
from ccm_core.rule import rule
from ccm_core.rules.services import (
    APCM,
    CARE_MANAGEMENT,
    FIRST_LEVEL,
    ONLY_PCM,
    is_judged,
    plans_ccm,
    plans_family,
    plans_only,
    services,
)


def shows_conditions(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: the chronic conditions that were found."""
    found = chronic_conditions(case)
    names = ", ".join(c.label or c.code for c in found) or str(chronic_count(case))
    return (Evidence("chronic conditions", names, tuple(c.condition_id for c in found)),)


def shows_visit(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: the visit that initiates or continues the relation."""
    visit = initiating(case, policy).visit
    if visit is None:
        return (Evidence("initiating visit", "none on record"),)
    return (Evidence("visit", f"{visit.code} on {visit.on.isoformat()}", (visit.visit_id,)),)


@rule(
    "E01",
    "Fewer than two chronic conditions",
    level=Level.BLOCK,
    needs=("few_conditions",),
    codes=("99490", "99439", "99487", "99489", "99491", "99437"),
    cites=("noridian-tpe-2020#eligibility", "noridian-ccm#eligibility"),
    fix="Confirm a second chronic condition in the problem list, or bill PCM for the single one.",
    shows=shows_conditions,
)
def too_few_conditions(case: Case, policy: Policy) -> Finding | None:
    """CCM is for patients with two or more chronic conditions.

    Each must be expected to last at least 12 months or until death. There is no
    closed list of conditions. A patient with one complex condition may receive
    principal care management instead.
    """
    need = policy.whole("ccm_condition_count")
    have = chronic_count(case)
    if have >= need or (case.plan and not plans_ccm(case, policy)):
        return None
    unknown = unknown_conditions(case)
    more = f" {len(unknown)} more with unknown duration." if unknown else ""
    return Finding(
        f"{have} chronic condition{'' if have == 1 else 's'} on record; CCM needs {need}.{more}",
        (
            *shows_conditions(case, policy),
            Evidence("unknown duration", len(unknown), tuple(c.condition_id for c in unknown)),
        ),
    )


@rule(
    "E02",
    "Significant risk is not documented",
    level=Level.REVIEW,
    needs=("plan", "risk_unknown"),
    cites=(
        "noridian-tpe-2020#eligibility",
        "instacode-ccm#risk",
        "prevounce-apcm#G0556: one condition or fewer",
    ),
    fix="State in the chart which risk of death, decompensation or decline the conditions carry.",
)
def risk_not_documented(case: Case, policy: Policy) -> Finding | None:
    """The conditions must put the patient at significant risk.

    Risk of death, acute exacerbation or decompensation, or functional decline is
    part of the definition: two diagnoses alone are not enough. The first level of APCM is
    for everybody, and services that are known as neighbours only do not ask for it.
    """
    if not case.plan or case.patient.risk_documented_on is not None:
        return None
    asking = {code for code in case.plan if policy.family(code) in CARE_MANAGEMENT}
    if asking <= {FIRST_LEVEL}:
        return None
    return Finding("No documented significant risk of death, decompensation or decline.")


@rule(
    "E03",
    "Chronic conditions are proposed, not confirmed",
    level=Level.REVIEW,
    needs=("plan", "unconfirmed"),
    cites=("seed-3#single-condition patients", "noridian-tpe-2020#eligibility"),
    fix="Let the practitioner confirm the chronic conditions on the patient page.",
    shows=shows_conditions,
)
def conditions_not_confirmed(case: Case, policy: Policy) -> Finding | None:
    """A person verifies that the conditions are chronic and managed.

    The tables only propose which diagnoses are chronic; the practitioner decides.
    """
    if case.chronic_count is not None or not case.plan:
        return None
    found = chronic_conditions(case)
    ccm = plans_ccm(case, policy)
    need = policy.whole("ccm_condition_count" if ccm else "pcm_condition_count")
    confirmed = [c for c in found if c.confirmed_by]
    if len(confirmed) >= need or len(found) < need:
        return None
    return Finding(
        f"{len(confirmed)} of {need} needed chronic conditions are confirmed by a practitioner.",
        shows_conditions(case, policy),
    )


def _asks(case: Case, policy: Policy) -> bool:
    """Whether the visit of the year before matters: not for APCM alone, nor for neighbours."""
    return is_judged(case, policy) and not plans_only(case, policy, APCM)


@rule(
    "E04",
    "Initiating visit is missing",
    level=Level.BLOCK,
    needs=("no_initiating_visit",),
    cites=("tma-ccm#initiating visit", "careharmony#initiating visit"),
    fix="Hold a level 2 to 5 visit, a wellness visit or a TCM visit before CCM starts.",
    shows=shows_visit,
)
def no_initiating_visit(case: Case, policy: Policy) -> Finding | None:
    """New patients, and those not seen within a year, need a visit before CCM starts.

    Until the end of 2016 every patient needed one. The visit is by the billing
    practitioner and is billed separately.
    """
    state = initiating(case, policy)
    if state.is_needed is not True or state.visit or state.refused or not _asks(case, policy):
        return None
    return Finding(
        "No initiating visit within a year before CCM started "
        f"({starts_on(case).isoformat()}), and one is needed.",
        shows_visit(case, policy),
    )


@rule(
    "E05",
    "The visit on record does not count as initiating",
    level=Level.BLOCK,
    needs=("no_initiating_visit",),
    cites=("tma-ccm#initiating visit", "chartspan-compliance#initiating visit"),
    fix="Hold a visit that counts: level 2 to 5, wellness or welcome visit, or TCM.",
    shows=shows_visit,
)
def visit_does_not_count(case: Case, policy: Policy) -> Finding | None:
    """Level 1, telephone, online and anticoagulation contacts do not initiate CCM."""
    state = initiating(case, policy)
    if state.is_needed is not True or state.visit or state.refused is None:
        return None
    if not _asks(case, policy):
        return None
    refused = state.refused
    return Finding(
        f"{refused.code} on {refused.on.isoformat()} does not count as an initiating visit.",
        (Evidence("visit", refused.code, (refused.visit_id,)),),
    )


@rule(
    "E06",
    "Nobody knows whether the patient was seen within a year",
    level=Level.REVIEW,
    needs=("plan", "no_initiating_visit"),
    cites=("tma-ccm#initiating visit", "cms-aoc-2026q3#aoc-G0506"),
    fix="Import the visits of the year before CCM started, record the visit code, or see that the "
    "visit was one at which CCM was discussed.",
    shows=shows_visit,
)
def visit_unknown(case: Case, policy: Policy) -> Finding | None:
    """Without a visit that surely counts the need for an initiating visit cannot be decided.

    Guidance names office visits of level 2 to 5, wellness visits and TCM. CMS's add-on file lets
    G0506, the add-on to the initiating visit, be billed with visits at home or in a facility and
    with 99483 too: whether those initiate CCM is for a person to decide.
    """
    state = initiating(case, policy)
    if not case.plan or state.is_needed is not None or not _asks(case, policy):
        return None
    if state.unsure is not None:
        return _unsure(state.unsure)
    return Finding("No visit within a year before CCM started is on record.")


def _unsure(visit: Visit) -> Finding:
    on = visit.on.isoformat()
    if visit.code:
        said = f"Sources do not say whether {visit.code} on {on} initiates CCM."
    else:
        said = f"The visit on {on} has no procedure code."
    return Finding(said, (Evidence("visit", visit.code or "no code", (visit.visit_id,)),))


@rule(
    "E07",
    "G0506 was billed before",
    level=Level.BLOCK,
    needs=("plans_care_planning", "services"),
    codes=("G0506",),
    cites=("svmic-g0506#once", "careharmony#G0506"),
    fix="Remove G0506: it is paid once per patient and billing practitioner.",
)
def care_planning_again(case: Case, policy: Policy) -> Finding | None:
    """Care planning at the start is paid once per patient and billing practitioner."""
    planned = [code for code in case.plan if policy.family(code) == "care_planning"]
    if not planned:
        return None
    before = [s for s in services(case) if s.code in planned and s.by == "same"]
    if not before:
        return None
    first = min(before, key=lambda s: s.on)
    return Finding(
        f"{first.code} was already billed on {first.on.isoformat()} by this practitioner.",
        (Evidence("earlier service", first.code, (first.service_id,)),),
    )


@rule(
    "E08",
    "PCM without a chronic condition",
    level=Level.BLOCK,
    needs=("plans_pcm",),
    codes=("99424", "99425", "99426", "99427", "G2064", "G2065"),
    cites=("icd10monitor-pcm#definition",),
    fix="Record the complex chronic condition that PCM manages.",
    shows=shows_conditions,
)
def pcm_without_condition(case: Case, policy: Policy) -> Finding | None:
    """PCM manages one complex chronic condition expected to last three months or longer."""
    if not plans_family(case, policy, ONLY_PCM):
        return None
    if chronic_count(case) >= policy.whole("pcm_condition_count"):
        return None
    return Finding("No chronic condition on record; PCM needs one.", shows_conditions(case, policy))


@rule(
    "E09",
    "The patient is aligned to a payment model",
    level=Level.REVIEW,
    needs=("plan", "in_model"),
    cites=("derived#model overlap",),
    fix="Ask the model's administrator whether CCM may be billed for aligned patients.",
)
def in_payment_model(case: Case, policy: Policy) -> Finding | None:
    """Some models pay for care management themselves; the overlap rules differ by model."""
    if not case.plan or not case.patient.in_model:
        return None
    return Finding(f"The patient is aligned to {case.patient.in_model}.")
