"""The practice's own months behind a projection: counts, and none of them small."""

from __future__ import annotations

import streamlit as st

from ccm_core.program.revenue_view import History
from pages.parts import empty, tables, words

COLUMNS = (
    tables.Column("month", "Month"),
    tables.Column("enrolled", "Enrolled", is_right=True),
    tables.Column("billed", "Billed", is_right=True),
    tables.Column("allowed", "Allowed by the audit", is_right=True),
    tables.Column("paid", "Paid by payers", is_right=True),
)
CODES = (
    tables.Column("code", "Code"),
    tables.Column("months", "Patient-months billed", is_right=True),
)
_NONE = tables.Asked("", 0, "")


def show(history: History | None) -> None:
    """Months and codes of the practice, counts of 1 to 10 left out."""
    st.header("Own history")
    if history is None or not history.rows:
        empty.nothing("This practice has no billed months yet.", "Type assumptions instead.")
        return
    rows = [
        {"month": words.month(row.month), "enrolled": row.enrolled, "billed": row.billed,
         "allowed": words.usd(row.allowed_usd), "paid": words.usd(row.paid_usd)}
        for row in history.rows
    ]  # fmt: skip
    tables.listing("history", COLUMNS, rows, 0, _NONE, alt="Own history by month")
    codes = [{"code": code, "months": n} for code, n in history.codes.items()]
    if codes:
        tables.listing("history_codes", CODES, codes, 0, _NONE, alt="Codes billed")
    st.caption(
        "Counts of 1 to 10 patients, and what would give them away, are not shown and not used."
    )
