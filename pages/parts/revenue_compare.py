"""The same patients done otherwise, side by side, and what one more of something is worth."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.errors import CcmError
from ccm_core.money.projection import Projection
from pages.parts import revenue_work, tables, words
from pages.parts.revenue_answer import month

WAYS = (
    tables.Column("way", "Way"),
    tables.Column("allowed", "Allowed", is_right=True),
    tables.Column("cash", "Cash", is_right=True),
    tables.Column("cost", "Costs", is_right=True),
    tables.Column("net", "Net", is_right=True),
    tables.Column("more", "Against what is shown", is_right=True),
    tables.Column("broken", "Breaks even"),
    tables.Column("staff", "Posts at the end", is_right=True),
)
WORTH = (
    tables.Column("what", "One year of a steady panel"),
    tables.Column("revenue", "Revenue", is_right=True),
    tables.Column("cost", "Costs", is_right=True),
    tables.Column("earned", "Left over", is_right=True),
)
_NONE = tables.Asked("", 0, "")


def show(of: Projection, link: str) -> None:
    """Ways to deliver, programs, policies; then one more minute, patient and coordinator."""
    for title, found in revenue_work.comparisons(link).items():
        st.header(title)
        rows = [_way(words.policy(name), one, of) for name, one in found.ways.items()]
        tables.listing(f"ways_{title}", WAYS, rows, 0, _NONE, alt=title)
        for name, reason in found.refused.items():
            st.caption(words.plain(f"{name}: {reason}"))
    st.header("What one more is worth")
    panel = max(of.months, key=lambda line: line.panel).panel.quantize(
        of.months[0].panel.__class__(1)
    )
    try:
        worth = revenue_work.worth_of_one_more(link, panel)
    except CcmError as refused:
        st.caption(words.refused(refused))
        return
    rows = [
        {"what": one.what, "revenue": words.usd(one.revenue_usd), "cost": words.usd(one.cost_usd),
         "earned": words.usd(one.earned_usd)}
        for one in worth[1 if of.scenario.code_mix else 0 :]
    ]  # fmt: skip
    tables.listing("worth", WORTH, rows, 0, _NONE, alt="What one more is worth")
    st.caption(
        "What one more minute is worth cannot be told here: the codes are those of the claims, "
        "whatever the minutes. Empty the units from own history to see it."
        if of.scenario.code_mix else
        "A minute earns only where it crosses a threshold; it costs staff time everywhere."
    )  # fmt: skip


def _way(name: str, of: Projection, shown: Projection) -> dict[str, Any]:
    total = of.total
    more = total.net_usd - shown.total.net_usd
    return {
        "way": name,
        "allowed": words.usd(total.gross_usd),
        "cash": words.usd(total.cash_usd),
        "cost": words.usd(total.cost_usd),
        "net": words.usd(total.net_usd),
        "more": "the same" if of.scenario == shown.scenario else f"{words.usd(more)}",
        "broken": month(of.break_even_month) if of.break_even_month else "not in this time",
        "staff": f"{total.staff_fte:.1f}",
    }
