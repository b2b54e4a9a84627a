"""What the revenue page works out: kept by scenario and tables version; no patient is in it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st

from ccm_core.money import answers, presets
from ccm_core.money.projection import Line, Projection, project
from ccm_core.money.scenario import from_link
from ccm_core.money.tornado import tornado
from ccm_core.money.uncertainty import simulate
from ccm_core.tables import tables_version

DRAWS = 1_000
_KEPT, _HOUR = 64, 3600
_WIDEST = 12


@dataclass(frozen=True, slots=True)
class Futures:
    """The band of a scenario: quantiles by month, of the sum, and how many paths end above zero."""

    draws: int
    seed: int
    net: dict[float, tuple[float, ...]]
    running: dict[float, tuple[float, ...]]
    total: dict[float, float]
    above_zero: float


def projected(link: str) -> Projection:
    """The projection of a scenario. Shared and never changed."""
    return _projected(link, tables_version())


@st.cache_resource(max_entries=_KEPT, ttl=_HOUR, show_spinner=False)
def _projected(link: str, version: str) -> Projection:
    return project(from_link(link))


def futures(link: str, draws: int = DRAWS, seed: int = 1) -> Futures:
    """Simulated once for each scenario, whoever asks."""
    return _futures(link, draws, seed, tables_version())


@st.cache_data(max_entries=_KEPT, ttl=_HOUR, show_spinner=False)
def _futures(link: str, draws: int, seed: int, version: str) -> Futures:
    found = simulate(from_link(link), draws, seed)
    return Futures(
        draws, seed, found.bands("net"), found.bands("running"), found.total_bands("net"),
        found.break_even_share,
    )  # fmt: skip


def swings(link: str) -> list[dict[str, Any]]:
    """The inputs that move the net most, widest first."""
    return _swings(link, tables_version())


@st.cache_data(max_entries=_KEPT, ttl=_HOUR, show_spinner=False)
def _swings(link: str, version: str) -> list[dict[str, Any]]:
    return ranked(link)


def ranked(link: str) -> list[dict[str, Any]]:
    """The same, worked out anew: for files, which are made outside of a page."""
    return [
        {
            "label": bar.label, "low": str(bar.span.low), "high": str(bar.span.high),
            "at_low_usd": bar.at_low_usd, "at_high_usd": bar.at_high_usd,
            "base_usd": bar.base_usd, "swing_usd": bar.swing_usd,
        }
        for bar in tornado(from_link(link))[:_WIDEST]
    ]  # fmt: skip


def fees_said(line: Line) -> str:
    """Whether a month has a published fee schedule."""
    return "estimate" if line.is_estimate else "published"


def break_even_panel(link: str) -> answers.BreakEvenPanel:
    """Steady panels that earn their cost."""
    return _break_even_panel(link, tables_version())


@st.cache_resource(max_entries=_KEPT, ttl=_HOUR, show_spinner=False)
def _break_even_panel(link: str, version: str) -> answers.BreakEvenPanel:
    return answers.break_even_panel(from_link(link))


def basu() -> presets.Basu:
    """The published study done again; the same for everybody."""
    return _basu(tables_version())


@st.cache_resource(max_entries=1, show_spinner=False)
def _basu(version: str) -> presets.Basu:
    return presets.basu_2015()


def claim_years(setting: str, locality: str) -> list[presets.ClaimYear]:
    """The guide's claim, year by year."""
    return _claim_years(setting, locality, tables_version())


@st.cache_resource(max_entries=_KEPT, ttl=_HOUR, show_spinner=False)
def _claim_years(setting: str, locality: str, version: str) -> list[presets.ClaimYear]:
    return presets.claim_years(setting, locality)


def comparisons(link: str) -> dict[str, answers.Compared]:
    """The same patients done otherwise."""
    return _comparisons(link, tables_version())


@st.cache_resource(max_entries=_KEPT, ttl=_HOUR, show_spinner=False)
def _comparisons(link: str, version: str) -> dict[str, answers.Compared]:
    scenario = from_link(link)
    return {
        "Who does the work": answers.ways_to_deliver(scenario),
        "CCM or APCM": answers.programs(scenario),
        "Medicare baseline or the program guide": answers.policies(scenario),
    }


def worth_of_one_more(link: str, panel: int) -> list[answers.Worth]:
    """One more minute, patient and coordinator. Raises: UsageError."""
    return _worth_of_one_more(link, panel, tables_version())


@st.cache_resource(max_entries=_KEPT, ttl=_HOUR, show_spinner=False)
def _worth_of_one_more(link: str, panel: int, version: str) -> list[answers.Worth]:
    return answers.worth_of_one_more(from_link(link), Decimal(panel))
