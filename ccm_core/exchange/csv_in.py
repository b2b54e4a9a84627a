"""Delimited text to rows, strictly, each with the physical line it begins on.

A row that breaks the rules is reported alone: reading goes on with the next
line, so that one stray quote never swallows the rest of a file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ccm_core.errors import ImportRefused
from ccm_core.exchange import limits
from ccm_core.exchange.rejects import RowProblem, mask

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of any table: its cells, or the problem that kept them from being read."""

    line: int
    record: int
    cells: tuple[str, ...] = ()
    problem: RowProblem | None = None
    origin: str = ""
    """The header of the diagnosis, where several stand side by side."""
    part: int = 0
    """More than 0: a further diagnosis of the same cell."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its header, where it stands, and its rows."""

    header: tuple[str, ...]
    header_line: int
    rows: Callable[[], Iterator[Row]]
    """Starts reading anew each time it is called."""
    delimiter: str = ""
    last_line: int = 0
    titles: int = 0
    """Rows above the header that were left out."""
    """Where the table ends, so that readers can tell how far they are."""


def read(text: str, count_known: Callable[[list[str]], int]) -> Sheet:
    """The table in a text. ``count_known`` tells how many names of a header are known.

    Raises: ImportRefused (rules I03, I06, I10).
    """
    lines = list(io.StringIO(text, newline=""))
    first, declared = _header_line(lines)
    titles = _titles(lines[first:], declared, count_known)
    first += titles
    delimiter = declared or _delimiter(lines[first], count_known)
    header = _header(lines, first, delimiter)
    limits.require(len(lines), limits.MAX_ROWS + first + 1, "the number of lines")
    names, height = header
    names = named(names, lambda: _rows(lines, first + height, delimiter, len(names)))
    return Sheet(
        names, first + 1, lambda: _rows(lines, first + height, delimiter, len(names)), delimiter,
        len(lines), titles,
    )  # fmt: skip


def _header_line(lines: list[str]) -> tuple[int, str]:
    """Index of the header and the separator that a ``sep=`` line declares."""
    declared = ""
    for index, line in enumerate(lines):
        plain = line.strip("\r\n \t")
        if plain.lower().startswith("sep=") and len(plain) == 5:
            declared = plain[4]
        elif line.strip("\r\n").lower() == "sep=\t":
            declared = "\t"
        elif plain and not plain.startswith("#"):
            return index, declared
    raise ImportRefused("I06: the file has no header. The first row must name the columns.")


def _titles(lines: list[str], declared: str, count_known: Callable[[list[str]], int]) -> int:
    """How many rows of titles stand above the header: few filled cells, and no name known.

    Only when a row with several known names, and wide enough, follows; else the first row is
    the header.
    A row of headings over groups of columns is a title, too.
    """
    marks = (declared,) if declared else DELIMITERS
    rows = [[_parse_one(line, mark) for mark in marks] for line in lines[: MOST_TITLES + 1]]
    most = 0
    for index, read in enumerate(rows[:MOST_TITLES]):
        below = rows[index + 1] if index + 1 < len(rows) else [[] for _ in marks]
        if any(is_over(*pair, count_known) for pair in zip(read, below, strict=True)):
            continue
        named = [filled(names) for names in read if count_known(names) > 1]
        if named:
            return index if is_wide(max(named), most) else 0
        if not all(is_title(names, count_known) for names in read):
            return 0
        most = max(most, *map(filled, read))
    return 0


MOST_TITLES = 10
"""Rows above a header that may hold titles of a report."""


def filled(names: list[str]) -> int:
    """How many cells of a row hold something."""
    return sum(bool(name.strip()) for name in names)


def is_title(names: list[str], count_known: Callable[[list[str]], int]) -> bool:
    """Whether a row can be a title: few filled cells, and none is a column's name."""
    return filled(names) <= _MOST_IN_TITLE and not count_known(names)


def is_wide(header: int, title: int) -> bool:
    """Whether a header has more than enough names for the widest title above it.

    ``CCM report, run 4/1/2025`` stands above six names; two unknown names above a row of two
    known words are a header of its own.
    """
    return title <= 1 or header >= 2 * title


_MOST_IN_TITLE = 3


def is_over(names: list[str], below: list[str], count_known: Callable[[list[str]], int]) -> bool:
    """Whether a row with gaps only groups the columns that the row below names, every one."""
    has_gaps = any(names) and not all(name.strip() for name in names[: len(below)])
    return has_gaps and all(name.strip() for name in below) and count_known(below) > 1


def _parse_one(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _delimiter(line: str, count_known: Callable[[list[str]], int]) -> str:
    """The separator under which the header makes most sense. Raises: ImportRefused (I10)."""
    found = {mark: _parse_one(line, mark) for mark in DELIMITERS if mark in line}
    if not found:
        return ","
    score = {mark: (count_known(names), len(names)) for mark, names in found.items()}
    best = max(score.values())
    winners = [mark for mark, value in score.items() if value == best]
    if len(winners) > 1 or best[1] < 2:
        raise ImportRefused(
            "I10: the header can be read with more than one separator, or its quotes are broken. "
            "Save the file with commas, semicolons, tabs or bars."
        )
    return winners[0]


def _header(lines: list[str], first: int, delimiter: str) -> tuple[tuple[str, ...], int]:
    """The column names and the number of lines they take. Raises: ImportRefused (I03, I06)."""
    reader = csv.reader(lines[first : first + 20], delimiter=delimiter, strict=True)
    try:
        names = tuple(name.strip() for name in next(reader))
    except csv.Error:
        raise ImportRefused(f"I06: the header in line {first + 1} has broken quotes.") from None
    return names, reader.line_num


def named(names: tuple[str, ...], rows: Callable[[], Iterator[Row]]) -> tuple[str, ...]:
    """The header with a name for columns that hold nothing, not even a name.

    Raises: ImportRefused (rules I03, I06) for other headers without names.
    """
    blank = [place for place, name in enumerate(names) if not name]
    is_empty = bool(blank) and len(blank) < len(names) and all(
        row.cells and not any(row.cells[place].strip() for place in blank) for row in rows()
    )  # fmt: skip
    if is_empty:
        names = tuple(name or f"(empty column {place})" for place, name in enumerate(names, 1))
    require_header(names)
    return names


def require_header(names: tuple[str, ...]) -> None:
    """Refuse a header with an empty or repeated name. Raises: ImportRefused (I03, I06)."""
    limits.require(len(names), limits.MAX_COLUMNS, "the number of columns")
    if not all(names):
        place = names.index("") + 1
        raise ImportRefused(f"I06: column {place} has no name. Name it or take it out.")
    plain = [name.lower() for name in names]
    twice = next((name for name in plain if plain.count(name) > 1), "")
    if twice:
        # Not the name: a file without a header begins with somebody's row.
        one, other, *_ = (place for place, name in enumerate(plain, 1) if name == twice)
        raise ImportRefused(
            f"I06: columns {one} and {other} have one name ({mask(names[one - 1])}). "
            "Every column needs its own; the first row must name them."
        )


class _TooLongError(Exception):
    """A record spans more lines than a closed quote would."""


class _Lines:
    """Lines given out one by one; knows where it stands and can go back."""

    def __init__(self, lines: list[str], at: int) -> None:
        self.lines, self.at, self.began = lines, at, at

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        if self.at - self.began >= limits.MAX_RECORD_LINES:
            raise _TooLongError
        self.at += 1
        return self.lines[self.at - 1]


def _rows(lines: list[str], first: int, delimiter: str, width: int) -> Iterator[Row]:
    source = _Lines(lines, first)
    record = 0
    csv.field_size_limit(limits.MAX_JSON_CHARS)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.began = began = source.at
        try:
            found = next(reader, None)
            problem = None
        except (csv.Error, _TooLongError):
            found, problem = [], RowProblem("I21", "A quote in this row is not closed properly.")
        if found is None:
            return
        if not problem and len(found) != width and any(found):
            problem = RowProblem("I20", f"{len(found)} cells; the header has {width}.")
        if problem and source.at > began + 1:
            # The quote may have swallowed good rows: only its own line is lost.
            source.at = began + 1
            problem = RowProblem("I21", "A quote in this row is not closed properly.")
        if problem:
            record += 1
            reader = csv.reader(source, delimiter=delimiter, strict=True)
            yield Row(began + 1, record, problem=problem)
        elif any(cell and not cell.isspace() for cell in found):
            record += 1
            yield Row(began + 1, record, tuple(found))
