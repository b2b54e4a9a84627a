"""Self-audit samples: drawn from a seed, judged by a person, extrapolated like RAT-STATS.

Drawing: items are ordered by the SHA-256 of ``seed:stratum:item`` and the first
are taken. The order is a fair shuffle, depends on nothing but seed and item, and
can be worked out again anywhere: in another language, from another file order.

Estimating: the overpayment of an item is paid less correct amount (the
difference estimator). Mean per unit times population gives the point estimate;
its standard error carries the finite population correction. The two-sided 90
percent lower limit is what HHS OIG asks to be repaid.

Sources: HHS OIG, RAT-STATS companion manual, unrestricted (3-2) and stratified
(3-8) variable appraisals; Cochran, Sampling Techniques, 3rd ed. 1977, formulas
2.20, 2.22 and 5.12, 5.16.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ccm_core.claims.intervals import Interval, clopper_pearson, normal_quantile, t_quantile
from ccm_core.errors import UsageError
from ccm_core.payment.cents import cents

ALL = "all"
OIG_CONFIDENCE = 0.90
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn. Seed, sizes and frame digest are enough to draw it again."""

    seed: str
    strata: Mapping[str, tuple[str, ...]]
    """Item ids by stratum, in the order drawn."""
    sizes: Mapping[str, int]
    """Items in the frame by stratum."""
    frame_sha256: str
    """Over all item ids of the frame: shows that the frame is still the same."""

    @property
    def item_ids(self) -> tuple[str, ...]:
        return tuple(item for drawn in self.strata.values() for item in drawn)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reviewer said of one sampled item."""

    item_id: str
    is_error: bool
    overpaid_usd: Decimal
    """Paid less what should have been paid; negative for an underpayment."""
    reviewer: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Size of the frame, sample size, mean and standard deviation of the sampled differences."""

    name: str
    population: int
    sampled: int
    mean: float
    deviation: float

    @property
    def total(self) -> float:
        return self.population * self.mean

    @property
    def variance(self) -> float:
        """Variance of the estimated total, with finite population correction."""
        correction = (self.population - self.sampled) / self.population
        return self.population**2 * self.deviation**2 / self.sampled * correction


@dataclass(frozen=True, slots=True)
class Estimate:
    """An extrapolated overpayment with its two-sided limits."""

    point_usd: Decimal
    low_usd: Decimal
    high_usd: Decimal
    standard_error_usd: Decimal
    precision: float | None
    """Half of the interval as a share of the point estimate."""
    confidence: float
    quantile: float
    population: int
    sampled: int
    strata: tuple[Stratum, ...]
    method: str

    @property
    def refund_usd(self) -> Decimal:
        """The lower limit, never below zero."""
        return max(self.low_usd, Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Share of wrong items in the sample with its interval."""

    errors: int
    sampled: int
    interval: Interval

    @property
    def share(self) -> float:
        return self.errors / self.sampled


def draw(frame: Iterable[str], size: int, seed: str) -> Sample:
    """A simple random sample. Raises: UsageError."""
    return draw_stratified({ALL: list(frame)}, {ALL: size}, seed)


def draw_stratified(
    frame: Mapping[str, Sequence[str]], sizes: Mapping[str, int], seed: str
) -> Sample:
    """A random sample of the given size from each stratum. Raises: UsageError."""
    everything = [item for items in frame.values() for item in items]
    if len(set(everything)) != len(everything):
        raise UsageError("An item stands in the frame twice. Every claim may be drawn only once.")
    if set(sizes) - set(frame):
        raise UsageError("A sample size is given for a stratum that the frame does not have.")
    drawn = {}
    for name in sorted(frame):
        size = sizes.get(name, 0)
        if not 0 <= size <= len(frame[name]):
            raise UsageError(
                f"{size} items were asked of stratum {name!r}; it holds {len(frame[name])}."
            )
        drawn[name] = tuple(_shuffled(frame[name], seed, name)[:size])
    digest = hashlib.sha256("\n".join(sorted(everything)).encode()).hexdigest()
    return Sample(seed, drawn, {name: len(frame[name]) for name in sorted(frame)}, digest)


def _shuffled(items: Iterable[str], seed: str, stratum: str) -> list[str]:
    def place(item: str) -> bytes:
        return hashlib.sha256(f"{seed}:{stratum}:{item}".encode()).digest()

    return sorted(items, key=place)


def proportional(frame: Mapping[str, Sequence[str]], size: int) -> dict[str, int]:
    """Sizes in proportion to the strata, summing to ``size``.

    Each stratum gets at least two items, or all that it holds: with fewer its
    spread is not known and nothing can be extrapolated. Raises: UsageError.
    """
    total = sum(len(items) for items in frame.values())
    sizes = {name: min(_FEWEST, len(items)) for name, items in frame.items()}
    if not sum(sizes.values()) <= size <= total:
        raise UsageError(
            f"A sample of {size} was asked; these strata allow {sum(sizes.values())} to {total}."
        )
    ideal = {name: size * len(items) / total for name, items in frame.items()}
    while sum(sizes.values()) < size:
        room = [name for name in sorted(frame) if sizes[name] < len(frame[name])]
        sizes[max(room, key=lambda name: ideal[name] - sizes[name])] += 1
    return sizes


def work_paper(sample: Sample, verdicts: Iterable[Verdict] = ()) -> list[dict[str, str]]:
    """One row per drawn item for the reviewer: stratum, order of the draw, verdict so far."""
    said = {verdict.item_id: verdict for verdict in verdicts}
    rows = []
    for name, items in sample.strata.items():
        for number, item in enumerate(items, start=1):
            verdict = said.get(item)
            rows.append(
                {
                    "stratum": name,
                    "draw": str(number),
                    "item": item,
                    "verdict": ""
                    if verdict is None
                    else "error"
                    if verdict.is_error
                    else "correct",
                    "overpaid_usd": "" if verdict is None else str(verdict.overpaid_usd),
                    "reviewer": verdict.reviewer if verdict else "",
                    "reason": verdict.reason if verdict else "",
                }
            )
    return rows


def error_rate(verdicts: Sequence[Verdict], confidence: float = OIG_CONFIDENCE) -> ErrorRate:
    """Share of items in error with the exact (Clopper-Pearson) interval. Raises: UsageError."""
    errors = sum(verdict.is_error for verdict in verdicts)
    return ErrorRate(errors, len(verdicts), clopper_pearson(errors, len(verdicts), confidence))


def extrapolate(
    sample: Sample, verdicts: Iterable[Verdict], confidence: float = OIG_CONFIDENCE
) -> Estimate:
    """The overpayment of the whole frame. Every sampled item needs a verdict.

    Raises: UsageError when a verdict is missing, doubled or about another item.
    """
    said: dict[str, Decimal] = {}
    for verdict in verdicts:
        if verdict.item_id in said:
            raise UsageError("A sampled item has two verdicts. Keep one.")
        said[verdict.item_id] = verdict.overpaid_usd
    if set(said) != set(sample.item_ids):
        missing = len(set(sample.item_ids) - set(said))
        raise UsageError(f"{missing} sampled items have no verdict, or a verdict is not of them.")
    strata = [
        _stratum(name, sample.sizes[name], [said[item] for item in items])
        for name, items in sample.strata.items()
        if items or sample.sizes[name]
    ]
    return estimate(strata, confidence)


def _stratum(name: str, population: int, values: Sequence[Decimal]) -> Stratum:
    if len(values) < _FEWEST and len(values) < population:
        raise UsageError(f"Stratum {name!r} has fewer than two sampled items: no spread is known.")
    numbers = [float(value) for value in values]
    mean = math.fsum(numbers) / len(numbers)
    squares = math.fsum((number - mean) ** 2 for number in numbers)
    deviation = math.sqrt(squares / (len(numbers) - 1)) if len(numbers) > 1 else 0.0
    return Stratum(name, population, len(numbers), mean, deviation)


def estimate(strata: Sequence[Stratum], confidence: float = OIG_CONFIDENCE) -> Estimate:
    """The total over all strata with two-sided limits.

    One stratum uses Student's t with n - 1 degrees of freedom; several use the
    normal value, as stratified appraisals do.
    """
    if not strata or any(not 1 <= s.sampled <= s.population for s in strata):
        raise UsageError("Each stratum needs at least one sampled item, and no more than it holds.")
    tail = 1 - (1 - confidence) / 2
    single = len(strata) == 1 and strata[0].sampled > 1
    quantile = t_quantile(tail, strata[0].sampled - 1) if single else normal_quantile(tail)
    point = math.fsum(s.total for s in strata)
    error = math.sqrt(math.fsum(s.variance for s in strata))
    return Estimate(
        point_usd=_usd(point),
        low_usd=_usd(point - quantile * error),
        high_usd=_usd(point + quantile * error),
        standard_error_usd=_usd(error),
        precision=quantile * error / point if point else None,
        confidence=confidence,
        quantile=quantile,
        population=sum(s.population for s in strata),
        sampled=sum(s.sampled for s in strata),
        strata=tuple(strata),
        method="difference estimator, "
        + (f"t({strata[0].sampled - 1})" if single else "stratified, normal"),
    )


def _usd(value: float) -> Decimal:
    return cents(Decimal(repr(value)))
