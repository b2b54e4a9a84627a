"""The sheet Months, last part: costs by kind, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ccm_core.money.flow import Flow
from ccm_core.money.projection import PAID, Line, Projection
from ccm_core.money.workbook_columns import Grid
from ccm_core.money.workbook_money import CASH, Money
from ccm_core.money.workbook_months import Months, Text, Value

COSTS = ("staff", "practitioner", "software", "vendor", "rework", "start-up")
SUMMED = frozenset(
    {
        "new", "left", "claims", "gross", "denied", "allowed", "uncollected", "revenue", "cash",
        "cost", "net", "earned",
        *(f"paid {name}" for name in PAID),
        *(f"cash {name}" for name in CASH),
        *(f"cost {name}" for name in COSTS),
    }
)  # fmt: skip
_RECEIVED = "({exact cash payer}+{exact cash reworked}+{collected})"


def month_grid(projection: Projection, fees: Grid) -> Grid:
    """The whole sheet."""
    months = Months(projection, fees)
    months.patients()
    months.kinds()
    months.claims()
    money = Money(months)
    money.gross()
    money.parts()
    money.cash()
    costs = _Costs(months)
    costs.time()
    costs.costs()
    costs.results()
    return months.grid


class _Costs:
    def __init__(self, months: Months) -> None:
        self._m = months
        self._is_in_house = months.scenario.delivery == "in_house"

    def time(self) -> None:
        """Pay level, minutes and posts."""
        m, s = self._m, self._m.scenario
        growth = [(1 + s.wage_growth_share) ** (i // 12) for i in range(s.months)]
        m.add(
            "pay", "Load and wage growth", lambda i: float((1 + s.load_share) * growth[i]),
            lambda i: f"(1+in_load_share)*(1+in_wage_growth_share)^{i // 12}", "share",
        )  # fmt: skip
        is_apcm = s.program == "apcm"
        mean = m.mix(lambda mix: s.apcm_minutes if is_apcm else mix.mean_minutes)
        text = "in_apcm_minutes" if is_apcm else None
        m.add("mean", "Minutes per patient-month", mean, text, "count")
        minutes = (
            "{active}*{mean}*(1-in_personal_share)+{panel}*in_nonbillable_minutes"
            "+{new}*in_enrollment_minutes"
            if self._is_in_house
            else "{panel}*in_outsourced_minutes"
        )
        m.add("minutes", "Staff minutes", self._minutes(mean), minutes, "count")
        posts = (
            "ROUNDUP(ROUND(MAX({panel}/in_panel_cap,{minutes}/in_productive_minutes_per_month)"
            "/in_hire_step_fte,9),0)*in_hire_step_fte"
            if self._is_in_house
            else "{minutes}/in_productive_minutes_per_month"
        )
        m.add("fte", "Staff, FTE", m.line(lambda line: line.staff_fte), posts, "count")

    def _minutes(self, mean: Value) -> Value:
        m, s = self._m, self._m.scenario

        def value(i: int) -> float:
            flow = m.projection.flows[i]
            if not self._is_in_house:
                return float(flow.panel * s.outsourced_minutes)
            active = flow.panel - flow.new * (1 - s.first_month_share)
            rest = flow.panel * s.nonbillable_minutes + flow.new * s.enrollment_minutes
            return float(active * (1 - s.personal_share)) * float(mean(i)) + float(rest)

        return value

    def _texts(self) -> dict[str, str]:
        wage = f"in_wage_{self._m.scenario.credential}_usd"
        in_house = self._is_in_house
        personal = "{active}*{mean}*in_personal_share+" if in_house else ""
        hours = "{fte}*in_paid_hours_per_month" if in_house else "{minutes}/60"
        own = "{panel}*in_software_per_patient_usd+in_software_flat_usd"
        fee = f"{{claims}}*in_vendor_per_patient_usd+{_RECEIVED}*in_vendor_percent_share"
        return {
            "staff": f"{hours}*{wage}*{{pay}}",
            "practitioner": f"({personal}{{panel}}*in_oversight_minutes)/60"
            "*in_wage_practitioner_usd*{pay}",
            "software": own if in_house else "0",
            "vendor": "0" if in_house else fee,
            "rework": "{claims}*in_denial_share*in_rework_share*in_rework_cost_usd",
        }

    def costs(self) -> None:
        """Each kind unrounded, then in cents."""
        m = self._m
        texts: dict[str, str | Text] = dict(self._texts())
        texts["start-up"] = lambda i: "0" if i else "in_startup_usd"
        for name, text in texts.items():
            m.add(
                f"exact cost {name}", f"Cost of {name}, unrounded", m.flow(_flow_cost(name)), text
            )
        for name in COSTS:
            formula = m.grid.carried(f"cost {name}", f"exact cost {name}")
            m.add(f"cost {name}", f"Cost: {name}", m.line(_line_cost(name)), formula)
        text = "+".join(f"{{cost {name}}}" for name in COSTS)
        m.add("cost", "Cost", m.line(lambda line: line.cost_usd), text)

    def results(self) -> None:
        """Revenue, cash, net and the running net."""
        m = self._m
        lost = "{paid sequestration}-{paid written_off}-{uncollected}"
        m.add(
            "revenue", "Revenue of the month's services", m.line(lambda line: line.revenue_usd),
            f"{{allowed}}-{lost}",
        )  # fmt: skip
        text = "+".join(f"{{cash {name}}}" for name in CASH)
        m.add("cash", "Cash in", m.line(lambda line: line.cash_usd), text)
        m.add("net", "Net cash", m.line(lambda line: line.net_usd), "{cash}-{cost}")
        earned = m.line(lambda line: line.earned_usd)
        m.add("earned", "Revenue less cost", earned, "{revenue}-{cost}")
        running = [float(net) for net in m.projection.running_net_usd]
        m.add(
            "running", "Running net", running.__getitem__,
            lambda i: f"SUM({m.grid.span('net', 0, i)})",
        )  # fmt: skip


def _flow_cost(name: str) -> Callable[[Flow], Decimal]:
    return lambda flow: Decimal(flow.costs[name])


def _line_cost(name: str) -> Callable[[Line], Decimal]:
    return lambda line: line.costs[name]
