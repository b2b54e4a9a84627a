"""Where care is paid: Medicare localities, their GPCIs, and the locality of a ZIP code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ccm_core import long_tables, overlay, tables
from ccm_core.errors import NotInForce, UnknownLocality
from ccm_core.tables import Row

NATIONAL = "national"

_ZIP5 = re.compile(r"[0-9]{5}\Z")


@dataclass(frozen=True, slots=True)
class Locality:
    """One payment locality of one year. Its key is ``MAC-NN``, for example ``10112-00``."""

    locality: str
    state: str
    name: str
    estimate: bool


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """The locality of a ZIP code on a day, and what a person should know about it."""

    locality: str
    state: str
    notes: tuple[str, ...] = ()


@overlay.cached(256)
def localities(year: int) -> tuple[Locality, ...]:
    """Every locality of a calendar year. Raises: NotInForce."""
    return tuple(
        Locality(row["locality"], row["state"], row["name"], is_carried(row))
        for row in _gpci_of_year(year)
    )


@overlay.cached(4096)
def gpci(locality: str, on: date) -> Row:
    """The GPCI row of a locality on a day. Raises: NotInForce, UnknownLocality."""
    table = tables.load("gpci", "locality")
    row = table.find(locality, on=on)
    if row is None:
        _gpci_of_year(on.year)
        raise UnknownLocality(_no_such_locality(locality, on))
    return row


def is_carried(row: Row) -> bool:
    """Whether a GPCI was taken over from an earlier year: its amounts are estimates."""
    return row["basis"].startswith("carried")


def locality_of_zip(zip5: str, on: date) -> str:
    """The locality ``MAC-NN`` of a ZIP code. Raises: NotInForce, UnknownLocality."""
    return place_of_zip(zip5, on).locality


@overlay.cached(65536)
def place_of_zip(zip5: str, on: date) -> ZipPlace:
    """The locality of a ZIP code with notes. Raises: NotInForce, UnknownLocality.

    The ZIP file on record is of one vintage. Another year may use it, with a
    note, as long as no locality was merged into this one in between.
    """
    rows = long_tables.load("zip_localities").history(zip5)
    if not _ZIP5.match(zip5) or not rows:
        raise UnknownLocality(
            f"ZIP code {zip5} was asked; the ZIP table has no such code. "
            "Give five digits of a ZIP code in use, or a locality as MAC-NN."
        )
    row = next((each for each in rows if each.is_in_force(on)), rows[-1])
    gpci(row["locality"], on)
    _refuse_merged(row, on)
    return ZipPlace(row["locality"], row["state"], tuple(_zip_notes(row, on)))


def _refuse_merged(row: Row, on: date) -> None:
    """A locality that was smaller then: the ZIP code may have lain in another part."""
    others = [
        each["locality"]
        for each in _gpci_of_year(on.year)
        if each["merged_into"] == row["locality"] and each.is_in_force(on)
    ]
    if others:
        raise UnknownLocality(
            f"ZIP code {row['zip5']} on {on.isoformat()} was asked; the ZIP table begins "
            f"{row.valid_from.isoformat()}, and {row['locality']} was then divided from "
            f"{', '.join(others)}. Give the locality as MAC-NN."
        )


def _zip_notes(row: Row, on: date) -> list[str]:
    notes = []
    if not row.is_in_force(on):
        notes.append(
            f"ZIP table of {row.valid_from.isoformat()} to {row.valid_to.isoformat()} "
            f"used for {on.isoformat()}."
        )
    if row["is_split"] != "0":
        notes.append(
            f"ZIP code {row['zip5']} lies in more than one locality; "
            f"{row['locality']} is its main one, the ZIP+4 decides."
        )
    return notes


@overlay.cached(256)
def _gpci_of_year(year: int) -> tuple[Row, ...]:
    table = tables.load("gpci", "locality")
    rows = tuple(row for row in table.rows if row.valid_from.year <= year <= row.valid_to.year)
    if not rows:
        first = min(row.valid_from for row in table.rows)
        last = max(row.valid_to for row in table.rows)
        raise NotInForce(
            f"localities of {year} were asked; the GPCI table covers {first.isoformat()} to "
            f"{last.isoformat()}. Ask for a year in between, or add the GPCI file of {year}."
        )
    return rows


def _no_such_locality(locality: str, on: date) -> str:
    rows = _gpci_of_year(on.year)
    carrier = locality.partition("-")[0]
    near = [row["locality"] for row in rows if row["locality"].startswith(f"{carrier}-")]
    asked = f"locality {locality} on {on.isoformat()} was asked"
    ended = tables.load("gpci", "locality").history(locality)
    if ended:
        heir = ended[-1]["merged_into"] or ", ".join(near)
        return f"{asked}; it ended on {ended[-1].valid_to.isoformat()}. Use {heir}."
    if near:
        return f"{asked}; carrier {carrier} has {', '.join(near)}. Use one of these."
    return (
        f"{asked}; {len(rows)} localities are known for that day, for example "
        f"{rows[0]['locality']}. Give a locality as MAC-NN, a ZIP code, or national."
    )
