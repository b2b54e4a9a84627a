"""From foreign headers to our columns: exact names, synonyms, known exports, a mapping file."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ccm_core import tables
from ccm_core.errors import ImportRefused
from ccm_core.exchange import forms

UNUSED = "unused"
"""Kind of a file that this program has no place for."""
NAMES = "look-up"
"""Kind of a file that only gives names to identifiers of other files."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one table is read: its kind and the column of each header position."""

    kind: str
    columns: Mapping[int, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    """Headers that lead to no column."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    """Columns that hold one value in every row, because a mapping says so."""
    date_format: str = ""
    time_zone: str = ""
    export: str = ""


_VAGUE = 4
"""The rank of the weakest names."""


class AskError(ImportRefused):
    """A question that only a person can answer; ``about`` names what was asked."""

    def __init__(self, rule: str, question: str, about: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(f"{rule}: {question}")
        self.rule, self.about, self.choices = rule, about, choices


def plain(header: str) -> str:
    """A header without case, spaces and signs, as names are compared."""
    return re.sub(r"[^0-9a-z]+", "", header.lower())


_WEAK = 3
"""Rank of a weak name, behind all others but the weaker ones."""


@functools.cache
def known_names(kind: str) -> Mapping[str, tuple[str, int]]:
    """Column and rank of every header that means a column of this kind; 0 is its own name.

    A weak name (``Agent`` for who did the work) counts only where no better one stands, and
    one that is weaker still (``Patient``, of a name or of a number) where no weak one does.
    """
    own = forms.form(kind).columns
    found: dict[str, tuple[str, int]] = {plain(name): (name, 0) for name in own}
    for row in tables.load("header_synonyms", "kind", "column", "synonym").rows:
        if row["kind"] in (kind, "*") and row["column"] in own:
            rank = 1 if row["kind"] == kind else 2
            rank = 2 + int(row["is_weak"]) if row["is_weak"].isdigit() else rank
            found.setdefault(plain(row["synonym"]), (row["column"], rank))
    return found


@functools.cache
def _rivals(kind: str) -> frozenset[str]:
    """Headers of this kind that no better name may hide, as ``Billable Minutes`` of ``Minutes``."""
    rows = tables.load("header_synonyms", "kind", "column", "synonym").rows
    return frozenset(
        plain(row["synonym"]) for row in rows if row["kind"] == kind and row["is_weak"] == "asks"
    )


@functools.cache
def all_names() -> frozenset[str]:
    """Every header known for any kind or export."""
    found = {name for kind in forms.forms() for name in known_names(kind)}
    return frozenset(found | {row["header"] for row in _foreign_rows()})


def count_known(names: list[str]) -> int:
    """How many of these headers are known at all."""
    return sum(plain(name) in all_names() for name in names)


def _foreign_rows() -> tuple[tables.Row, ...]:
    return tables.load("foreign_exports", "export", "file", "header").rows


def of_header(name: str, header: tuple[str, ...]) -> Layout:
    """The layout of a table from its file name and header.

    Raises: AskError (rules I06, I08) when more than one reading is possible, or none.
    """
    return _foreign(name, header) or _own(name, header)


def _foreign(name: str, header: tuple[str, ...]) -> Layout | None:
    """The layout of a known foreign export, told by file name and header together."""
    stem = plain(PurePosixPath(name).name.rsplit(".", 1)[0])
    names = {plain(one): place for place, one in enumerate(header)}
    exports: dict[tuple[str, str], list[tables.Row]] = {}
    for row in _foreign_rows():
        exports.setdefault((row["export"], row["file"]), []).append(row)
    by_length = sorted(exports.items(), key=lambda item: -len(item[0][1]))
    for (export, file), rows in by_length:
        fits = all(row["header"] in names for row in rows if row["needed"])
        if not fits or plain(file) not in stem:
            continue
        known = {row["header"]: row["column"] for row in rows}
        columns = {place: known[one] for one, place in names.items() if known.get(one)}
        ignored = tuple(header[place] for place in range(len(header)) if place not in columns)
        return Layout(rows[0]["kind"], columns, ignored, export=export)
    return None


def is_foreign(name: str, header: tuple[str, ...]) -> bool:
    """Whether this is a file of a known export."""
    return _foreign(name, header) is not None


def _own(name: str, header: tuple[str, ...]) -> Layout:
    """The layout of a table under our own names and their synonyms."""
    stem = plain(PurePosixPath(name).name.rsplit(".", 1)[0])
    fits = {}
    for kind in forms.forms():
        layout = for_kind(kind, header, is_strict=False)
        if not forms.lacking(kind, frozenset(layout.columns.values())):
            fits[kind] = layout
    named = [kind for kind in fits if plain(kind) in stem]
    if named:
        return for_kind(max(named, key=len), header)
    counts = {kind: _telling(layout) for kind, layout in fits.items()}
    kinds = [kind for kind in fits if counts[kind] == max(counts.values())]
    if len(kinds) != 1:
        raise AskError(
            "I08",
            f"which kind of record is this? The header fits {' and '.join(kinds) or 'none'}"
            f"{'' if kinds else _nearest(stem, header)}. "
            "Name the file after its kind or say the kind in a mapping "
            '("unused" leaves the file out).',
            "kind",
            tuple(kinds) or tuple(forms.forms()),
        )
    return for_kind(kinds[0], header)


def _nearest(stem: str, header: tuple[str, ...]) -> str:
    """Which kind a header comes closest to, and the columns that it lacks for it."""
    best = (0, 0, "", "")
    for kind in forms.forms():
        found = for_kind(kind, header, is_strict=False)
        lacking = forms.lacking(kind, frozenset(found.columns.values()))
        known = len(found.columns)
        if known > 1 or (known and plain(kind) in stem):
            score = (known - len(lacking) + 100 * (plain(kind) in stem), known)
            best = max(best, (*score, kind, ", ".join(lacking)))
    return f"; it comes closest to {best[2]}, which lack {best[3]}" if best[2] else ""


def _telling(found: Layout) -> int:
    """How many columns speak for a kind: a patient's name stands in tables of any kind."""
    return len(found.columns) - ("full_name" in found.columns.values())


def is_by_record(found: Layout, header: tuple[str, ...]) -> bool:
    """Whether the column that names the patient is headed as a medical record number."""
    of_patients = known_names("patients")
    return any(
        column == "patient_id" and of_patients.get(plain(header[place]), ("",))[0] == "mrn"
        for place, column in found.columns.items()
    )


def for_kind(kind: str, header: tuple[str, ...], *, is_strict: bool = True) -> Layout:
    """The columns of a header read as this kind.

    When two headers mean one column the better name wins; of equals, ask.
    Raises: AskError (rule I06) if ``is_strict``; without it the first one is taken.
    """
    known = known_names(kind)
    found: dict[str, tuple[int, int]] = {}
    for place, name in enumerate(header):
        column, rank = known.get(plain(name), ("", 0))
        if not column:
            continue
        better, place_before = found.get(column, (rank, place))
        other = header[place_before]
        if place_before != place and _are_equals(kind, (rank, better), (name, other)):
            if is_strict:
                raise AskError(
                    "I06",
                    f"which column is {column}: {other!r} or {name!r}? Say it in a mapping.",
                    "columns",
                )
            continue
        if column not in found or rank < found[column][0]:
            found[column] = (rank, place)
    columns = {place: column for column, (_, place) in found.items()}
    columns |= _named_by(kind, found, header) | _time_as_start(kind, found)
    ignored = tuple(name for place, name in enumerate(header) if place not in columns)
    return Layout(kind, columns, ignored)


def _are_equals(kind: str, ranks: tuple[int, int], names: tuple[str, str]) -> bool:
    """Whether nothing tells which of two headers is the column, or both say more than it."""
    is_weak = max(ranks) >= _WEAK
    return ranks[0] == ranks[1] or (
        not is_weak and any(plain(name) in _rivals(kind) for name in names)
    )


def _time_as_start(kind: str, found: Mapping[str, tuple[int, int]]) -> dict[int, str]:
    """A log without a column for the day: its ``Start Time`` must hold the day as well."""
    if kind != "time_entries" or "start_time" not in found or {"started_at", "on"} & found.keys():
        return {}
    return {found["start_time"][1]: "started_at"}


def _named_by(
    kind: str, found: Mapping[str, tuple[int, int]], header: tuple[str, ...]
) -> dict[int, str]:
    """What names the patients of a panel without an identifier, or without a column for names.

    Record numbers alone are the identifiers; a ``Patient`` beside identifiers is the name.
    """
    if kind != "patients":
        return {}
    columns, numbers = {}, [found[one][1] for one in ("patient_id", "mrn") if one in found]
    is_nameless = not {"family_name", "given_name", "full_name"} & found.keys()
    vague = [place for place, name in enumerate(header) if _is_vague(name)]
    if is_nameless and len(vague) == 1 and set(numbers) - set(vague):
        columns[vague[0]] = "full_name"
        numbers = [place for place in numbers if place not in vague]
    if "patient_id" not in found or columns.keys() & {found["patient_id"][1]}:
        columns |= dict.fromkeys(numbers[:1], "patient_id")
    return columns


def _is_vague(header: str) -> bool:
    """Whether a header may mean the patient's name as well as an identifier."""
    column, rank = known_names("patients").get(plain(header), ("", 0))
    return column == "patient_id" and rank == _VAGUE
