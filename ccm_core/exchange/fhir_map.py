"""FHIR R4 resources to records: people, encounters and practitioners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ccm_core import records
from ccm_core.exchange import cells, statuses
from ccm_core.exchange import fhir_values as values
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.drafts import Draft, draft
from ccm_core.exchange.encounters import Encounter, to_draft
from ccm_core.exchange.fhir_elements import Resource, identifiers, npi_of, plain_text, text_of
from ccm_core.exchange.fhir_refs import Directory
from ccm_core.exchange.rejects import RowProblem, SetAside
from ccm_core.exchange.statuses import is_over

NOT_MET = frozenset({"cancelled", "planned", "entered-in-error", "discontinued"})
MERGED = "patients merged into another, who takes what names them,"


@dataclass(frozen=True, slots=True)
class Mapper:
    """What the mapping of one resource may ask."""

    directory: Directory
    calendar: Calendar

    def note(self, text: str) -> None:
        self.calendar.notes[text] += 1

    def patient_id(self, resource: Resource, element: str) -> str:
        """The patient of a resource; ``patient`` is what older FHIR calls the subject."""
        path = f"{resource.get('resourceType')}.{element}"
        node = resource.get(element) or resource.get("patient")
        return self.directory.patient_id(node, path, resource)


def resource_id(resource: Resource) -> str:
    """The id of a resource. Raises: RowProblem (rules I24, I53)."""
    found = resource.get("id")
    if not isinstance(found, str) or not found:
        raise RowProblem("I53", "The resource has no id.", "id")
    return cells.read_id(found, _NO_CALENDAR)


_NO_CALENDAR: Any = None


def patient(resource: Resource, mapper: Mapper) -> Draft:
    """Patient to Patient; the date of death is kept, insurance is not assumed.

    Raises: SetAside for one who was merged into another: two records of one person would
    be billed twice.
    """
    if mapper.directory.current(resource_id(resource)) != resource_id(resource):
        raise SetAside(MERGED)
    family, given = values.human_name(resource.get("name"), "Patient.name")
    died_on = values.day(
        resource.get("deceasedDateTime"), "Patient.deceasedDateTime", mapper.calendar
    )
    is_dead = died_on is not None or resource.get("deceasedBoolean") is True
    address = _address(resource)
    found = values.stated(
        patient_id=resource_id(resource),
        mrn=next(iter(_typed(resource, "MR")), ""),
        mbi=_mbi(resource, mapper),
        family_name=family,
        given_name=given,
        born_on=_born(resource, mapper),
        died_on=died_on,
        sex=_SEX.get(str(resource.get("gender") or "").lower(), ""),
        street=_readable(cells.read_text, _street(address)),
        city=_readable(cells.read_text, address.get("city")),
        state=_readable(cells.read_state, address.get("state")),
        zip5=_readable(cells.read_zip, address.get("postalCode")),
        phone=_phone(resource),
        practitioner_npi=_doctor(resource, mapper),
        status="deceased" if is_dead else "",
    )
    left = "no" if resource.get("active") is False else ""
    said, notes = statuses.active(left, str(found.get("status", "")))
    return draft(records.Patient, found | said, values.stamp(resource), notes)


_SEX = {"female": "F", "male": "M", "other": "O", "unknown": "U"}


def _born(resource: Resource, mapper: Mapper) -> date | None:
    text = resource.get("birthDate")
    if isinstance(text, str) and len(text) in (4, 7):
        mapper.note("Birth dates without a day were left out.")
        return None
    return values.day(text, "Patient.birthDate", mapper.calendar)


def _address(resource: Resource) -> Mapping[str, Any]:
    found = values.several(resource.get("address"), "Patient.address")
    current = [one for one in found if one.get("use") != "old"]
    return next((one for one in current if one.get("use") == "home"), (current or [{}])[0])


def _street(address: Mapping[str, Any]) -> str:
    """The lines of an address as one; a claim takes one or two."""
    lines = address.get("line")
    given = lines if isinstance(lines, list) else []
    return ", ".join(line.strip() for line in given if isinstance(line, str) and line.strip())


def _readable(read: Callable[[str, Calendar], str], node: Any) -> str:
    """A value that may be foreign (another country's state or postal code): then none."""
    try:
        return read(node, _NO_CALENDAR) if isinstance(node, str) and node else ""
    except RowProblem:
        return ""


def _in_use_first(resource: Resource) -> list[Any]:
    return sorted(identifiers(resource), key=lambda one: one.get("use") == "old")


def _typed(resource: Resource, code: str) -> list[str]:
    """The values of the identifiers of a type, those in use first."""
    found = []
    for one in _in_use_first(resource):
        kinds = values.codings(one.get("type"), "identifier.type")
        said = text_of(one.get("type")).lower()
        if any(kind == code for _, kind, _ in kinds) or said in _SAID_TYPES.get(code, ()):
            found.append(plain_text(one["value"]))
    return found


_SAID_TYPES = {"MR": ("mrn", "medical record number")}
"""Types of identifiers in words, as some systems give them without a code."""
_MBI = frozenset({"http://hl7.org/fhir/sid/us-mbi", "urn:oid:2.16.840.1.113883.4.927"})


def _mbi(resource: Resource, mapper: Mapper) -> str:
    by_system = [
        plain_text(one["value"])
        for one in _in_use_first(resource)
        if str(one.get("system") or "").lower() in _MBI
    ]
    found = by_system or _typed(resource, "MC")
    readable = next(filter(None, (_readable(cells.read_mbi, one) for one in found)), "")
    if found and not readable:
        mapper.note("Medicare identifiers of the wrong shape were left out.")
    return readable


def _phone(resource: Resource) -> str:
    found = values.several(resource.get("telecom"), "Patient.telecom")
    return next((plain_text(one.get("value")) for one in found if one.get("system") == "phone"), "")


def _doctor(resource: Resource, mapper: Mapper) -> str:
    found = values.several(resource.get("generalPractitioner"), "Patient.generalPractitioner")
    return next(filter(None, (mapper.directory.npi(one, resource) for one in found)), "")


def encounter(resource: Resource, mapper: Mapper) -> Draft:
    """Encounter to Stay or Visit, by its type and class."""
    status = str(resource.get("status") or "")
    if status in NOT_MET:
        raise RowProblem("I57", f"The encounter is {status}.", "Encounter.status")
    period = values.mapping(_period(resource), "Encounter.period")
    from_on = values.day(period.get("start"), "Encounter.period", mapper.calendar)
    if from_on is None:
        raise RowProblem("I54", "The encounter has no start.", "Encounter.period")
    types = values.several(resource.get("type"), "Encounter.type")
    services = [resource["serviceType"]] if resource.get("serviceType") else []
    return to_draft(Encounter(
        encounter_id=resource_id(resource),
        patient_id=mapper.patient_id(resource, "subject"),
        from_on=from_on,
        # The end of a stay that lasts may be the day on which discharge is planned.
        to_on=values.any_day(period.get("end"), "Encounter.period", mapper.calendar, is_end=True),
        classes=_classes(resource),
        type_codes=tuple(
            code for one in types for system, code, _ in values.codings(one, "Encounter.type")
            if system == "snomed"
        ),
        code=values.hcpcs([*types, *services], "Encounter.type", mapper.calendar.notes),
        npi=_performer(resource, mapper),
        stamp=values.stamp(resource),
        is_over=is_over(status),
    ))  # fmt: skip


def _classes(resource: Resource) -> tuple[str, ...]:
    """Code and display of the class: one Coding in R4, a list of concepts in R5."""
    node = resource.get("class")
    if isinstance(node, list):
        concepts = values.several(node, "Encounter.class")
        coded = [one for concept in concepts for one in values.codings(concept, "Encounter.class")]
        return tuple(filter(None, (text for _, *texts in coded for text in texts)))
    found = values.mapping(node, "Encounter.class")
    return tuple(str(found[name]) for name in ("code", "display") if found.get(name))


def _period(resource: Resource) -> Any:
    """``period``, or what R5 calls it."""
    return resource.get("period") or resource.get("actualPeriod")


def _performer(resource: Resource, mapper: Mapper) -> str:
    people = values.several(resource.get("participant"), "Encounter.participant")
    found = (
        mapper.directory.npi(one.get("individual") or one.get("actor"), resource) for one in people
    )
    return next(filter(None, found), "")


def practitioner(resource: Resource, mapper: Mapper) -> Draft:
    """Practitioner to Practitioner; one without an NPI cannot bill and is not taken."""
    resource_id(resource)
    npi = npi_of(resource)
    if not npi:
        raise RowProblem("I54", "The practitioner has no NPI.", "Practitioner.identifier")
    family, given = values.human_name(resource.get("name"), "Practitioner.name")
    found = values.stated(
        npi=cells.read_npi(npi, mapper.calendar),
        name=" ".join(filter(None, (given, family))),
        credential=_credential(resource) or mapper.directory.credentials.get(npi, ""),
    )
    found.setdefault("name", "")
    return draft(records.Practitioner, found, values.stamp(resource))


def _credential(resource: Resource) -> str:
    names = values.several(resource.get("name"), "Practitioner.name")
    suffix = names[0].get("suffix") if names else None
    if isinstance(suffix, list) and suffix:
        return plain_text(suffix[0])
    for one in values.several(resource.get("qualification"), "Practitioner.qualification"):
        shown = text_of(one.get("code"))
        if shown:
            return shown
    return ""
