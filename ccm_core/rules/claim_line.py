"""L: the line that would be sent."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.eligibility import chronic_count, stay_on
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.months import months_after
from ccm_core.npi import is_npi
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.rules.amount import amount_of
from ccm_core.rules.services import (
    CCM,
    FACILITY_CLAIM,
    plans_ccm,
)

_TELEHEALTH_PLACES = frozenset({"02", "10"})
_ODD_PLACES = _TELEHEALTH_PLACES | {"21", "31"}
VISIT_AND_TELEHEALTH_MODIFIERS = frozenset({"25", "93", "95", "GT", "GQ", "FQ"})
_FACILITY_STAYS = frozenset({"hospital", "snf_part_a"})


def shows_date(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: date of service and the day the threshold was met."""
    on = case.service_on.isoformat() if case.service_on else "none"
    met = case.threshold_on
    return (
        Evidence("date of service", on),
        Evidence("threshold met", met.isoformat() if met else "not met"),
    )


@rule(
    "L01",
    "Date of service outside the service month",
    level=Level.BLOCK,
    needs=("odd_date",),
    cites=("cms-dos-faq#threshold date to month end", "oig-2021#service period"),
    fix="Use a day from the threshold day to the last day of the month.",
    shows=shows_date,
)
def date_outside_month(case: Case, policy: Policy) -> Finding | None:
    """The service period is the calendar month; the claim's date lies in it."""
    if case.service_on is None or case.service_on in case.month:
        return None
    return Finding(
        f"Date of service {case.service_on.isoformat()} lies outside {case.month}.",
        shows_date(case, policy),
    )


@rule(
    "L02",
    "Date of service before the threshold was met",
    level=Level.BLOCK,
    needs=("odd_date",),
    cites=("cms-dos-faq#threshold date to month end",),
    fix="Use the threshold day or a later day of the month.",
    shows=shows_date,
)
def date_before_threshold(case: Case, policy: Policy) -> Finding | None:
    """The month may be billed from the day on which the time is reached."""
    met, on = case.threshold_on, case.service_on
    if met is None or on is None or on not in case.month or on >= met:
        return None
    return Finding(
        f"Date of service {on.isoformat()}; the threshold was met on {met.isoformat()}.",
        shows_date(case, policy),
    )


@rule(
    "L03",
    "Place of service",
    level=Level.REVIEW,
    needs=("request",),
    cites=("aapc-pos-2015#place of service", "cms-telehealth-list#CCM"),
    fix="Use the place where the practitioner ordinarily sees the patient (11, 19, 22).",
)
def place_of_service(case: Case, policy: Policy) -> Finding | None:
    """CCM is billed from the practitioner's usual place; it is not a telehealth service."""
    if case.request is None or case.request.place not in _ODD_PLACES:
        return None
    place = case.request.place
    return Finding(f"Place of service is {place}.", (Evidence("place", place),))


@rule(
    "L04",
    "Modifier that does not belong on this line",
    level=Level.REVIEW,
    needs=("plans_ccm", "modifiers"),
    cites=("cms-telehealth-list#CCM", "cms-ncci-2024q3#modifier 25"),
    fix="Remove the modifier; 25 belongs on a visit, 93, 95 and GT on telehealth services.",
)
def odd_modifier(case: Case, policy: Policy) -> Finding | None:
    """CCM lines carry no modifier routinely."""
    if not plans_ccm(case, policy):
        return None
    odd = sorted(set(case.modifiers) & VISIT_AND_TELEHEALTH_MODIFIERS)
    if not odd:
        return None
    return Finding(f"The line carries {', '.join(odd)}.", (Evidence("modifiers", ", ".join(odd)),))


@rule(
    "L06",
    "NPI is missing or wrong",
    level=Level.BLOCK,
    needs=("plan", "bad_npi"),
    cites=("cms-npi#check digit", "x12-codes-2024#N290"),
    fix="Correct the billing practitioner's NPI.",
)
def bad_npi(case: Case, policy: Policy) -> Finding | None:
    """The tenth digit of an NPI is a Luhn check digit over 80840 and the first nine."""
    if not case.plan or not case.npi or is_npi(case.npi):
        return None
    return Finding("The billing practitioner's NPI fails its check digit.")


@rule(
    "L07",
    "Too late to file",
    level=Level.BLOCK,
    needs=("request",),
    cites=("x12-codes-2024#29", "cfr-424-44#one calendar year"),
    fix="Write the claim off, or document one of the lawful exceptions.",
    shows=shows_date,
)
def timely_filing(case: Case, policy: Policy) -> Finding | None:
    """Claims reach Medicare within one calendar year of the date of service."""
    created = case.request.created_on if case.request else None
    if created is None or case.service_on is None:
        return None
    last = months_after(case.service_on, policy.whole("timely_filing_months"))
    if created <= last:
        return None
    return Finding(
        f"Claim of {created.isoformat()} for {case.service_on.isoformat()}; "
        f"the last day was {last.isoformat()}.",
        shows_date(case, policy),
    )


@rule(
    "L08",
    "No fee on file",
    level=Level.NOTE,
    needs=("no_amount",),
    cites=("derived#missing fee",),
    fix="Import the fee schedule of that year, or take the amount from the remittance.",
)
def fee_unknown(case: Case, policy: Policy) -> Finding | None:
    """An amount without year, place and source is not shown; a missing fee is never $0."""
    if not case.plan:
        return None
    priced = amount_of(case, policy)
    if priced.allowed_usd is not None:
        return None
    return Finding(priced.reason)


@rule(
    "L09",
    "Amount is an estimate",
    level=Level.NOTE,
    needs=("estimate",),
    cites=("derived#carried-over GPCI",),
    fix="Import the year's geographic indices to replace the estimate.",
)
def fee_estimated(case: Case, policy: Policy) -> Finding | None:
    """Part of the geographic indices of the year are carried over from the year before."""
    if not case.plan or not amount_of(case, policy).estimate:
        return None
    return Finding(f"The amount for {case.practice.locality} uses indices of an earlier year.")


@rule(
    "L11",
    "Date of service on an inpatient day",
    level=Level.REVIEW,
    needs=("plan", "stays"),
    cites=("cms-faq-2015#inpatients", "x12-codes-2024#M77"),
    fix="Choose a day of the month on which the patient was not an inpatient.",
    shows=shows_date,
)
def date_on_stay(case: Case, policy: Policy) -> Finding | None:
    """A claim dated within a hospital or SNF stay invites a denial."""
    if case.service_on is None or not case.plan:
        return None
    stay = stay_on(case.stays, case.service_on, _FACILITY_STAYS)
    if stay is None:
        return None
    return Finding(
        f"On {case.service_on.isoformat()} the patient was an inpatient.",
        (Evidence("stay", stay.kind, (stay.stay_id,)),),
    )


@rule(
    "L12",
    "No billing practitioner",
    level=Level.REVIEW,
    needs=("plan", "no_npi"),
    cites=("x12-codes-2024#N290", "cgs-2015#who may bill"),
    fix="Assign the patient to the practitioner who supervises and bills.",
)
def no_practitioner(case: Case, policy: Policy) -> Finding | None:
    """A claim names the practitioner who supervises and owns the plan."""
    if not case.plan or case.npi:
        return None
    return Finding("No billing practitioner is assigned.")


@rule(
    "L13",
    "Nothing chronic to point to",
    level=Level.NOTE,
    needs=("plan", "no_icd10"),
    cites=("emblem-dx#primary and secondary",),
    fix="Record ICD-10-CM codes for the managed conditions.",
)
def no_icd10(case: Case, policy: Policy) -> Finding | None:
    """Claims need ICD-10-CM codes; some exports carry SNOMED CT only."""
    if not case.plan or case.chronic_count is not None or not chronic_count(case):
        return None
    if any(c.system == "icd10cm" for c in case.conditions):
        return None
    return Finding("No ICD-10-CM code is on record; the claim needs one.")


@rule(
    "L14",
    "Facility claim without a professional claim",
    level=Level.REVIEW,
    needs=("facility_claim",),
    cites=(
        "oig-2019#facility claims without physician claims",
        "noridian-ccm#outpatient departments",
    ),
    fix="Bill the practitioner's claim with the facility place of service, or void the other.",
)
def facility_without_professional(case: Case, policy: Policy) -> Finding | None:
    """A hospital outpatient department's CCM claim goes with a claim of the practitioner."""
    facility = [
        v
        for v in case.visits
        if v.kind == FACILITY_CLAIM and v.on in case.month and policy.family(v.code) in CCM
    ]
    if not facility or plans_ccm(case, policy):
        return None
    first = facility[0]
    return Finding(
        f"Facility claim for {first.code} on {first.on.isoformat()}, no professional claim.",
        (Evidence("facility claim", first.code, (first.visit_id,)),),
    )
