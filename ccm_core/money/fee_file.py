"""What an imported fee file holds: typed rows, what is wrong with it, and its dates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ccm_core.errors import UsageError

KINDS = {
    "rvu": "relative values and conversion factor (PPRRVU)",
    "gpci": "geographic practice cost indices (GPCI)",
    "zip": "ZIP code to locality (ZIP5)",
    "counties": "counties of localities (LOCCO)",
    "amounts": "payment amounts by locality (PFALL or PFREV)",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or odd. An ``error`` keeps the file from being stored."""

    level: str
    """``error``, ``warning`` or ``notice``."""
    line: int
    """Line in the file, or 0 for the file as a whole."""
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class RvuRow:
    """One code (and modifier) of a relative value file. No descriptor: those are the AMA's."""

    line: int
    code: str
    modifier: str
    status: str
    work_rvu: Decimal
    nonfacility_pe_rvu: Decimal
    facility_pe_rvu: Decimal
    mp_rvu: Decimal
    nonfacility_na: bool
    facility_na: bool
    nonfacility_total: Decimal
    facility_total: Decimal
    conversion_factor: Decimal


@dataclass(frozen=True, slots=True)
class GpciRow:
    """One locality's indices. ``locality`` is ``MAC-NN``."""

    line: int
    locality: str
    state: str
    name: str
    work_gpci: Decimal
    pe_gpci: Decimal
    mp_gpci: Decimal


@dataclass(frozen=True, slots=True)
class ZipRow:
    """One ZIP code. ``is_split`` says that its last four digits decide."""

    line: int
    zip5: str
    locality: str
    state: str
    rural: str
    is_split: bool


@dataclass(frozen=True, slots=True)
class CountyRow:
    """The counties of one locality, as CMS words them."""

    line: int
    locality: str
    state_name: str
    area: str
    counties: str


@dataclass(frozen=True, slots=True)
class AmountRow:
    """One published payment amount, already multiplied out by CMS."""

    line: int
    locality: str
    code: str
    modifier: str
    status: str
    nonfacility_usd: Decimal
    facility_usd: Decimal


Row = RvuRow | GpciRow | ZipRow | CountyRow | AmountRow


@dataclass(frozen=True, slots=True)
class FeeFile:
    """One file as read: rows that are sound, problems, and when it is in force."""

    kind: str
    name: str
    sha256: str
    layout: str
    """How the columns were found, in words."""
    title: str
    year: int
    valid_from: date
    valid_to: date
    is_qp: bool | None
    """True or False for files of (non-)qualifying participants, None where there is one."""
    rows: tuple[Row, ...] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    @property
    def is_storable(self) -> bool:
        """Whether it has rows and no error."""
        return bool(self.rows) and not any(p.level == "error" for p in self.problems)

    def dated(self, valid_from: date, valid_to: date) -> FeeFile:
        """The same file in force on other days. Raises: UsageError."""
        if valid_to < valid_from:
            raise UsageError(
                f"{valid_from} to {valid_to} was asked; the last day is before the first."
            )
        return replace(self, valid_from=valid_from, valid_to=valid_to)

    def with_problems(self, problems: Iterable[Problem]) -> FeeFile:
        """The same file with more problems."""
        return replace(self, problems=(*self.problems, *problems))

    def preview(self, count: int = 10) -> tuple[Row, ...]:
        """The first rows, for a person to look at before storing."""
        return self.rows[:count]


def twice(earlier: Row, later: Row) -> Problem:
    """A row that stands twice: harmless when both say the same (CMS does it), else an error."""
    is_same = replace(later, line=earlier.line) == earlier
    told = "says the same" if is_same else "says something else"
    level = "warning" if is_same else "error"
    return Problem(level, later.line, "row", f"Line {earlier.line} is for the same key and {told}.")


def fingerprint(data: bytes) -> str:
    """SHA-256 of the file's bytes: what tells two imports of one file apart from two files."""
    return hashlib.sha256(data).hexdigest()
