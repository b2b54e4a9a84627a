"""What a rule may need to be there before it can object to anything.

A card names its subjects in ``needs``. A rule whose subject is absent from a case
finds nothing there, so the audit does not run it: most cases hold no stay, no odd
code and no signal. Skipping never changes what is found; a property test runs
every rule over thousands of mixed cases to hold that. Which subjects a case holds
is worked out once, in ``rules/seen.py``, as one whole number with a bit for each.
"""

from __future__ import annotations

MEANING = {
    # The planned units, on their own.
    "plan": "something is planned",
    "no_plan": "nothing is planned",
    "plans_ccm": "a planned code is CCM",
    "plans_pcm": "a planned code is PCM",
    "plans_care_planning": "a planned code is care planning at the start",
    "plans_complex": "a planned code asks for decision making",
    "plans_apcm": "a planned code is APCM",
    "neighbour_code": "a planned code belongs to a service that the rules do not judge",
    "uncapped_units": "several units of a base code that has no cap of its own",
    "later_year": "something is planned in a year after the one that the tables were checked in",
    "clashing_codes": "a row of the table of conflicts speaks against two planned codes",
    "code_not_in_force": "a planned code is not in force in the month, or unknown",
    "over_limit": "a planned code has more units than its limit",
    "lone_addon": "a planned add-on has no base code in the plan",
    "foreign_code": "a planned code with a time rule belongs to no path of this setting",
    "either_or": "two planned codes exclude each other, or a neighbour lies in the month",
    "same_day": "two planned codes never go on one day, or a service lies on the claim's day",
    # The request and the amount.
    "request": "somebody asked for certain units, or for a line in a certain form",
    "modifiers": "the requested line carries modifiers",
    "plan_differs": "the plan is not just what the chosen path earns, and no other",
    "odd_date": "the date of service lies outside the month or before the threshold",
    "no_amount": "no amount is known for the plan",
    "estimate": "the amount of the plan is an estimate",
    "several_paths": "more than one path is legal",
    "complex_reached": "the time of complex CCM is reached and decision making is not documented",
    # The time log.
    "counted": "some time counts",
    "excluded": "some time does not count",
    "no_contact": "no entry may have been live contact",
    "weak_note": "a counted entry has no note, or one that shows little",
    "repeated_note": "counted entries may share a note",
    "equal_lengths": "all counted entries have one length",
    "late_entry": "a counted entry was recorded long after the work",
    "start_unknown": "of a counted entry only the day is known",
    "odd_hours": "a counted entry may lie outside clinic hours",
    "long_entry": "a counted entry is very long",
    "unnamed_entry": "a counted entry names nobody",
    "odd_activity": "a counted entry's activity is in no list",
    "signals": "something was seen across patients",
    # The patient.
    "death": "a day of death is on record",
    "risk_unknown": "no significant risk is documented",
    "in_model": "the patient is aligned to a payment model",
    "left_program": "the status says that the patient left",
    "few_conditions": "fewer chronic conditions than CCM asks for",
    "one_condition": "as many chronic conditions as PCM asks for",
    "unconfirmed": "a chronic condition is not confirmed by a practitioner",
    "no_icd10": "no ICD-10-CM code is on record",
    "incomplete_code": "a diagnosis of the chart or the request lacks characters or is no code",
    "no_npi": "nobody is named as billing practitioner",
    "bad_npi": "the billing practitioner's NPI fails its check digit",
    "no_access_proof": "the practice has no proof of access around the clock",
    # Consent and care plan.
    "no_consent": "no consent was given until month end",
    "consent_gap": "the consent does not name all points",
    "consent_unwritten": "the consent is not in writing",
    "consent_for_another": "the consent names somebody else than the one who bills",
    "consent_old": "the consent is older than the reminder allows",
    "consent_recent": "the consent was given within the month",
    "consent_revoked": "the consent was revoked",
    "no_care_plan": "no care plan existed on the date of service",
    "copy_missing": "no copy of the care plan was given until month end",
    "unreviewed": "the care plan was neither made nor reviewed within the months allowed",
    "unsigned": "the care plan has no signature",
    "detailed_plan": "the care plan says what it holds",
    # Coverage.
    "coverage_gap": "it is not known who pays, or whether Part B is in force",
    "odd_coverage": "the payer is not Medicare with Part B in first place",
    "qmb": "the patient is a Qualified Medicare Beneficiary",
    # Stays, visits and other services.
    "stays": "a stay is on record",
    "stays_in_month": "a stay touches the month",
    "no_initiating_visit": "no visit counts as initiating",
    "office_visit": "an office visit lies in the month",
    "facility_claim": "a facility's claim lies in the month",
    "services": "a visit or an earlier claim line is on record",
    "neighbour_of_month": "a service that may exclude another is dated in the month or planned",
    "service_on_day": "a visit or an earlier claim line is dated on the date of service",
    "transition": "a transitional care service is on record or planned",
    "wellness": "a wellness visit is on record or planned",
}
"""Every subject with what its presence says. A presence may be claimed too often, never too
seldom: a rule that runs in vain costs a microsecond, one that is skipped costs a finding."""

SUBJECTS = tuple(MEANING)
BIT = {name: 1 << place for place, name in enumerate(SUBJECTS)}


def mask_of(needs: tuple[str, ...]) -> int:
    """The bits of these subjects."""
    return sum({BIT[name] for name in needs})


def unknown_subjects(needs: tuple[str, ...]) -> tuple[str, ...]:
    """Names on a card that are no subjects."""
    return tuple(name for name in needs if name not in BIT)


def is_met(needs: tuple[str, ...], present: int) -> bool:
    """Whether every subject that a card names is there."""
    mask = mask_of(needs)
    return present & mask == mask
