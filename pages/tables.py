"""Codes and tables: the value of every dated table on a chosen day, with its source."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from ccm_core import sources, table_book
from ccm_core.months import utc_now
from ccm_core.store import db, reading
from ccm_core.tables import tables_version
from pages.parts import empty, filters, words
from pages.parts.guard import guard

who = guard("tables")
MOST = 100
HEADINGS = {
    "source_id": "Source", "pinpoint": "Where in it", "old": "Not checked for a year",
    "mai": "Kind of limit (MAI)", "needs_mdm": "Needs medical decision making",
    "day": "Day off", "legal_on": "Day that the law names",
}  # fmt: skip
DAYS = ("valid_from", "valid_to", "checked_on", "day", "legal_on")


def chosen_day(today: date) -> date:
    """The day of the address, or today."""
    text = st.query_params.get("on", "")
    try:
        start = date.fromisoformat(text) if text else today
    except ValueError:
        st.info("The address names a day that does not exist; today is shown.")
        start = today
    found = st.date_input("On the day", start, key="tables_on", width=170, format=words.DAY_FIELD)
    if isinstance(found, date) and found != start:
        filters.put("on", found.isoformat(), today.isoformat())
    return found if isinstance(found, date) else start


def readable(rows: list[dict[str, str]]) -> pd.DataFrame:
    """Rows as people read them: columns in words, days as days, sources by their title."""
    kept = [name for name in rows[0] if any(row[name] for row in rows)]
    return pd.DataFrame([{heading(n): cell(n, row[n]) for n in kept} for row in rows])


def heading(name: str) -> str:
    return HEADINGS.get(name, words.sentence(name))


def cell(name: str, text: str) -> str | date | None:
    if not text:
        return None
    if name in DAYS:
        return date.fromisoformat(text)
    if name == "source_id":
        found = sources.source(text)
        return f"{found.authority}: {found.title}"
    return text


st.title("Codes and tables")
st.write("Every value that the rules and pages read, as it stands on a day, and who says so.")
with db.session() as opened:
    practice = reading.practice(opened)
today = filters.today(practice) if practice else utc_now().date()
labels = {info.name: info.label for info in table_book.names()}
with filters.row():
    name = filters.choice("table", "Table", labels, "codes", width=420)
    on = chosen_day(today)
    search = filters.search("tables", hint="Code or word")
filters.refused()
rows = table_book.on_day(name, on, today)
shown = [r for r in rows if search.lower() in " ".join(r.values()).lower()]
old = sum(1 for r in shown if r["old"])
st.caption(
    f"{words.many(len(shown), 'row')} in force on {words.day(on)} · tables {tables_version()}"
)
if old:
    st.warning(f"{words.many(old, 'row')} not checked for more than a year.")
if shown:
    here = st.container()
    pages = -(-len(shown) // MOST)
    place = st.pagination(pages, key="tables_page") if pages > 1 else 1
    told = readable(shown).iloc[(place - 1) * MOST : place * MOST]
    here.dataframe(
        told, hide_index=True, placeholder=words.NOTHING, height="content",
        column_config={
            "Source": st.column_config.TextColumn(width=320),
            **{heading(name): st.column_config.DateColumn(format="D MMM YYYY")
               for name in DAYS},
        },
        alt=f"{labels[name]} on {words.day(on)}",
    )  # fmt: skip
else:
    empty.nothing("No row fits.", "Choose another day or search for something else.")
