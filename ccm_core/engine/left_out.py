"""What lies in a folder of columns and no audit reads: it may be a kind or a field misspelled.

A file of stays that is called ``Stays.csv`` would leave every hospital month clean, in silence.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from ccm_core.engine.columns import KINDS
from ccm_core.engine.staging import files_of
from ccm_core.engine.strangers import strangers

_NAMES = {kind.__name__: kind for kind in KINDS}
_DATA = (".csv", ".parquet")


def left_out(source: Path) -> list[dict[str, str]]:
    """Files, columns and rows of a folder that are not read, each with the reason."""
    return [
        {"file": place, "column": column, "reason": reason}
        for place, column, reason in (*_found(source), *_strangers(source))
    ]


def _strangers(source: Path) -> Iterator[tuple[str, str, str]]:
    for place, number in strangers(source):
        rows = "1 row is" if number == 1 else f"{number:,} rows are"
        yield place, "patient_id", f"{rows} of patients whom Patient does not hold"


def _found(source: Path) -> Iterator[tuple[str, str, str]]:
    for entry in sorted(source.iterdir()):
        if _is_hidden(entry):
            continue
        kind = _NAMES.get(entry.name if entry.is_dir() else entry.stem)
        if kind is None:
            if _holds_data(entry):
                yield entry.name, "", f"no kind of record has this name{_meant(entry.stem)}"
        elif entry.is_dir():
            yield from _of_folder(entry)
        elif (source / kind.__name__).is_dir():
            yield entry.name, "", "the folder of this name is read in its place"
        elif entry.suffix not in _DATA:
            yield entry.name, "", "neither .csv nor .parquet"
    for name, kind in _NAMES.items():
        for file in files_of(source, name):
            yield from _columns(file, str(file.relative_to(source)), kind)


def _of_folder(folder: Path) -> Iterator[tuple[str, str, str]]:
    for entry in sorted(folder.iterdir()):
        is_read = entry.is_file() and entry.suffix.lower() in _DATA
        if not is_read and not _is_hidden(entry):
            yield f"{folder.name}/{entry.name}", "", "no file of type .csv or .parquet"


def _columns(file: Path, place: str, kind: type[Any]) -> Iterator[tuple[str, str, str]]:
    known = [one.name for one in fields(kind)]
    for name in _header(file):
        if name not in known:
            close = difflib.get_close_matches(name.lower(), known, 1)
            asked = f"; {close[0]} was meant?" if close and close[0] not in _header(file) else ""
            yield place, name, f"{kind.__name__} has no such field{asked}"


def _header(file: Path) -> list[str]:
    if file.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        return list(pq.read_schema(file).names)
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        return next(csv.reader(text), [])


def _is_hidden(entry: Path) -> bool:
    """Marks of those who write columns (``_SUCCESS``, ``.part.crc``) are no data."""
    return entry.name.startswith((".", "_"))


def _holds_data(entry: Path) -> bool:
    if entry.is_dir():
        return any(_holds_data(one) for one in entry.iterdir())
    return any(suffix.lower() in _DATA for suffix in entry.suffixes)


def _meant(stem: str) -> str:
    known = {name.lower(): name for name in _NAMES}
    close = difflib.get_close_matches(stem.lower().replace("_", ""), known, 1)
    return f"; {known[close[0]]} was meant?" if close else ""
