"""Every dated table as it stands on one day: what the rules read, with source and age.

Shapes: ``names() -> tuple[TableInfo, ...]``; ``on_day(name, day) -> list[dict]``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from ccm_core import tables
from ccm_core.errors import UsageError
from ccm_core.months import Month, one_year_before
from ccm_core.screens import screen_of
from ccm_core.tables import Row

# Tables that are read as a whole by other means: too long to list, or not dated.
_LONG = frozenset({"zip_localities", "chronic_icd10", "rvu", "gpci", "ncci_pairs"})
_WHERE_FROM = ("valid_from", "valid_to", "checked_on", "source_id", "pinpoint")
_LABELS = {
    "activities": "Activities: what counts as care management time",
    "addons": "Add-on codes and their base codes",
    "clinic_families": "Services that RHC and FQHC bill by codes of their own, since when",
    "codes": "Codes, families and dates",
    "conversion_factors": "Conversion factors of the fee schedule",
    "either_or": "Codes of which only one fits a period",
    "federal_holidays": "Federal holidays, which are no workdays",
    "initiating_visits": "Visits that initiate CCM, and those that do not",
    "medicare_numbers": "Sequestration, deductible, coinsurance",
    "monthly_conflicts": "Services that exclude each other in a month",
    "numbers": "Numbers that rules read",
    "paths": "Code families (paths) by setting",
    "payers": "Payers and their conventions",
    "preferences": "Choices that the sources leave open",
    "requirements": "What the sources ask, and what holds it",
    "rule_levels": "Levels set by policy, state or payer",
    "screens": "Screens of the time log, with their chance",
    "time_thresholds": "Minutes that each code asks for",
    "unit_limits": "Medically unlikely edits (units per day)",
}


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One table that people may look at."""

    name: str
    label: str


def names() -> tuple[TableInfo, ...]:
    """The tables of the rules, by label."""
    found = [TableInfo(name, label) for name, label in _LABELS.items() if name not in _LONG]
    return tuple(sorted(found, key=lambda info: info.label))


def on_day(name: str, day: date, today: date) -> list[dict[str, str]]:
    """Rows in force on a day. ``old`` marks rows nobody checked for a year.

    Raises: UsageError for a table that is not listed.
    """
    if name not in _LABELS:
        raise UsageError(f"The table {name!r} was asked for; see names() for the list.")
    rows = tables.load(name).in_force(day)
    if name == "screens":
        return [_shown(row, today) | _in_words(row, Month.of(day)) for row in rows]
    return [_shown(row, today) for row in rows]


def _in_words(row: Row, month: Month) -> dict[str, str]:
    """A screen with its numbers where the table names them, and its chance as people say it."""
    found = screen_of(row["rule"], month)
    return {} if found is None else asdict(found) | {"per": "", "runs": ""}


def _shown(row: Row, today: date) -> dict[str, str]:
    values = {key: text for key, text in row.items() if key not in _WHERE_FROM}
    dated = {key: row.get(key, "") for key in _WHERE_FROM}
    return {**values, **dated, "old": "yes" if is_old(row, today) else ""}


def is_old(row: Row, today: date) -> bool:
    """Whether an open row was last checked more than a year ago."""
    checked = row.get("checked_on", "")
    is_open = not row.get("valid_to", "")
    return is_open and (not checked or date.fromisoformat(checked) < one_year_before(today))


def old_rows(today: date) -> int:
    """How many open rows of all tables nobody has checked for a year."""
    return sum(is_old(row, today) for info in names() for row in tables.load(info.name).rows)
