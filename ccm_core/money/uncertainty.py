"""Monte Carlo over a scenario: what the inputs' ranges and plain chance do to the result.

Simulated money is binary floating point (NumPy), good to far less than a cent
but not exact; the projection itself is exact. Distributions, all from one
seeded generator (PCG64):

* every input marked triangular in ``data/assumptions.csv`` is drawn once per
  path, between its low and high end, most likely at the scenario's value;
* new patients of a month: Poisson; patients who stay and months that bill:
  binomial, in its normal approximation, cut at what is possible.

Inputs are drawn independently of each other; in truth some move together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from ccm_core import fees
from ccm_core.errors import UsageError
from ccm_core.money.assumptions import Assumption, assumptions
from ccm_core.money.facts import facts_of, months_of, unscaled
from ccm_core.money.flow import Counting, Flow, MonthFacts, Number, Terms, run
from ccm_core.money.minutes_mix import Arm, Mix
from ccm_core.money.rates import Parts, Price
from ccm_core.money.scenario import Scenario

Draws = npt.NDArray[np.float64]
QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
MOST_DRAWS = 100_000
_HAIR = 1e-9  # so that 1.5 / 0.5, which floats may make 3.0000000000000004, needs three steps


@dataclass(frozen=True, slots=True)
class Span:
    """How one input was drawn: a triangle, or a point when low equals high."""

    name: str
    low: Decimal
    mode: Decimal
    high: Decimal

    @property
    def is_point(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Simulation:
    """Draws by measure, one row per path and one column per month."""

    scenario: Scenario
    seed: int
    draws: int
    labels: tuple[str, ...]
    spans: tuple[Span, ...]
    paths: Mapping[str, Draws]

    def bands(self, measure: str = "running") -> dict[float, tuple[float, ...]]:
        """Quantiles of a measure, month by month."""
        values = np.quantile(self.paths[measure], QUANTILES, axis=0)
        return {q: tuple(map(float, row)) for q, row in zip(QUANTILES, values, strict=True)}

    def total_bands(self, measure: str = "net") -> dict[float, float]:
        """Quantiles of a measure's sum over the horizon."""
        sums = self.paths[measure].sum(axis=1)
        return {q: float(v) for q, v in zip(QUANTILES, np.quantile(sums, QUANTILES), strict=True)}

    def rank_of(self, net_usd: float) -> float:
        """Share of paths whose net over the horizon ends below this amount."""
        return float((self.paths["net"].sum(axis=1) < net_usd).mean())

    @property
    def break_even_share(self) -> float:
        """Share of paths whose running net stands at or above zero at the end."""
        return float((self.paths["running"][:, -1] >= 0).mean())


def simulate(
    scenario: Scenario,
    draws: int = 10_000,
    seed: int = 1,
    certain: Collection[str] = (),
    has_chance: bool = True,
    price: Price = fees.allowed,
) -> Simulation:
    """Simulated months. ``certain`` names inputs to hold still; same seed, same result.

    Raises: UsageError, and what the projection raises.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise UsageError(f"{draws} draws were asked; 1 to {MOST_DRAWS} are possible.")
    scenario.check()
    chance = np.random.default_rng(seed)
    spans = tuple(span for span in spans_of(scenario) if span.name not in certain)
    values = _draw(scenario, spans, chance, draws)
    count: Counting = Drawn(chance) if has_chance else Still()
    paths = paths_of(scenario, values, draws, count, price)
    labels = tuple(str(month) for month in months_of(scenario))
    return Simulation(scenario, seed, draws, labels, spans, paths)


def paths_of(
    scenario: Scenario,
    values: Mapping[str, Any],
    draws: int,
    count: Counting,
    price: Price = fees.allowed,
) -> dict[str, Draws]:
    """Every measure by path and month, for inputs of which some are arrays of draws."""
    terms = Terms(
        scenario.delivery,
        scenario.program,
        values[f"wage_{scenario.credential}_usd"],
        values[f"blocked_{scenario.policy}_share"],
    )
    facts = [scaled(fact, values) for fact in facts_of(unscaled(scenario), price)]
    return _paths(scenario, run(values, terms, facts, count), draws)


def spans_of(scenario: Scenario) -> list[Span]:
    """The range of every uncertain input, moved along when the scenario changed its value.

    An input set to zero by hand is a choice, not an estimate: it stays zero.
    """
    values = scenario.numbers()
    named = (one for one in assumptions().values() if one.is_uncertain)
    return [_span(one, values[one.name]) for one in named if one.name in values]


def _span(one: Assumption, value: Decimal) -> Span:
    default = Decimal(one.value)
    if one.low is None or one.high is None or (not value and default):
        return Span(one.name, value, value, value)
    top = Decimal(1) if one.name.endswith("_share") else Decimal("Infinity")
    low, high = one.low + value - default, one.high + value - default
    if one.low >= 0:
        low = max(low, Decimal(0))
    return Span(one.name, min(low, value), value, max(min(high, top), value))


def _draw(
    scenario: Scenario, spans: Collection[Span], chance: np.random.Generator, draws: int
) -> dict[str, Any]:
    values: dict[str, Any] = {name: float(number) for name, number in scenario.numbers().items()}
    for span in spans:
        if not span.is_point:
            ends = float(span.low), float(span.mode), float(span.high)
            values[span.name] = chance.triangular(*ends, size=draws)
    # Cover by a supplement and QMB exclude each other.
    values["supplement_share"] = np.minimum(values["supplement_share"], 1 - values["qmb_share"])
    values["starting_panel"] = np.full(draws, values["starting_panel"])
    return values


class Still:
    """Float arithmetic without chance: the projection's means, over arrays."""

    def least(self, a: Number, b: Number) -> Number:
        return np.minimum(a, b)

    def most(self, a: Number, b: Number) -> Number:
        return np.maximum(a, b)

    def ceiling(self, a: Number) -> Number:
        return np.ceil(a - _HAIR)

    def arrivals(self, mean: Number) -> Number:
        return mean

    def stays(self, count: Number, share: Number) -> Number:
        return count * share

    def luck(self, count: Number, share: Number) -> Number:
        return 1.0


class Drawn(Still):
    """The same with chance in every count."""

    def __init__(self, chance: np.random.Generator) -> None:
        self._chance = chance

    def arrivals(self, mean: Number) -> Number:
        return np.asarray(self._chance.poisson(mean), dtype=np.float64)

    def stays(self, count: Number, share: Number) -> Number:
        spread = np.sqrt(np.maximum(count * share * (1 - share), 0))
        return np.clip(count * share + spread * self._bell(count), 0, count)

    def luck(self, count: Number, share: Number) -> Number:
        expected = np.maximum(count * share, _HAIR)
        spread = np.sqrt(np.maximum(1 - share, 0) / expected)
        most = 1 / np.maximum(share, _HAIR)
        return np.clip(1 + spread * self._bell(expected), 0, most)

    def _bell(self, like: Number) -> Draws:
        return self._chance.standard_normal(np.shape(like))


def scaled(fact: MonthFacts, values: Mapping[str, Any]) -> MonthFacts:
    """One month's table facts as floats, with drawn fee growth and Advantage terms."""
    years = max((one.years_carried for one in fact.rates.values()), default=0)
    growth = (1 + values["fee_growth_share"]) ** years if years else 1.0
    prices = {code: _scaled_prices(groups, growth, values) for code, groups in fact.prices.items()}
    return replace(fact, mix=_float_mix(fact.mix), prices=prices)


def _scaled_prices(
    groups: Mapping[str, Parts], growth: Number, values: Mapping[str, Any]
) -> dict[str, Parts]:
    found = {
        group: Parts(*(float(part) * growth for part in parts))
        for group, parts in groups.items()
        if group != "plan"
    }
    allowed = float(groups["plan"].allowed) * growth * values["ma_multiple"]
    patient = allowed * values["ma_patient_share"]
    found["plan"] = Parts(allowed, 0.0, allowed - patient, 0.0, patient, 0.0, 0.0)
    return found


def _float_mix(mix: Mix) -> Mix:
    def floats(arm: Arm) -> Arm:
        units: Any = {code: float(number) for code, number in arm.units.items()}
        share: Any = float(arm.billed_share)
        return Arm(units, share)

    mean: Any = float(mix.mean_minutes)
    return Mix(floats(mix.plain), floats(mix.complex), floats(mix.personal), mean, mix.only)


def _paths(scenario: Scenario, flows: list[Flow], draws: int) -> dict[str, Draws]:
    def stack(rows: list[Number]) -> Draws:
        return np.stack([np.broadcast_to(row, (draws,)) for row in rows], axis=1).astype(np.float64)

    gross = stack([sum(flow.gross.values()) for flow in flows])
    cost = stack([sum(flow.costs.values()) for flow in flows])
    lags = {
        "payer": scenario.payer_lag_months,
        "reworked": scenario.rework_lag_months,
        "patient": scenario.patient_lag_months,
    }
    cash = np.zeros_like(gross)
    for name, lag in lags.items():
        served = stack([flow.cash[name] for flow in flows])
        if lag < len(flows):
            cash[:, lag:] += served[:, : len(flows) - lag]
    net = cash - cost
    return {"gross": gross, "cash": cash, "cost": cost, "net": net, "running": net.cumsum(axis=1)}
