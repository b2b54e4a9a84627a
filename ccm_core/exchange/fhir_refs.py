"""What FHIR resources point at: references by identifier, by search, by URN and by URL."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ccm_core.exchange.fhir_elements import (
    NPI_SYSTEMS,
    Reference,
    Resource,
    by_number,
    contained,
    first_of,
    identifiers,
    npi_of,
    plain_text,
    reference,
    replaced_by,
    text_of,
    type_code,
)
from ccm_core.exchange.rejects import RowProblem


@dataclass
class Directory:
    """What the resources of one import are called by others."""

    patients: dict[str, str] = field(default_factory=dict)
    """Patient id by ``system|value`` of each identifier."""
    npis: dict[str, str] = field(default_factory=dict)
    """NPI by Practitioner or PractitionerRole (see `_keys`) and by ``system|value``."""
    names: dict[str, str] = field(default_factory=dict)
    """Name by Organization or Location (see `_keys`) and by ``system|value``."""
    credentials: dict[str, str] = field(default_factory=dict)
    """What a PractitionerRole says a practitioner is, by NPI."""
    codes: dict[str, str] = field(default_factory=dict)
    """Diagnosis code by Condition id."""
    values: dict[str, set[str]] = field(default_factory=dict)
    """Patient ids by the value of an identifier alone."""
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
                self.npis |= dict.fromkeys(_keys(role), npi)
                with suppress(RowProblem):
                    self.credentials.setdefault(npi, text_of(first_of(role.get("code"))))

    def patient_id(self, node: Any, path: str, within: Resource | None = None) -> str:
        """The patient that an element of ``within`` points at.

        One who is named by an identifier only, and is not in this import, may be stored:
        `settle` finds out (see `by_number`). Raises: RowProblem (rules I54, I55, I56).
        """
        inner = contained(node, within)
        if inner is not None:
            return self._of_contained(inner, path)
        found = reference(node)
        if found is None:
            raise RowProblem("I54", f"{path} names no patient.", path)
        if found.type not in ("", "Patient"):
            raise RowProblem("I55", f"{path} points at a {found.type}, not a Patient.", path)
        if found.id:
            known = self._resource_id(found)
            if not known:
                raise RowProblem("I54", f"{path} names no patient.", path)
            return self.current(known)
        known = self._identified(found.system, found.value)
        return (
            self.current(known)
            if known
            else self._stored(node.get("identifier") or {"value": found.value}, path)
        )

    def _identified(self, system: str, value: str) -> str:
        """The patient of this import with that identifier; without a system the only one."""
        if system:
            return self.patients.get(f"{system}|{value}", "")
        several = self.values.get(value, set())
        return next(iter(several)) if len(several) == 1 else ""

    def _of_contained(self, inner: Resource, path: str) -> str:
        """The patient that a contained resource is, told by its identifiers."""
        if inner.get("resourceType") != "Patient":
            raise RowProblem("I55", f"{path} contains something else than a Patient.", path)
        own = identifiers(inner)
        for one in own:
            known = self._identified(str(one.get("system") or ""), str(one["value"]))
            if known:
                return self.current(known)
        numbers = [one for one in own if type_code(one)] or own
        if not numbers:
            raise RowProblem("I56", "The patient within has no identifier.", path)
        return self._stored(numbers[0], path)

    def _stored(self, identifier: Resource, path: str) -> str:
        """A number by which a stored patient may be found. Raises: RowProblem (rule I56).

        Not one that means another patient here, nor one of a kind that is never stored.
        """
        value = str(identifier["value"])
        code = type_code(identifier)
        if value in self.values or (code and code not in _RECORD_TYPES):
            said = "No patient of this import has the identifier in this system."
            raise RowProblem("I56", said, path, value)
        return by_number(value, path)

    def _resource_id(self, found: Reference) -> str:
        """The id behind a reference: by the address of a bundle's entry, else its last part."""
        named = self.aliases.get(found.url) or self.aliases.get(found.id)
        return named or found.id.removeprefix("urn:uuid:")

    def _key(self, found: Reference) -> str:
        """What `_keys` calls the resource behind a reference."""
        id_ = self._resource_id(found)
        return f"{found.type}/{id_}" if found.type in NAMED else id_

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

    def npi(self, node: Any, within: Resource | None = None) -> str:
        """The NPI behind a reference to a practitioner or role, or an empty text."""
        inner = contained(node, within)
        if inner is not None:
            return npi_of(inner) or self.npi(inner.get("practitioner"), within)
        found = reference(node)
        if found is None:
            return ""
        if found.system in NPI_SYSTEMS and len(found.value) == 10 and found.value.isdigit():
            return found.value
        if found.id:
            return self.npis.get(self._key(found), "")
        return self.npis.get(f"{found.system}|{found.value}", "")

    def merged_ids(self) -> set[str]:
        """The patients that were merged into another one of this import."""
        return {one for one in self.merged if self.current(one) != one}

    def name(self, node: Any, within: Resource | None = None) -> str:
        """The name of the organization behind a reference, or what the reference displays."""
        inner = contained(node, within)
        if inner is not None and plain_text(inner.get("name")):
            return plain_text(inner.get("name"))
        found = reference(node)
        if found is None:
            return plain_text(node.get("display")) if isinstance(node, Mapping) else ""
        known = self.names.get(self._key(found)) or self.names.get(
            f"{found.system}|{found.value}", ""
        )
        return known or plain_text(node.get("display"))


_RECORD_TYPES = frozenset({"MR", "MC", "MB", "PI", "PT"})
"""Types of identifiers under which patients are stored: record, Medicare, member, internal."""


def _keys(resource: Resource) -> tuple[str, str]:
    """How references name a resource: by type and id, or by the id alone.

    Systems number each type from one: Location 7 must not lend its name to Organization 7.
    """
    return f"{resource.get('resourceType')}/{resource['id']}", str(resource["id"])


def _named(directory: Directory, _: str, resource: Resource) -> None:
    name = plain_text(resource.get("name"))
    directory.names |= dict.fromkeys(_keys(resource), name)
    for one in identifiers(resource):
        directory.names[f"{one.get('system', '')}|{one['value']}"] = name


def _patient(directory: Directory, resource_id: str, resource: Resource) -> None:
    directory.people.add(resource_id)
    into = replaced_by(resource)
    if into is not None and into.id:
        plain = directory.aliases.get(into.id, into.id.removeprefix("urn:uuid:"))
        directory.merged[resource_id] = plain
    for one in identifiers(resource):
        directory.patients[f"{one.get('system', '')}|{one['value']}"] = resource_id
        directory.values.setdefault(str(one["value"]), set()).add(resource_id)


def _practitioner(directory: Directory, _: str, resource: Resource) -> None:
    npi = npi_of(resource)
    if npi:
        directory.npis |= dict.fromkeys(_keys(resource), npi)
        for one in identifiers(resource):
            directory.npis[f"{one.get('system', '')}|{one['value']}"] = npi


def _condition(directory: Directory, resource_id: str, resource: Resource) -> None:
    concept = resource.get("code")
    first = first_of(concept.get("coding")) if isinstance(concept, Mapping) else None
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
