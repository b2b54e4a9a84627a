"""A sheet as a list of columns: each knows its formula and, for readers without one, its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HEADER_ROWS = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``formula`` gives the text after ``=`` for a row; None: a plain value."""

    key: str
    heading: str
    value: Callable[[int], float | str]
    formula: Callable[[int], str] | None = None
    form: str = "usd"


class Grid:
    """A sheet of columns with addresses by key."""

    def __init__(self, name: str, title: str, height: int, has_totals: bool = False) -> None:
        self.name = name
        self.title = title
        self.height = height
        self.has_totals = has_totals
        self.columns: list[Column] = []
        self._at: dict[str, int] = {}

    def add(self, column: Column) -> None:
        """One more column to the right."""
        self._at[column.key] = len(self.columns)
        self.columns.append(column)

    def heading(self, key: str) -> str:
        return self.columns[self._at[key]].heading

    def ref(self, key: str, i: int) -> str:
        """The cell of a row, for example ``$F4``."""
        return f"${letters(self._at[key])}{HEADER_ROWS + i + 1}"

    def out(self, key: str, i: int) -> str:
        """The cell of a row, seen from another sheet."""
        return f"{self.name}!{self.ref(key, i)}"

    def span(self, key: str, first: int = 0, last: int | None = None) -> str:
        """The cells of several rows, absolute: ``$F$4:$F$39``."""
        at = letters(self._at[key])
        end = self.height - 1 if last is None else last
        return f"${at}${HEADER_ROWS + first + 1}:${at}${HEADER_ROWS + end + 1}"

    def outer_span(self, key: str, first: int, last: int) -> str:
        """The cells of several rows, seen from another sheet."""
        return f"{self.name}!{self.span(key, first, last)}"

    def carried(self, key: str, exact: str, lag: int = 0) -> Callable[[int], str]:
        """The formula of a column in cents that hands its rounding error on, as ``Carry`` does.

        With a ``lag`` the amounts of earlier rows arrive in this one.
        """

        def formula(i: int) -> str:
            if i < lag:
                return "0"
            so_far = f"ROUND(SUM({self.span(exact, 0, i - lag)}),2)"
            if not i:
                return so_far
            return f"ROUND({so_far}-SUM({self.span(key, 0, i - 1)}),2)"

        return formula


def letters(at: int) -> str:
    """Column letters: 0 is A, 26 is AA."""
    text = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
