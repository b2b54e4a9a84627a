"""FHIR R4 conditions to records: what holds, what has ended, and what was never sure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ccm_core import records
from ccm_core.exchange import cells
from ccm_core.exchange import fhir_values as values
from ccm_core.exchange.build import proposal
from ccm_core.exchange.drafts import Draft, draft
from ccm_core.exchange.fhir_elements import Resource, plain_text, text_of
from ccm_core.exchange.fhir_map import Mapper, resource_id
from ccm_core.exchange.rejects import RowProblem

WRONG = frozenset({"entered-in-error", "refuted"})
UNCERTAIN = frozenset({"unconfirmed", "provisional", "differential"})
_VERIFIED = WRONG | UNCERTAIN | {"confirmed"}
ENDED = frozenset({"resolved", "inactive", "remission"})
_CLINICAL = ENDED | {"active", "recurrence", "relapse"}


def condition(resource: Resource, mapper: Mapper) -> Draft:
    """Condition to Condition; ended when the export says resolved, inactive or in remission."""
    verification = values.said_of(
        resource.get("verificationStatus"), "verificationStatus", _VERIFIED
    )
    if verification in WRONG:
        raise RowProblem("I57", f"The export calls it {verification}.", "verificationStatus")
    code, system, label = _diagnosis(resource, mapper)
    onset_on = _onset(resource, mapper)
    ended_on = _abated(resource, mapper, onset_on)
    if onset_on and ended_on and ended_on < onset_on:
        raise RowProblem("I38", "The condition ends before it begins.", "abatementDateTime")
    found = values.stated(
        condition_id=resource_id(resource),
        patient_id=mapper.patient_id(resource, "subject"),
        code=code,
        system=system,
        label=label,
        onset_on=onset_on,
        ended_on=ended_on,
    )
    found |= proposal(code, system, mapper.calendar)
    if verification in UNCERTAIN and found["is_chronic"]:
        mapper.note(_UNCERTAIN)
        found["is_chronic"] = None
    if (
        system == "icd10cm"
        and found["is_chronic"] is False
        and _is_chronic_in_snomed(resource, mapper)
    ):
        mapper.note(_DISAGREE)
        found["is_chronic"] = None
    return draft(records.Condition, found, values.stamp(resource))


_DISAGREE = (
    "Diagnoses that are chronic by their SNOMED CT code and not by their ICD-10-CM code count once "
    "a practitioner has confirmed them."
)


def _is_chronic_in_snomed(resource: Resource, mapper: Mapper) -> bool:
    found = values.codings(resource["code"], "Condition.code")
    return any(
        proposal(code, system, mapper.calendar)["is_chronic"]
        for system, code, _ in found if system == "snomed"
    )  # fmt: skip


_UNCERTAIN = (
    "Diagnoses that the export calls unconfirmed, provisional or differential count once a "
    "practitioner has confirmed them."
)
"""A diagnosis that is only probable is not coded outside of hospitals."""


def _diagnosis(resource: Resource, mapper: Mapper) -> tuple[str, str, str]:
    """Code, system and label; ICD-10-CM before SNOMED CT, and of several one that is chronic.

    Raises: RowProblem (rules I54, I58).
    """
    if not resource.get("code"):
        raise RowProblem("I54", "The condition has no code.", "Condition.code")
    found = sorted(
        (system, code.upper(), shown)
        for system, code, shown in values.codings(resource["code"], "Condition.code")
        if system in ("icd10cm", "snomed") and cells.code_system(code.upper()) == system
    )
    if not found:
        raise RowProblem(
            "I58", "No ICD-10-CM or SNOMED CT code stands in the condition.", "Condition.code"
        )
    codes = {code: shown for system, code, shown in found if system == "icd10cm"}
    if len({code.replace(".", "") for code in codes}) > 1:
        mapper.note(_SEVERAL)
        chronic = (one for one in codes if proposal(one, "icd10cm", mapper.calendar)["is_chronic"])
        code = next(chronic, found[0][1])
        # The name of another code would be taken for this one's.
        said = resource["code"].get("text") if isinstance(resource["code"], Mapping) else ""
        return code, "icd10cm", plain_text(said) or codes[code] or code
    system, code, shown = found[0]
    return code, system, text_of(resource["code"]) or shown


_SEVERAL = (
    "Conditions with several ICD-10-CM codes were taken with one of them, a chronic one first. "
    "What the others name is missing here unless it has a condition of its own."
)


def _onset(resource: Resource, mapper: Mapper) -> date | None:
    period = values.mapping(resource.get("onsetPeriod"), "onsetPeriod").get("start")
    text = resource.get("onsetDateTime") or period or resource.get("recordedDate")
    return values.day(text, "Condition.onsetDateTime", mapper.calendar)


def _abated(resource: Resource, mapper: Mapper, onset_on: date | None) -> date | None:
    period = values.mapping(resource.get("abatementPeriod"), "abatementPeriod").get("end")
    text = resource.get("abatementDateTime") or period
    status = values.said_of(resource.get("clinicalStatus"), "Condition.clinicalStatus", _CLINICAL)
    if text:
        return values.day(text, "Condition.abatementDateTime", mapper.calendar)
    if status not in ENDED:
        return None
    mapper.note("Ended conditions without an end were ended on the day they were recorded.")
    recorded = resource.get("recordedDate") or values.stamp(resource) or None
    found = values.day(recorded, "Condition.recordedDate", mapper.calendar) or onset_on
    if found is None:
        raise RowProblem("I54", "It has ended, and no date says when.", "abatementDateTime")
    return found
