"""Revenue: what the program is worth, and how sure that is."""

from __future__ import annotations

import streamlit as st

from ccm_core.errors import CcmError
from ccm_core.months import Month, utc_now
from ccm_core.program import revenue_presets as named
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


def kept() -> dict[str, str]:
    """The address as it is, for links that change only what is looked at."""
    return {name: value for name, value in st.query_params.items() if name != "view"}


def assumptions(now: revenue_inputs.Scenario, notes: dict[str, str]) -> None:
    """The form of all inputs, the table of what holds now, and the own history behind it."""
    revenue_inputs.form(now, notes)
    st.subheader("What this projection rests on")
    tables.listing(
        "inputs", INPUTS, revenue_inputs.table(now, notes), 0, tables.Asked("", 0, ""),
        alt="Assumptions and their sources",
    )  # fmt: skip
    revenue_history.show(history)


st.title("Revenue")
st.write("What the program is worth, what it costs, and how sure that is.")
with db.session() as opened:
    practice = reading.practice(opened)
    this = Month.of(filters.today(practice)) if practice else Month.of(utc_now().date())
history = revenue_work.history(db.database_url(), this, who)
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
    st.error(words.plain(f"{refused} Choose another scenario, place or setting above."))
    st.stop()
own = history.scenario if history is not None and preset == "own" else None
notes = {
    name: note for name, note in (history.notes.items() if history and own else ())
    if getattr(now, name) == getattr(own, name)
}  # fmt: skip
revenue_presets.show(preset, now)
revenue_answer.sentence(found)
revenue_answer.numbers(found, revenue_work.break_even_panel(link), kept())
view = filters.switch("view", "Look at", VIEWS)
filters.refused()
drawn = st.empty()
has_band = st.session_state.get("revenue_band") == link
if view == "":
    with drawn.container():
        revenue_answer.chart(found, revenue_work.futures(link) if has_band else None)
    revenue_answer.statement(found)
    if own is not None:
        st.caption("Cash that is still due for months before the first one is not counted.")
elif view == "months":
    revenue_answer.months(found)
elif view == "sure":
    revenue_sure.show(link, history)
elif view == "compare":
    revenue_compare.show(found, link)
elif view == "inputs":
    assumptions(now, notes)
elif view == "saved":
    revenue_saved.show(who, now)
else:
    revenue_claim.show(now)
revenue_files.offers(
    who, link, named.NAMES[preset], practice is not None and practice.is_demo, history, notes
)
if view == "" and not has_band:
    # Last, so that everything else stands before the futures are drawn.
    futures = revenue_work.futures(link)
    with drawn.container():
        revenue_answer.chart(found, futures)
    st.session_state["revenue_band"] = link
