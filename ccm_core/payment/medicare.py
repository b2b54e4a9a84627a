"""Medicare's dated payment numbers: sequestration, Part B deductible, coinsurance."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ccm_core import tables
from ccm_core.errors import NotInForce


@dataclass(frozen=True, slots=True)
class Number:
    """One number on one day. ``is_carried`` says that it is the last known value, carried on."""

    value: Decimal
    cite: str
    is_carried: bool = False


@functools.lru_cache(maxsize=4096)
def number(name: str, on: date) -> Number:
    """The number in force on that day. Raises: NotInForce."""
    row = tables.load("medicare_numbers", "name").get(name, on=on)
    return Number(row.number("value"), row.cite)


@functools.lru_cache(maxsize=4096)
def number_or_last(name: str, on: date) -> Number:
    """The number on that day, or the latest known one when the day is still to come.

    Raises: NotInForce when the table knows nothing before that day either.
    """
    known = tables.load("medicare_numbers", "name").history(name)
    if known and known[-1].valid_to < on:
        return Number(known[-1].number("value"), known[-1].cite, is_carried=True)
    return number(name, on)


def sequestration_share(on: date) -> Decimal:
    """Share of Medicare's payment that is cut on that day."""
    return number("sequestration_share", on).value


def coinsurance_share(on: date) -> Decimal:
    """The patient's share after the deductible."""
    return number("coinsurance_share", on).value


def part_b_deductible_usd(on: date) -> Decimal:
    """The year's Part B deductible; for a year not yet known, the last known one."""
    return number_or_last("part_b_deductible_usd", on).value


def is_known(name: str, on: date) -> bool:
    """Whether the table itself, not a carried value, covers that day."""
    try:
        return not number_or_last(name, on).is_carried
    except NotInForce:
        return False
