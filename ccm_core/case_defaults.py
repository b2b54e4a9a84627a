"""What a case holds when nothing is said: a clean month of an established patient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ccm_core.errors import UsageError
from ccm_core.months import Month, day_start, time_zone
from ccm_core.records import CONSENT_ELEMENTS, CarePlan, Consent, Practice, TimeEntry, Visit

CASE_FIELDS = (
    "month", "policy", "preference", "setting", "locality", "state", "payer", "qmb",
    "chronic_conditions", "risk_documented", "mdm", "consent", "care_plan", "initiating_visit",
    "new_patient", "staff_minutes", "practitioner_minutes", "time", "stays", "other_services",
    "requested", "date_of_service", "modifiers", "claim_created_on", "died_on",
    "patient", "npi", "time_zone", "part_b", "medicare_primary", "access_24_7", "place",
    "diagnoses", "billed_to", "in_model", "signals", "name", "status", "conditions_confirmed",
    "part_b_known",
)  # fmt: skip
TIME_FIELDS = (
    "on", "start", "minutes", "seconds", "role", "staff", "activity", "face_to_face",
    "outside_us", "note", "counted_for", "id", "contact", "recorded_at", "late_reason",
    "start_known",
)  # fmt: skip
PLAN_FIELDS = (
    "created_on", "reviewed_on", "copy_given_on", "signed_by", "author", "elements", "conditions",
    "ended_on",
)  # fmt: skip
BILLED_TO = ("medicare", "plan", "")
TIME_ZONE = "America/New_York"
NPI = "1234567893"  # passes the check digit, belongs to nobody: CMS's own example
OTHER_NPI = "1245319599"
PATIENT = "case"
CONDITIONS = 2
LONG_AGO = date(2000, 1, 1)
STAFF = {
    "clinical_staff": "nurse", "practitioner": "practitioner", "non_clinical": "reception",
    "automated": "system", "patient": "patient",
}  # fmt: skip
FIRST_HOUR_SECONDS = 9 * 3600
_NPI = re.compile(r"[0-9]{10}\Z")
_START_HOURS = {"clinical_staff": 9, "practitioner": 14}
_DOINGS = (
    "Reviewed home blood pressure log with patient", "Called pharmacy about refill problem",
    "Updated care plan goals after specialist report", "Reconciled medication list with caregiver",
    "Arranged transport to specialist appointment", "Discussed diet and weight readings by phone",
    "Followed up on laboratory results and dose change",
)  # fmt: skip
_ENDINGS = (
    "and agreed next steps", "and documented the answer", "and informed the practitioner",
    "and set a date for the next call", "and noted side effects",
)  # fmt: skip
_ELEMENT_WORDS = {
    "availability": ("avail", "explain", "what", "service", "nature", "described"),
    "cost_sharing": ("cost", "copay", "co-pay", "coins", "deduct", "share"),
    "one_practitioner": ("one", "only", "single", "practitioner", "provider"),
    "right_to_stop": ("stop", "revo", "cancel", "withdraw", "opt", "right", "end"),
}
_ELEMENT_LETTERS = dict(zip("abcd", CONSENT_ELEMENTS, strict=True))


def consent(month: Month, npi: str) -> Consent:
    """A complete consent, half a year before the month."""
    given = month.plus(-6).first_day
    return Consent("consent", PATIENT, given, "written", frozenset(CONSENT_ELEMENTS), npi)


def care_plan(month: Month) -> CarePlan:
    """A complete plan, created half a year before and reviewed since."""
    created = month.plus(-6).first_day
    return CarePlan(
        "care-plan", PATIENT, created, month.plus(-1).first_day, created, "practitioner", created
    )


def visit(month: Month, npi: str) -> Visit:
    """An office visit half a year before the month."""
    return Visit("initiating", PATIENT, month.plus(-6).first_day, "99214", npi)


def counts_as_visit(said: Mapping[str, Any]) -> bool:
    """Whether a visit that somebody calls initiating has a code that counts."""
    from ccm_core.eligibility import visit_counts

    code = str(said.get("code") or "99214")
    return visit_counts(Visit("asked", PATIENT, date.max, code)) is not False


def consent_elements(said: Any) -> frozenset[str]:
    """Elements by our words, by letters a to d, or by words that mean them."""
    if said is None:
        return frozenset(CONSENT_ELEMENTS)
    if said == "unknown":
        return frozenset()
    if isinstance(said, str) or not isinstance(said, list | tuple | set | frozenset):
        raise UsageError(f"consent elements are a list of: {', '.join(CONSENT_ELEMENTS)}.")
    # An empty list says "nothing was covered", which is not the same as "not recorded".
    return frozenset(_element(str(word)) for word in said) or frozenset({"none"})


def _element(word: str) -> str:
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in CONSENT_ELEMENTS:
        return plain
    if plain in _ELEMENT_LETTERS:
        return _ELEMENT_LETTERS[plain]
    # The right to stop is looked for first: its wordings contain words of the others.
    for name in ("right_to_stop", "cost_sharing", "one_practitioner", "availability"):
        if any(part in plain for part in _ELEMENT_WORDS[name]):
            return name
    return plain


def npi_of(said: str, own: str) -> str:
    """The practitioner that a consent names: ``same`` (also if not said), ``other`` or an NPI."""
    return own if said in ("", "same") else _other_than(own) if said == "other" else said


def rendered_by(said: str, own: str) -> tuple[str, str]:
    """NPI and practice of another service: ``same``, ``same_practice``, ``other`` or an NPI.

    Raises: UsageError.
    """
    if said in ("", "same", own):
        return own, "same"
    if said in ("same_practice", "other"):
        return _other_than(own), "same" if said == "same_practice" else "other"
    if not _NPI.match(said):
        raise UsageError(
            f"npi is {said!r}; it may be: same, same_practice, other, or an NPI of ten digits."
        )
    return said, "other"


def _other_than(own: str) -> str:
    return NPI if own == OTHER_NPI else OTHER_NPI


def note(index: int) -> str:
    """A note that shows what was done; different for each entry."""
    return f"{_DOINGS[index % len(_DOINGS)]} {_ENDINGS[index // len(_DOINGS) % len(_ENDINGS)]}"


def spread(
    days: list[date], practice: Practice, seconds: int, actor: str, offset: int
) -> list[TimeEntry]:
    """Clean entries of unequal length that add up to so many seconds."""
    zone = time_zone(practice.time_zone)
    count = max(1, min(len(days), -(-seconds // 480)))
    chosen = [days[i * len(days) // count] for i in range(count)]
    entries = []
    for index, (day, length) in enumerate(zip(chosen, _lengths(seconds, count), strict=True)):
        start = day_start(day, zone) + _START_HOURS[actor] * 3600
        entries.append(
            TimeEntry(
                f"{actor}-{index + 1}", PATIENT, datetime.fromtimestamp(start, zone), length,
                actor, STAFF[actor], note=note(index + offset), is_contact=True,
            )
        )  # fmt: skip
    return entries


def _lengths(seconds: int, count: int) -> list[int]:
    """So many unequal lengths with that sum."""
    weights = [6 + index * 5 % 7 for index in range(count)]
    lengths = [seconds * weight // sum(weights) for weight in weights]
    lengths[-1] += seconds - sum(lengths)
    return lengths


def weekdays(month: Month, last: date | None) -> list[date]:
    """Monday to Friday of the month, up to a day."""
    found = [d for d in month.days() if d.weekday() < 5 and (last is None or d <= last)]
    return found or [month.first_day]
