"""Elements of FHIR that name something: references, identifiers, concepts, plain texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
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
    url: str = ""
    """The reference as it stands, without a version."""


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
    url = text.split("/_history/", maxsplit=1)[0].rstrip("/")
    parts = url.split("/")
    return Reference(parts[-2] if len(parts) > 1 else type_, parts[-1], url=url)


def contained(node: Any, within: Resource | None) -> Resource | None:
    """The resource within another that a reference such as ``#p1`` points at."""
    text = node.get("reference") if isinstance(node, Mapping) else None
    if not isinstance(text, str) or not text.startswith("#"):
        return None
    found = within.get("contained") if within else None
    for one in found if isinstance(found, list) else []:
        if isinstance(one, Mapping) and str(one.get("id") or "").lstrip("#") == text[1:]:
            return one
    return None


def by_number(value: str, path: str) -> str:
    """What stands for a patient who is known by a number only, until the store is asked."""
    return f"{_NUMBER}{path}{_NUMBER}{value}"


def number_of(patient_id: str) -> tuple[str, str]:
    """Path and number of what `by_number` made; empty texts for a plain patient id."""
    mark, path, value = f"{patient_id}{_NUMBER * 2}".split(_NUMBER)[:3]
    return ("", "") if mark else (path, value)


_NUMBER = "\x1f"
"""No identifier holds this sign: cells and resources with one are rejected."""


def identifiers(resource: Resource) -> list[Mapping[str, Any]]:
    """The identifiers of a resource that have a value."""
    found = resource.get("identifier")
    several = found if isinstance(found, list) else []
    return [one for one in several if isinstance(one, Mapping) and plain_text(one.get("value"))]


def text_of(node: Any) -> str:
    """The text of a CodeableConcept, or the display of its first coding."""
    if not isinstance(node, Mapping):
        return ""
    first = first_of(node.get("coding"))
    shown = first.get("display") if isinstance(first, Mapping) else ""
    return plain_text(node.get("text")) or plain_text(shown)


def plain_text(node: Any) -> str:
    """A text element; anything else counts as absent. Raises: RowProblem (rule I23)."""
    if not isinstance(node, str):
        return ""
    if len(node) > limits.MAX_FIELD_CHARS:
        raise RowProblem("I23", f"Longer than {limits.MAX_FIELD_CHARS:,} characters.", value=node)
    return unicodedata.normalize("NFC", node.strip())


def first_of(node: Any) -> Any:
    """The first of a list, or None."""
    return node[0] if isinstance(node, list) and node else None


def npi_of(resource: Resource) -> str:
    """The NPI among the identifiers of a practitioner, told by its system or its type."""
    for one in identifiers(resource):
        if plain_text(one.get("system")) in NPI_SYSTEMS or type_code(one) == "NPI":
            return plain_text(one["value"])
    return ""


def type_code(identifier: Mapping[str, Any]) -> str:
    """The code of an identifier's type, such as ``MR``."""
    type_ = identifier.get("type")
    first = first_of(type_.get("coding")) if isinstance(type_, Mapping) else None
    return plain_text(first.get("code")) if isinstance(first, Mapping) else ""


def replaced_by(resource: Resource) -> Reference | None:
    """The patient that stands for this one since both were merged."""
    links = resource.get("link")
    for one in links if isinstance(links, list) else []:
        if isinstance(one, Mapping) and one.get("type") == "replaced-by":
            return reference(one.get("other"))
    return None
