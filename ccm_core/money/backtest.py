"""Would this kind of forecast have worked? The last months of history from the months before.

The forecaster is deliberately plain: joiners per month, share leaving, share
billed and dollars per claim of the training months, with the chance in each.
Floats, seeded. A back-test that fails says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ccm_core.errors import UsageError
from ccm_core.money.assumptions import assumption
from ccm_core.months import Month

Draws = npt.NDArray[np.float64]
LEAST_TRAINING_MONTHS = 6
BAND = (0.10, 0.90)
_ROUGH = " Counts were taken to tens, and amounts to thousands of dollars."


@dataclass(frozen=True, slots=True)
class PastMonth:
    """What happened in one month: counts and allowed dollars, no patient."""

    month: Month
    panel: int
    new: int
    left: int
    claims: int
    allowed_usd: float


@dataclass(frozen=True, slots=True)
class Held:
    """One held-out month: what came, and what had been forecast."""

    month: Month
    actual_usd: float
    low_usd: float
    median_usd: float
    high_usd: float

    @property
    def error_share(self) -> float:
        """Forecast less actual, as a share of the actual."""
        return (self.median_usd - self.actual_usd) / self.actual_usd if self.actual_usd else 0.0

    @property
    def is_inside(self) -> bool:
        return self.low_usd <= self.actual_usd <= self.high_usd


@dataclass(frozen=True, slots=True)
class BackTest:
    """A forecast judged by what happened. ``verdict`` is the sentence to show."""

    rows: tuple[Held, ...]
    trained_months: int
    error_limit: float
    coverage_floor: float
    is_rough: bool = False
    """Whether counts behind it are to tens, and amounts to thousands."""

    @property
    def mean_error_share(self) -> float:
        """Mean absolute error of the held-out months."""
        return float(np.mean([abs(row.error_share) for row in self.rows]))

    @property
    def bias_share(self) -> float:
        """Sum of forecasts less sum of actuals, as a share of the actuals."""
        actual = sum(row.actual_usd for row in self.rows)
        return (sum(row.median_usd for row in self.rows) - actual) / actual if actual else 0.0

    @property
    def coverage_share(self) -> float:
        """Share of held-out months inside the band."""
        return float(np.mean([row.is_inside for row in self.rows]))

    @property
    def has_passed(self) -> bool:
        return (
            self.mean_error_share <= self.error_limit and self.coverage_share >= self.coverage_floor
        )

    @property
    def verdict(self) -> str:
        """Passed or failed, with both numbers and both limits."""
        inside = sum(row.is_inside for row in self.rows)
        word = "Passed" if self.has_passed else "FAILED: do not rely on this forecast"
        return (
            f"{word}. {self.trained_months} months forecast the next {len(self.rows)}: mean error "
            f"{self.mean_error_share:.1%} (limit {self.error_limit:.0%}), {inside} of "
            f"{len(self.rows)} months inside the 80% band (at least {self.coverage_floor:.0%})."
            + (_ROUGH if self.is_rough else "")
        )


def backtest(
    history: Sequence[PastMonth], held_out: int = 6, draws: int = 4000, seed: int = 1
) -> BackTest:
    """Forecast the last ``held_out`` months from the ones before. Raises: UsageError."""
    months = sorted(history, key=lambda row: row.month)
    _check(months, held_out)
    trained, held = months[:-held_out], months[-held_out:]
    forecast = _forecast(trained, held_out, draws, np.random.default_rng(seed))
    low, median, high = np.quantile(forecast, (BAND[0], 0.5, BAND[1]), axis=0)
    rows = tuple(
        Held(row.month, row.allowed_usd, float(low[i]), float(median[i]), float(high[i]))
        for i, row in enumerate(held)
    )
    error, coverage = (float(assumption(name).value) for name in _LIMITS)
    return BackTest(rows, len(trained), error, coverage)


_LIMITS = ("backtest_error_limit", "backtest_coverage_floor")


def _check(months: Sequence[PastMonth], held_out: int) -> None:
    for earlier, later in zip(months, months[1:], strict=False):
        if earlier.month.following != later.month:
            raise UsageError(
                f"The history jumps from {earlier.month} to {later.month}; every month is needed, "
                "one row each."
            )
    if held_out < 1 or len(months) - held_out < LEAST_TRAINING_MONTHS:
        raise UsageError(
            f"{len(months)} months of history, {held_out} held out; a back-test needs at least "
            f"{LEAST_TRAINING_MONTHS} months before those held out. Hold out fewer months."
        )


def _forecast(
    trained: Sequence[PastMonth], ahead: int, draws: int, chance: np.random.Generator
) -> Draws:
    """Allowed dollars by path and month."""
    panel = np.full(draws, float(trained[-1].panel))
    joining = chance.gamma(1 + sum(row.new for row in trained), 1 / len(trained), draws)
    at_risk = sum(row.panel for row in trained)
    left = sum(row.left for row in trained)
    leaving = chance.beta(1 + left, 1 + max(0, at_risk - left), draws)
    billed, wobble = _share_and_wobble([row.claims / max(1, row.panel) for row in trained])
    fees = np.array([row.allowed_usd / row.claims for row in trained if row.claims])
    level = chance.normal(billed, wobble / np.sqrt(len(trained)), draws)
    found = np.empty((draws, ahead))
    for month in range(ahead):
        panel = panel + chance.poisson(joining) - chance.binomial(panel.astype(np.int64), leaving)
        panel = np.maximum(panel, 0)
        share = np.clip(chance.normal(level, wobble), 0, 1)
        claims = chance.binomial(panel.astype(np.int64), share)
        fee = chance.choice(fees, draws) if len(fees) else 0.0
        found[:, month] = claims * fee
    return found


def _share_and_wobble(shares: Sequence[float]) -> tuple[float, float]:
    values = np.array(shares)
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0
