"""Bytes to lines and numbers, with the limits that keep a hostile file from hurting."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from ccm_core.errors import ImportRefused

MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 3_000_000
_SNIFFED = 4_000
_CARRIER = re.compile(r"\d{4,5}")
_LOCALITY = re.compile(r"\d{1,2}")
_CODE = re.compile(r"[0-9A-Z]{4}[0-9A-Z]")
_KEY = re.compile(r"(?=.*\d)[0-9A-Za-z]{4,5}")
_OTHER_YEARS = re.compile(
    r"\d{1,2}/\d{1,2}/\d{2,4}|copyright[^\w|]+(\(c\)\s*)?20\d{2}(/\d{2,4})?", re.IGNORECASE
)
RELEASES = {"JANUARY": 1, "APRIL": 4, "JULY": 7, "OCTOBER": 10}


class BadCell(ValueError):
    """A cell that is not what its column asks for. ``column`` names it."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def text_of(name: str, data: bytes) -> str:
    """The file as text. Raises: ImportRefused when it is too large or not text."""
    if len(data) > MOST_BYTES:
        raise ImportRefused(f"{name} has {len(data):,} bytes; at most {MOST_BYTES:,} are read.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text" of a spreadsheet
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:4096]:
        raise ImportRefused(
            f"{name} is not a text file. Import the CSV, TXT or XLSX file of the CMS package, or "
            "the whole package as a ZIP file."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def csv_rows(text: str) -> list[tuple[int, list[str]]]:
    """Line number and stripped cells of every row."""
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        found = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as bad:
        raise ImportRefused(f"Line {reader.line_num} is not CSV: {bad}.") from bad
    if len(found) > MOST_ROWS:
        raise ImportRefused(f"The file has {len(found):,} rows; at most {MOST_ROWS:,} are read.")
    return found


def _delimiter(text: str) -> str:
    """The comma of CMS, or what a spreadsheet wrote in its place where there is hardly a comma."""
    top = text[:_SNIFFED]
    other = max("\t;", key=top.count)
    return other if top.count(other) > 2 * top.count(",") else ","


def number(column: str, text: str, low: str = "0", high: str = "100000") -> Decimal:
    """A decimal number in range. Raises: BadCell."""
    try:
        found = Decimal(text.replace(",", "").rstrip("* "))
    except InvalidOperation as bad:
        raise BadCell(column, f"{text[:20]!r} is not a number") from bad
    if not (found.is_finite() and Decimal(low) <= found <= Decimal(high)):
        raise BadCell(column, f"{text[:20]} is not between {low} and {high}")
    return found


def locality(carrier: str, number_text: str) -> str:
    """``MAC-NN`` with the zeros that spreadsheets drop put back. Raises: BadCell."""
    carrier, number_text = carrier.removesuffix(".0"), number_text.removesuffix(".0")
    if not _CARRIER.fullmatch(carrier):
        raise BadCell("carrier", f"{carrier[:20]!r} is not a contractor number")
    if not _LOCALITY.fullmatch(number_text):
        raise BadCell("locality", f"{number_text[:20]!r} is not a locality number")
    return f"{carrier.zfill(5)}-{number_text.zfill(2)}"


def code(text: str) -> str:
    """A five-character code. Raises: BadCell."""
    if not _CODE.fullmatch(text):
        raise BadCell("HCPCS", f"{text[:20]!r} is not a five-character code")
    return text


def is_footnote(row: Sequence[str]) -> bool:
    """Whether a row below the table is a remark: a star first, or words and nothing else.

    A code or a contractor number all alone is a row that was cut off, and no remark.
    """
    filled = [cell for cell in row if cell]
    return filled[0].startswith("*") or (len(filled) == 1 and not _KEY.fullmatch(filled[0]))


def heading_text(cell: str) -> str:
    """A heading in capitals with single spaces: line breaks and odd blanks say nothing."""
    return " ".join(cell.split()).upper()


def year_in(name: str, text: str) -> int:
    """The year that a title names; years of release dates and of copyrights are others.

    Raises: ImportRefused.
    """
    found = re.search(r"\b(20\d{2})\b", _OTHER_YEARS.sub(" ", text))
    if found is None:
        raise ImportRefused(
            f"{name} names no year above its columns; CMS's own file does. Import it unchanged."
        )
    return int(found[1])


def quarter_start(year: int, month: int) -> date:
    """The first day of a release: January, April, July or October."""
    return date(year, month, 1)


def year_end(year: int) -> date:
    """The last day of a year, until which a release is in force unless a later one replaces it."""
    return date(year, 12, 31)
