"""What people ask of a projection: the cheaper way, the other program, one more minute."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ccm_core import fees
from ccm_core.errors import CcmError
from ccm_core.money.facts import facts_of, unscaled
from ccm_core.money.flow import Terms, run
from ccm_core.money.minutes_mix import shifted
from ccm_core.money.projection import Projection, project
from ccm_core.money.rates import Price
from ccm_core.money.scenario import Scenario
from ccm_core.money.uncertainty import Still, scaled
from ccm_core.payment.cents import CENT, ZERO

MOST_PATIENTS = 2000
_STEADY_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Compared:
    """Two or more ways side by side. A way that cannot be priced says why."""

    ways: dict[str, Projection]
    refused: dict[str, str]


def compare(named: dict[str, Scenario], price: Price = fees.allowed) -> Compared:
    """Every scenario projected; those that the tables refuse are listed with the reason."""
    ways, refused = {}, {}
    for name, scenario in named.items():
        try:
            ways[name] = project(scenario, price)
        except CcmError as error:
            refused[name] = str(error)
    return Compared(ways, refused)


def ways_to_deliver(scenario: Scenario, price: Price = fees.allowed) -> Compared:
    """In-house by each credential, and outsourced, for the same patients."""
    named = {
        f"In-house, {word.upper()}": scenario.changed(delivery="in_house", credential=word)
        for word in ("rn", "lpn", "ma")
    }
    return compare({**named, "Outsourced": scenario.changed(delivery="outsourced")}, price)


def programs(scenario: Scenario, price: Price = fees.allowed) -> Compared:
    """CCM and APCM for the same panel: one or the other, never both in a month."""
    return compare(
        {"CCM": scenario.changed(program="ccm"), "APCM": scenario.changed(program="apcm")}, price
    )


def policies(scenario: Scenario, price: Price = fees.allowed) -> Compared:
    """Baseline and strict: what the stricter policy holds back."""
    return compare({word: scenario.changed(policy=word) for word in ("baseline", "strict")}, price)


@dataclass(frozen=True, slots=True)
class Worth:
    """What one more of something changes in a year of a steady panel, all else equal."""

    what: str
    revenue_usd: Decimal
    cost_usd: Decimal

    @property
    def earned_usd(self) -> Decimal:
        return self.revenue_usd - self.cost_usd


def steady(scenario: Scenario, panel: Decimal) -> Scenario:
    """One year of exactly so many patients: nobody joins or leaves, nothing to start up."""
    return scenario.changed(
        starting_panel=panel, months=_STEADY_MONTHS, startup_usd=0,
        consent_share=0, churn_share=0, early_churn_share=0,
    )  # fmt: skip


def worth_of_one_more(scenario: Scenario, panel: Decimal) -> list[Worth]:
    """One more minute for every patient with any, one more patient, one more coordinator.

    For the minute and the patient a post can be hired in hairs, so they cost
    their part of it: of the panel cap or of the minutes, whichever binds. The
    coordinator costs a whole post and brings the patients that it holds, if
    they can be found. A minute earns only where it crosses a threshold.
    """
    by_minute = scenario.changed(hire_step_fte=_HAIR_FTE)
    longer = by_minute.changed(minutes_histogram=shifted(scenario.minutes_histogram, 1))
    full = steady(scenario, scenario.panel_cap)
    return [
        _worth(f"One more minute for each of {panel} patients", longer, by_minute, panel, panel),
        _worth("One more patient", by_minute, by_minute, panel + 1, panel),
        _worth(f"One more coordinator with {scenario.panel_cap} patients", full, full,
               scenario.panel_cap, ZERO),
    ]  # fmt: skip


_HAIR_FTE = CENT / 1000


def _worth(what: str, more: Scenario, less: Scenario, many: Decimal, few: Decimal) -> Worth:
    after, before = project(steady(more, many)).total, project(steady(less, few)).total
    return Worth(what, after.revenue_usd - before.revenue_usd, after.cost_usd - before.cost_usd)


@dataclass(frozen=True, slots=True)
class BreakEvenPanel:
    """Steady panels that earn their cost. Hiring in steps can make a larger panel lose again."""

    first: int | None
    """Smallest panel that earns its cost over a year, or None up to the limit."""
    safe_from: int | None
    """Smallest panel from which every larger one does, too."""
    limit: int


def break_even_panel(
    scenario: Scenario, most: int = MOST_PATIENTS, price: Price = fees.allowed
) -> BreakEvenPanel:
    """Panels from 1 to ``most`` tried at once, in floats; start-up is left out."""
    panels = np.arange(1, most + 1, dtype=np.float64)
    one = steady(scenario, Decimal(1))
    values: dict[str, object] = {name: float(v) for name, v in one.numbers().items()}
    values["starting_panel"] = panels
    terms = Terms(one.delivery, one.program, float(one.wage_usd), float(one.blocked_share))
    facts = [scaled(fact, values) for fact in facts_of(unscaled(one), price)]
    earned = np.zeros(most)
    for flow in run(values, terms, facts, Still()):
        earned += sum(flow.cash.values()) - sum(flow.costs.values())
    above = earned >= 0
    first = int(panels[above][0]) if above.any() else None
    below = np.flatnonzero(~above)
    last_below = int(below[-1]) + 1 if len(below) else 0
    return BreakEvenPanel(first, last_below + 1 if last_below < most else None, most)
