"""The sheet Months, first part: patients, kinds of patient, and months that bill."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from ccm_core.money.flow import Flow, arm_weights, target_panel, weights
from ccm_core.money.minutes_mix import Mix
from ccm_core.money.projection import Line, Projection
from ccm_core.money.workbook_columns import Column, Grid
from ccm_core.money.workbook_fees import ARMS, codes_of
from ccm_core.months import Month, said_month

Value = Callable[[int], float | str]
Text = Callable[[int], str]
_KEY = re.compile(r"\{([^}]+)\}")
_TARGET = (
    "in_physicians*in_patients_per_physician*in_medicare_share*in_chronic_share"
    "*(1-in_excluded_share)*in_consent_share"
)
_KINDS = {
    "met": "(1-in_ma_share)*(1-in_qmb_share)*(1-{open})",
    "open": "(1-in_ma_share)*(1-in_qmb_share)*{open}",
    "qmb_met": "(1-in_ma_share)*in_qmb_share*(1-{open})",
    "qmb_open": "(1-in_ma_share)*in_qmb_share*{open}",
    "plan": "in_ma_share",
}


class Months:
    """Writes columns of the sheet. In a formula text ``{key}`` is a cell of the same row."""

    def __init__(self, projection: Projection, fees: Grid) -> None:
        self.projection = projection
        self.scenario = projection.scenario
        self.inputs = projection.scenario.numbers()
        self.fees = fees
        self.codes = codes_of(projection)
        title = "Months: the chain from patients to net"
        self.grid = Grid("Months", title, len(projection.months), has_totals=True)

    def add(
        self, key: str, heading: str, value: Value, formula: str | Text | None, form: str = "usd"
    ) -> None:
        """One column: a value, and a formula for all rows or by row."""
        by_row = self.filled(formula) if isinstance(formula, str) else formula
        self.grid.add(Column(key, heading, value, by_row, form))

    def filled(self, text: str) -> Text:
        """The formula text with the cells of a row in place of keys."""
        return lambda i: _KEY.sub(lambda found: self.grid.ref(found[1], i), text)

    def before(self, text: str) -> Text:
        """The same with the cells of the row above."""
        fill = self.filled(text)
        return lambda i: fill(i - 1)

    def line(self, read: Callable[[Line], Decimal]) -> Value:
        """What a shown month says."""
        return lambda i: float(read(self.projection.months[i]))

    def flow(self, read: Callable[[Flow], Decimal]) -> Value:
        """What a month says before rounding."""
        return lambda i: float(read(self.projection.flows[i]))

    def mix(self, read: Callable[[Mix], Decimal]) -> Value:
        """What a month's mix says."""
        return lambda i: float(read(self.projection.facts[i].mix))

    # -- patients ---------------------------------------------------------------------

    def patients(self) -> None:
        """Who is enrolled: joiners fill the target, leavers go by tenure."""
        labels = [line.label for line in self.projection.months]
        self.add("month", "Month", lambda i: said_month(Month.parse(labels[i])), None, "text")
        self.add("year", "Year", lambda i: labels[i][:4], None, "text")
        target = float(target_panel(self.inputs))
        self.add("target", "Target panel", lambda _: target, _TARGET, "count")
        survivors = self.flow(lambda flow: flow.panel - flow.new)
        self.add("survivors", "Still enrolled", survivors, self._survivors, "count")
        joined = "MIN({target}/in_ramp_months,MAX({target}-{survivors},0))"
        self.add("new", "Joined", self.flow(lambda flow: flow.new), joined, "count")
        self._tenures()
        panel = self.flow(lambda flow: flow.panel)
        self.add("panel", "Panel", panel, "{survivors}+{new}", "count")
        self.add("left", "Left", self.flow(lambda flow: flow.left), self._left, "count")

    def _tenures(self) -> None:
        early, settled = self._replayed()
        for k in range(self.scenario.tenure_months):
            self._tenure(k, [row[k] for row in early])
        others = "".join(f"-{{early {k}}}" for k in range(self.scenario.tenure_months))
        longer = "{survivors}+{new}" + others
        self.add("settled", "Enrolled longer", lambda i: settled[i], longer, "count")

    def _tenure(self, k: int, values: list[float]) -> None:
        stayed = self.before(f"{{early {k - 1}}}*(1-in_early_churn_share)")
        formula: str | Text = (lambda i: stayed(i) if i else "0") if k else "{new}"
        self.add(f"early {k}", f"Enrolled {k} months", lambda i: values[i], formula, "count")

    def _replayed(self) -> tuple[list[list[float]], list[float]]:
        """Enrolled by tenure at each month's end, replayed from the joiners."""
        stay_new = 1 - float(self.scenario.early_churn_share)
        stay = 1 - float(self.scenario.churn_share)
        early = [[0.0] * self.scenario.tenure_months]
        settled = [float(self.scenario.starting_panel)]
        for i, flow in enumerate(self.projection.flows):
            if i:
                kept = [number * stay_new for number in early[-1]]
                settled.append(settled[-1] * stay + (kept[-1] if kept else 0))
                early.append([0.0, *kept[:-1]] if kept else [])
            if early[-1]:
                early[-1][0] += float(flow.new)
            else:
                settled[-1] += float(flow.new)
        return early, settled

    def _survivors(self, i: int) -> str:
        if not i:
            return "in_starting_panel"
        ages = range(self.scenario.tenure_months)
        kept = "".join(f"+{{early {k}}}*(1-in_early_churn_share)" for k in ages)
        return self.before("{settled}*(1-in_churn_share)" + kept)(i)

    def _left(self, i: int) -> str:
        return f"{self.grid.ref('panel', i - 1)}-{self.grid.ref('survivors', i)}" if i else "0"

    # -- kinds of patient and claims --------------------------------------------------

    def kinds(self) -> None:
        """Shares of claims by kind of patient; deductibles close over the year."""
        shares = [weights(self.inputs, flow.month) for flow in self.projection.flows]
        calendar = [float(flow.month.month) for flow in self.projection.flows]
        self.add("calendar", "Month of year", lambda i: calendar[i], None, "count")
        self.add(
            "open", "Deductible open", lambda i: _open(shares[i]),
            "in_deductible_open_share*MAX(0,in_deductible_months-{calendar}+1)"
            "/MAX(1,in_deductible_months)", "share",
        )  # fmt: skip
        for kind, text in _KINDS.items():
            values = [float(row[kind]) for row in shares]
            self.add(f"share {kind}", f"Share of claims, {kind}", values.__getitem__, text, "share")

    def claims(self) -> None:
        """Months that bill: minutes through thresholds, less what the policy blocks."""
        scenario = self.scenario
        active = self.flow(lambda flow: flow.panel - flow.new * (1 - scenario.first_month_share))
        self.add(
            "active", "Patient-months", active, "{panel}-{new}*(1-in_first_month_share)", "count"
        )
        for arm in ARMS:
            self.add(f"billed {arm}", f"Share that bills, {arm}", self._billed(arm), None, "share")
        text = "+".join(f"{share}*{{billed {arm}}}" for arm, share in ARMS.items())
        self.add("billed", "Share that bills", self._all_billed, text, "share")
        self.add(
            "engaged", "Engagement", self._engaged,
            "MIN(in_engagement_factor,1/IF({billed}=0,1,{billed}))", "share",
        )  # fmt: skip
        passed = 1 - float(scenario.blocked_share)
        self.add(
            "worked", "Patient-months that pass",
            lambda i: float(active(i)) * passed * self._engaged(i),
            f"{{active}}*(1-in_blocked_{scenario.policy}_share)*{{engaged}}", "count",
        )  # fmt: skip
        self.add("claims", "Claims", self.flow(lambda f: f.claims), "{worked}*{billed}", "count")

    def _billed(self, arm: str) -> Value:
        def read(mix: Mix) -> Decimal:
            share: Decimal = getattr(mix, arm).billed_share
            return share

        return self.mix(read)

    def _all_billed(self, i: int) -> float:
        shares = arm_weights(self.inputs)
        return sum(float(shares[arm]) * float(self._billed(arm)(i)) for arm in ARMS)

    def _engaged(self, i: int) -> float:
        return min(float(self.scenario.engagement_factor), 1 / (self._all_billed(i) or 1))


def _open(shares: dict[str, Decimal]) -> float:
    """Share of original-Medicare patients whose deductible is open."""
    original = 1 - shares["plan"]
    return float((shares["open"] + shares["qmb_open"]) / original) if original else 0.0
