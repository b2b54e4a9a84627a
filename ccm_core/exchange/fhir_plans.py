"""FHIR R4 resources to records: coverage, care plans and consents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ccm_core import records, tables
from ccm_core.exchange import build, fhir_conditions, fhir_map, payer_kinds
from ccm_core.exchange import fhir_values as values
from ccm_core.exchange.drafts import Draft, draft
from ccm_core.exchange.fhir_elements import Resource, plain_text, reference, text_of
from ccm_core.exchange.fhir_map import Mapper, resource_id
from ccm_core.exchange.rejects import RowProblem, SetAside

_CARE_MANAGEMENT = re.compile(
    r"chronic care management|care management|\bCCM\b|\b(?:99490|99487|99491)\b", re.IGNORECASE
)


def coverage(resource: Resource, mapper: Mapper) -> Draft:
    """Coverage to Payer. A payer that is not plainly Medicare stays of unknown kind."""
    status = str(resource.get("status") or "")
    if status in ("cancelled", "draft", "entered-in-error"):
        raise RowProblem("I57", f"The coverage is {status}.", "Coverage.status")
    period = values.mapping(resource.get("period"), "Coverage.period")
    from_on = values.any_day(period.get("start"), "Coverage.period", mapper.calendar)
    to_on = values.any_day(period.get("end"), "Coverage.period", mapper.calendar, is_end=True)
    if from_on and to_on and to_on < from_on:
        raise RowProblem("I38", "The coverage ends before it begins.", "Coverage.period")
    payors = values.several(resource.get("payor"), "Coverage.payor")
    name = next(filter(None, (mapper.directory.name(one, resource) for one in payors)), "")
    found = values.stated(
        payer_id=resource_id(resource),
        patient_id=mapper.patient_id(resource, "beneficiary"),
        name=name or text_of(resource.get("type")),
        member_id=plain_text(resource.get("subscriberId")),
        from_on=from_on,
        to_on=to_on,
    )
    found |= _payer_kind(resource, mapper, str(found.get("name", "")))
    if isinstance(resource.get("order"), int):
        found["is_primary"] = resource["order"] <= 1
    return draft(records.Payer, found, values.stamp(resource))


def _payer_kind(resource: Resource, mapper: Mapper, name: str) -> dict[str, Any]:
    """Kind and Part B from the type's codes, else from the names of payer, type and plan."""
    row = _typology_row(resource, mapper)
    type_ = resource.get("type")
    shown = [shown for _, _, shown in values.codings(type_, "Coverage.type") if shown]
    names = [name, text_of(type_), *shown]
    stated = row["kind"] if row else ""
    kind, is_contradiction = payer_kinds.agreed(stated, names, _plan_names(resource))
    if is_contradiction:
        mapper.note(payer_kinds.CONTRADICTS)
    if row and kind == stated:
        return {"kind": kind, "has_part_b": {"yes": True, "no": False}.get(row["part_b"])}
    found: dict[str, Any] = {"kind": kind, "name": name or next(iter(shown), "")}
    return values.stated(kind=kind) | build.part_b(found)


def _typology_row(resource: Resource, mapper: Mapper) -> tables.Row | None:
    """What the first code of the type that is of the payer typology means."""
    known = tables.load("fhir_coverage_types", "code")
    for system, code, _ in values.codings(resource.get("type"), "Coverage.type"):
        row = known.find(code.lower(), on=mapper.calendar.today)
        if row is not None and _is_payer_typology(system, code):
            return row
    return None


def _plan_names(resource: Resource) -> list[str]:
    """How the coverage calls its plan and group; two letters may be anything, as a state."""
    found = values.several(resource.get("class"), "Coverage.class")
    named = [plain_text(one.get(part)) for one in found for part in ("name", "value")]
    return [one for one in named if len(one) > 2]


_TYPOLOGY = re.compile(r"sopt|2\.16\.840\.1\.113883\.3\.221\.5\b|x12", re.IGNORECASE)


def _is_payer_typology(system: str, code: str) -> bool:
    """Whether a code is of the public payer typology, rather than of a vendor's own list.

    Without a system only a code of two or more signs is taken: every list has a ``1``.
    """
    return bool(_TYPOLOGY.search(system)) if system else len(code) > 1


def care_plan(resource: Resource, mapper: Mapper) -> Draft:
    """CarePlan to CarePlan, with the elements and diagnoses that it really lists."""
    status = str(resource.get("status") or "")
    if status in ("draft", "entered-in-error", "revoked") or resource.get("intent") == "proposal":
        raise RowProblem("I57", f"The care plan is {status}.", "CarePlan.status")
    period = values.mapping(resource.get("period"), "CarePlan.period")
    text = resource.get("created") or period.get("start")
    created_on = values.day(text, "CarePlan.created", mapper.calendar)
    if created_on is None:
        raise RowProblem("I54", "No date says when the plan was made.", "CarePlan.created")
    ended_on = values.any_day(period.get("end"), "CarePlan.period", mapper.calendar, is_end=True)
    if status == "completed" and ended_on is None:
        ended_on = values.day(values.stamp(resource) or None, "meta.lastUpdated", mapper.calendar)
        mapper.note(_COMPLETED if ended_on else _NO_END)
    found = values.stated(
        plan_id=resource_id(resource),
        patient_id=mapper.patient_id(resource, "subject"),
        created_on=created_on,
        # A plan that is still active may have an end that is planned for a later day.
        ended_on=max(ended_on, created_on) if ended_on else None,
    )
    found["elements"] = frozenset(word for name, word in _ELEMENTS.items() if resource.get(name))
    found["condition_codes"] = _addressed(resource, mapper)
    found["is_detailed"] = True
    return draft(records.CarePlan, found, values.stamp(resource))


_COMPLETED = "Completed care plans without an end ended on the day of their last change."
_NO_END = "Completed care plans without any date of their end are taken as in force."
_ELEMENTS = {
    "addresses": "problem_list",
    "goal": "measurable_goals",
    "activity": "interventions",
    "careTeam": "responsible_person",
}


def _addressed(resource: Resource, mapper: Mapper) -> frozenset[str]:
    codes = set()
    for one in values.several(resource.get("addresses"), "CarePlan.addresses"):
        found = reference(one)
        if found is not None and found.id:
            plain = mapper.directory.aliases.get(found.id, found.id.removeprefix("urn:uuid:"))
            codes.add(mapper.directory.codes.get(plain, ""))
    return frozenset(codes - {""})


def consent(resource: Resource, mapper: Mapper) -> Draft:
    """Consent to Consent, if it is about care management.

    Raises: SetAside for consents to treatment, research or the release of records: they
    allow no billing, so taking them for one would be worse than not having them.
    """
    if not _is_care_management(resource):
        raise SetAside("consents to something else than care management")
    status = str(resource.get("status") or "")
    if status not in ("active", "inactive"):
        raise RowProblem("I57", f"The consent is {status or 'without status'}.", "Consent.status")
    given_on = values.day(resource.get("dateTime"), "Consent.dateTime", mapper.calendar)
    if given_on is None:
        raise RowProblem("I54", "No date says when consent was given.", "Consent.dateTime")
    provision = values.mapping(resource.get("provision"), "Consent.provision")
    if "deny" in (provision.get("type"), resource.get("decision")):  # R4, R5
        raise RowProblem("I57", "The patient declined.", "Consent.provision")
    performers = values.several(resource.get("performer"), "Consent.performer")
    is_written = resource.get("sourceAttachment") or resource.get("sourceReference")
    found = values.stated(
        consent_id=resource_id(resource),
        patient_id=mapper.patient_id(resource, "patient"),
        given_on=given_on,
        mode="written" if is_written else "",
        npi=next(filter(None, (mapper.directory.npi(one, resource) for one in performers)), ""),
        revoked_on=_revoked(resource, provision, mapper),
    )
    return draft(records.Consent, found, values.stamp(resource))


def _revoked(resource: Resource, provision: Mapping[str, Any], mapper: Mapper) -> Any:
    """The day since which the consent no longer holds: withdrawn, or given until then."""
    period = values.mapping(provision.get("period"), "Consent.provision.period")
    if resource.get("status") != "inactive":
        until = values.any_day(
            period.get("end"), "Consent.provision.period", mapper.calendar, is_end=True
        )
        if until is None or until >= mapper.calendar.today:
            return None
        mapper.note("Consents that were given until a day that is past end with it.")
        return until
    text = period.get("end") or values.stamp(resource)
    if not text:
        raise RowProblem("I54", "It is inactive, and no date says since when.", "Consent.status")
    return values.day(text, "Consent.provision.period", mapper.calendar)


def _is_care_management(resource: Resource) -> bool:
    """Whether category, scope or provision speak of care management."""
    provision = values.mapping(resource.get("provision"), "Consent.provision")
    concepts = [
        *values.several(resource.get("category"), "Consent.category"),
        values.mapping(resource.get("scope"), "Consent.scope"),
        *values.several(provision.get("code"), "Consent.provision.code"),
    ]
    said = " ".join(
        f"{plain_text(concept.get('text'))} {code} {shown}"
        for concept in concepts
        for _, code, shown in [*values.codings(concept, "Consent.category"), ("", "", "")]
    )
    return bool(_CARE_MANAGEMENT.search(said))


MAPPERS: Mapping[str, Callable[[Resource, Mapper], Draft]] = {
    "Patient": fhir_map.patient,
    "Condition": fhir_conditions.condition,
    "Encounter": fhir_map.encounter,
    "Practitioner": fhir_map.practitioner,
    "Coverage": coverage,
    "CarePlan": care_plan,
    "Consent": consent,
}
"""The resource types that become records."""

LOOKUPS = frozenset({"Organization", "Location", "PractitionerRole"})
"""Resource types that only say what others mean."""
