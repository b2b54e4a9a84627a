"""CMS's geography: GPCIs, ZIP codes and counties of localities, and amounts by locality."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from ccm_core.errors import ImportRefused
from ccm_core.money.cms_text import (
    RELEASES,
    BadCell,
    code,
    csv_rows,
    locality,
    number,
    quarter_start,
    year_end,
    year_in,
)
from ccm_core.money.fee_file import (
    AmountRow,
    CountyRow,
    FeeFile,
    GpciRow,
    Problem,
    Row,
    ZipRow,
    fingerprint,
    twice,
)

Rows = Sequence[tuple[int, list[str]]]
_ZIP_LINE = re.compile(r"[A-Z]{2}\d{5}\d{5}\d{2}.{6}[01]?")
_ZIP_WIDTH = 80
_AMOUNT_CELLS = 16
R = TypeVar("R", bound=Row)


def heading_at(rows: Rows, *words: str) -> int | None:
    """The first row whose headings hold all these words."""
    for at, (_, row) in enumerate(rows[:40]):
        text = " | ".join(row).upper()
        if all(word in text for word in words):
            return at
    return None


def is_gpci(rows: Rows) -> bool:
    """Whether these are the rows of a GPCI file."""
    return heading_at(rows, "LOCALITY NUMBER", "PE GPCI") is not None


def is_counties(rows: Rows) -> bool:
    """Whether these are the rows of a locality-county file."""
    return heading_at(rows, "LOCALITY NUMBER", "COUNTIES") is not None


def is_zip(text: str) -> bool:
    """Whether the first line is a ZIP5 record."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return bool(_ZIP_LINE.match(first)) and "," not in first[:20]


def is_amounts(rows: Rows) -> bool:
    """Whether the first row is a payment amount record."""
    first = rows[0][1] if rows else []
    return len(first) == _AMOUNT_CELLS and bool(re.fullmatch(r"20\d{2}", first[0]))


def read_gpci(name: str, data: bytes, text: str) -> FeeFile:
    """One GPCI file. Raises: ImportRefused."""
    rows = csv_rows(text)
    at = heading_at(rows, "LOCALITY NUMBER", "PE GPCI")
    if at is None:
        raise ImportRefused(f"{name} has no heading with Locality Number and PE GPCI.")
    above = " ".join(" ".join(row) for _, row in rows[: at + 1])
    year = year_in(name, above)
    columns = _gpci_columns(name, [cell.upper() for cell in rows[at][1]])

    def one(line: int, row: Sequence[str]) -> GpciRow:
        indices = [number(word, row[columns[word]], "0.1", "5") for word in ("WORK", "PE", "MP")]
        return GpciRow(
            line,
            locality(row[columns["CONTRACTOR"]], row[columns["NUMBER"]]),
            row[columns["STATE"]].upper(),
            row[columns["NAME"]].rstrip("* "),
            *indices,
        )

    found, problems = _each(rows[at + 1 :], max(columns.values()), one, lambda row: row.locality)
    return _file(
        "gpci", name, data, year, date(year, 1, 1), found, problems, f"{len(columns)} columns"
    )


def _gpci_columns(name: str, heading: Sequence[str]) -> dict[str, int]:
    """Positions by meaning. Where the work index stands twice, the one with the floor counts."""
    rules: dict[str, Callable[[str], bool]] = {
        "CONTRACTOR": lambda text: "CONTRACTOR" in text or "MAC" in text.split(),
        "STATE": lambda text: text == "STATE",
        "NUMBER": lambda text: text == "LOCALITY NUMBER",
        "NAME": lambda text: text == "LOCALITY NAME",
        "WORK": lambda text: "GPCI" in text and ("PW" in text or "WORK" in text),
        "PE": lambda text: "PE GPCI" in text,
        "MP": lambda text: "MP GPCI" in text,
    }
    found = {}
    for meaning, fits in rules.items():
        at = [i for i, text in enumerate(heading) if fits(text)]
        if meaning == "WORK" and len(at) > 1:
            at = [i for i in at if "WITHOUT" not in heading[i]]
        if len(at) != 1:
            raise ImportRefused(f"{name} has {len(at)} columns for {meaning}; one is needed.")
        found[meaning] = at[0]
    return found


def read_counties(name: str, data: bytes, text: str) -> FeeFile:
    """One locality-county file; an empty state repeats the one above. Raises: ImportRefused."""
    rows = csv_rows(text)
    at = heading_at(rows, "LOCALITY NUMBER", "COUNTIES")
    if at is None:
        raise ImportRefused(f"{name} has no heading with Locality Number and Counties.")
    year = year_in(name, " ".join(" ".join(row) for _, row in rows[: at + 1]))
    state = [""]

    def one(line: int, row: Sequence[str]) -> CountyRow:
        where = locality(row[0], row[1])
        state[0] = row[2] or state[0]
        return CountyRow(line, where, state[0], row[3].rstrip("* "), row[4])

    found, problems = _each(
        rows[at + 1 :], 4, one, lambda row: (row.locality, row.counties, row.area)
    )
    return _file("counties", name, data, year, date(year, 1, 1), found, problems, "5 columns")


def read_zip(name: str, data: bytes, text: str) -> FeeFile:
    """One ZIP5 file: fixed positions, the last five the year and quarter. Raises: ImportRefused."""
    lines = [(i, [line]) for i, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise ImportRefused(f"{name} is empty.")
    stamp = lines[0][1][0][75:80]
    if not re.fullmatch(r"20\d{2}[1-4]", stamp):
        raise ImportRefused(
            f"{name} does not end its lines with year and quarter; the layout is {_ZIP_WIDTH} wide."
        )
    year, quarter = int(stamp[:4]), int(stamp[4])

    def one(line: int, row: Sequence[str]) -> ZipRow:
        record = row[0]
        if not _ZIP_LINE.match(record):
            raise BadCell("record", "the line is not state, ZIP, contractor and locality")
        if record[75:80] != stamp:
            raise BadCell(
                "year/quarter", f"{record[75:80]!r} differs from the first line's {stamp}"
            )
        where = locality(record[7:12], record[12:14])
        return ZipRow(line, record[2:7], where, record[:2], record[14].strip(), record[20] == "1")

    found, problems = _each(lines, 0, one, lambda row: row.zip5)
    first = quarter_start(year, list(RELEASES.values())[quarter - 1])
    return _file("zip", name, data, year, first, found, problems, f"{_ZIP_WIDTH} characters")


def read_amounts(name: str, data: bytes, text: str) -> FeeFile:
    """One payment amount file, without its trailer lines. Raises: ImportRefused."""
    rows = [(line, row) for line, row in csv_rows(text) if row and not row[0].startswith("TRL")]
    if not rows or not rows[0][1][0].isdigit():
        raise ImportRefused(f"{name} holds no payment amounts.")
    year = int(rows[0][1][0])

    def one(line: int, row: Sequence[str]) -> AmountRow:
        if row[0] != str(year):
            raise BadCell("year", f"{row[0][:20]!r} differs from the first line's {year}")
        usd = [number(word, row[at]) for word, at in (("non-facility", 5), ("facility", 6))]
        where = locality(row[1], row[2])
        return AmountRow(line, where, code(row[3].upper()), row[4].upper(), row[9].upper(), *usd)

    found, problems = _each(
        rows, _AMOUNT_CELLS - 1, one, lambda row: (row.locality, row.code, row.modifier)
    )
    layout = f"{_AMOUNT_CELLS} cells"
    return _file("amounts", name, data, year, date(year, 1, 1), found, problems, layout)


def _each(
    rows: Rows,
    last_column: int,
    one: Callable[[int, Sequence[str]], R],
    key: Callable[[R], object],
) -> tuple[list[R], list[Problem]]:
    """Every row read; blank rows and footnotes (no contractor number) left out."""
    found: dict[object, R] = {}
    problems: list[Problem] = []
    for line, row in rows:
        if not any(row) or _is_footnote(row):
            continue
        try:
            if len(row) <= last_column:
                raise BadCell("row", f"the row has {len(row)} cells; {last_column + 1} are needed")
            made = one(line, row)
        except BadCell as bad:
            problems.append(Problem("error", line, bad.column, f"{bad.reason}."))
            continue
        earlier = found.setdefault(key(made), made)
        if earlier is not made:
            problems.append(twice(earlier, made))
    return list(found.values()), problems


def _is_footnote(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return len(filled) == 1 and len(row) > 1


def _file(
    kind: str,
    name: str,
    data: bytes,
    year: int,
    first: date,
    rows: Sequence[Row],
    problems: Sequence[Problem],
    layout: str,
) -> FeeFile:
    return FeeFile(
        kind=kind,
        name=name,
        sha256=fingerprint(data),
        layout=layout,
        title=f"{year} {kind}",
        year=year,
        valid_from=first,
        valid_to=year_end(year),
        is_qp=None,
        rows=tuple(rows),
        problems=tuple(problems),
    )
