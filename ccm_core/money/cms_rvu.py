"""CMS's relative value file (PPRRVU): columns are found by their headings, not by position.

The headings stand above each other on four lines; 2026 put a column before
the conversion factor, so positions of one year misread another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from ccm_core import overlay, tables
from ccm_core.errors import ImportRefused
from ccm_core.money.cms_text import (
    RELEASES,
    BadCell,
    code,
    csv_rows,
    heading_text,
    is_footnote,
    number,
    quarter_start,
    year_end,
    year_in,
)
from ccm_core.money.fee_file import FeeFile, Problem, RvuRow, fingerprint, twice

Rows = Sequence[tuple[int, list[str]]]
_HEADING_LINES = 4
_CODE_HEADS, _MODIFIER_HEADS = {"HCPCS", "HCPCS CODE"}, {"MOD", "MODIFIER"}
_LETTER = re.compile(r"RVU(?:20)?\d{2}([A-D])R?(?![A-Z])")
"""CMS numbers the releases of a year A to D: ``RVU25C`` is July's."""
NO_RELEASE = "release not named"
_COLUMNS = {
    "status": "STATUS CODE",
    "work_rvu": "WORK RVU",
    "nonfacility_pe_rvu": "NON-FAC PE RVU",
    "nonfacility_na": "NON-FAC NA INDICATOR",
    "facility_pe_rvu": "FACILITY PE RVU",
    "facility_na": "FACILITY NA INDICATOR",
    "mp_rvu": "MP RVU",
    "nonfacility_total": "NON-FACILITY TOTAL",
    "facility_total": "FACILITY TOTAL",
    "conversion_factor": "CONV FACTOR",
}
_NUMBERS = tuple(
    name for name in _COLUMNS if name not in ("status", "nonfacility_na", "facility_na")
)
_SAME_WORDS = (("CONVERSION", "CONV"), ("NON-FACILITY PE", "NON-FAC PE"),
               ("NON-FACILITY NA", "NON-FAC NA"), ("NONFACILITY", "NON-FACILITY"))  # fmt: skip
"""Words of a heading that mean the same."""
_PROPOSED = re.compile(r"\bPROPOSED\b", re.IGNORECASE)
_RELEASED = re.compile(r"RELEASED\s+(\d{1,2})/(\d{1,2})/(\d{4})", re.IGNORECASE)


def is_rvu(rows: Rows) -> bool:
    """Whether these are the rows of a relative value file."""
    return _heading_at(rows) is not None


def read_rvu(name: str, data: bytes, text: str) -> FeeFile:
    """One relative value file. Raises: ImportRefused when it is not one."""
    rows = csv_rows(text)
    at = _heading_at(rows)
    if at is None:
        raise ImportRefused(f"{name} has no row that starts with HCPCS and MOD.")
    title = " ".join(cell for _, row in rows[:at] for cell in row[:4] if cell)
    # Apart: the word copyright in one cell says nothing of a year in the next.
    year = year_in(name, " | ".join(cell for _, row in rows[:at] for cell in row[:4] if cell))
    columns = _columns(name, rows[max(0, at - _HEADING_LINES + 1) : at + 1])
    release, first = _release(title, name, year)
    found, problems = _rows(rows[at + 1 :], columns)
    is_qp = _is_qp(name, found, first)
    return FeeFile(
        kind="rvu",
        name=name,
        sha256=fingerprint(data),
        layout=f"{len(rows[at][1])} columns, conversion factor in column "
        f"{columns['conversion_factor'] + 1}",
        title=f"{year} relative values, {release}",
        year=year,
        valid_from=first,
        valid_to=year_end(year),
        is_qp=is_qp,
        rows=tuple(found),
        problems=(
            *_about_release(title, name, first), *problems, *_about_factor(found),
            *_about_participants(is_qp, first),
        ),
    )  # fmt: skip


def _heading_at(rows: Rows) -> int | None:
    for at, (_, row) in enumerate(rows[:40]):
        heads = {heading_text(cell) for cell in row}
        if heads & _CODE_HEADS and heads & _MODIFIER_HEADS:
            return at
    return None


def _columns(name: str, heading: Rows) -> dict[str, int]:
    width = max(len(row) for _, row in heading)
    labels = [
        _label(" ".join(row[i] for _, row in heading if i < len(row) and row[i]))
        for i in range(width)
    ]
    last = [heading_text(cell) for cell in heading[-1][1]]
    found = {"code": next(i for i, head in enumerate(last) if head in _CODE_HEADS)}
    found["modifier"] = next(i for i, head in enumerate(last) if head in _MODIFIER_HEADS)
    for column, label in _COLUMNS.items():
        at = [i for i, text in enumerate(labels) if text == label]
        if len(at) != 1:
            raise ImportRefused(
                f"{name} has {len(at)} columns headed {label}; exactly one is needed. Import the "
                "file with its heading lines as CMS publishes them."
            )
        found[column] = at[0]
    return found


def _label(text: str) -> str:
    label = heading_text(text)
    for other, usual in _SAME_WORDS:
        label = label.replace(other, usual)
    return label


def _release(title: str, name: str, year: int) -> tuple[str, date]:
    """The release that the title names, else the file's name, else January."""
    for month, start in RELEASES.items():
        if re.search(rf"{month}\b[^.]{{0,10}}RELEASE\b", title.upper()):
            return f"{month.capitalize()} release", quarter_start(year, start)
    for month, start in RELEASES.items():
        if re.search(_short(month), name.upper()):
            return f"{month.capitalize()} release", quarter_start(year, start)
    if lettered := _LETTER.search(name.upper()):
        month = list(RELEASES)["ABCD".index(lettered[1])]
        return f"{month.capitalize()} release", quarter_start(year, RELEASES[month])
    return NO_RELEASE, quarter_start(year, 1)


def _short(month: str) -> str:
    """A month as file names have it: ``_Oct`` or ``_OCTOBER``, not a part of a word."""
    return rf"(?<![A-Z]){month[:3]}({month[3:]})?(?![A-Z])"


def _is_qp(name: str, rows: Sequence[RvuRow], first: date) -> bool | None:
    """Whose file it is: by its name, else by a conversion factor that is on record."""
    lowered = re.sub(r"[^a-z]", "", name.lower())
    if "qpp" in lowered:
        return "nonqpp" not in lowered
    factors = {row.conversion_factor for row in rows if row.conversion_factor}
    with overlay.pinned(overlay.EMPTY):
        shipped = tables.load("conversion_factors", "basis")
    for basis, answer in (("qualifying", True), ("nonqualifying", False)):
        known = shipped.find(basis, on=first)
        if known is not None and {known.number("conversion_factor")} == factors:
            return answer
    return None


def _about_participants(is_qp: bool | None, first: date) -> Iterator[Problem]:
    """Where two schedules exist, a file that does not tell which one it is asks for a look."""
    if is_qp is None and not has_one_factor(first):
        yield Problem(
            "warning", 0, "participants",
            "From 2026 on there are two files, for participants who qualify (QPP) and for those "
            "who do not (nonQPP). This one does not say; it is taken for those who do not.",
        )  # fmt: skip


def has_one_factor(on: date) -> bool:
    """Whether one conversion factor is for everybody on that day, as until 2025."""
    with overlay.pinned(overlay.EMPTY):
        common = tables.load("conversion_factors", "basis").history("all")
    return bool(common) and on <= common[-1].valid_to


def _about_release(title: str, name: str, first: date) -> Iterator[Problem]:
    if _PROPOSED.search(title) or _PROPOSED.search(name.replace("_", " ")):
        yield Problem(
            "error", 0, "title",
            "The file says that it is a proposed schedule. Proposed amounts pay nothing; import "
            "the final file.",
        )  # fmt: skip
    if _release(title, name, first.year)[0] == NO_RELEASE:
        yield Problem(
            "warning", 0, "release",
            f"Neither title nor name says which release this is; {first} is taken as its first "
            "day. Check it.",
        )  # fmt: skip
    found = _RELEASED.search(title)
    if found is None:
        yield Problem("notice", 0, "release", "The file does not say when it was released.")
        return
    try:
        released = date(int(found[3]), int(found[1]), int(found[2]))
    except ValueError:
        yield Problem("warning", 0, "release", f"{found[0]} is not a date.")
        return
    if released > first:
        yield Problem(
            "warning", 0, "release",
            f"Released on {released}, after its first day {first}: an amended file may be in force "
            "only from a later day (2024 changed on 9 March). Check the first day.",
        )  # fmt: skip


def _rows(rows: Rows, columns: Mapping[str, int]) -> tuple[list[RvuRow], list[Problem]]:
    found: dict[tuple[str, str], RvuRow] = {}
    problems: list[Problem] = []
    for line, row in rows:
        if not any(row) or is_footnote(row):
            continue
        try:
            made = _row(line, row, columns)
        except BadCell as bad:
            problems.append(Problem("error", line, bad.column, f"{bad.reason}."))
            continue
        key = (made.code, made.modifier)
        if key in found:
            problems.append(twice(found[key], made))
            continue
        found[key] = made
        problems.extend(_sums(made))
    return list(found.values()), problems


def _row(line: int, row: Sequence[str], columns: Mapping[str, int]) -> RvuRow:
    if len(row) <= max(columns.values()):
        raise BadCell("row", f"the row has {len(row)} cells, fewer than the heading")
    numbers = {name: number(_COLUMNS[name], row[columns[name]]) for name in _NUMBERS}
    status = row[columns["status"]].upper()
    if len(status) != 1 or not status.isalpha():
        raise BadCell("STATUS CODE", f"{status[:20]!r} is not a status letter")
    return RvuRow(
        line=line,
        code=code(row[columns["code"]].upper()),
        modifier=row[columns["modifier"]].upper(),
        status=status,
        nonfacility_na=_is_na(row[columns["nonfacility_na"]], "nonfacility_na"),
        facility_na=_is_na(row[columns["facility_na"]], "facility_na"),
        **numbers,
    )


def _is_na(text: str, column: str) -> bool:
    if text.upper() not in ("", "NA"):
        raise BadCell(_COLUMNS[column], f"{text[:20]!r} is neither NA nor empty")
    return text != ""


def _sums(row: RvuRow) -> Iterator[Problem]:
    """CMS prints each total beside its three parts: they must agree."""
    for setting in ("nonfacility", "facility"):
        pe: Decimal = getattr(row, f"{setting}_pe_rvu")
        total: Decimal = getattr(row, f"{setting}_total")
        parts = row.work_rvu + pe + row.mp_rvu
        if parts != total:
            yield Problem(
                "error", row.line, _COLUMNS[f"{setting}_total"],
                f"{row.code}: work {row.work_rvu}, practice expense {pe} and malpractice "
                f"{row.mp_rvu} make {parts}; the file says {total}.",
            )  # fmt: skip


def _about_factor(rows: Sequence[RvuRow]) -> Iterator[Problem]:
    factors = sorted({row.conversion_factor for row in rows if row.conversion_factor})
    if len(factors) != 1:
        told = ", ".join(map(str, factors[:5])) or "none"
        yield Problem(
            "error", 0, "CONV FACTOR", f"One conversion factor is needed; the file has {told}."
        )
