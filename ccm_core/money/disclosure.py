"""Small cells: counts of 1 to 10 are not shown, and cannot be worked out from what is.

Every hidden count, small or hidden to protect a small one, looks the same. A
reader may know this method: that no zero is ever hidden, and that shown counts
are true. Two tests must hold before a table is shown. No equation of the table
may pin a small count down (in the graph of rows and columns joined by hidden
cells, it must lie on a cycle), and the hidden counts of a line must leave room
for each of them to be more than ten.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

SMALLEST_SHOWN = 11
ROUGH_USD = 1000
DOMINANT_SHARE = Decimal("0.85")
HIDDEN = "hidden"

Cell = tuple[int, int]
Key = TypeVar("Key", bound=Hashable)


def is_small(count: int) -> bool:
    """Whether a count may not be shown: zero may."""
    return 0 < count < SMALLEST_SHOWN


def suppress(count: int) -> str:
    """One count that stands alone, as text; ``1-10`` when it is small."""
    return f"1-{SMALLEST_SHOWN - 1}" if is_small(count) else str(count)


def suppress_nested(counts: Sequence[int]) -> list[str]:
    """Counts of which each is a part of the one before, as text.

    A step is hidden when it is small, or when so few were lost since the last
    step shown: no two shown steps then tell a small count by their difference.
    """
    shown: list[str] = []
    last: int | None = None
    for count in counts:
        if is_small(count) or (last is not None and is_small(abs(last - count))):
            shown.append(HIDDEN)
            continue
        shown.append(str(count))
        last = count
    return shown


def suppress_series(counts: Sequence[int]) -> list[str]:
    """How many one group had at successive moments, as text; the newest goes first.

    A count is hidden when it is small, or when one to ten more came than left between it
    and a moment that is shown. One hidden alone takes another with it, because a total
    over all moments would give it away.
    """
    shown: dict[int, int] = {}
    for place in reversed(range(len(counts))):
        count = counts[place]
        if not is_small(count) and not any(is_small(abs(count - n)) for n in shown.values()):
            shown[place] = count
    if len(counts) - len(shown) == 1 and shown:
        del shown[min(shown)]
    return [str(count) if place in shown else HIDDEN for place, count in enumerate(counts)]


def joined_bins(bins: Mapping[int, int], width: int) -> list[tuple[int, int, int]]:
    """Bins of which none holds 1 to 10: first, last, number. Small ones join a neighbour."""
    found: list[tuple[int, int, int]] = []
    for first, number in sorted(bins.items()):
        last = first + width - 1
        if found and (is_small(found[-1][2]) or is_small(number)):
            before = found.pop()
            found.append((before[0], last, before[2] + number))
        elif number:
            found.append((first, last, number))
    return [] if any(is_small(number) for _, _, number in found) else found


def rough_usd(amount: Decimal) -> Decimal:
    """Dollars to the nearest thousand: exact ones, over a fixed fee, are a count of patients."""
    return (amount / ROUGH_USD).quantize(Decimal(1)) * ROUGH_USD


def is_dominated(largest_share: Decimal) -> bool:
    """Whether one practitioner has so much of an amount that it tells that person's earnings."""
    return largest_share > DOMINANT_SHARE


def suppress_row(counts: Mapping[Key, int]) -> tuple[dict[Key, str], str]:
    """Counts and their total, as text."""
    shown = suppress_table([list(counts.values())])
    return dict(zip(counts, shown.cells[0], strict=True)), shown.row_totals[0]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as text, with its totals."""

    cells: list[list[str]]
    row_totals: list[str]
    column_totals: list[str]
    grand_total: str


def suppress_table(rows: Sequence[Sequence[int]]) -> Shown:
    """A table of counts with row, column and grand totals, safe to show."""
    grid = _with_totals(rows)
    hidden = _hidden(grid)
    text = [
        [HIDDEN if (r, c) in hidden else str(n) for c, n in enumerate(row)]
        for r, row in enumerate(grid)
    ]
    return Shown(
        cells=[row[:-1] for row in text[:-1]],
        row_totals=[row[-1] for row in text[:-1]],
        column_totals=text[-1][:-1],
        grand_total=text[-1][-1],
    )


def _with_totals(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    grid = [[*row, sum(row)] for row in rows]
    return [*grid, [sum(column) for column in zip(*grid, strict=True)]]


def _hidden(grid: list[list[int]]) -> set[Cell]:
    hidden = {(r, c) for r, row in enumerate(grid) for c, n in enumerate(row) if is_small(n)}
    while True:
        needed = _too_tight(grid, hidden) or _pinned(grid, hidden)
        if needed is None:
            return hidden
        hidden.add(needed)


def _lines(grid: list[list[int]]) -> list[list[Cell]]:
    """Every row and every column; the last cell of a line is its total."""
    height, width = len(grid), len(grid[0])
    across = [[(r, c) for c in range(width)] for r in range(height)]
    return across + [[(r, c) for r in range(height)] for c in range(width)]


def _too_tight(grid: list[list[int]], hidden: set[Cell]) -> Cell | None:
    """A cell to hide because a line's hidden sum leaves its small counts too little room."""
    for line in _lines(grid):
        parts = [cell for cell in line[:-1] if cell in hidden]
        if line[-1] in hidden or not any(is_small(grid[r][c]) for r, c in parts):
            continue
        room = sum(grid[r][c] for r, c in parts) - (len(parts) - 1)
        if room < SMALLEST_SHOWN:
            return _next(grid, hidden, line)
    return None


def _pinned(grid: list[list[int]], hidden: set[Cell]) -> Cell | None:
    """A cell to hide because the equations of the table pin a small count down."""
    for r, c in sorted(hidden):
        if is_small(grid[r][c]) and not _is_on_cycle((r, c), hidden):
            beside = [(r, other) for other in range(len(grid[0]))]
            beside += [(other, c) for other in range(len(grid))]
            everywhere = [cell for line in _lines(grid) for cell in line]
            found = _next(grid, hidden, beside) or _next(grid, hidden, everywhere)
            if found is not None:
                return found
    return None


def _next(grid: list[list[int]], hidden: set[Cell], cells: Sequence[Cell]) -> Cell | None:
    """The smallest count above zero among these cells that is still shown."""
    shown = [cell for cell in cells if cell not in hidden and grid[cell[0]][cell[1]]]
    return min(shown, key=lambda cell: (grid[cell[0]][cell[1]], cell), default=None)


def _is_on_cycle(cell: Cell, hidden: set[Cell]) -> bool:
    """Whether row and column of the cell stay joined by hidden cells without it."""
    others = hidden - {cell}
    rows, columns = {cell[0]}, set[int]()
    while True:
        wider = columns | {c for r, c in others if r in rows}
        reached = rows | {r for r, c in others if c in wider}
        if (wider, reached) == (columns, rows):
            return cell[1] in columns
        columns, rows = wider, reached
