"""FHIR files to resources: NDJSON line by line, bundles entry by entry, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ccm_core.errors import ImportRefused
from ccm_core.exchange import limits, strict_json
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.fhir_map import Mapper
from ccm_core.exchange.fhir_plans import LOOKUPS, MAPPERS
from ccm_core.exchange.fhir_refs import NAMED, Directory
from ccm_core.exchange.rejects import RowProblem, SetAside
from ccm_core.exchange.rows_in import Taken

_TYPE = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]{1,64})"')
_BOM = b"\xef\xbb\xbf"
_READ = frozenset(MAPPERS) | LOOKUPS | {"Bundle"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a file, or the problem that kept it from being read."""

    line: int
    record: int
    type: str = ""
    resource: Mapping[str, Any] | None = None
    problem: RowProblem | None = None
    full_url: str = ""


@dataclass
class FhirFile:
    """One file of resources. Reads its bytes anew each time it is walked through."""

    content: bytes
    name: str = ""

    @cached_property
    def is_lines(self) -> bool:
        """Whether every line is a resource of its own (NDJSON), by name or by the first line."""
        if self.name.lower().endswith((".ndjson", ".jsonl")):
            return True
        first, _, rest = self.content.removeprefix(_BOM).strip().partition(b"\n")
        if not rest or not first.rstrip().endswith(b"}"):
            return False
        try:
            strict_json.loads(_decoded(first), limits.MAX_BUNDLE_BYTES)
        except RowProblem:
            return False
        return True

    def entries(self, types: frozenset[str] = _READ) -> Iterator[Entry]:
        """Every resource in file order; those of other types may come without content."""
        return self._of_lines(types | {"Bundle"}) if self.is_lines else self._of_whole()

    def holds(self, type_: str) -> bool:
        """Whether the name of a resource type stands anywhere in the file."""
        return f'"{type_}"'.encode() in self.content

    def _of_lines(self, types: frozenset[str]) -> Iterator[Entry]:
        record = 0
        for number, line in enumerate(self.content.removeprefix(_BOM).split(b"\n"), 1):
            plain = line.strip()
            if not plain:
                continue
            record += 1
            found = _TYPE.match(plain)
            type_ = found[1].decode() if found else ""
            if type_ and type_ not in types:
                yield Entry(number, record, type_)
                continue
            yield from _entries(plain, number, record)

    def _of_whole(self) -> Iterator[Entry]:
        limits.require(len(self.content), limits.MAX_BUNDLE_BYTES, "the size of the JSON file")
        plain = self.content.removeprefix(_BOM)
        if not plain.strip():
            return
        found = list(_entries(plain, 1, 1))
        if found[0].problem and len(found) == 1 and found[0].problem.rule != "I53":
            raise ImportRefused(f"{found[0].problem.rule}: {found[0].problem.reason}")
        yield from found


def _entries(plain: bytes, line: int, record: int) -> Iterator[Entry]:
    """The resource of a JSON text, or those of the bundle that it is."""
    try:
        found = strict_json.loads(_decoded(plain), limits.MAX_BUNDLE_BYTES)
        if _is_log(found):
            yield Entry(line, record, "lines of the export's own log")
            return
        type_ = _type_of(found)
        entries = found.get("entry") if type_ == "Bundle" else None
        if type_ == "Bundle" and not isinstance(entries, list):
            raise RowProblem("I55", "A bundle without a list of entries.", "Bundle.entry")
    except RowProblem as problem:
        yield Entry(line, record, problem=problem)
        return
    if entries is None:
        yield Entry(line, record, type_, found)
        return
    starts = _entry_lines(plain) if b"\n" in plain else []
    for index, entry in enumerate(entries):
        at = starts[index] if index < len(starts) else line
        yield _entry(entry, at, index + 1)


def _entry(entry: Any, line: int, record: int) -> Entry:
    try:
        inner = entry.get("resource") if isinstance(entry, Mapping) else None
        full_url = str(entry.get("fullUrl") or "") if isinstance(entry, Mapping) else ""
        return Entry(line, record, _type_of(inner), _with_id(inner, full_url), full_url=full_url)
    except RowProblem as problem:
        return Entry(line, record, problem=problem)


def _with_id(inner: Any, full_url: str) -> Any:
    """A resource of a transaction has no id before it is stored: its URN is its identifier."""
    if inner.get("id") is not None or not full_url.startswith("urn:uuid:"):
        return inner
    return {**inner, "id": full_url.removeprefix("urn:uuid:")}


def _decoded(plain: bytes) -> str:
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError as broken:
        raise RowProblem("I01", f"Not UTF-8 at byte {broken.start + 1}.") from None


_LOGS = ({"exportId", "eventId"}, {"transactionTime", "output"})
"""Keys by which the log and the manifest of a bulk export are told."""


def _is_log(found: Any) -> bool:
    return isinstance(found, Mapping) and any(keys <= found.keys() for keys in _LOGS)


def _type_of(found: Any) -> str:
    if not isinstance(found, Mapping):
        raise RowProblem("I53", "Not a resource: a JSON object is needed.")
    type_ = found.get("resourceType")
    if not isinstance(type_, str) or not type_:
        raise RowProblem("I53", "The resource does not say its resourceType.", "resourceType")
    return type_


_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}\n]')


def _entry_lines(plain: bytes) -> list[int]:
    """The line on which each entry of a bundle begins: objects at the third level."""
    found, depth, line, is_entry = [], 0, 1, False
    last = b""
    for token in _TOKEN.finditer(plain):
        sign = token.group()
        if sign == b"\n":
            line += 1
        elif sign in (b"{", b"["):
            if depth == 1 and sign == b"[":
                is_entry = last == b'"entry"'
            if depth == 2 and sign == b"{" and is_entry:
                found.append(line)
            depth += 1
        elif sign in (b"}", b"]"):
            depth -= 1
        else:
            last = sign
    return found


def collect(file: FhirFile, directory: Directory, *, with_conditions: bool = True) -> None:
    """Remember what the resources of a file are called. Problems are left to `read`.

    Conditions are only asked for by care plans; without one they need not be read twice.
    """
    types = NAMED if with_conditions else NAMED - {"Condition"}
    for entry in file.entries(types):
        if entry.resource is not None:
            directory.add(entry.resource, entry.full_url)


def read(file: FhirFile, directory: Directory, calendar: Calendar) -> Iterator[Taken]:
    """Each resource as a draft, a problem, or set aside with a reason."""
    mapper = Mapper(directory, calendar)
    for entry in file.entries():
        if entry.problem or entry.resource is None:
            aside = "" if entry.problem else entry.type
            yield Taken(entry.line, entry.record, problem=entry.problem, aside=_aside(aside))
        else:
            yield _mapped(entry, entry.resource, mapper)


def _aside(type_: str) -> str:
    return f"{type_} resources" if type_.isalpha() else type_


def _mapped(entry: Entry, resource: Mapping[str, Any], mapper: Mapper) -> Taken:
    to_draft = MAPPERS.get(entry.type)
    if to_draft is None:
        aside = "look-ups: " if entry.type in LOOKUPS else ""
        return Taken(entry.line, entry.record, aside=f"{aside}{entry.type} resources")
    try:
        return Taken(entry.line, entry.record, to_draft(resource, mapper))
    except SetAside as reason:
        return Taken(entry.line, entry.record, aside=str(reason))
    except RowProblem as problem:
        if problem.rule == "I57":
            problem.withdrawn = (entry.type, str(resource.get("id") or ""))
        return Taken(entry.line, entry.record, problem=problem)
