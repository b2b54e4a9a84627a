"""Contracts with payers on the page Fee tables: what Advantage and commercial plans pay."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import UsageError
from ccm_core.payment.expected import PLAN_PAYERS
from ccm_core.program import payer_contracts as service
from ccm_core.records import Practice
from ccm_core.store import db, reading
from pages.parts import acting, fee_versions, status, tables, words

PAGE = "fee_tables"
CONTRACTS = (
    tables.Column("payer", "Payer"),
    tables.Column("number", "Version", is_right=True),
    tables.Column("says", "Pays"),
    tables.Column("by", "Stored"),
    tables.Column("state", "State"),
)


def show(who: Identity) -> None:
    """The versions that are stored, a form for the next one, and the way back."""
    acting.told()
    st.header("Contracts with payers")
    st.write(
        "What a payer other than Medicare pays. Its name as in the chart goes before its kind "
        "(Medicare Advantage, Commercial, Medicaid). Expected payments then say that they are "
        "contract amounts; without a contract Medicare's fee schedule is taken."
    )
    with db.session() as opened:
        practice = reading.practice(opened)
        found = service.listed(opened, who, practice) if practice else []
    if practice is None:
        st.info("There is no practice yet. Import an export first.")
        return
    if found:
        tables.whole("contracts", CONTRACTS, [_row(c) for c in found], alt="Contracts with payers")
    _add(practice)
    _take_back(practice, [c for c in found if c.is_active])


def _row(c: service.Contract) -> dict[str, Any]:
    good = c.is_active
    return {
        "payer": _payer(c), "number": str(c.number), "says": c.says,
        "by": f"{c.imported_by}, {words.day(c.imported_at)}",
        "state": {"mark": "●" if good else "○", "text": "in force" if good else "taken back",
                  "color": status.GOOD if good else status.QUIET},
    }  # fmt: skip


def _payer(c: service.Contract) -> str:
    """A payer's own name, or its kind in words."""
    return words.payer(c.payer) if c.payer in PLAN_PAYERS else c.payer


def _add(practice: Practice) -> None:
    with st.form("contract"):
        payer = st.text_input("Payer", max_chars=80)
        percent = st.text_input("Per cent of Medicare", placeholder="105", max_chars=8)
        file = st.file_uploader(
            "Table of amounts", type=["csv"],
            help="CSV with code,amount_usd and, if wanted, valid_from,valid_to.",
        )  # fmt: skip
        first = st.date_input("In force from", value=None, format=words.DAY_FIELD)
        if not st.form_submit_button("Store the contract"):
            return

    def change(opened: Any, who: Identity) -> None:
        name, data = (file.name, file.getvalue()) if file else ("", b"")
        schedule = service.stage(who, payer, _number(percent), name, data)
        service.commit(opened, who, practice, schedule, first, name)

    acting.attempt(
        PAGE, "import", fee_versions.followed(change),
        lambda done: f"The contract with {payer} is stored. {fee_versions.judged_by_it(done[1])}",
        working=fee_versions.AUDITING,
    )  # fmt: skip


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip()) if text.strip() else None
    except InvalidOperation as bad:
        raise UsageError("The percentage of Medicare is not a number, such as 105.") from bad


def _take_back(practice: Practice, active: list[service.Contract]) -> None:
    if not active:
        return
    with st.expander("Take a contract back"), st.form("contract_revert"):
        names = {c.id: f"{_payer(c)}, version {c.number}" for c in active}
        wanted = st.selectbox("Contract", list(names), format_func=names.get)
        is_asked = st.form_submit_button("Take it out of force")
    if is_asked and wanted is not None:
        acting.attempt(
            PAGE, "import",
            fee_versions.followed(lambda db, who: service.revert(db, who, practice, wanted)),
            lambda done: f"Taken back. {fee_versions.judged_by_it(done[1])}",
            working=fee_versions.AUDITING,
        )  # fmt: skip
