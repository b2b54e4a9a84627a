"""Which inputs matter most: each one at its low and high end, all others held still.

Worked out in floats, all inputs at once, so the bars may differ from a
projection by the rounding of single claims (parts of a dollar in thousands).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ccm_core import fees
from ccm_core.money.assumptions import assumption
from ccm_core.money.rates import Price
from ccm_core.money.scenario import Scenario
from ccm_core.money.uncertainty import Span, Still, paths_of, spans_of


@dataclass(frozen=True, slots=True)
class Bar:
    """One input: what the measure's sum over the horizon is at its low and at its high end."""

    name: str
    label: str
    span: Span
    at_low_usd: float
    at_high_usd: float
    base_usd: float

    @property
    def swing_usd(self) -> float:
        return abs(self.at_high_usd - self.at_low_usd)


def tornado(scenario: Scenario, measure: str = "net", price: Price = fees.allowed) -> list[Bar]:
    """Inputs by swing, widest first; inputs without a range or without effect are left out."""
    spans = [span for span in spans_of(scenario) if not span.is_point]
    paths = paths_of(scenario, _ends(scenario, spans), 2 * len(spans) + 1, Still(), price)
    results = paths[measure].sum(axis=1)
    bars = [
        Bar(
            name=span.name,
            label=assumption(span.name).label,
            span=span,
            at_low_usd=float(results[2 * i]),
            at_high_usd=float(results[2 * i + 1]),
            base_usd=float(results[-1]),
        )
        for i, span in enumerate(spans)
    ]
    return sorted((bar for bar in bars if bar.swing_usd), key=lambda bar: -bar.swing_usd)


def _ends(scenario: Scenario, spans: list[Span]) -> dict[str, Any]:
    """One path per end of each span, and the scenario itself as the last path."""
    paths = 2 * len(spans) + 1
    values: dict[str, Any] = {name: float(v) for name, v in scenario.numbers().items()}
    for i, span in enumerate(spans):
        values[span.name] = np.full(paths, float(span.mode))
        values[span.name][2 * i : 2 * i + 2] = float(span.low), float(span.high)
    values["supplement_share"] = np.minimum(values["supplement_share"], 1 - values["qmb_share"])
    values["starting_panel"] = np.full(paths, values["starting_panel"])
    return values
