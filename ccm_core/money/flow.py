"""The chain from patients to cash, written once for exact Decimals and for simulated arrays.

``run`` takes every input by name. With ``Exact`` the inputs are Decimals and
nothing is rounded; with a simulation's ``Counting`` they are NumPy arrays, one
element per draw. Rounding to shown cents is the projection's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any, Protocol

from ccm_core.money.minutes_mix import Mix
from ccm_core.money.rates import PARTS, Parts, Rate
from ccm_core.months import Month
from ccm_core.payment.cents import ZERO

Number = Any  # a Decimal, or an array of draws
Inputs = Mapping[str, Number]
HOUR_MINUTES = 60


class Counting(Protocol):
    """Arithmetic and chance: exact, or over arrays of draws."""

    def least(self, a: Number, b: Number) -> Number: ...
    def most(self, a: Number, b: Number) -> Number: ...
    def ceiling(self, a: Number) -> Number: ...
    def arrivals(self, mean: Number) -> Number: ...
    def stays(self, count: Number, share: Number) -> Number: ...
    def luck(self, count: Number, share: Number) -> Number: ...


class Exact:
    """No chance at all: every count is its mean."""

    def least(self, a: Number, b: Number) -> Number:
        return min(a, b)

    def most(self, a: Number, b: Number) -> Number:
        return max(a, b)

    def ceiling(self, a: Number) -> Number:
        return Decimal(a).to_integral_value(ROUND_CEILING)

    def arrivals(self, mean: Number) -> Number:
        return mean

    def stays(self, count: Number, share: Number) -> Number:
        return count * share

    def luck(self, count: Number, share: Number) -> Number:
        return 1


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What tables say about one month: units by minutes, and prices by code and patient kind."""

    month: Month
    mix: Mix
    rates: Mapping[str, Rate]
    prices: Mapping[str, Mapping[str, Parts]]
    is_estimate: bool


@dataclass(slots=True)
class Flow:
    """One month, unrounded."""

    month: Month
    new: Number
    left: Number
    panel: Number
    claims: Number
    units: dict[str, Number] = field(default_factory=dict)
    gross: dict[str, Number] = field(default_factory=dict)
    denied: Number = ZERO
    parts: dict[str, Number] = field(default_factory=dict)
    """Paid after rework, by part, ``crossover`` apart from what is written off."""
    collected: Number = ZERO
    """Of the patients' parts, what is expected to come in."""
    cash: dict[str, Number] = field(default_factory=dict)
    """Cash of this service month by source, whenever it arrives."""
    costs: dict[str, Number] = field(default_factory=dict)
    staff_fte: Number = ZERO


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of a scenario that choose a branch."""

    delivery: str
    program: str
    wage_usd: Number
    blocked_share: Number


def run(v: Inputs, terms: Terms, facts: Sequence[MonthFacts], count: Counting) -> list[Flow]:
    """Every month of the horizon, in order."""
    target = target_panel(v)
    capacity = target / v["ramp_months"]
    early = [v["starting_panel"] * 0 for _ in range(int(v["tenure_months"]))]
    settled = v["starting_panel"]
    flows = []
    for index, fact in enumerate(facts):
        before = sum(early, settled)
        if index:
            early, settled = _after_leaving(v, early, settled, count)
        survivors = sum(early, settled)
        new = count.arrivals(count.least(capacity, count.most(target - survivors, target * 0)))
        if early:
            early[0] = early[0] + new
        else:
            settled = settled + new
        flow = Flow(fact.month, new, before - survivors, survivors + new, ZERO)
        _bill(flow, v, terms, fact, count)
        _spend(flow, v, terms, fact, index, count)
        flows.append(flow)
    return flows


def target_panel(v: Inputs) -> Number:
    """Patients who would consent, of all that the physicians see."""
    eligible = (
        v["physicians"] * v["patients_per_physician"] * v["medicare_share"]
        * v["chronic_share"] * (1 - v["excluded_share"])
    )  # fmt: skip
    return eligible * v["consent_share"]


def _after_leaving(
    v: Inputs, early: list[Number], settled: Number, count: Counting
) -> tuple[list[Number], Number]:
    kept_early = [count.stays(bucket, 1 - v["early_churn_share"]) for bucket in early]
    kept = count.stays(settled, 1 - v["churn_share"])
    if not kept_early:
        return [], kept
    return [kept * 0, *kept_early[:-1]], kept + kept_early[-1]


def weights(v: Inputs, month: Month) -> dict[str, Number]:
    """Share of claims by kind of patient; deductibles close over the first months of a year."""
    original = 1 - v["ma_share"]
    months_open = int(v["deductible_months"])
    left = max(0, months_open - (month.month - 1))
    still_open = v["deductible_open_share"] * left / max(1, months_open)
    qmb = v["qmb_share"]
    return {
        "met": original * (1 - qmb) * (1 - still_open),
        "open": original * (1 - qmb) * still_open,
        "qmb_met": original * qmb * (1 - still_open),
        "qmb_open": original * qmb * still_open,
        "plan": v["ma_share"],
    }


def arm_weights(v: Inputs) -> dict[str, Number]:
    """Share of months worked plainly, as complex, and by the practitioner in person."""
    personal = v["personal_share"]
    return {
        "plain": (1 - personal) * (1 - v["complex_share"]),
        "complex": (1 - personal) * v["complex_share"],
        "personal": personal,
    }


def _bill(flow: Flow, v: Inputs, terms: Terms, fact: MonthFacts, count: Counting) -> None:
    active = flow.panel - flow.new * (1 - v["first_month_share"])
    arms = arm_weights(v)
    mix = fact.mix
    billed = sum(arms[arm] * getattr(mix, arm).billed_share for arm in arms)
    engaged = count.least(v["engagement_factor"], 1 / _not_zero(billed) + 0 * active)
    share = (1 - terms.blocked_share) * engaged
    # A month's luck moves claims; units and money follow in proportion.
    worked = active * share * count.luck(active, billed * share)
    flow.claims = worked * billed
    sums: dict[str, Number] = dict.fromkeys(PARTS, 0 * active)
    shares = weights(v, fact.month)
    for code in mix.codes:
        each = sum((arms[arm] * getattr(mix, arm).units.get(code, 0) for arm in arms), 0 * active)
        only = mix.only.get(code)
        counted = {g: weight for g, weight in shares.items() if only is None or g in only}
        flow.units[code] = worked * each * sum(counted.values())
        flow.gross[code] = 0 * active
        for group, weight in counted.items():
            number = worked * each * weight
            parts = fact.prices[code][group]
            flow.gross[code] = flow.gross[code] + number * parts.allowed
            for name in PARTS:
                sums[name] = sums[name] + number * getattr(parts, name)
    _settle(flow, v, sums)


def _settle(flow: Flow, v: Inputs, sums: dict[str, Number]) -> None:
    """Denials and rework, then who pays what, then what is collected."""
    reworked = v["denial_share"] * v["rework_share"]
    first = 1 - v["denial_share"]
    kept = first + reworked * v["rework_success_share"]
    gross = sum(flow.gross.values())
    flow.denied = gross * (1 - kept)
    paid = {name: amount * kept for name, amount in sums.items()}
    paid["crossover"] = paid["written_off"] * v["qmb_crossover_share"]
    paid["written_off"] = paid["written_off"] * (1 - v["qmb_crossover_share"])
    flow.parts = paid
    insured = v["supplement_share"]
    alone = 1 - v["qmb_share"] - insured
    self_pay = v["self_pay_collected_share"]
    collected_share = (insured + alone * self_pay) / _not_zero(1 - v["qmb_share"])
    flow.collected = paid["patient"] * collected_share + paid["plan_patient"] * self_pay
    payer = paid["medicare"] + paid["plan"] + paid["crossover"]
    # With every claim denied and none recovered nothing is paid, so any divisor will do.
    on_time = first / _not_zero(kept)
    flow.cash = {
        "payer": payer * on_time,
        "reworked": payer * (1 - on_time),
        "patient": flow.collected,
    }


def _not_zero(number: Number) -> Number:
    if isinstance(number, Decimal):
        return number or Decimal(1)
    return number + (number == 0)


def _spend(
    flow: Flow, v: Inputs, terms: Terms, fact: MonthFacts, index: int, count: Counting
) -> None:
    years = index // 12
    pay = (1 + v["load_share"]) * (1 + v["wage_growth_share"]) ** years
    active = flow.panel - flow.new * (1 - v["first_month_share"])
    mean = v["apcm_minutes"] if terms.program == "apcm" else fact.mix.mean_minutes
    personal = v["personal_share"]
    minutes = (
        active * mean * (1 - personal)
        + flow.panel * v["nonbillable_minutes"]
        + flow.new * v["enrollment_minutes"]
    )
    practitioner_minutes = active * mean * personal + flow.panel * v["oversight_minutes"]
    if terms.delivery == "outsourced":
        minutes = flow.panel * v["outsourced_minutes"]
        flow.staff_fte = minutes / v["productive_minutes_per_month"]
        staff = minutes / HOUR_MINUTES * terms.wage_usd * pay
        practitioner_minutes = flow.panel * v["oversight_minutes"]
    else:
        need = count.most(flow.panel / v["panel_cap"], minutes / v["productive_minutes_per_month"])
        flow.staff_fte = count.ceiling(need / v["hire_step_fte"]) * v["hire_step_fte"]
        staff = flow.staff_fte * v["paid_hours_per_month"] * terms.wage_usd * pay
    flow.costs = {
        "staff": staff,
        "practitioner": practitioner_minutes / HOUR_MINUTES * v["wage_practitioner_usd"] * pay,
        **_other_costs(flow, v, terms, index),
    }


def _other_costs(flow: Flow, v: Inputs, terms: Terms, index: int) -> dict[str, Number]:
    nothing = flow.panel * 0
    in_house = terms.delivery == "in_house"
    software = flow.panel * v["software_per_patient_usd"] + v["software_flat_usd"]
    received = sum(flow.cash.values())
    vendor = flow.claims * v["vendor_per_patient_usd"] + received * v["vendor_percent_share"]
    denied = flow.claims * v["denial_share"] * v["rework_share"]
    return {
        "software": software if in_house else nothing,
        "vendor": nothing if in_house else vendor,
        "rework": denied * v["rework_cost_usd"],
        "start-up": nothing + v["startup_usd"] if index == 0 else nothing,
    }
