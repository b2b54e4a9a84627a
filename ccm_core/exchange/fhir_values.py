"""Elements of FHIR R4 to plain values: dates of any precision, codings, names, periods."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from ccm_core.exchange import dates
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.fhir_elements import plain_text
from ccm_core.exchange.rejects import RowProblem
from ccm_core.months import Month
from ccm_core.procedure_codes import code_and_modifiers

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?\Z", re.ASCII)

SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "urn:oid:2.16.840.1.113883.6.90": "icd10cm",
    "http://hl7.org/fhir/sid/icd-10": "icd10cm",
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://www.ama-assn.org/go/cpt": "hcpcs",
    "urn:oid:2.16.840.1.113883.6.12": "hcpcs",
    "http://www.cms.gov/medicare/coding/hcpcsreleasecodesets": "hcpcs",
    "https://www.cms.gov/medicare/coding/hcpcsreleasecodesets": "hcpcs",
    "urn:oid:2.16.840.1.113883.6.285": "hcpcs",
}
"""Code systems that are read, by the names that exports give them in lower case."""


def stamp(resource: Mapping[str, Any]) -> str:
    """When the resource was last changed, as the server says, in UTC so that texts sort."""
    said = str(mapping(resource.get("meta"), "meta").get("lastUpdated") or "")
    try:
        moment = datetime.fromisoformat(said)
        return moment.astimezone(UTC).isoformat() if moment.tzinfo else said
    except (ValueError, OverflowError):
        return said


def day(node: Any, path: str, calendar: Calendar) -> date | None:
    """The day of a date or dateTime; a month or year alone gives its first day, with a note.

    Raises: RowProblem (rules I25, I26, I55).
    """
    if node is None:
        return None
    if not isinstance(node, str):
        raise RowProblem("I55", f"{path} is not a text with a date.", path)
    partial = _PARTIAL.match(node)
    if partial:
        calendar.notes["Dates with a year or month only were taken as their first day."] += 1
        node = f"{partial[1]}-{partial[2] or '01'}-01"
    try:
        return dates.read_past_day(node, calendar)
    except RowProblem as problem:
        problem.column = path
        raise


def any_day(node: Any, path: str, calendar: Calendar, *, is_end: bool = False) -> date | None:
    """As `day`, but the day may lie in the future (the end of a coverage).

    ``is_end``: what ends with a month or a year lasts to the last day of it.
    """
    if not isinstance(node, str):
        return day(node, path, calendar)
    partial = _PARTIAL.match(node)
    if partial:
        kept = "last" if is_end else "first"
        calendar.notes[f"Dates with a year or month only were taken as their {kept} day."] += 1
        node = f"{partial[1]}-{partial[2] or ('12' if is_end else '01')}-01"
    try:
        found = dates.read_day(node, calendar)
    except RowProblem as problem:
        problem.column = path
        raise
    return Month.of(found).last_day if partial and is_end else found


def mapping(node: Any, path: str) -> Mapping[str, Any]:
    """An element that must be an object when it is there. Raises: RowProblem (rule I55)."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        raise RowProblem("I55", f"{path} does not have the shape of FHIR R4.", path)
    return node


def several(node: Any, path: str) -> list[Mapping[str, Any]]:
    """An element that must be a list of objects. Raises: RowProblem (rule I55)."""
    if node is None:
        return []
    if not isinstance(node, list) or not all(isinstance(one, Mapping) for one in node):
        raise RowProblem("I55", f"{path} does not have the shape of FHIR R4.", path)
    return node


def codings(node: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """System, code and display of each coding of a CodeableConcept."""
    for one in several(mapping(node, path).get("coding"), path):
        system = str(one.get("system") or "").lower()
        code, shown = plain_text(one.get("code")), plain_text(one.get("display"))
        yield SYSTEMS.get(system, system), code, shown


def said_of(node: Any, path: str, known: frozenset[str]) -> str:
    """Which of the known codes a CodeableConcept says, or an empty text; a bare code also.

    A vendor's own coding may stand before the public one, or the concept has words alone:
    "Entered in Error" is ``entered-in-error``.
    """
    if isinstance(node, str):
        return node.lower() if node.lower() in known else ""
    found = list(codings(node, path))
    codes = [code for _, code, _ in found]
    words = [shown for _, _, shown in found] + [plain_text(mapping(node, path).get("text"))]
    said = ("-".join(one.lower().split()) for one in codes + words)
    return next((one for one in said if one in known), "")


def hcpcs(nodes: Any, path: str, notes: Counter[str]) -> str:
    """The first CPT or HCPCS code among CodeableConcepts, or an empty text.

    What is left out on the way is noted: a service that nobody sees excludes nothing.
    """
    said = [
        code
        for node in several(nodes, path)
        for system, code, _ in codings(node, path)
        if system == "hcpcs" and code
    ]
    read = [code_and_modifiers(code) for code in said]
    if None in read:
        notes[_NO_CODE] += 1
    found = list(dict.fromkeys(one[0] for one in read if one))
    if len(found) > 1:
        notes[_OTHER_CODES] += 1
    return found[0] if found else ""


_NO_CODE = (
    "Encounters with a procedure code that is no CPT or HCPCS code (five characters) were taken "
    "without it: enter the code on the patient's page, or correct it and import again."
)
_OTHER_CODES = (
    "Encounters with several procedure codes were taken with the first one: enter the other "
    "services on the patient's page."
)


def human_name(nodes: Any, path: str) -> tuple[str, str]:
    """Family and given name; the official or usual one first, never a maiden or old one."""
    names = [one for one in several(nodes, path) if one.get("use") not in ("maiden", "old")]
    names.sort(key=lambda one: {"official": 0, "usual": 1}.get(str(one.get("use")), 2))
    if not names:
        return "", ""
    best = names[0]
    given = best.get("given")
    first = " ".join(plain_text(one) for one in given) if isinstance(given, list) else ""
    family = plain_text(best.get("family"))
    return family or ("" if first else plain_text(best.get("text"))), first


def stated(**values: Any) -> dict[str, Any]:
    """The values that say something: without empty texts and None."""
    return {name: value for name, value in values.items() if value not in (None, "")}
