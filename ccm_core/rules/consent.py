"""C: the patient's agreement."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.eligibility import consent_ends_on, counting_visits, latest_consent
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.months import months_after, one_year_before
from ccm_core.policy import Policy
from ccm_core.records import CONSENT_ELEMENTS, Consent
from ccm_core.rule import rule

_ELEMENT_WORDS = {
    "availability": "the service and its availability",
    "cost_sharing": "cost sharing may apply",
    "one_practitioner": "only one practitioner per month",
    "right_to_stop": "the right to stop at month end",
}


def shows_consent(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: the consent in force."""
    consent = latest_consent(case)
    if consent is None:
        return (Evidence("consent", "none on record"),)
    said = f"{consent.mode}, {consent.given_on.isoformat()}"
    return (Evidence("consent", said, (consent.consent_id,)),)


def _about(consent: Consent, value: object) -> tuple[Evidence, ...]:
    return (Evidence("consent", value, (consent.consent_id,)),)


@rule(
    "C01",
    "No consent on record",
    level=Level.BLOCK,
    needs=("no_consent",),
    cites=("noridian-qa-2017#Q3", "ngs-cert-2024#consent missing", "noridian-mr#Q2"),
    fix="Obtain and document consent; minutes count from that day on.",
    shows=shows_consent,
)
def no_consent(case: Case, policy: Policy) -> Finding | None:
    """The patient agrees before the service is furnished or billed.

    Verbal or written; documented in the record. Minutes before consent never count.
    """
    if latest_consent(case) is not None:
        return None
    later = [c for c in case.consents if c.given_on > case.month.last_day]
    if later:
        first = min(later, key=lambda c: c.given_on)
        said = f"The first consent is dated {first.given_on.isoformat()}, after the service month."
        return Finding(said, _about(first, first.given_on.isoformat()))
    return Finding("No consent is on record.")


@rule(
    "C02",
    "Consent does not cover all required points",
    level=Level.BLOCK,
    needs=("consent_gap",),
    cites=("noridian-tpe-2020#advance consent", "careharmony#consent"),
    fix="Repeat the conversation, cover the missing points and document them.",
    shows=shows_consent,
)
def consent_elements_missing(case: Case, policy: Policy) -> Finding | None:
    """Four points belong to the consent.

    What the service is and that it is available, that cost sharing may apply, that
    only one practitioner can furnish and be paid in a month, and that the patient may
    stop at any time with effect at the end of the month.
    """
    consent = latest_consent(case)
    if consent is None or not consent.elements:
        return None
    missing = [e for e in CONSENT_ELEMENTS if e not in consent.elements]
    if not missing:
        return None
    said = "; ".join(_ELEMENT_WORDS[e] for e in missing)
    return Finding(f"Consent does not mention: {said}.", _about(consent, ", ".join(missing)))


@rule(
    "C03",
    "Consent had to be in writing",
    level=Level.BLOCK,
    needs=("consent_unwritten",),
    cites=("noridian-tpe-2020#written consent until 2016",),
    fix="For service months of 2015 and 2016 keep the signed form.",
    shows=shows_consent,
)
def verbal_when_writing_was_needed(case: Case, policy: Policy) -> Finding | None:
    """In 2015 and 2016 consent had to be written; verbal consent is enough since 2017."""
    consent = latest_consent(case)
    if consent is None or consent.mode == "written" or not policy.has_number("consent_in_writing"):
        return None
    return Finding(
        "Consent is verbal; in this month it had to be written.", _about(consent, consent.mode)
    )


@rule(
    "C04",
    "Consent was given to another practitioner",
    level=Level.BLOCK,
    needs=("consent_for_another",),
    cites=("noridian-qa-2017#Q3", "fcso-act-2017#Q3"),
    fix="Obtain a new consent for the practitioner who bills now.",
    shows=shows_consent,
)
def consent_for_other_practitioner(case: Case, policy: Policy) -> Finding | None:
    """A change of the billing practitioner asks for a new consent."""
    consent = latest_consent(case)
    if consent is None or not consent.npi or not case.npi or consent.npi == case.npi:
        return None
    return Finding(
        "The consent names another practitioner than the one who bills.",
        _about(consent, consent.given_on.isoformat()),
    )


@rule(
    "C05",
    "Consent is older than a year",
    level=Level.REVIEW,
    needs=("consent_old",),
    cites=("fcso-annual-consent#Q3",),
    fix="Remind the patient once a year, or acknowledge that one consent is enough for your MAC.",
    shows=shows_consent,
)
def consent_is_old(case: Case, policy: Policy) -> Finding | None:
    """Consent is needed once; First Coast also speaks of at least once a year."""
    consent = latest_consent(case)
    if consent is None:
        return None
    months = policy.whole("consent_reminder_months")
    if months_after(consent.given_on, months) >= case.month.first_day:
        return None
    return Finding(
        f"Consent was given on {consent.given_on.isoformat()}, more than {months} months ago.",
        _about(consent, consent.given_on.isoformat()),
    )


@rule(
    "C06",
    "Consent is dated within the service month",
    level=Level.REVIEW,
    needs=("consent_recent",),
    cites=("seed-3#pre-flight checklist",),
    fix="Check that only minutes after consent are counted, then acknowledge.",
    shows=shows_consent,
)
def consent_in_service_month(case: Case, policy: Policy) -> Finding | None:
    """The program guide wants consent signed and dated before the service month.

    CMS asks for consent before the service: later minutes of the same month count.
    """
    consent = latest_consent(case)
    if consent is None or consent.given_on < case.month.first_day:
        return None
    return Finding(
        f"Consent was given on {consent.given_on.isoformat()}, within the service month; "
        f"{case.counted_minutes} minutes were counted from that day on.",
        _about(consent, consent.given_on.isoformat()),
    )


@rule(
    "C07",
    "Consent is verbal",
    level=Level.NOTE,
    needs=("consent_unwritten",),
    cites=("careharmony#consent", "seed-1#written consent"),
    fix="A signed form is the better evidence in an audit; verbal consent is lawful since 2017.",
    shows=shows_consent,
)
def consent_is_verbal(case: Case, policy: Policy) -> Finding | None:
    """Verbal consent is enough when it is documented; one program guide wants a signature."""
    consent = latest_consent(case)
    if consent is None or consent.mode != "verbal":
        return None
    return Finding("Consent is verbal; no signed form is on record.", _about(consent, consent.mode))


@rule(
    "C08",
    "The points of the consent conversation are not recorded",
    level=Level.REVIEW,
    needs=("consent_gap",),
    cites=("noridian-tpe-2020#advance consent",),
    fix="Record which of the four points were discussed.",
    shows=shows_consent,
)
def consent_elements_unknown(case: Case, policy: Policy) -> Finding | None:
    """The record shows a consent but not what was said."""
    consent = latest_consent(case)
    if consent is None or consent.elements:
        return None
    return Finding(
        "The record does not say which points were discussed.", _about(consent, "unknown")
    )


@rule(
    "C09",
    "Consent was revoked before the month",
    level=Level.BLOCK,
    needs=("consent_revoked",),
    cites=("noridian-tpe-2020#right to stop", "careharmony#consent"),
    fix="Stop billing, or obtain a new consent.",
    shows=shows_consent,
)
def consent_revoked(case: Case, policy: Policy) -> Finding | None:
    """A revocation takes effect at the end of its calendar month."""
    consent = latest_consent(case)
    ends = consent_ends_on(consent) if consent else None
    if consent is None or ends is None or ends >= case.month.first_day:
        return None
    return Finding(
        f"Consent ended on {ends.isoformat()}; no later consent is on record.",
        _about(consent, ends.isoformat()),
    )


@rule(
    "C10",
    "Last month under this consent",
    level=Level.NOTE,
    needs=("consent_revoked",),
    cites=("noridian-tpe-2020#right to stop",),
    fix="Stop the service after this month.",
    shows=shows_consent,
)
def consent_ends_this_month(case: Case, policy: Policy) -> Finding | None:
    """The month in which the patient stops may still be billed."""
    consent = latest_consent(case)
    ends = consent_ends_on(consent) if consent else None
    if consent is None or ends is None or ends not in case.month:
        return None
    return Finding(
        f"The patient stopped; the service ends on {ends.isoformat()}.", _about(consent, "ends")
    )


@rule(
    "C11",
    "Nobody knows whose consent it is",
    level=Level.REVIEW,
    needs=("consent_for_another",),
    cites=("noridian-qa-2017#Q3",),
    fix="Record the billing practitioner of the patient, and for whom consent was given.",
    shows=shows_consent,
)
def consent_practitioner_unknown(case: Case, policy: Policy) -> Finding | None:
    """Consent belongs to one billing practitioner; both names are needed to compare them."""
    consent = latest_consent(case)
    if consent is None or not consent.npi or case.npi:
        return None
    return Finding(
        "The consent names a practitioner; the case does not say who bills.",
        _about(consent, "unknown"),
    )


@rule(
    "C12",
    "Verbal consent of a patient not seen within a year",
    level=Level.NOTE,
    needs=("consent_unwritten",),
    cites=("noridian-mr#Q1", "mac-states#Noridian JF-B"),
    fix="In Noridian's states obtain consent in writing or at a visit for such patients.",
    shows=shows_consent,
)
def verbal_without_visit(case: Case, policy: Policy) -> Finding | None:
    """Noridian takes verbal consent from patients seen in the practice within 12 months.

    Others give it in writing or at a visit. No other contractor was found to say so.
    Which states Noridian serves was not re-read: there the finding asks for a look, and
    nowhere does it block.
    """
    consent = latest_consent(case)
    if consent is None or consent.mode != "verbal":
        return None
    earliest = one_year_before(consent.given_on)
    if any(earliest <= v.on <= consent.given_on for v in counting_visits(case)):
        return None
    return Finding(
        f"Verbal consent of {consent.given_on.isoformat()}; no visit within a year before it.",
        _about(consent, consent.mode),
    )
