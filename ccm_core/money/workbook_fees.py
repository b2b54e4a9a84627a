"""The sheet Fees: one row per month and code, from the published fee to each payer's part."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ccm_core.money.flow import arm_weights
from ccm_core.money.projection import Projection
from ccm_core.money.rates import Rate
from ccm_core.money.workbook_columns import Column, Grid
from ccm_core.months import said_month
from ccm_core.payment import medicare

ARMS = {
    "plain": "(1-in_personal_share)*(1-in_complex_share)",
    "complex": "(1-in_personal_share)*in_complex_share",
    "personal": "in_personal_share",
}
KINDS = {"other": "met", "qmb": "qmb_met", "plan": "plan"}
Value = Callable[[int], float | str]


def codes_of(projection: Projection) -> list[str]:
    """Every code that some month bills, in order."""
    return sorted({code for fact in projection.facts for code in fact.mix.codes})


def fee_grid(projection: Projection) -> Grid:
    """Rows in blocks: the codes of the first month, then of the second, and so on."""
    codes = codes_of(projection)
    grid = Grid("Fees", "Published fees and what each payer pays of one unit", 0)
    grid.height = len(projection.months) * len(codes)
    _Fees(projection, codes, grid).fill()
    return grid


class _Fees:
    def __init__(self, projection: Projection, codes: list[str], grid: Grid) -> None:
        self._scenario = projection.scenario
        self._facts = projection.facts
        self._is_cut = projection.scenario.is_sequestered
        self._codes = codes
        self._grid = grid

    def _place(self, i: int) -> tuple[int, str]:
        month, at = divmod(i, len(self._codes))
        return month, self._codes[at]

    def _rate(self, i: int) -> Rate | None:
        month, code = self._place(i)
        return self._facts[month].rates.get(code)

    def fill(self) -> None:
        self._labels()
        self._units()
        self._parts("met", "0")
        self._parts("open", "{deductible}")
        self._plan()

    def _value(self, key: str, heading: str, value: Value, form: str = "share") -> None:
        self._grid.add(Column(key, heading, value, None, form))

    def _formula(self, key: str, heading: str, text: str, value: Value, form: str = "usd") -> None:
        """A formula whose ``{key}`` stand for cells of the same row."""

        def formula(i: int) -> str:
            keys = {column.key: self._grid.ref(column.key, i) for column in self._grid.columns}
            return text.format(**keys)

        self._grid.add(Column(key, heading, value, formula, form))

    def _labels(self) -> None:
        def of(name: str) -> Value:
            return lambda i: float(getattr(self._rate(i), name)) if self._rate(i) else 0.0

        def on(name: str) -> Value:
            return lambda i: float(
                medicare.number_or_last(name, self._facts[self._place(i)[0]].month.last_day).value
            )

        def cite(i: int) -> str:
            rate = self._rate(i)
            return ", ".join(rate.cites) if rate else ""

        self._value(
            "month", "Month", lambda i: said_month(self._facts[self._place(i)[0]].month), "text"
        )
        self._value("code", "Code", lambda i: self._place(i)[1], "text")
        self._value("published", "Published fee", of("allowed_usd"), "usd")
        self._value("carried", "Years since that schedule", of("years_carried"), "count")
        self._value("estimate", "Estimate (1: yes)", of("is_estimate"), "count")
        self._value("coinsurance", "Coinsurance", on("coinsurance_share"))
        cut = on("sequestration_share")
        self._value("cut", "Sequestration", lambda i: cut(i) if self._is_cut else 0.0)
        self._value("deductible", "Part B deductible", on("part_b_deductible_usd"), "usd")
        self._value("cites", "Fee source", cite, "text")
        self._formula(
            "allowed", "Allowed", "ROUND({published}*(1+in_fee_growth_share)^{carried},2)",
            self._price("met", "allowed"),
        )  # fmt: skip

    def _price(self, kind: str, part: str) -> Value:
        def value(i: int) -> float:
            month, code = self._place(i)
            groups = self._facts[month].prices.get(code)
            return float(getattr(groups[kind], part)) if groups else 0.0

        return value

    def _units(self) -> None:
        def arm_units(arm: str) -> Value:
            def value(i: int) -> float:
                month, code = self._place(i)
                return float(getattr(self._facts[month].mix, arm).units.get(code, 0))

            return value

        def for_kind(group: str) -> Value:
            def value(i: int) -> float:
                month, code = self._place(i)
                only = self._facts[month].mix.only.get(code)
                return 1.0 if only is None or group in only else 0.0

            return value

        weights = arm_weights(self._scenario.numbers())

        def units(i: int) -> float:
            month, code = self._place(i)
            mix = self._facts[month].mix
            parts = (weights[arm] * getattr(mix, arm).units.get(code, 0) for arm in ARMS)
            return float(sum(parts, Decimal()))

        for arm in ARMS:
            self._value(f"units_{arm}", f"Units per patient-month, {arm}", arm_units(arm))
        for kind, group in KINDS.items():
            self._value(f"for_{kind}", f"Billed for {kind} patients (1: yes)", for_kind(group))
        text = "+".join(f"{share}*{{units_{arm}}}" for arm, share in ARMS.items())
        self._formula("units", "Units per patient-month", text, units, "share")

    def _parts(self, kind: str, deductible: str) -> None:
        """Deductible, coinsurance on the rest, sequestration on Medicare's part."""
        owed = f"MIN({{allowed}},{deductible})"
        self._formula(
            f"patient_{kind}", f"Patient's share, deductible {kind}",
            f"{owed}+ROUND(({{allowed}}-{owed})*{{coinsurance}},2)", self._price(kind, "patient"),
        )  # fmt: skip
        self._formula(
            f"cut_{kind}", f"Sequestration, deductible {kind}",
            f"ROUND(({{allowed}}-{{patient_{kind}}})*{{cut}},2)",
            self._price(kind, "sequestration"),
        )  # fmt: skip
        self._formula(
            f"medicare_{kind}", f"Medicare, deductible {kind}",
            f"{{allowed}}-{{patient_{kind}}}-{{cut_{kind}}}", self._price(kind, "medicare"),
        )  # fmt: skip

    def _plan(self) -> None:
        self._formula(
            "plan_allowed", "Advantage plan allows", "ROUND({allowed}*in_ma_multiple,2)",
            self._price("plan", "allowed"),
        )  # fmt: skip
        self._formula(
            "plan_patient", "Advantage patient's share",
            "ROUND({plan_allowed}*in_ma_patient_share,2)", self._price("plan", "plan_patient"),
        )  # fmt: skip
        self._formula(
            "plan", "Advantage plan pays", "{plan_allowed}-{plan_patient}",
            self._price("plan", "plan"),
        )  # fmt: skip
