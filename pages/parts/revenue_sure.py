"""How sure the projection is: its inputs by weight, and a forecast judged by what happened."""

from __future__ import annotations

import streamlit as st

from ccm_core.money.backtest import BackTest
from ccm_core.program.revenue_view import LEAST_TRAINING, History
from pages.parts import empty, revenue_charts, revenue_work, status, tables, words
from pages.parts.revenue_answer import month, whole_usd

HELD = (
    tables.Column("month", "Month"),
    tables.Column("actual", "What came", is_right=True),
    tables.Column("median", "Forecast", is_right=True),
    tables.Column("band", "8 of 10 futures", is_right=True),
    tables.Column("error", "Error", is_right=True),
    tables.Column("inside", "Inside"),
)
QUANTILES = (
    tables.Column("share", "Of all futures"),
    tables.Column("net", "Net over all months", is_right=True),
)


def show(link: str, history: History | None) -> None:
    """The tornado, the quantiles, and the back-test on the practice's own months."""
    st.header("Which inputs matter most")
    bars = revenue_work.swings(link)
    if bars:
        st.caption("Each input at its low and its high end, all others held still.")
        revenue_charts.tornado(
            bars, bars[0]["base_usd"], "Net over the horizon at both ends of each input"
        )
    else:
        empty.nothing("No input of this scenario has a range.")
    st.header("What can come out")
    futures = revenue_work.futures(link)
    rows = [
        {
            "share": f"{q * 100:.0f}% are below",
            "net": whole_usd(usd),
        }
        for q, usd in futures.total.items()
    ]
    tables.listing(
        "quantiles", QUANTILES, rows, 0, tables.Asked("", 0, ""), alt="Quantiles of the net"
    )
    st.caption(words.plain(
        f"{futures.draws:,} futures with seed {futures.seed}: inputs drawn between their low and "
        "high ends, chance in every count. Inputs are drawn independently; in truth some move "
        "together, so the real spread can be wider."
    ))  # fmt: skip
    _back(history)


def _back(history: History | None) -> None:
    st.header("Would this have worked before?")
    found = history.backtest if history is not None else None
    if found is None:
        empty.nothing(
            "There is too little history for a back-test.",
            f"It needs more than {LEAST_TRAINING} full months with more than ten patients each.",
        )
        return
    _judged(found)


def _judged(found: BackTest) -> None:
    st.html(status.html("clean" if found.has_passed else "blocked", found.verdict))
    rows = [
        {
            "month": month(str(row.month)), "actual": f"${row.actual_usd:,.0f}",
            "median": f"${row.median_usd:,.0f}",
            "band": f"${row.low_usd:,.0f} to ${row.high_usd:,.0f}",
            "error": f"{row.error_share:+.1%}",
            "inside": {"mark": "●", "text": "yes", "color": status.GOOD} if row.is_inside
            else {"mark": "■", "text": "no", "color": status.BAD},
        }
        for row in found.rows
    ]  # fmt: skip
    tables.listing("held", HELD, rows, 0, tables.Asked("", 0, ""), alt="Forecast against what came")
    st.caption(
        "Allowed amounts of the months that the audit says could be billed. A plain forecast from "
        "the months before; its error is shown, whatever it is."
    )
