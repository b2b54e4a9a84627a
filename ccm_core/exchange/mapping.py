"""The mapping file: a person's word on foreign headers, words and dates.

JSON or TOML; one table per file name (``*`` and ``?`` allowed):
``{"log.csv": {"kind": "time_entries", "columns": {"When": "started_at"},
"values": {"actor": {"Nurse I": "clinical_staff"}}, "date_format": "mdy",
"time_zone": "America/Chicago", "constants": {"actor": "clinical_staff"}}}``.
A column mapped to an empty name is left out; headers that are not named keep
their usual meaning.
"""

from __future__ import annotations

import fnmatch
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ccm_core.errors import UsageError
from ccm_core.exchange import dates, forms, layout
from ccm_core.exchange.layout import AskError, Layout
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.strict_json import loads
from ccm_core.months import time_zone
from ccm_core.small_files import read_small


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What a person said about one file."""

    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    time_zone: str = ""

    def layout(self, name: str, header: tuple[str, ...]) -> Layout:
        """The layout of a table under this mapping. Raises: AskError."""
        kind = self.kind
        if not kind:
            kind = layout.of_header(name, header).kind
        if kind not in forms.forms():
            return Layout(kind)
        found = _with_columns(kind, self.columns, header)
        return replace(
            found, values=self.values, constants=self.constants,
            date_format=self.date_format, time_zone=self.time_zone,
        )  # fmt: skip


def _with_columns(kind: str, columns: Mapping[str, str], header: tuple[str, ...]) -> Layout:
    """The layout with the headers that the mapping names. Raises: AskError (rules I06, I07)."""
    places = {layout.plain(name): place for place, name in enumerate(header)}
    chosen: dict[int, str] = {}
    for name, column in columns.items():
        place = places.get(layout.plain(name))
        if place is None:
            raise AskError(
                "I07", f"the mapping names the column {name!r}; the file has none.", "columns"
            )
        _require_one(chosen, place, column, header)
        chosen[place] = column
    known = layout.known_names(kind)
    taken = set(chosen.values())
    others = tuple(
        "" if place in chosen or known.get(layout.plain(name), ("",))[0] in taken else name
        for place, name in enumerate(header)
    )
    usual = layout.for_kind(kind, others).columns
    everything = {**usual, **{place: column for place, column in chosen.items() if column}}
    ignored = tuple(name for place, name in enumerate(header) if place not in everything)
    return Layout(kind, everything, ignored)


def _require_one(
    chosen: Mapping[int, str], place: int, column: str, header: tuple[str, ...]
) -> None:
    """Refuse a second column of one meaning, which would hide the first. Raises: AskError."""
    other = next((at for at, known in chosen.items() if column and known == column), None)
    if other is not None and other != place:
        said = f"the mapping calls both {header[other]!r} and {header[place]!r} {column}."
        raise AskError("I06", f"{said} Which of them is it?", "columns")


@dataclass(frozen=True, slots=True)
class Mappings:
    """The mapping of every file that a person spoke about."""

    files: Mapping[str, FileMapping] = field(default_factory=dict)

    def of(self, name: str) -> FileMapping | None:
        """The mapping of a file, by its whole name first, then by pattern."""
        base = PurePosixPath(name).name.lower()
        wanted = {pattern.lower(): found for pattern, found in self.files.items()}
        if base in wanted:
            return wanted[base]
        return next((wanted[one] for one in wanted if fnmatch.fnmatchcase(base, one)), None)

    def as_json(self) -> dict[str, str]:
        """The mapping as text per file, to be kept with the import."""
        return {
            name: json.dumps(
                {part: getattr(one, part) for part in _PARTS if getattr(one, part)},
                sort_keys=True,
            )
            for name, one in self.files.items()
        }  # fmt: skip


MOST_BYTES = 4 * 1024 * 1024
_PARTS = ("kind", "columns", "values", "constants", "date_format", "time_zone")


def load(path: Path) -> Mappings:
    """The mappings of a JSON or TOML file. Raises: UsageError."""
    try:
        text = read_small(path, MOST_BYTES).decode("utf-8-sig")
        found = tomllib.loads(text) if path.suffix.lower() == ".toml" else loads(text)
    except OSError as bad:
        raise UsageError(f"{path.name}: the mapping cannot be read: {bad.strerror}.") from bad
    except UnicodeDecodeError as bad:
        raise UsageError(
            f"{path.name}: the mapping cannot be read. It is not UTF-8 text (byte {bad.start})."
        ) from bad
    except tomllib.TOMLDecodeError as bad:
        raise UsageError(
            f"{path.name}: the mapping cannot be read. It is not TOML: {bad}."
        ) from bad
    except RowProblem as bad:
        raise UsageError(f"{path.name}: the mapping cannot be read. {bad.reason}") from None
    return of(found)


def of(found: Any) -> Mappings:
    """Mappings from plain dictionaries, every name checked. Raises: UsageError."""
    if not isinstance(found, Mapping):
        raise UsageError("A mapping is an object with one entry per file name.")
    return Mappings({str(name): _file(str(name), one) for name, one in found.items()})


def _file(name: str, found: Any) -> FileMapping:
    if not isinstance(found, Mapping):
        raise UsageError(f"The mapping of {name!r} is not an object.")
    unknown = sorted(set(found) - set(_PARTS))
    if unknown:
        raise UsageError(f"{name!r}: {unknown[0]!r} is not one of {', '.join(_PARTS)}.")
    made = FileMapping(**{part: _plain(value) for part, value in found.items()})
    kind = made.kind
    if kind and kind != layout.UNUSED:
        own = forms.form(kind).columns
        named = [*made.columns.values(), *made.values, *made.constants]
        for column in named:
            if column and column not in own:
                raise UsageError(f"{name!r}: {kind} have no column {column!r}.")
    if made.date_format and made.date_format not in dates.ORDERS and "%" not in made.date_format:
        raise UsageError(f"{name!r}: date_format is {', '.join(dates.ORDERS)} or like %d.%m.%Y.")
    if made.time_zone:
        time_zone(made.time_zone)
    return made


def _plain(value: Any) -> Any:
    """Texts and objects of texts; null is an empty text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return "" if value is None else str(value)
