"""FHIR files to resources: NDJSON line by line, bundles entry by entry, each with its place."""

from __future__ import annotations

import codecs
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ccm_core.errors import ImportRefused
from ccm_core.exchange import json_texts, limits, strict_json
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.decoding import decode
from ccm_core.exchange.fhir_map import Mapper
from ccm_core.exchange.fhir_plans import LOOKUPS, MAPPERS
from ccm_core.exchange.fhir_refs import NAMED, Directory
from ccm_core.exchange.rejects import RowProblem, SetAside
from ccm_core.exchange.rows_in import Taken

_TYPE = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]{1,64})"')
_BOM = codecs.BOM_UTF8
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT = 50
"""Lines that are looked at to tell NDJSON from JSON that spans lines."""
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
    notes: Counter[str] = field(default_factory=Counter)
    """What was noticed while walking through."""

    def __post_init__(self) -> None:
        if self.content.startswith(_UTF16):
            self.content = decode(self.content).text.encode()
        self.content = self.content.removeprefix(_BOM)

    @cached_property
    def is_lines(self) -> bool:
        """Whether every line is a resource of its own (NDJSON), whatever the file is called."""
        lines = [line.strip() for line in itertools.islice(io.BytesIO(self.content), _LOOKED_AT)]
        lines = [line for line in lines if line]
        is_named = self.name.lower().endswith((".ndjson", ".jsonl"))
        if not lines or lines[0].startswith(b"["):
            return False
        if len(lines) == 1:
            return is_named
        return any(map(_is_resource, lines)) or (is_named and not self._is_whole())

    def _is_whole(self) -> bool:
        """Whether the file is JSON that spans lines, in spite of its name."""
        try:
            return all(True for _ in strict_json.several(_decoded(self.content)))
        except RowProblem:
            return False

    def entries(self, types: frozenset[str] = _READ) -> Iterator[Entry]:
        """Every resource in file order; those of other types may come without content."""
        return self._of_lines(types | {"Bundle"}) if self.is_lines else self._of_whole()

    def holds(self, type_: str) -> bool:
        """Whether the name of a resource type stands anywhere in the file."""
        return f'"{type_}"'.encode() in self.content

    def _of_lines(self, types: frozenset[str]) -> Iterator[Entry]:
        record = 0
        for number, line in enumerate(self.content.split(b"\n"), 1):
            plain = line.strip()
            if not plain:
                continue
            record += 1
            found = _TYPE.match(plain)
            type_ = found[1].decode() if found else ""
            if type_ and type_ not in types:
                yield Entry(number, record, type_)
                continue
            yield from self._of_line(plain, number, record)

    def _of_line(self, plain: bytes, line: int, record: int) -> Iterator[Entry]:
        try:
            found = strict_json.loads(_decoded(plain), limits.MAX_BUNDLE_BYTES)
        except RowProblem as problem:
            yield Entry(line, record, problem=problem)
            return
        for number, (_, one) in enumerate(self._resources(found, line)):
            yield _entry(one, line, record + number)

    def _of_whole(self) -> Iterator[Entry]:
        limits.require(len(self.content), limits.MAX_BUNDLE_BYTES, "the size of the JSON file")
        if not self.content.strip():
            return
        try:
            found = list(json_texts.values(_decoded(self.content)))
        except RowProblem as problem:
            raise ImportRefused(f"{problem.rule}: {problem.reason}") from None
        places = json_texts.places(self.content) if b"\n" in self.content else json_texts.Places()
        record = 0
        for document, element, value in found:
            line = places.element(document, element)
            lines = places.entries.get((document, element), [])
            for at, one in self._resources(value, line, lines):
                record += 1
                yield _entry(one, at, record)

    def _resources(
        self, found: Any, line: int, lines: Sequence[int] = ()
    ) -> Iterator[tuple[int, Any]]:
        """A resource, or the entries of a bundle, also of bundles within, each with its line.

        ``lines``: where the entries begin, as far as that is known.
        """
        if not isinstance(found, Mapping) or found.get("resourceType") != "Bundle":
            yield line, {"resource": found}
            return
        entries = found.get("entry")
        if entries is not None and not isinstance(entries, list):
            yield line, {"resource": found}
            return
        if _has_more(found):
            self.notes[_NEXT_PAGE] += 1
        for number, entry in enumerate(entries or ()):
            inner = entry.get("resource") if isinstance(entry, Mapping) else None
            at = lines[number] if number < len(lines) else line
            if isinstance(inner, Mapping) and inner.get("resourceType") == "Bundle":
                yield from self._resources(inner, at)
            else:
                yield at, entry


_NEXT_PAGE = "A bundle is one page of a search: its export goes on in a file that may be missing."


def _has_more(bundle: Mapping[str, Any]) -> bool:
    links = bundle.get("link")
    return isinstance(links, list) and any(
        isinstance(one, Mapping) and one.get("relation") == "next" for one in links
    )


def _is_resource(line: bytes) -> bool:
    """Whether a line alone is a JSON object that says its type, or a line of an export's log."""
    if not line.endswith(b"}"):
        return False
    try:
        found = strict_json.loads(_decoded(line), limits.MAX_BUNDLE_BYTES)
    except RowProblem:
        return False
    return isinstance(found, Mapping) and ("resourceType" in found or _is_log(found))


def _entry(entry: Any, line: int, record: int) -> Entry:
    """One entry of a bundle, or a resource as if it were the only one of its bundle."""
    try:
        if not isinstance(entry, Mapping):
            raise RowProblem("I53", "Not a resource: a JSON object is needed.")
        if "resource" not in entry:
            return _without_resource(entry, line, record)
        inner, full_url = entry["resource"], str(entry.get("fullUrl") or "")
        if _is_log(inner):
            return Entry(line, record, "lines of the export's own log")
        type_ = _type_of(inner)
        if type_ == "Bundle":
            raise RowProblem("I55", "A bundle without a list of entries.", "Bundle.entry")
        return Entry(line, record, type_, _with_id(inner, full_url), full_url=full_url)
    except RowProblem as problem:
        return Entry(line, record, problem=problem)


def _without_resource(entry: Mapping[str, Any], line: int, record: int) -> Entry:
    """An entry that only says what became of a record. Raises: RowProblem (rule I57)."""
    asked = entry.get("request")
    method = str(asked.get("method") or "") if isinstance(asked, Mapping) else ""
    if method.upper() != "DELETE" or not isinstance(asked, Mapping):
        return Entry(line, record, "bundle entries without a resource")
    type_, _, id_ = str(asked.get("url") or "").partition("?")[0].rpartition("/")
    if type_ not in MAPPERS:
        return Entry(line, record, "deletions of records that are not kept here")
    problem = RowProblem("I57", f"The export has deleted this {type_}.", "request.url", id_)
    problem.withdrawn = (type_, id_)
    raise problem


def _with_id(inner: Any, full_url: str) -> Any:
    """A resource of a transaction has no id before it is stored: its URN or address names it."""
    if inner.get("id") is not None:
        return inner
    if full_url.startswith("urn:uuid:"):
        return {**inner, "id": full_url.removeprefix("urn:uuid:")}
    head, _, last = full_url.rpartition("/")
    is_address = head.rsplit("/", 1)[-1] == inner.get("resourceType")
    return {**inner, "id": last} if is_address and last else inner


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
    calendar.notes.update(file.notes)


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
