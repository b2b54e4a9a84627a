"""The sheet Months, second part: from claims to gross, who pays, and cash."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ccm_core.money.flow import Flow
from ccm_core.money.projection import PAID, Line, rest_part
from ccm_core.money.workbook_months import Months, Text, Value
from ccm_core.payment.cents import ZERO

CASH = ("payer", "reworked", "patient")
KEPT = "(1-in_denial_share+in_denial_share*in_rework_share*in_rework_success_share)"
_ON_TIME = f"((1-in_denial_share)/IF({KEPT}=0,1,{KEPT}))"
_ORIGINAL = (
    ("other", "met", "met"), ("other", "open", "open"),
    ("qmb", "qmb_met", "met"), ("qmb", "qmb_open", "open"),
)  # fmt: skip
# Parts by where they stand on the sheet Fees: kind of patient, share of claims, column.
_PARTS = {
    "medicare": [(kind, share, f"medicare_{state}") for kind, share, state in _ORIGINAL],
    "sequestration": [(kind, share, f"cut_{state}") for kind, share, state in _ORIGINAL],
    "patient": [(kind, share, f"patient_{state}") for kind, share, state in _ORIGINAL[:2]],
    "qmb": [(kind, share, f"patient_{state}") for kind, share, state in _ORIGINAL[2:]],
    "plan": [("plan", "plan", "plan")],
    "plan_patient": [("plan", "plan", "plan_patient")],
}
_QMB_PARTS = {"written_off": "(1-in_qmb_crossover_share)", "crossover": "in_qmb_crossover_share"}
WORDS = {
    "medicare": "Medicare pays", "plan": "Advantage plans pay", "patient": "Patients owe",
    "plan_patient": "Advantage patients owe", "sequestration": "Sequestration",
    "written_off": "QMB share written off", "crossover": "Medicaid pays for QMB",
    "qmb": "QMB cost share",
}  # fmt: skip


class Money:
    """Writes the columns of money up to cash."""

    def __init__(self, months: Months) -> None:
        self._m = months
        self._rest = rest_part(months.projection.flows)

    def gross(self) -> None:
        """Billed amounts by code, and what is denied for good."""
        m = self._m
        for at, code in enumerate(m.codes):
            exact = m.flow(_flow_item("gross", code))
            m.add(f"exact {code}", f"{code}, unrounded", exact, self._gross_of(at))
        for code in m.codes:
            shown = m.line(_line_item("gross", code))
            self._carried(f"gross {code}", f"Billed {code}", shown, f"exact {code}")
        text = "+".join(f"{{gross {code}}}" for code in m.codes)
        m.add("gross", "Gross allowed", m.line(lambda line: line.gross_usd), text)
        sums = "+".join(f"{{exact {code}}}" for code in m.codes)
        m.add(
            "exact denied", "Denied for good, unrounded", m.flow(lambda flow: flow.denied),
            f"({sums})*(1-{KEPT})",
        )  # fmt: skip
        denied = m.line(lambda line: line.denied_usd)
        self._carried("denied", "Denied for good", denied, "exact denied")
        allowed = m.line(lambda line: line.allowed_usd)
        m.add("allowed", "Allowed and paid", allowed, "{gross}-{denied}")

    def _carried(self, key: str, heading: str, value: Value, exact: str, lag: int = 0) -> None:
        self._m.add(key, heading, value, self._m.grid.carried(key, exact, lag))

    def _gross_of(self, at: int) -> Text:
        m = self._m
        original = (
            "([for_other]*({share met}+{share open})+[for_qmb]*({share qmb_met}+{share qmb_open}))"
        )
        plan = "[plan_allowed]*[for_plan]*{share plan}"
        text = f"{{worked}}*[units]*([allowed]*{original}+{plan})"

        def formula(i: int) -> str:
            filled = m.filled(text)(i)
            for key in ("for_other", "for_qmb", "for_plan", "plan_allowed", "allowed", "units"):
                filled = filled.replace(f"[{key}]", m.fees.out(key, i * len(m.codes) + at))
            return filled

        return formula

    def parts(self) -> None:
        """Who carries the allowed amounts; the largest part takes what rounding leaves."""
        m = self._m
        for name in _PARTS:
            exact = m.flow(_qmb_share if name == "qmb" else _flow_item("parts", name))
            m.add(f"exact {name}", f"{WORDS[name]}, unrounded", exact, self._part(name))
        for name, share in _QMB_PARTS.items():
            exact = m.flow(_flow_item("parts", name))
            m.add(f"exact {name}", f"{WORDS[name]}, unrounded", exact, f"{{exact qmb}}*{share}")
        others = [name for name in PAID if name != self._rest]
        for name in others:
            shown = m.line(_line_item("paid", name))
            self._carried(f"paid {name}", WORDS[name], shown, f"exact {name}")
        left = "-".join(("{allowed}", *(f"{{paid {name}}}" for name in others)))
        rest = m.line(_line_item("paid", self._rest))
        m.add(f"paid {self._rest}", WORDS[self._rest], rest, f"ROUND({left},2)")

    def _part(self, name: str) -> Text:
        m = self._m
        size = len(m.codes)

        def block(key: str, i: int) -> str:
            return m.fees.outer_span(key, i * size, (i + 1) * size - 1)

        def formula(i: int) -> str:
            sums = "+".join(
                f"{{share {share}}}*SUMPRODUCT({block('units', i)},{block(f'for_{kind}', i)},"
                f"{block(column, i)})"
                for kind, share, column in _PARTS[name]
            )
            return m.filled(f"{{worked}}*{KEPT}*({sums})")(i)

        return formula

    def cash(self) -> None:
        """What is collected, and when it arrives."""
        m, s = self._m, self._m.scenario
        m.add(
            "collected", "Collected from patients, unrounded", m.flow(lambda flow: flow.collected),
            "{exact patient}*(in_supplement_share+(1-in_qmb_share-in_supplement_share)"
            "*in_self_pay_collected_share)/IF(in_qmb_share=1,1,1-in_qmb_share)"
            "+{exact plan_patient}*in_self_pay_collected_share",
        )  # fmt: skip
        owed = "{exact patient}+{exact plan_patient}"
        m.add(
            "exact uncollected", "Uncollected, unrounded", m.flow(_uncollected),
            f"{owed}-{{collected}}",
        )  # fmt: skip
        lost = m.line(lambda line: line.uncollected_usd)
        self._carried("uncollected", "Uncollected", lost, "exact uncollected")
        payers = "({exact medicare}+{exact plan}+{exact crossover})"
        for name, share in (("payer", _ON_TIME), ("reworked", f"(1-{_ON_TIME})")):
            exact = m.flow(_flow_item("cash", name))
            heading = f"Cash of this month's services, {name}"
            m.add(f"exact cash {name}", heading, exact, f"{payers}*{share}")
        lags = (s.payer_lag_months, s.rework_lag_months, s.patient_lag_months)
        for name, lag in zip(CASH, lags, strict=True):
            served = "collected" if name == "patient" else f"exact cash {name}"
            shown = m.line(_line_item("cash", name))
            self._carried(f"cash {name}", f"Cash in: {name}", shown, served, lag)


def _flow_item(field: str, name: str) -> Callable[[Flow], Decimal]:
    def read(flow: Flow) -> Decimal:
        return Decimal(getattr(flow, field).get(name, ZERO))

    return read


def _line_item(field: str, name: str) -> Callable[[Line], Decimal]:
    def read(line: Line) -> Decimal:
        return Decimal(getattr(line, field).get(name, ZERO))

    return read


def _qmb_share(flow: Flow) -> Decimal:
    return Decimal(flow.parts["written_off"] + flow.parts["crossover"])


def _uncollected(flow: Flow) -> Decimal:
    return Decimal(flow.parts["patient"] + flow.parts["plan_patient"] - flow.collected)
