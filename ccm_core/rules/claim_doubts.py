"""L, continued: what is odd about a claim and for a person to decide."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.chronic import is_shaped
from ccm_core.eligibility import incomplete_codes
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.minutes import HOSPICE_MODIFIERS
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.rules.claim_line import VISIT_AND_TELEHEALTH_MODIFIERS, shows_date
from ccm_core.rules.coverage import contract_here, payer_of
from ccm_core.rules.services import CARE_MANAGEMENT, plans_family

_OTHER_PAYERS = frozenset({"medicare_advantage", "commercial", "medicaid"})


@rule(
    "L17",
    "The claim is older than its date of service",
    level=Level.REVIEW,
    needs=("request",),
    cites=("cms-dos-faq#threshold date to month end", "derived#order of days"),
    fix="Use a date of service from the threshold day to the day of the claim.",
    shows=shows_date,
)
def claim_before_service(case: Case, policy: Policy) -> Finding | None:
    """A month may be billed once its threshold is met; a claim cannot precede its service."""
    created = case.request.created_on if case.request else None
    if created is None or case.service_on is None or created >= case.service_on:
        return None
    return Finding(
        f"Claim of {created.isoformat()} for a service of {case.service_on.isoformat()}.",
        shows_date(case, policy),
    )


@rule(
    "L18",
    "A modifier that care management lines do not routinely carry",
    level=Level.NOTE,
    needs=("plan", "modifiers"),
    cites=("cms-ncci-2024q3#modifiers", "novitas-hospice#GV and GW", "x12-codes-2024#4"),
    fix="Keep the modifier only if the payer asks for it.",
)
def unusual_modifier(case: Case, policy: Policy) -> Finding | None:
    """CCM lines carry no modifier routinely; GV and GW belong to patients under hospice."""
    if not plans_family(case, policy, CARE_MANAGEMENT):
        return None
    in_hospice = any(stay.kind == "hospice" for stay in case.stays)
    expected = VISIT_AND_TELEHEALTH_MODIFIERS | (HOSPICE_MODIFIERS if in_hospice else frozenset())
    odd = sorted(set(case.modifiers) - expected)
    if not odd:
        return None
    said = ", ".join(odd)
    return Finding(f"The line carries {said}.", (Evidence("modifiers", said),))


@rule(
    "L21",
    "The amount is Medicare's, not this payer's",
    level=Level.NOTE,
    needs=("plan", "odd_coverage"),
    cites=("seed-1#Medicare Advantage plans", "cms-ma-memo-2015#payment by contract"),
    fix="Import the payer's contract, or take the amount from its remittance.",
)
def amount_of_medicare(case: Case, policy: Policy) -> Finding | None:
    """Plans and states pay by contracts and rules of their own.

    Without a contract on record the amounts shown are what Medicare would allow.
    """
    payer = payer_of(case)
    if not case.plan or payer is None or payer.kind not in _OTHER_PAYERS:
        return None
    if contract_here(case, policy) is not None:
        return None
    terms = policy.payer_row
    return Finding(
        "Amounts shown are what Medicare allows: no contract with this payer is on record. "
        f"Coverage: {terms['coverage']}; authorization: {terms['authorization']}.",
        (Evidence("payer", payer.kind, (payer.payer_id,)),),
    )


@rule(
    "L22",
    "A diagnosis code is not complete",
    level=Level.REVIEW,
    needs=("plan", "incomplete_code"),
    cites=("icd10cm-guidelines#level of detail", "ahrq-ccir-2026#v2026-1", "x12-codes-2024#16 M76"),
    fix="Record the full ICD-10-CM code, for example E11.9 in place of E11 or of EI1.9.",
)
def incomplete_diagnosis(case: Case, policy: Policy) -> Finding | None:
    """A code is reported to its full number of characters; headings such as E11 are refused.

    So is what is no code at all: a typing error, or a code of another system.

    The diagnoses of the request are looked at; without them, those of the chronic conditions,
    which a claim would carry.
    """
    if not case.plan:
        return None
    odd = incomplete_codes(case)
    if not odd:
        return None
    headings = [code for code in odd if is_shaped(code)]
    others = [code for code in odd if not is_shaped(code)]
    said = "; ".join(
        f"{', '.join(some)} {one if len(some) == 1 else several}"
        for some, one, several in (
            (headings, "is a heading of codes and no code", "are headings and no codes"),
            (others, "is no ICD-10-CM code", "are no ICD-10-CM codes"),
        )
        if some
    )
    return Finding(f"{said}: such a claim is refused.", (Evidence("diagnoses", ", ".join(odd)),))
