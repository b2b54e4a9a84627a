"""The scenarios that the revenue page offers, and a projection as rows of text."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal

from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.money import presets
from ccm_core.money.projection import Line, Projection
from ccm_core.money.published import figure
from ccm_core.money.scenario import Scenario, scenario
from ccm_core.tables import tables_version

NAMES = {
    "own": "Own history",
    "defaults": "Typed assumptions",
    "guide": "200 patients x 99490",
    "basu": "Basu 2015",
    "national": "National averages",
}
_ONE_YEAR = 12
_STEADY = {"consent_share": 0, "churn_share": 0, "early_churn_share": 0}


def preset(name: str) -> Scenario:
    """The scenario of that name; ``own`` is made by ``revenue_view``. Raises: UsageError."""
    if name == "guide":
        code, billed = figure("seed_claim_code").text, figure("seed_claim_billable_share").value
        return scenario(
            NAMES[name], starting_panel=figure("seed_claim_patients").value,
            code_mix=f"{code}:{billed}", denial_share=figure("seed_claim_denial_share").value,
            months=_ONE_YEAR, **_STEADY,
        )  # fmt: skip
    if name == "basu":
        patients = figure("basu_break_even_patients").value
        return scenario(
            NAMES[name], starting_panel=patients, credential="rn", months=_ONE_YEAR, **_STEADY
        )
    if name == "national":
        return presets.national_scenario()
    return scenario(NAMES["defaults"])


Statement = tuple[str, str, tuple[Decimal, ...]]
"""Kind of row (``part``, ``less`` or ``sum``), its label, and one amount per column."""


def statement(projection: Projection) -> tuple[tuple[str, ...], list[Statement]]:
    """Labels of the columns (years and total), and rows of which each sum is its parts above."""
    lines = (*projection.years, projection.total)

    def row(kind: str, label: str, amount: Iterator[Decimal]) -> Statement:
        return kind, label, tuple(amount)

    rows = [
        row("part", f"{code} at the fee schedule", (one.gross[code] for one in lines))
        for code in projection.total.gross
        if projection.total.gross[code]
    ]
    for kind, label, name in _SERVICES:
        rows.append(row(kind, label, (_amount(one, name) for one in lines)))
    rows += [row("part", _CASH[n], (one.cash[n] for one in lines)) for n in _CASH]
    rows.append(row("sum", "Cash that arrives", (one.cash_usd for one in lines)))
    costs = [name for name in projection.total.costs if projection.total.costs[name]]
    rows += [row("part", f"{n.capitalize()} cost", (one.costs[n] for one in lines)) for n in costs]
    rows.append(row("sum", "Costs", (one.cost_usd for one in lines)))
    rows.append(row("net", "Net: cash less costs", (one.net_usd for one in lines)))
    return tuple(one.label for one in lines), rows


_SERVICES = (
    ("sum", "Allowed for all claims", "gross_usd"),
    ("less", "Denied for good", "denied_usd"),
    ("less", "Cut by sequestration", "sequestration"),
    ("less", "Written off (QMB)", "written_off"),
    ("less", "Not collected from patients", "uncollected_usd"),
    ("sum", "Revenue of these services", "revenue_usd"),
)
_CASH = {
    "payer": "From payers at first", "reworked": "From payers after rework",
    "patient": "From patients and supplements",
}  # fmt: skip


def _amount(line: Line, name: str) -> Decimal:
    found: Decimal = line.paid[name] if name in line.paid else getattr(line, name)
    return found


def projection_csv(projection: Projection, is_demo: bool) -> bytes:
    """Every month with its parts; the totals are left to the reader's own sum."""
    text = io.StringIO(newline="")
    writer = Rows(text)
    demo = "DEMO DATA, no real practice. " if is_demo else ""
    writer.writerow((f"# {demo}Estimate, not a promise of payment. Tables {tables_version()}.",))
    writer.writerow((f"# Scenario: {guarded(projection.scenario.name)}",))
    codes, costs = list(projection.total.gross), list(projection.total.costs)
    writer.writerow((
        "month", "patients", "joined", "left", "claims", "staff_fte",
        *(f"allowed_{code}_usd" for code in codes), "denied_usd", "sequestration_usd",
        "written_off_usd", "uncollected_usd", "revenue_usd", *(f"cash_{n}_usd" for n in _CASH),
        "cash_usd", *(f"cost_{name}_usd" for name in costs), "cost_usd", "net_usd", "estimate",
    ))  # fmt: skip
    for one in projection.months:
        writer.writerow((
            one.label, one.panel, one.new, one.left, one.claims, one.staff_fte,
            *(one.gross[code] for code in codes), one.denied_usd, one.paid["sequestration"],
            one.paid["written_off"], one.uncollected_usd, one.revenue_usd,
            *(one.cash[name] for name in _CASH), one.cash_usd,
            *(one.costs[name] for name in costs), one.cost_usd, one.net_usd,
            "estimate" if one.is_estimate else "",
        ))  # fmt: skip
    return text.getvalue().encode("utf-8-sig")
