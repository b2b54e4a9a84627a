"""What FHIR resources point at: references by identifier, by search, by URN and by URL."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ccm_core.exchange import limits
from ccm_core.exchange.rejects import RowProblem

NPI_SYSTEMS = frozenset({"http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"})

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a reference points: a resource id, or an identifier to look for."""

    type: str = ""
    id: str = ""
    system: str = ""
    value: str = ""


@dataclass
class Directory:
    """What the resources of one import are called by others."""

    patients: dict[str, str] = field(default_factory=dict)
    """Patient id by ``system|value`` of each identifier."""
    npis: dict[str, str] = field(default_factory=dict)
    """NPI by Practitioner or PractitionerRole id and by ``system|value``."""
    names: dict[str, str] = field(default_factory=dict)
    """Organization name by id and by ``system|value``."""
    credentials: dict[str, str] = field(default_factory=dict)
    """What a PractitionerRole says a practitioner is, by NPI."""
    codes: dict[str, str] = field(default_factory=dict)
    """Diagnosis code by Condition id."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Resource id by the full URL of a bundle entry."""
    roles: list[Resource] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    """Ids of the patients of this import."""
    merged: dict[str, str] = field(default_factory=dict)
    """The id that is used now, by the id of a patient who was merged into another."""

    def add(self, resource: Resource, full_url: str = "") -> None:
        """Remember what others may call this resource; malformed ones are left out."""
        resource_id = resource.get("id")
        if not isinstance(resource_id, str):
            return
        if full_url and not full_url.endswith(resource_id):
            self.aliases[full_url] = resource_id
        keep = _KEEP.get(str(resource.get("resourceType")))
        if keep:
            with suppress(RowProblem):
                keep(self, resource_id, resource)

    def close(self) -> None:
        """Connect the roles to their practitioners, once all of them are known."""
        for role in self.roles:
            npi = self.npi(role.get("practitioner"))
            if npi:
                self.npis[str(role["id"])] = npi
                with suppress(RowProblem):
                    self.credentials.setdefault(npi, text_of(_first(role.get("code"))))

    def patient_id(self, node: Any, path: str) -> str:
        """The patient that an element points at. Raises: RowProblem (rules I54, I55, I56)."""
        found = reference(node)
        if found is None:
            raise RowProblem("I54", f"{path} names no patient.", path)
        if found.type not in ("", "Patient"):
            raise RowProblem("I55", f"{path} points at a {found.type}, not a Patient.", path)
        if found.id:
            known = self.aliases.get(found.id, found.id.removeprefix("urn:uuid:"))
            if not known:
                raise RowProblem("I54", f"{path} names no patient.", path)
            return self.current(known)
        known = self.patients.get(f"{found.system}|{found.value}", "")
        if not known:
            raise RowProblem(
                "I56", "No patient of this import has the identifier.", path, found.value
            )
        return self.current(known)

    def current(self, patient_id: str) -> str:
        """The patient of this import that this one was merged into, else itself.

        Links that lead in a circle or out of the import merge nobody.
        """
        found, seen = patient_id, {patient_id}
        while (after := self.merged.get(found, "")) in self.people:
            if after in seen:
                return patient_id
            seen.add(after)
            found = after
        return found

    def npi(self, node: Any) -> str:
        """The NPI behind a reference to a practitioner or role, or an empty text."""
        found = reference(node)
        if found is None:
            return ""
        if found.system in NPI_SYSTEMS and len(found.value) == 10 and found.value.isdigit():
            return found.value
        if found.id:
            plain = self.aliases.get(found.id, found.id.removeprefix("urn:uuid:"))
            return self.npis.get(plain, "")
        return self.npis.get(f"{found.system}|{found.value}", "")

    def merged_ids(self) -> set[str]:
        """The patients that were merged into another one of this import."""
        return {one for one in self.merged if self.current(one) != one}

    def name(self, node: Any) -> str:
        """The name of the organization behind a reference, or what the reference displays."""
        found = reference(node)
        if found is None:
            return plain_text(node.get("display")) if isinstance(node, Mapping) else ""
        plain = self.aliases.get(found.id, found.id.removeprefix("urn:uuid:"))
        known = self.names.get(plain) or self.names.get(f"{found.system}|{found.value}", "")
        return known or plain_text(node.get("display"))


def reference(node: Any) -> Reference | None:
    """Where a Reference element points, or None when it points nowhere."""
    if not isinstance(node, Mapping):
        return None
    text = node.get("reference")
    if isinstance(text, str) and text and not text.startswith("#"):
        return _parsed(text, str(node.get("type") or ""))
    identifier = node.get("identifier")
    if isinstance(identifier, Mapping) and identifier.get("value"):
        return Reference(
            str(node.get("type") or ""),
            system=str(identifier.get("system") or ""),
            value=str(identifier["value"]),
        )
    return None


def _parsed(text: str, type_: str) -> Reference:
    if text.startswith("urn:"):
        return Reference(type_, text)
    head, question, search = text.partition("?identifier=")
    if question:
        system, bar, value = unquote(search).partition("|")
        system, value = (system, value) if bar else ("", system)
        return Reference(head.rsplit("/", 1)[-1], system=system, value=value)
    parts = text.split("/_history/", maxsplit=1)[0].rstrip("/").split("/")
    return Reference(parts[-2] if len(parts) > 1 else type_, parts[-1])


def identifiers(resource: Resource) -> list[Mapping[str, Any]]:
    """The identifiers of a resource that have a value."""
    found = resource.get("identifier")
    several = found if isinstance(found, list) else []
    return [one for one in several if isinstance(one, Mapping) and plain_text(one.get("value"))]


def text_of(node: Any) -> str:
    """The text of a CodeableConcept, or the display of its first coding."""
    if not isinstance(node, Mapping):
        return ""
    first = _first(node.get("coding"))
    shown = first.get("display") if isinstance(first, Mapping) else ""
    return plain_text(node.get("text")) or plain_text(shown)


def plain_text(node: Any) -> str:
    """A text element; anything else counts as absent. Raises: RowProblem (rule I23)."""
    if not isinstance(node, str):
        return ""
    if len(node) > limits.MAX_FIELD_CHARS:
        raise RowProblem("I23", f"Longer than {limits.MAX_FIELD_CHARS:,} characters.", value=node)
    return unicodedata.normalize("NFC", node.strip())


def _first(node: Any) -> Any:
    return node[0] if isinstance(node, list) and node else None


def npi_of(resource: Resource) -> str:
    """The NPI among the identifiers of a practitioner, told by its system or its type."""
    for one in identifiers(resource):
        if plain_text(one.get("system")) in NPI_SYSTEMS or _type_code(one) == "NPI":
            return plain_text(one["value"])
    return ""


def _type_code(identifier: Mapping[str, Any]) -> str:
    type_ = identifier.get("type")
    first = _first(type_.get("coding")) if isinstance(type_, Mapping) else None
    return plain_text(first.get("code")) if isinstance(first, Mapping) else ""


def _named(directory: Directory, resource_id: str, resource: Resource) -> None:
    name = plain_text(resource.get("name"))
    directory.names[resource_id] = name
    for one in identifiers(resource):
        directory.names[f"{one.get('system', '')}|{one['value']}"] = name


def replaced_by(resource: Resource) -> Reference | None:
    """The patient that stands for this one since both were merged."""
    links = resource.get("link")
    for one in links if isinstance(links, list) else []:
        if isinstance(one, Mapping) and one.get("type") == "replaced-by":
            return reference(one.get("other"))
    return None


def _patient(directory: Directory, resource_id: str, resource: Resource) -> None:
    directory.people.add(resource_id)
    into = replaced_by(resource)
    if into is not None and into.id:
        plain = directory.aliases.get(into.id, into.id.removeprefix("urn:uuid:"))
        directory.merged[resource_id] = plain
    for one in identifiers(resource):
        directory.patients[f"{one.get('system', '')}|{one['value']}"] = resource_id


def _practitioner(directory: Directory, resource_id: str, resource: Resource) -> None:
    npi = npi_of(resource)
    if npi:
        directory.npis[resource_id] = npi
        for one in identifiers(resource):
            directory.npis[f"{one.get('system', '')}|{one['value']}"] = npi


def _condition(directory: Directory, resource_id: str, resource: Resource) -> None:
    concept = resource.get("code")
    first = _first(concept.get("coding")) if isinstance(concept, Mapping) else None
    if isinstance(first, Mapping):
        directory.codes[resource_id] = plain_text(first.get("code"))


def _role(directory: Directory, _: str, resource: Resource) -> None:
    directory.roles.append(resource)


_KEEP = {
    "Organization": _named,
    "Location": _named,
    "Patient": _patient,
    "Practitioner": _practitioner,
    "PractitionerRole": _role,
    "Condition": _condition,
}

NAMED = frozenset(_KEEP)
"""Resource types that others point at."""
