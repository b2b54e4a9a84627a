"""CMS's ZIP5 file: each ZIP code with its contractor and locality, as TXT or as a sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from ccm_core.errors import ImportRefused
from ccm_core.money.cms_places import Rows, each, file_of, heading_at
from ccm_core.money.cms_text import (
    RELEASES,
    BadCell,
    csv_rows,
    heading_text,
    locality,
    quarter_start,
)
from ccm_core.money.fee_file import FeeFile, ZipRow

_LINE = re.compile(r"[A-Z]{2}\d{5}\d{5}\d{2}.{6}[01]?")
_WIDTH = 80
_PLUS_FOUR = re.compile(r".{21}\d{4}")
"""A ZIP9 record: four more digits where a ZIP5 record has none."""
_STAMP = re.compile(r"20\d{2}[1-4]")
_COLUMNS = {
    "state": ("STATE",),
    "zip5": ("ZIP CODE", "ZIP"),
    "carrier": ("CARRIER",),
    "locality": ("LOCALITY", "PRICING LOCALITY"),
    "rural": ("RURAL IND", "RURAL INDICATOR"),
    "is_split": ("PLUS 4 FLAG", "PLUS FOUR FLAG"),
    "stamp": ("YEAR/QTR", "YEAR/QUARTER", "YEAR QTR"),
}


def is_zip(text: str) -> bool:
    """Whether the first line is a ZIP5 record, or one of the first the headings of its sheet."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    if _LINE.match(first) and "," not in first[:20]:
        return True
    return heading_at(csv_rows(text[:5_000].rsplit("\n", 1)[0]), *_WORDS) is not None


_WORDS = ("ZIP CODE", "CARRIER", "LOCALITY")


def read_zip(name: str, data: bytes, text: str) -> FeeFile:
    """One ZIP5 file. Raises: ImportRefused."""
    if _LINE.match(text.lstrip("\r\n")):
        return _read_lines(name, data, text)
    rows = csv_rows(text)
    at = heading_at(rows, *_WORDS)
    if at is None:
        raise ImportRefused(f"{name} holds no ZIP codes.")
    return _read_sheet(name, data, rows, at)


def _read_lines(name: str, data: bytes, text: str) -> FeeFile:
    """Fixed positions, the last five the year and quarter."""
    lines = [(i, [line]) for i, line in enumerate(text.splitlines(), start=1) if line.strip()]
    first = lines[0][1][0]
    if _PLUS_FOUR.match(first):
        raise ImportRefused(
            f"{name} is a ZIP9 file, with nine digits of each ZIP code. Import the ZIP5 file of "
            "the same package."
        )
    stamp = first[75:80]
    if not _STAMP.fullmatch(stamp):
        raise ImportRefused(
            f"{name} does not end its lines with year and quarter; the layout is {_WIDTH} wide."
        )

    def one(line: int, row: Sequence[str]) -> ZipRow:
        record = row[0]
        if not _LINE.match(record):
            raise BadCell("record", "the line is not state, ZIP, contractor and locality")
        _same_quarter(record[75:80], stamp)
        where = locality(record[7:12], record[12:14])
        return ZipRow(line, record[2:7], where, record[:2], record[14].strip(), record[20] == "1")

    found, problems = each(lines, 0, one, lambda row: row.zip5, lambda _: False)
    layout = f"{_WIDTH} characters"
    return file_of("zip", name, data, int(stamp[:4]), _first_day(stamp), found, problems, layout)


def _read_sheet(name: str, data: bytes, rows: Rows, at: int) -> FeeFile:
    """The same as columns, from a workbook or its CSV."""
    columns = _columns(name, [heading_text(cell) for cell in rows[at][1]])
    last = max(columns.values())
    body = [(line, row) for line, row in rows[at + 1 :] if any(row)]
    stamp = body[0][1][columns["stamp"]] if body and len(body[0][1]) > last else ""
    if not _STAMP.fullmatch(stamp):
        raise ImportRefused(f"{name} does not say year and quarter, such as 20254, in its rows.")

    def one(line: int, row: Sequence[str]) -> ZipRow:
        cell = {meaning: row[i] for meaning, i in columns.items()}
        if not re.fullmatch(r"\d{3,5}", cell["zip5"]):
            raise BadCell("ZIP CODE", f"{cell['zip5'][:20]!r} is not a ZIP code")
        if cell["is_split"] not in ("0", "1"):
            raise BadCell("PLUS 4 FLAG", f"{cell['is_split'][:20]!r} is neither 0 nor 1")
        _same_quarter(cell["stamp"], stamp)
        where = locality(cell["carrier"], cell["locality"])
        return ZipRow(
            line, cell["zip5"].zfill(5), where, cell["state"].upper(), cell["rural"],
            cell["is_split"] == "1",
        )  # fmt: skip

    found, problems = each(body, last, one, lambda row: row.zip5)
    layout = f"{len(rows[at][1])} columns"
    return file_of("zip", name, data, int(stamp[:4]), _first_day(stamp), found, problems, layout)


def _columns(name: str, heading: Sequence[str]) -> dict[str, int]:
    found = {}
    for meaning, words in _COLUMNS.items():
        at = [i for i, text in enumerate(heading) if text in words]
        if len(at) != 1:
            raise ImportRefused(f"{name} has {len(at)} columns headed {words[0]}; one is needed.")
        found[meaning] = at[0]
    return found


def _same_quarter(said: str, stamp: str) -> None:
    if said != stamp:
        raise BadCell("year/quarter", f"{said[:20]!r} differs from the first line's {stamp}")


def _first_day(stamp: str) -> date:
    return quarter_start(int(stamp[:4]), list(RELEASES.values())[int(stamp[4]) - 1])
