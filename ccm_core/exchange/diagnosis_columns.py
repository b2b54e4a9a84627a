"""Diagnoses side by side: ``dx1`` to ``dx12``, ``icd10_1``, ``Diagnosis Code 2``, ``ICD-10 Codes``.

A table of patients with such columns gives a second file of its own, ``[diagnoses]``; in a
table of conditions every filled one is a row. Only the headers decide what a column is,
and for columns without a number also its cells: one that holds no code is no list of codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from ccm_core.exchange.cells import code_system
from ccm_core.exchange.csv_in import Row, Sheet
from ccm_core.exchange.diagnosis_cells import diagnoses

ROLES = ("code", "label", "onset_on", "ended_on", "system")
"""Columns of a condition that may stand beside each code."""

_ICD10 = re.compile(r"icd[\s_.-]*10(?:[\s_-]*cm)?(?!\d)|icd(?=code)", re.IGNORECASE)
_JOINED = re.compile(
    r"(dx|diag|diagnosis|icd|problem|condition)(codes?|cd|desc|description|name|date|onset)\b"
)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BASE = _set(
    "dx dxs diag diagnosis diagnoses icd problem problems condition conditions cond snomed "
    "comorbidity comorbidities"
)
_CODE = _set("code codes cd cds icd dx dxs snomed")
_FILL = _set("chronic active current patient pt list all billing qualifying cm ct ccm")
_WORDS: Mapping[str, frozenset[str]] = {
    "ended_on": _set("end ended resolved resolution stop"),
    "onset_on": _set("onset start started date dt noted diagnosed"),
    "label": _set("description desc descr label name text term title"),
    "system": _set("system codeset vocabulary"),
}
_ORDER: Mapping[str, int] = {"primary": 1, "principal": 1, "secondary": 2, "tertiary": 3}
MOST = 50
"""Diagnoses side by side in one row."""


@dataclass(frozen=True, slots=True)
class Group:
    """The columns of one diagnosis among several: its number, and the place of each role."""

    number: int
    places: Mapping[str, int]


def groups(header: tuple[str, ...]) -> tuple[Group, ...]:
    """The numbered diagnoses of a header; the first may do without a number."""
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for place, name in enumerate(header):
        number, role, strength = _meaning(name)
        if role and number <= MOST:
            known = found.setdefault(number, {})
            _put(known, role, place, strength)
    bare = found.pop(0, {})
    numbered = {number: one for number, one in found.items() if "code" in one}
    if numbered and 1 not in numbered:
        roles = {role for one in numbered.values() for role in one}
        numbered[1] = {role: where for role, where in bare.items() if role in roles}
    return tuple(
        Group(number, {role: place for role, (place, _) in one.items()})
        for number, one in sorted(numbered.items()) if "code" in one
    )  # fmt: skip


def _put(known: dict[str, tuple[int, int]], role: str, place: int, strength: int) -> None:
    """Keep the better of two columns for a code: ``Diagnosis 1`` beside ``ICD 1`` is its text."""
    if role == "code" and role in known:
        best, other = sorted([(strength, place), (known[role][1], known[role][0])], reverse=True)
        known[role] = (best[1], best[0])
        known.setdefault("label", (other[1], other[0]))
        return
    known.setdefault(role, (place, strength))


def lists(header: tuple[str, ...], rows: Iterator[Row], on: date) -> tuple[Group, ...]:
    """Columns without a number whose cells really hold codes, such as ``ICD-10 Codes``."""
    meant = [
        place for place, name in enumerate(header)
        if _meaning(name)[:2] == (0, "code")
    ]  # fmt: skip
    proved: set[int] = set()
    for row in rows:
        for place in meant:
            if row.cells and place not in proved and _has_code(row.cells[place], on):
                proved.add(place)
        if len(proved) == len(meant):
            break
    if len(proved) != 1:
        return tuple(Group(0, {"code": place}) for place in meant if place in proved)
    beside = {_meaning(name)[1]: place for place, name in enumerate(header) if _meaning(name)[1]}
    return (Group(0, {**beside, "code": proved.pop()}),)


def _has_code(cell: str, on: date) -> bool:
    return bool(cell) and any(code_system(code.upper()) for code, _ in diagnoses(cell, on))


def _meaning(name: str) -> tuple[int, str, int]:
    """Number, role and strength of a header; an empty role for one that is no diagnosis."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = _JOINED.sub(r"\1 \2", _ICD10.sub(" icd ", plain).lower())
    parts = re.findall(r"[a-z]+|\d+", plain)
    numbers = [int(part) for part in parts if part.isdigit()]
    numbers += [_ORDER[part] for part in parts if part in _ORDER]
    words = {part for part in parts if not part.isdigit() and part not in _ORDER}
    if len(numbers) > 1 or not words & _BASE:
        return 0, "", 0
    number = numbers[0] if numbers else 0
    rest = words - _BASE - _CODE - _FILL
    role = next((role for role, said in _WORDS.items() if rest & said), "")
    if role:
        rest -= _WORDS[role] | _WORDS["onset_on"]
    return (0, "", 0) if rest else (number, role or "code", 1 + bool(words & _CODE))


def long(sheet: Sheet, found: tuple[Group, ...]) -> Sheet:
    """The table with one row for each filled diagnosis; its parts stand behind the other cells."""
    roles = [role for role in ROLES if any(role in group.places for group in found)]

    def rows() -> Iterator[Row]:
        record = 0
        for row in sheet.rows():
            for one in _rows(row, found, roles, sheet.header):
                record += 1
                yield replace(one, record=record)

    return Sheet(
        (*sheet.header, *roles), sheet.header_line, rows, sheet.delimiter, sheet.last_line,
        sheet.titles,
    )  # fmt: skip


def _rows(
    row: Row, found: tuple[Group, ...], roles: list[str], header: tuple[str, ...]
) -> Iterator[Row]:
    if row.problem:
        yield row
        return
    part = 0
    for group in found:
        parts = tuple(
            row.cells[group.places[role]] if role in group.places else "" for role in roles
        )
        if any(part.strip() for part in parts):
            origin = header[group.places["code"]]
            yield Row(row.line, 0, (*row.cells, *parts), origin=origin, part=part)
            part += 1
