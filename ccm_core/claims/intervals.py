"""Quantiles and confidence intervals, from the standard library only.

Sources: Clopper and Pearson, Biometrika 26 (1934) 404-413; Wilson, JASA 22
(1927) 209-212; both as tabulated by Newcombe, Statistics in Medicine 17 (1998)
857-872. Student's t and the binomial tail go through the regularized incomplete
beta function by its continued fraction (Abramowitz and Stegun 26.5.8), exact
hypergeometric limits by summing integer binomials.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from ccm_core.errors import UsageError

_TINY = 1e-300
_STEPS = 500
_HALVINGS = 200


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval with its confidence and the method that made it."""

    low: float
    high: float
    confidence: float
    method: str


def normal_quantile(probability: float) -> float:
    """The standard normal value that lies above this share of the distribution."""
    return NormalDist().inv_cdf(probability)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularized incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x)
    )  # fmt: skip
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of I_x(a, b), by Lentz's method."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d or _TINY)
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for term in (even, odd):
            d = 1.0 / ((1.0 + term * d) or _TINY)
            c = (1.0 + term / c) or _TINY
            change = c * d
            value *= change
        if abs(change - 1.0) < 1e-15:
            break
    return value


def _solve(rising: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where a rising function reaches the target, by halving."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if rising(middle) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_quantile(probability: float, freedom: int) -> float:
    """Student's t value that lies above this share of the distribution."""
    if freedom < 1:
        raise UsageError("A t value needs at least one degree of freedom: two sampled items.")
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)

    def share_below(t: float) -> float:
        return 1 - 0.5 * incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))

    top = 1.0
    while share_below(top) < probability:
        top *= 2
    return _solve(share_below, probability, 0.0, top)


def _check(errors: int, sampled: int, confidence: float) -> None:
    if not 0 <= errors <= sampled or sampled < 1:
        raise UsageError("Errors must lie between 0 and the number of sampled items (at least 1).")
    if not 0 < confidence < 1:
        raise UsageError("Confidence must lie between 0 and 1, for example 0.90.")


def clopper_pearson(errors: int, sampled: int, confidence: float = 0.90) -> Interval:
    """The exact binomial interval: each tail holds at most half of the remaining doubt."""
    _check(errors, sampled, confidence)
    tail = (1 - confidence) / 2
    low, high = 0.0, 1.0
    if errors > 0:
        low = _solve(lambda p: incomplete_beta(errors, sampled - errors + 1, p), tail, 0.0, 1.0)
    if errors < sampled:
        high = _solve(
            lambda p: incomplete_beta(errors + 1, sampled - errors, p), 1 - tail, 0.0, 1.0
        )
    return Interval(low, high, confidence, "Clopper-Pearson")


def wilson(errors: int, sampled: int, confidence: float = 0.90) -> Interval:
    """The score interval without continuity correction."""
    _check(errors, sampled, confidence)
    z = normal_quantile(1 - (1 - confidence) / 2)
    share, square = errors / sampled, z * z
    middle = share + square / (2 * sampled)
    half = z * math.sqrt(share * (1 - share) / sampled + square / (4 * sampled * sampled))
    scale = 1 + square / sampled
    low, high = (middle - half) / scale, (middle + half) / scale
    return Interval(max(0.0, low), min(1.0, high), confidence, "Wilson")


def hypergeometric(
    errors: int, sampled: int, population: int, confidence: float = 0.90
) -> Interval:
    """The exact interval for a sample without replacement, as shares of the population.

    The limits are whole numbers of wrong items in the population: the fewest and
    the most for which the sample's errors are not in the outer tail.
    Source: RAT-STATS attribute appraisals use the same exact distribution.
    """
    _check(errors, sampled, confidence)
    if population < sampled:
        raise UsageError("The population must be at least as large as the sample.")
    tail = (1 - confidence) / 2
    fewest, most = errors, population - (sampled - errors)

    def at_least(wrong: int) -> float:
        return _hypergeometric_tail(errors, sampled, wrong, population)

    def at_most(wrong: int) -> float:
        return 1 - _hypergeometric_tail(errors + 1, sampled, wrong, population)

    low = _first(lambda wrong: at_least(wrong) > tail, fewest, most)
    high = _first(lambda wrong: at_most(wrong) <= tail, fewest, most + 1) - 1
    return Interval(low / population, high / population, confidence, "hypergeometric")


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest number for which a condition holds that stays true from there on."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _hypergeometric_tail(errors: int, sampled: int, wrong: int, population: int) -> float:
    """Probability of at least so many errors in the sample. Exact integers, one division."""
    right = population - wrong
    ways = sum(
        math.comb(wrong, hit) * math.comb(right, sampled - hit)
        for hit in range(max(errors, sampled - right), min(sampled, wrong) + 1)
    )
    return ways / math.comb(population, sampled)
