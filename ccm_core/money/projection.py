"""A projection: the chain of flow in whole cents, month by month and year by year.

Lines are rounded where they are shown, then summed: the months add up to the
year, the parts of a month to the month, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ccm_core import fees
from ccm_core.money.facts import facts_of
from ccm_core.money.flow import Exact, Flow, MonthFacts, Terms, run
from ccm_core.money.rates import Price
from ccm_core.money.scenario import Scenario
from ccm_core.payment.cents import ZERO, Carry

PAID = ("medicare", "plan", "patient", "plan_patient", "sequestration", "written_off", "crossover")
_PEOPLE = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Line:
    """One month or one year of a projection, in whole cents. Counts are means, so fractions."""

    label: str
    panel: Decimal
    new: Decimal
    left: Decimal
    claims: Decimal
    units: dict[str, Decimal]
    gross: dict[str, Decimal]
    """Allowed amounts of all billed units by code, before denials."""
    denied_usd: Decimal
    """Allowed amounts denied for good, after rework."""
    paid: dict[str, Decimal]
    """The rest by who carries it; ``written_off`` and ``sequestration`` reach nobody."""
    uncollected_usd: Decimal
    cash: dict[str, Decimal]
    """Cash that arrives in this month, by source."""
    costs: dict[str, Decimal]
    staff_fte: Decimal
    is_estimate: bool

    @property
    def gross_usd(self) -> Decimal:
        return sum(self.gross.values(), ZERO)

    @property
    def allowed_usd(self) -> Decimal:
        """Allowed amounts of the claims that are paid in the end."""
        return self.gross_usd - self.denied_usd

    @property
    def revenue_usd(self) -> Decimal:
        """What this month's services bring in the end, whenever the cash arrives."""
        lost = self.paid["sequestration"] + self.paid["written_off"] + self.uncollected_usd
        return self.allowed_usd - lost

    @property
    def cash_usd(self) -> Decimal:
        return sum(self.cash.values(), ZERO)

    @property
    def cost_usd(self) -> Decimal:
        return sum(self.costs.values(), ZERO)

    @property
    def net_usd(self) -> Decimal:
        """Cash that arrives less costs of the month."""
        return self.cash_usd - self.cost_usd

    @property
    def earned_usd(self) -> Decimal:
        """Revenue of the month's services less costs of the month."""
        return self.revenue_usd - self.cost_usd


@dataclass(frozen=True, slots=True)
class Projection:
    """Every month of a scenario. Totals are sums of the months."""

    scenario: Scenario
    months: tuple[Line, ...]
    facts: tuple[MonthFacts, ...] = field(repr=False)
    flows: tuple[Flow, ...] = field(repr=False)
    """The months before rounding."""
    total: Line = field(init=False, repr=False, compare=False)
    """Added up once: a page asks for it twenty times."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", total("Total", self.months))

    @property
    def years(self) -> tuple[Line, ...]:
        """One line per calendar year (the first and last may be parts of years)."""
        labels = sorted({line.label[:4] for line in self.months})
        return tuple(
            total(label, (line for line in self.months if line.label[:4] == label))
            for label in labels
        )

    @property
    def receivable_usd(self) -> Decimal:
        """Earned but not yet arrived at the end of the horizon."""
        return self.total.revenue_usd - self.total.cash_usd

    @property
    def running_net_usd(self) -> tuple[Decimal, ...]:
        """Net of all months so far, month by month."""
        sums, running = [], ZERO
        for line in self.months:
            running += line.net_usd
            sums.append(running)
        return tuple(sums)

    @property
    def break_even_month(self) -> str | None:
        """First month from which the running net stays at or above zero, or None."""
        found = None
        for line, running in zip(self.months, self.running_net_usd, strict=True):
            if running < 0:
                found = None
            elif found is None:
                found = line.label
        return found

    @property
    def present_value_usd(self) -> Decimal:
        """Net of all months, discounted month by month to the first."""
        monthly = (1 + self.scenario.discount_share) ** (Decimal(1) / 12)
        worth = sum((line.net_usd / monthly**i for i, line in enumerate(self.months)), ZERO)
        return worth.quantize(Decimal("0.01"))

    @property
    def is_estimate(self) -> bool:
        """True when some month has no published fee schedule of its own."""
        return any(line.is_estimate for line in self.months)


def project(scenario: Scenario, price: Price = fees.allowed) -> Projection:
    """The scenario's months, at the shipped fees or at those that ``price`` gives.

    Raises: UsageError, NotInForce, NotPayable, UnknownLocality.
    """
    scenario.check()
    facts = facts_of(scenario, price)
    flows = run(scenario.numbers(), terms_of(scenario), facts, Exact())
    return Projection(scenario, _lines(scenario, facts, flows), tuple(facts), tuple(flows))


def terms_of(scenario: Scenario) -> Terms:
    """The words of the scenario that choose a branch of the chain."""
    return Terms(scenario.delivery, scenario.program, scenario.wage_usd, scenario.blocked_share)


def _lines(s: Scenario, facts: Sequence[MonthFacts], flows: Sequence[Flow]) -> tuple[Line, ...]:
    ledger = _Ledger(s, flows)
    return tuple(
        ledger.line(index, flow, fact.is_estimate)
        for index, (flow, fact) in enumerate(zip(flows, facts, strict=True))
    )


class _Ledger:
    """Turns exact flows into cents, handing every rounding error to the next month."""

    def __init__(self, scenario: Scenario, flows: Sequence[Flow]) -> None:
        self._carries: dict[str, Carry] = {}
        self._flows = flows
        self._rest = rest_part(flows)
        self._lags = {
            "payer": scenario.payer_lag_months,
            "reworked": scenario.rework_lag_months,
            "patient": scenario.patient_lag_months,
        }

    def _show(self, name: str, amount: Decimal) -> Decimal:
        return self._carries.setdefault(name, Carry()).show(amount)

    def line(self, index: int, flow: Flow, is_estimate: bool) -> Line:
        gross = {code: self._show(f"gross {code}", usd) for code, usd in flow.gross.items()}
        denied = self._show("denied", flow.denied)
        paid = self._paid(flow, sum(gross.values(), ZERO) - denied)
        due = flow.parts["patient"] + flow.parts["plan_patient"]
        return Line(
            label=str(flow.month),
            panel=_people(flow.panel),
            new=_people(flow.new),
            left=_people(flow.left),
            claims=_people(flow.claims),
            units={code: _people(number) for code, number in flow.units.items()},
            gross=gross,
            denied_usd=denied,
            paid=paid,
            uncollected_usd=self._show("uncollected", due - flow.collected),
            cash={
                name: self._show(f"cash {name}", self._arriving(name, index)) for name in self._lags
            },
            costs={name: self._show(f"cost {name}", usd) for name, usd in flow.costs.items()},
            staff_fte=_people(flow.staff_fte),
            is_estimate=is_estimate,
        )

    def _paid(self, flow: Flow, allowed: Decimal) -> dict[str, Decimal]:
        """The parts in cents; the largest takes what rounding leaves, so that they add up."""
        paid = {name: self._show(f"paid {name}", flow.parts[name]) for name in PAID}
        paid[self._rest] += allowed - sum(paid.values(), ZERO)
        return paid

    def _arriving(self, name: str, index: int) -> Decimal:
        served = index - self._lags[name]
        return Decimal(self._flows[served].cash[name]) if served >= 0 else ZERO


def rest_part(flows: Sequence[Flow]) -> str:
    """The largest part over the horizon: the one where a cent of rounding does not show."""
    return max(PAID, key=lambda name: sum((Decimal(flow.parts[name]) for flow in flows), ZERO))


def _people(number: Decimal) -> Decimal:
    return Decimal(number).quantize(_PEOPLE)


def total(label: str, lines: Iterable[Line]) -> Line:
    """The sum of lines; panel and staff are those of the last one."""
    rows = list(lines)
    last = rows[-1]
    return Line(
        label=label,
        panel=last.panel,
        new=sum((row.new for row in rows), ZERO),
        left=sum((row.left for row in rows), ZERO),
        claims=sum((row.claims for row in rows), ZERO),
        units=_sums(row.units for row in rows),
        gross=_sums(row.gross for row in rows),
        denied_usd=sum((row.denied_usd for row in rows), ZERO),
        paid=_sums(row.paid for row in rows),
        uncollected_usd=sum((row.uncollected_usd for row in rows), ZERO),
        cash=_sums(row.cash for row in rows),
        costs=_sums(row.costs for row in rows),
        staff_fte=last.staff_fte,
        is_estimate=any(row.is_estimate for row in rows),
    )


def _sums(rows: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        for name, number in row.items():
            sums[name] = sums.get(name, ZERO) + number
    return sums
