"""CMS's geography: GPCIs and counties of localities, and amounts by locality."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from ccm_core.errors import ImportRefused
from ccm_core.money.cms_text import (
    BadCell,
    code,
    csv_rows,
    heading_text,
    is_footnote,
    locality,
    number,
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
    fingerprint,
    twice,
)

Rows = Sequence[tuple[int, list[str]]]
_AMOUNT_CELLS = 16
_GPCI_WORDS = (("LOCALITY", "PE GPCI"), ("LOCALITY", "PRACTICE EXPENSE GPCI"))
R = TypeVar("R", bound=Row)


def heading_at(rows: Rows, *words: str) -> int | None:
    """The first row whose headings hold all these words."""
    for at, (_, row) in enumerate(rows[:40]):
        text = " | ".join(heading_text(cell) for cell in row)
        if all(word in text for word in words):
            return at
    return None


def is_gpci(rows: Rows) -> bool:
    """Whether these are the rows of a GPCI file."""
    return _gpci_heading(rows) is not None


def _gpci_heading(rows: Rows) -> int | None:
    return next((at for words in _GPCI_WORDS if (at := heading_at(rows, *words)) is not None), None)


def is_counties(rows: Rows) -> bool:
    """Whether these are the rows of a locality-county file."""
    return heading_at(rows, "LOCALITY NUMBER", "COUNTIES") is not None


def is_amounts(rows: Rows) -> bool:
    """Whether the first row is a payment amount record."""
    first = rows[0][1] if rows else []
    return len(first) == _AMOUNT_CELLS and bool(re.fullmatch(r"20\d{2}", first[0]))


def read_gpci(name: str, data: bytes, text: str) -> FeeFile:
    """One GPCI file. Raises: ImportRefused."""
    rows = csv_rows(text)
    at = _gpci_heading(rows)
    if at is None:
        raise ImportRefused(f"{name} has no heading with Locality Number and PE GPCI.")
    heading = [heading_text(cell) for cell in rows[at][1]]
    columns = _gpci_columns(name, heading)
    above = " ".join(" ".join(row) for _, row in rows[:at])
    year = year_in(name, f"{heading[columns['PE']]} {above}")

    def one(line: int, row: Sequence[str]) -> GpciRow:
        indices = [number(word, row[columns[word]], "0.1", "5") for word in ("WORK", "PE", "MP")]
        return GpciRow(
            line,
            locality(row[columns["CONTRACTOR"]], row[columns["NUMBER"]]),
            row[columns["STATE"]].upper(),
            row[columns["NAME"]].rstrip("* "),
            *indices,
        )

    found, problems = each(rows[at + 1 :], max(columns.values()), one, lambda row: row.locality)
    return file_of(
        "gpci", name, data, year, date(year, 1, 1), found, problems, f"{len(columns)} columns"
    )


def _gpci_columns(name: str, heading: Sequence[str]) -> dict[str, int]:
    """Positions by meaning. Where the work index stands twice, the one with the floor counts."""
    rules: dict[str, Callable[[str], bool]] = {
        "CONTRACTOR": lambda text: (
            "CONTRACTOR" in text or "MAC" in text.split() or text.startswith("CARRIER")
        ),
        "STATE": lambda text: text == "STATE",
        "NUMBER": lambda text: text in ("LOCALITY NUMBER", "LOCALITY"),
        "NAME": lambda text: text == "LOCALITY NAME",
        "WORK": lambda text: "GPCI" in text and ("PW" in text or "WORK" in text),
        "PE": lambda text: "PE GPCI" in text or "PRACTICE EXPENSE GPCI" in text,
        "MP": lambda text: "MP GPCI" in text or "MALPRACTICE GPCI" in text,
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
    columns = _county_columns(name, [heading_text(cell) for cell in rows[at][1]])
    state = [""]

    def one(line: int, row: Sequence[str]) -> CountyRow:
        carrier, number_text, said, area, counties = (row[i] for i in columns)
        state[0] = said or state[0]
        where = locality(carrier, number_text)
        return CountyRow(line, where, state[0], area.rstrip("* "), counties)

    found, problems = each(
        rows[at + 1 :], max(columns), one, lambda row: (row.locality, row.counties, row.area)
    )
    return file_of("counties", name, data, year, date(year, 1, 1), found, problems, "5 columns")


def _county_columns(name: str, heading: Sequence[str]) -> list[int]:
    """Positions of contractor, number, state, area and counties."""
    found = []
    for word in ("CONTRACTOR", "LOCALITY NUMBER", "STATE", "AREA", "COUNTIES"):
        at = [i for i, text in enumerate(heading) if word in text and i not in found]
        if not at:
            raise ImportRefused(f"{name} has no column headed {word}.")
        found.append(at[0])
    return found


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

    found, problems = each(
        rows, _AMOUNT_CELLS - 1, one, lambda row: (row.locality, row.code, row.modifier)
    )
    layout = f"{_AMOUNT_CELLS} cells"
    return file_of("amounts", name, data, year, date(year, 1, 1), found, problems, layout)


def each(
    rows: Rows,
    last_column: int,
    one: Callable[[int, Sequence[str]], R],
    key: Callable[[R], object],
    is_remark: Callable[[Sequence[str]], bool] = is_footnote,
) -> tuple[list[R], list[Problem]]:
    """Every row read; blank rows and remarks left out."""
    found: dict[object, R] = {}
    problems: list[Problem] = []
    for line, row in rows:
        if not any(row) or is_remark(row):
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


def file_of(
    kind: str,
    name: str,
    data: bytes,
    year: int,
    first: date,
    rows: Sequence[Row],
    problems: Sequence[Problem],
    layout: str,
) -> FeeFile:
    """The file as read, in force from its first day to the end of its year."""
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
