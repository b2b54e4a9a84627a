"""The answer: net, break-even, staff, cash; the chart; and the statement behind them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from ccm_core.money.answers import BreakEvenPanel
from ccm_core.money.basis import basis
from ccm_core.money.projection import Projection
from ccm_core.months import Month
from ccm_core.program import revenue_presets
from pages.parts import links, revenue_charts, revenue_work, tables, words
from pages.parts.revenue_inputs import WORDS


def sentence(of: Projection) -> None:
    """The whole answer in words, estimates named."""
    s, total = of.scenario, of.total
    way = WORDS[s.delivery].lower()
    turn = (
        f"The money put in is back by {month(of.break_even_month)}"
        if of.break_even_month else "The money put in does not come back in this time"
    )  # fmt: skip
    st.markdown(words.plain(
        f"{WORDS[s.program]}, {way}, {s.months} months from {month(str(s.start))}: "
        f"{words.usd(total.cash_usd)} come in, {words.usd(total.cost_usd)} go out. {turn}."
    ))  # fmt: skip
    st.caption(words.plain(f"Estimate, not a promise of payment. {basis(of)}"))


def numbers(of: Projection, panel: BreakEvenPanel, kept: dict[str, str]) -> None:
    """Four numbers, each with the way to what it is made from."""
    total, last, first = of.total, of.months[-1], of.months[0]
    most = max(of.months, key=lambda line: line.staff_fte)
    broken = of.break_even_month
    cards = (
        (f"Net over {of.scenario.months} months", whole_usd(float(total.net_usd)),
         f"{words.usd(total.net_usd / len(of.months))} a month on average; "
         f"{words.usd(of.receivable_usd)} still due at the end", "See the months", "months"),
        ("Break-even", month(broken) if broken else "not yet",
         _panel(panel) if broken else f"Not within {of.scenario.months} months. {_panel(panel)}",
         "Compare other ways", "compare"),
        ("Staff needed", f"{last.staff_fte:.1f} posts",
         f"At the end, for {last.panel:.0f} patients; at most {most.staff_fte:.1f} in "
         f"{month(most.label)}", "Change assumptions", "inputs"),
        ("Cash in the last month", whole_usd(float(last.cash_usd)),
         f"{whole_usd(float(first.cash_usd))} in the first; at the end {last.claims:.0f} claims a "
         "month",
         "What one claim brings", "fee"),
    )  # fmt: skip
    for place, (label, value, note, said, view) in zip(st.columns(4), cards, strict=True):
        with place.container(height="stretch"):
            links.number(
                label, value, "revenue", said, words.plain(f"{note}."), **{**kept, "view": view}
            )


def _panel(panel: BreakEvenPanel) -> str:
    if panel.first is None:
        return f"No steady panel up to {panel.limit:,} patients earns its cost"
    said = f"A steady panel of {words.many(panel.first, 'patient')} earns its cost"
    if panel.safe_from != panel.first:
        said += "; a larger one can lose again where a post is added"
    return said


def month(text: str | None) -> str:
    """``2026-11`` in words."""
    return words.month(Month.parse(text)) if text else words.NOTHING


Places = tuple[Any, Any, Any]


def chart(of: Projection, futures: revenue_work.Futures | None) -> Places:
    """Net of each month and of all months so far, with the band when it is worked out.

    Gives the places of both charts and of the words below, where ``redraw`` draws the band.
    """
    left, right = st.columns(2, gap="large")
    left.markdown("**Net of each month**")
    right.markdown("**Net of all months so far**")
    return redraw((left, right, st), of, futures)


def redraw(places: Places, of: Projection, futures: revenue_work.Futures | None) -> Places:
    """Both charts and the words below."""
    labels = [line.label for line in of.months]
    fees = [revenue_work.fees_said(line) for line in of.months]
    left, right, below = places
    return (
        revenue_charts.money(
            labels, [float(line.net_usd) for line in of.months], futures and futures.net,
            "Net", "Net of each month in dollars", fees=fees, place=left,
        ),
        revenue_charts.money(
            labels, [float(usd) for usd in of.running_net_usd], futures and futures.running,
            "Net so far", "Net of all months so far in dollars", of.break_even_month, fees,
            place=right,
        ),
        below.caption(_below(futures)),
    )  # fmt: skip


def _below(futures: revenue_work.Futures | None) -> str:
    if futures is None:
        return "Working out how sure this is."
    low, half, high = (whole_usd(futures.total[q]) for q in (0.10, 0.50, 0.90))
    return words.plain(
        f"Blue line: the projection at the stated inputs. Band: 8 of 10 of {futures.draws:,} "
        f"simulated futures; dashed: the middle one. Net over all months: {low} to {high}, "
        f"middle {half}; {futures.above_zero:.0%} of the futures end above zero. Where the "
        "band lies beside the line, the ranges of the inputs lean to one side: see How sure."
    )


def whole_usd(of: float) -> str:
    """Dollars without cents: simulated, or too large for cents to say anything."""
    return words.usd(Decimal(round(of))).removesuffix(".00")


_KINDS = {"part": "", "less": "less ", "sum": "= ", "net": "= "}


def statement(of: Projection) -> None:
    """Years and total; every sum is the sum of the rows and columns shown."""
    st.header("By year")
    labels, rows = revenue_presets.statement(of)
    columns = (
        tables.Column("row", "Dollars"),
        *(tables.Column(label, label, is_right=True) for label in labels),
    )
    shown: list[dict[str, Any]] = [
        {"row": f"{_KINDS[kind]}{label}",
         **{label: _amount(kind, usd) for label, usd in zip(labels, amounts, strict=True)}}
        for kind, label, amounts in rows
    ]  # fmt: skip
    tables.listing(
        "statement", columns, shown, 0, tables.Asked("", 0, ""), alt="Projection by year"
    )
    st.caption(
        "A year in the title may be a part of a calendar year. Revenue belongs to the month of "
        "service, cash to the month it arrives; the net is cash less costs."
    )


def _amount(kind: str, usd: Decimal) -> str:
    return words.usd(-usd if kind == "less" and usd else usd)


def _row_of(label: str) -> str:
    """Short, so that no amount of the row has to be broken on a laptop."""
    return label if label == "Total" else words.month_short(Month.parse(label))


MONTHS = (
    tables.Column("month", "Month"),
    tables.Column("panel", "Patients", is_right=True),
    tables.Column("claims", "Claims", is_right=True),
    tables.Column("staff", "Posts", is_right=True),
    tables.Column("gross", "Allowed", is_right=True),
    tables.Column("denied", "Denied for good", is_right=True),
    tables.Column("revenue", "Revenue", is_right=True),
    tables.Column("cash", "Cash", is_right=True),
    tables.Column("cost", "Costs", is_right=True),
    tables.Column("net", "Net", is_right=True),
    tables.Column("running", "Net so far", is_right=True),
    tables.Column("fees", "Fees"),
)


def months(of: Projection) -> None:
    """Every month and the total below."""
    st.header("Month by month")
    running = [*of.running_net_usd, None]
    rows = [
        {
            "month": _row_of(line.label),
            "panel": f"{line.panel:,.1f}", "claims": f"{line.claims:,.1f}",
            "staff": f"{line.staff_fte:.1f}", "gross": words.usd(line.gross_usd),
            "denied": words.usd(line.denied_usd), "revenue": words.usd(line.revenue_usd),
            "cash": words.usd(line.cash_usd), "cost": words.usd(line.cost_usd),
            "net": words.usd(line.net_usd), "running": words.usd(so_far),
            "fees": revenue_work.fees_said(line),
        }
        for line, so_far in zip((*of.months, of.total), running, strict=True)
    ]  # fmt: skip
    tables.listing(
        "months", MONTHS, rows, 0, tables.Asked("", 0, ""), alt="Projection month by month"
    )
    st.caption("Patients and posts of the total are those of the last month.")
