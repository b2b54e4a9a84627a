"""Screens of the time log: what each measures, when it fires, and how often chance alone would.

The words and chances stand in ``data/screens.csv``; numbers in braces come from
``data/numbers.csv``, so that a threshold is written in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ccm_core import tables
from ccm_core.months import Month
from ccm_core.tables import Row

_OFTEN = Decimal("0.01")
_PERCENT = 100
_RULE_OF_THREE = 3
"""No hit in n runs: with 95 percent confidence the chance is below three in n."""
_FIGURES = 2


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen, in words for the reader."""

    rule: str
    statistic: str
    threshold: str
    assumption: str
    chance: str
    method: str


def screen_of(rule_id: str, month: Month) -> Screen | None:
    """The screen of a rule with the numbers of that month, or None when it is no screen."""
    row = next(iter(tables.load("screens", "rule").history(rule_id)), None)
    if row is None:
        return None
    numbers = _numbers(month)
    return Screen(
        rule_id,
        row["statistic"].format_map(numbers),
        row["threshold"].format_map(numbers),
        row["assumption"].format_map(numbers),
        f"{_chance(row)}, per {row['per']}",
        row["method"],
    )


def lines(rule_id: str, month: Month) -> tuple[str, ...]:
    """The screen of a rule as plain sentences; empty when it is no screen."""
    found = screen_of(rule_id, month)
    if found is None:
        return ()
    return (
        f"Statistic: {found.statistic}.",
        f"Fires at: {found.threshold}.",
        f"By chance: {found.chance} ({found.method}), if: {found.assumption}.",
    )


def _numbers(month: Month) -> dict[str, str]:
    rows = tables.load("numbers", "name").in_force(month.last_day)
    return {row["name"]: row["value"] for row in rows}


def _chance(row: Row) -> str:
    """For example ``once in 8,000``, ``46 in 100`` or ``never in 400 runs, so below 1 in 130``."""
    chance, runs = row.number("chance"), row.whole("runs")
    if not chance:
        if not runs:
            return "never"
        return f"never in {runs} runs, so below once in {_round(Decimal(runs) / _RULE_OF_THREE)}"
    if chance >= _OFTEN:
        return f"{chance * _PERCENT:.0f} times in {_PERCENT}"
    return f"once in {_round(1 / chance)}"


def _round(number: Decimal) -> str:
    """Two figures are all that such an assumption bears."""
    shift = number.adjusted() - _FIGURES + 1
    step = Decimal(10) ** shift
    return f"{int((number / step).to_integral_value() * step):,}"
