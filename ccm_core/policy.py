"""The rules' numbers as of one month: thresholds, paths, conflicts, levels, preferences.

A Policy is the only way from rules to the dated tables. ``baseline`` is what
CMS, NCCI and the MACs state; ``strict`` is the program guide to the letter.
State and payer overlays lie on top.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from ccm_core import tables
from ccm_core.errors import NotInForce, UsageError
from ccm_core.findings import Level
from ccm_core.months import Month
from ccm_core.rule import Rule
from ccm_core.tables import Row, Table
from ccm_core.thresholds import PathSpec, Threshold

__all__ = ["MOST_KEPT", "POLICIES", "PREFERENCES", "PathSpec", "Policy", "Threshold"]

R = TypeVar("R")

POLICIES = ("baseline", "strict")
PREFERENCES = ("natural", "highest")
CLINICS = frozenset({"rhc", "fqhc"})


def one_name(names: Collection[str]) -> str:
    """The policy that judged every case; the default where there was none to judge."""
    return "mixed" if len(names) > 1 else next(iter(names), POLICIES[0])


_MINUTE = 60
MOST_KEPT = 20_000
"""Answers that one memo of a policy holds; requests come from outside and have no end."""


@dataclass(frozen=True)
class Policy:
    """Everything a rule may ask of the tables, for one month. Make it with ``Policy.on``."""

    name: str
    month: Month
    state: str = ""
    payer: str = "medicare"
    setting: str = "office"

    @classmethod
    def on(
        cls,
        month: Month,
        name: str = "baseline",
        state: str = "",
        payer: str = "medicare",
        setting: str = "office",
    ) -> Policy:
        """The policy of that month. Raises: UsageError for an unknown name."""
        if name not in POLICIES:
            raise UsageError(f"policy {name!r} was asked; there are {' and '.join(POLICIES)}.")
        return _policy(name, month, state, payer, setting)

    @functools.cached_property
    def kept(self) -> dict[Any, Any]:
        """Answers already given: rules ask for the same few rows a million times."""
        return {}

    # -- codes and time ---------------------------------------------------------------

    @functools.cached_property
    def paths(self) -> tuple[PathSpec, ...]:
        """The code families of this month and setting, in table order."""
        group = "clinic" if self.setting in CLINICS else "practice"
        rows = tables.load("paths", "path", "settings").in_force(self.month.last_day)
        return tuple(self._path(row) for row in rows if row["settings"] == group)

    def _path(self, row: Row) -> PathSpec:
        base = self.threshold(row["base_code"])
        if row["base_minutes"]:
            base = replace(base, first_seconds=row.whole("base_minutes") * _MINUTE)
        addon = self.threshold(row["addon_code"]) if row["addon_code"] else None
        mdm = frozenset(row["needs_mdm"].split("|")) if row["needs_mdm"] else frozenset()
        return PathSpec(row["path"], row["label"], base, addon, mdm, row["conditions"], row.cite)

    @functools.cached_property
    def complex_paths(self) -> tuple[PathSpec, ...]:
        """Those of them that ask for decision making."""
        return tuple(p for p in self.paths if p.mdm)

    @functools.cached_property
    def path_codes(self) -> frozenset[str]:
        """Every code that some path of this month bills."""
        return frozenset(t.code for p in self.paths for t in (p.base, p.addon) if t)

    def threshold(self, code: str) -> Threshold:
        """Minutes that the code asks for. Raises: NotInForce."""
        return _threshold(code, self.month)

    def find_threshold(self, code: str) -> Threshold | None:
        """Minutes that the code asks for, or None when it has no time rule in this month."""
        return self._keep(("threshold", code), self._threshold_or_none)

    def _keep(self, key: tuple[str, ...], find: Callable[..., R]) -> R:
        """The answer of ``find(*key[1:])``, found once for this policy."""
        try:
            found: R = self.kept[key]
        except KeyError:
            found = self.kept[key] = find(*key[1:])
        return found

    def _threshold_or_none(self, code: str) -> Threshold | None:
        try:
            return _threshold(code, self.month)
        except NotInForce:
            return None

    def code_row(self, code: str) -> Row | None:
        """The code table's row in force at month end, or None."""
        return self._keep(("code", code), self._code_row)

    def _code_row(self, code: str) -> Row | None:
        return _codes().find(code, on=self.month.last_day)

    def code_history(self, code: str) -> tuple[Row, ...]:
        """Every interval of a code; empty when the code is unknown."""
        return _codes().history(code)

    def family(self, code: str) -> str:
        """The family of a code at any date, or an empty text."""
        return _family(code)

    def unit_limit(self, code: str) -> Row | None:
        """The MUE row of a code (``max_units``, ``mai``), or None."""
        return self._keep(("limit", code), self._unit_limit)

    def _unit_limit(self, code: str) -> Row | None:
        return tables.load("unit_limits", "code").find(code, on=self.month.last_day)

    @functools.cached_property
    def addon_bases(self) -> dict[str, frozenset[str]]:
        """Add-on code -> the base codes that it may follow, in this month."""
        found: dict[str, set[str]] = {}
        for row in tables.load("addons", "addon_code", "primary_code").in_force(
            self.month.last_day
        ):
            found.setdefault(row["addon_code"], set()).add(row["primary_code"])
        for path in self.paths:
            if path.addon:
                found.setdefault(path.addon.code, set()).add(path.base.code)
        return {code: frozenset(bases) for code, bases in found.items()}

    # -- conflicts --------------------------------------------------------------------

    def monthly_conflict(self, billed: str, other: str, by: str) -> Row | None:
        """The conflict of two codes or their families in a month, ``by`` whom the other is."""
        return self._keep(("conflict", billed, other, by), self._conflict)

    def _conflict(self, billed: str, other: str, by: str) -> Row | None:
        find, day = _conflicts().find, self.month.last_day
        family = self.family
        return find(billed, other, by, on=day) or find(family(billed), family(other), by, on=day)

    def either_or(self, one: str, two: str) -> Row | None:
        """The row that forbids two codes in one period, in either order."""
        return self._keep(("either", one, two), self._either_or)

    def _either_or(self, one: str, two: str) -> Row | None:
        table = tables.load("either_or", "code_a", "code_b")
        day = self.month.last_day
        return table.find(one, two, on=day) or table.find(two, one, on=day)

    def same_day_pair(self, one: str, two: str) -> Row | None:
        """The NCCI pair of two codes on one day, in either order."""
        return self._keep(("same day", one, two), self._same_day_pair)

    def _same_day_pair(self, one: str, two: str) -> Row | None:
        day = self.month.last_day
        for name in ("ncci_pairs", "ncci_pairs_read"):
            table = tables.load(name, "column1", "column2")
            row = table.find(one, two, on=day) or table.find(two, one, on=day)
            if row is not None:
                return row
        return None

    # -- choices ----------------------------------------------------------------------

    def number(self, name: str) -> Decimal:
        """A named number of this month. Raises: NotInForce."""
        return self.number_row(name).number("value")

    def whole(self, name: str) -> int:
        """A named whole number of this month. Raises: NotInForce."""
        kept: int | None = self.kept.get(name)
        if kept is None:
            kept = self.kept[name] = _whole(name, self.month)
        return kept

    def has_number(self, name: str) -> bool:
        """Whether a named number is in force in this month."""
        return self._keep(("has", name), self._has_number)

    def _has_number(self, name: str) -> bool:
        return tables.load("numbers", "name").find(name, on=self.month.last_day) is not None

    def number_row(self, name: str) -> Row:
        """The table row behind a named number. Raises: NotInForce."""
        return tables.load("numbers", "name").get(name, on=self.month.last_day)

    def preference(self, name: str) -> str:
        """A choice that the sources leave open, as this policy makes it."""
        return self._keep(("preference", name), self._preference)

    def _preference(self, name: str) -> str:
        table = tables.load("preferences", "name", "policy")
        return table.get(name, self.name, on=self.month.last_day)["value"]

    @functools.cached_property
    def payer_row(self) -> Row:
        """The payer's conventions. Raises: NotInForce."""
        return tables.load("payers", "payer").get(self.payer, on=self.month.last_day)

    def level(self, rule: Rule) -> tuple[Level, str]:
        """The level of a rule and the layer that set it: rule, policy, state or payer."""
        found = self._levels.get(rule.id)
        return found if found is not None else (rule.level, "rule")

    def level_row(self, rule_id: str) -> Row | None:
        """The overlay row that set a rule's level, for its citation."""
        found = None
        for row in self._level_rows:
            if row["rule"] == rule_id:
                found = row
        return found

    @functools.cached_property
    def _level_rows(self) -> tuple[Row, ...]:
        """Overlay rows that apply here, the least specific first."""
        table = tables.load("rule_levels", "rule", "policy", "state", "payer")
        rows = [row for row in table.in_force(self.month.last_day) if self._is_layer(row)]
        return tuple(
            sorted(rows, key=lambda r: (bool(r["payer"]), bool(r["state"]), bool(r["policy"])))
        )

    def _is_layer(self, row: Row) -> bool:
        return (
            row["policy"] in ("", self.name)
            and row["state"] in ("", self.state)
            and row["payer"] in ("", self.payer)
        )

    @functools.cached_property
    def _levels(self) -> dict[str, tuple[Level, str]]:
        return {row["rule"]: (Level(row["level"]), _layer(row)) for row in self._level_rows}


def _layer(row: Row) -> str:
    return "payer" if row["payer"] else "state" if row["state"] else "policy"


@functools.lru_cache(maxsize=512)
def _policy(name: str, month: Month, state: str, payer: str, setting: str) -> Policy:
    return Policy(name, month, state, payer, setting)


@functools.lru_cache(maxsize=4096)
def _threshold(code: str, month: Month) -> Threshold:
    row = tables.load("time_thresholds", "code").get(code, on=month.last_day)
    return Threshold(
        code,
        row.whole("first_minutes") * _MINUTE,
        row.whole("minutes_per_unit") * _MINUTE if row["minutes_per_unit"] else 0,
        row.whole("max_units") if row["max_units"] else None,
        row["whose_time"],
        row.where,
        row.cite,
    )


@functools.lru_cache(maxsize=4096)
def _whole(name: str, month: Month) -> int:
    return tables.load("numbers", "name").get(name, on=month.last_day).whole("value")


@functools.lru_cache(maxsize=8192)
def _family(code: str) -> str:
    rows = _codes().history(code)
    return rows[-1]["family"] if rows else ""


def _codes() -> Table:
    return tables.load("codes", "code")


def _conflicts() -> Table:
    return tables.load("monthly_conflicts", "billed", "other", "by")
