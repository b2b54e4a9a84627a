"""The record kinds that tables can hold: one list of columns, read from data/import_columns.csv.

Import, templates and the page that maps foreign headers all ask this list, so
that a column is described once.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from ccm_core import tables
from ccm_core.errors import UsageError
from ccm_core.exchange import cells

EXAMPLE = "EXAMPLE-"
"""Identifiers in a template's example row begin like this; such rows are set aside."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a record kind."""

    name: str
    reads: str
    needed: str
    """``cell``: never empty; ``header``: the column must exist; else empty."""
    example: str
    meaning: str

    @property
    def is_date(self) -> bool:
        return self.reads in cells.DATE_READERS

    @property
    def words(self) -> tuple[str, ...]:
        """The words that a cell may hold, if they are limited."""
        family, _, name = self.reads.partition(":")
        return cells.WORDS.get(name or family, ())


@dataclass(frozen=True, slots=True)
class Form:
    """The columns of one record kind, in the order of its template."""

    kind: str
    columns: Mapping[str, Column]

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns without which a table is not of this kind."""
        return tuple(name for name, column in self.columns.items() if column.needed)


NEEDED_ONE_OF: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "time_entries": (
        ("started_at", "on"),
        ("minutes", "seconds", "hours", "hours_minutes", "minutes_seconds", "ended_at"),
    ),
    "patients": (("family_name", "full_name"),),
    "coverage": (("kind", "name"),),
    "claims": (("month", "service_on"),),
}
"""Kinds of which one column of each group must be there."""


@functools.cache
def forms() -> Mapping[str, Form]:
    """Every form by its kind, for example ``time_entries``."""
    found: dict[str, dict[str, Column]] = {}
    for row in tables.load("import_columns", "kind", "column").rows:
        column = Column(row["column"], row["reads"], row["needed"], row["example"], row["meaning"])
        found.setdefault(row["kind"], {})[column.name] = column
    return {kind: Form(kind, columns) for kind, columns in found.items()}


def form(kind: str) -> Form:
    """The form of a kind. Raises: UsageError."""
    try:
        return forms()[kind]
    except KeyError:
        raise UsageError(
            f"{kind!r} is not a kind of record. There are: {', '.join(forms())}."
        ) from None


def lacking(kind: str, columns: frozenset[str]) -> tuple[str, ...]:
    """Needed columns that are not among these; alternatives are joined by ``or``."""
    missing = [name for name in form(kind).needed if name not in columns]
    groups = NEEDED_ONE_OF.get(kind, ())
    missing += [" or ".join(group) for group in groups if not columns.intersection(group)]
    return tuple(missing)
