"""Revenue: what the program is worth, and how sure that is."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.money.projection import Projection
from ccm_core.money.scenario import Scenario
from ccm_core.months import Month
from ccm_core.program import revenue_presets as named
from ccm_core.program.revenue_view import History, own_history
from ccm_core.records import Practice
from ccm_core.store import db, reading
from pages.parts import (
    filters,
    revenue_answer,
    revenue_claim,
    revenue_compare,
    revenue_files,
    revenue_history,
    revenue_inputs,
    revenue_presets,
    revenue_saved,
    revenue_sure,
    revenue_work,
    tables,
    words,
)
from pages.parts.guard import guard

who = guard("revenue")
VIEWS = {"": "Result", "months": "Month by month", "sure": "How sure", "compare": "Compare",
         "inputs": "Assumptions", "saved": "Saved", "fee": "One claim"}  # fmt: skip
INPUTS = (
    tables.Column("input", "Input"),
    tables.Column("value", "Value", is_right=True),
    tables.Column("unit", "Unit"),
    tables.Column("range", "Likely range"),
    tables.Column("source", "Says who"),
)


class Chosen(NamedTuple):
    """What the page shows: the scenario, where it comes from, and its projection."""

    practice: Practice | None
    history: History | None
    preset: str
    now: Scenario
    link: str
    found: Projection

    @property
    def own(self) -> Scenario | None:
        """The scenario from own history where it is the one that was chosen."""
        return self.history.scenario if self.history and self.preset == "own" else None

    @property
    def notes(self) -> dict[str, str]:
        """Where each input comes from that still is as in the own history."""
        if self.own is None or self.history is None:
            return {}
        own, said = self.own, self.history.notes
        return {n: note for n, note in said.items() if getattr(self.now, n) == getattr(own, n)}


def kept() -> dict[str, str]:
    """The address as it is, for links that change only what is looked at."""
    return {name: value for name, value in st.query_params.items() if name != "view"}


def assumptions(chosen: Chosen) -> None:
    """The form of all inputs, the table of what holds now, and the own history behind it."""
    now, notes = chosen.now, chosen.notes
    revenue_inputs.form(now, notes)
    st.header("What this projection rests on")
    tables.listing(
        "inputs", INPUTS, revenue_inputs.table(now, notes), 0, tables.Asked("", 0, ""),
        alt="Assumptions and their sources",
    )  # fmt: skip
    revenue_history.show(chosen.history)


def look(view: str, chosen: Chosen, reader: Identity) -> None:
    """What else than the result somebody looks at."""
    if view == "months":
        revenue_answer.months(chosen.found)
    elif view == "sure":
        revenue_sure.show(chosen.link, chosen.history)
    elif view == "compare":
        revenue_compare.show(chosen.found, chosen.link)
    elif view == "inputs":
        assumptions(chosen)
    elif view == "saved":
        revenue_saved.show(reader, chosen.now)
    else:
        revenue_claim.show(chosen.now)


def choose(reader: Identity) -> Chosen:
    """Preset, row of filters, and the projection of both. Stops where there is none."""
    with db.session() as opened:
        practice = reading.practice(opened)
        this = Month.of(filters.today(practice))
        history = own_history(opened, reader, this)
    preset = revenue_inputs.chosen_preset(history)
    try:
        base = revenue_inputs.base_scenario(preset, history)
        with filters.row():
            now = revenue_inputs.overlaid(base)
        revenue_inputs.zip_said()
        filters.refused()
        link = now.to_link()
        found = revenue_work.projected(link)
    except CcmError as refused:
        st.error(words.refused(f"{refused} Choose another scenario, place or setting above."))
        st.stop()
    return Chosen(practice, history, preset, now, link, found)


@st.fragment
def projection() -> None:
    """All below the title: another input draws this anew, and nothing around it."""
    reader = guard("revenue")
    chosen = choose(reader)
    found, link = chosen.found, chosen.link
    revenue_presets.show(chosen.preset, chosen.now)
    revenue_answer.sentence(found)
    revenue_answer.numbers(found, revenue_work.break_even_panel(link), kept())
    view = filters.switch("view", "Look at", VIEWS)
    filters.refused()
    has_band = st.session_state.get("revenue_band") == link
    if view == "":
        drawn = revenue_answer.chart(found, revenue_work.futures(link) if has_band else None)
        revenue_answer.statement(found)
        if chosen.own is not None:
            st.caption("Cash that is still due for months before the first one is not counted.")
    else:
        look(view, chosen, reader)
    practice = chosen.practice
    revenue_files.offers(
        reader, link, named.NAMES[chosen.preset], practice is not None and practice.is_demo,
        chosen.history, chosen.notes,
    )  # fmt: skip
    if view == "" and not has_band:
        # Last, so that everything else stands before the futures are drawn.
        revenue_answer.redraw(drawn, found, revenue_work.futures(link))
        st.session_state["revenue_band"] = link


st.title("Revenue")
st.write("What the program is worth, what it costs, and how sure that is.")
projection()
