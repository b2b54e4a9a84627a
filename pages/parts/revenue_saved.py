"""Saved projections: keep the shown one under a name, open, share, compare, rename, delete."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.money.scenario import Scenario
from ccm_core.program import saved_scenarios as service
from ccm_core.store import db
from pages.parts import acting, revenue_work, tables, words
from pages.parts.guard import may
from pages.parts.revenue_answer import month

PAGE = "revenue"
_CHOSEN = "revenue_side_by_side"
_SAVE = "revenue_save"
SIDE_BY_SIDE = (
    tables.Column("name", "Projection"),
    tables.Column("months", "Months", is_right=True),
    tables.Column("allowed", "Allowed", is_right=True),
    tables.Column("cash", "Cash", is_right=True),
    tables.Column("cost", "Costs", is_right=True),
    tables.Column("net", "Net", is_right=True),
    tables.Column("broken", "Breaks even"),
    tables.Column("staff", "Posts at the end", is_right=True),
    tables.Column("saved", "Saved"),
)


def show(who: Identity, now: Scenario) -> None:
    """Everything about saved projections. They belong to the person who saved them."""
    acting.told()
    st.header("Share what is shown")
    st.caption("Inputs only: no patient, no small count and no name is in it. Who opens it must "
               "sign in.")  # fmt: skip
    st.code(f"/revenue?s={now.to_link()}", language=None, wrap_lines=True)
    with db.session() as opened:
        saved = service.listed(opened, who)
    if may(who, PAGE, "edit"):
        _save(now)
    st.header("Saved projections")
    if not saved:
        st.info("Nothing is saved yet under your name.")
        return
    _compare(saved)
    _one(who, saved)


def _save(now: Scenario) -> None:
    with st.form(acting.fresh(_SAVE)):
        name = st.text_input("Name", max_chars=service.LONGEST_NAME)
        if st.form_submit_button("Save what is shown"):
            _do(lambda opened, who: service.save(opened, who, name, now), f"Saved as {name}.",
                clears=_SAVE)  # fmt: skip


def _do(service_of: acting.Service, said: str, clears: str = "") -> None:
    """Change what is saved; what was chosen by its old name is chosen anew from what there is."""

    def change(opened: Any, who: Identity) -> None:
        service_of(opened, who)
        st.session_state.pop(_CHOSEN, None)

    acting.attempt(PAGE, "edit", change, said, clears=clears)


def _compare(saved: list[service.Saved]) -> None:
    names = [one.name for one in saved]
    wanted = st.multiselect(
        "Side by side", names, default=names[: service.MOST_COMPARED],
        max_selections=service.MOST_COMPARED, key=_CHOSEN,
    )  # fmt: skip
    rows = []
    for one in service.chosen(saved, wanted):
        try:
            rows.append(_row(one))
        except CcmError as refused:
            st.caption(words.refused(f"{one.name}: {refused}"))
    tables.whole("revenue_saved", SIDE_BY_SIDE, rows, alt="Saved projections side by side")
    if any(one.is_older for one in saved):
        st.caption("Where it says so, fees or tables changed since: amounts are worked out anew.")


def _row(one: service.Saved) -> dict[str, Any]:
    found = revenue_work.projected(one.link)
    total = found.total
    return {
        "name": one.name, "months": str(one.scenario.months),
        "allowed": words.usd(total.gross_usd), "cash": words.usd(total.cash_usd),
        "cost": words.usd(total.cost_usd), "net": words.usd(total.net_usd),
        "broken": month(found.break_even_month) if found.break_even_month else "not in this time",
        "staff": f"{total.staff_fte:.1f}",
        "saved": f"{words.day(one.saved_at)}{', older tables' if one.is_older else ''}",
    }  # fmt: skip


def _one(who: Identity, saved: list[service.Saved]) -> None:
    by_name = {one.name: one for one in saved}
    chosen = st.selectbox("Projection", list(by_name), key="revenue_saved_one")
    if chosen is None:
        return
    with st.container(horizontal=True):
        if st.button("Open", icon=":material/folder_open:"):
            _open(by_name[chosen].link)
        if may(who, PAGE, "edit") and st.button("Delete", icon=":material/delete:"):
            _do(lambda opened, me: service.delete(opened, me, chosen), f"{chosen} is deleted.")
    if may(who, PAGE, "edit"):
        _rename(chosen)


def _rename(name: str) -> None:
    with st.form("revenue_rename"):
        to = st.text_input("New name", value=name, max_chars=service.LONGEST_NAME)
        if st.form_submit_button("Rename"):
            _do(lambda opened, me: service.rename(opened, me, name, to), f"{name} is now {to}.")


def _open(link: str) -> None:
    st.query_params.clear()
    st.query_params["s"] = link
    st.rerun()
