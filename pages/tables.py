"""Codes and tables: the value of every dated table on a chosen day, with its source."""

from __future__ import annotations

from datetime import date

import streamlit as st

from ccm_core import sources, table_book
from ccm_core.store import db, reading
from ccm_core.tables import tables_version
from pages.parts import empty, filters, tables, words
from pages.parts.guard import guard

who = guard("tables")
HEADINGS = {
    "mai": "Kind of limit (MAI)", "needs_mdm": "Needs medical decision making",
    "day": "Day off", "legal_on": "Day that the law names",
}  # fmt: skip
DAYS = ("day", "legal_on")
# What stands in the last columns, whatever the table.
OF_EVERY_TABLE = ("valid_from", "valid_to", "checked_on", "source_id", "pinpoint", "old")
LAST = {
    "in_force": ("In force", "valid_from", "valid_to"), "checked": ("Checked", "checked_on"),
    "source": ("Source", "source_id"),
}  # fmt: skip


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


def columns(rows: list[dict[str, str]], once: dict[str, str]) -> list[tables.Column]:
    """The table's own columns that hold anything, then when, checked, and who says so."""
    own = [name for name in rows[0] if name not in OF_EVERY_TABLE and any(r[name] for r in rows)]
    last = dict(LAST)
    if "source" in once:
        last["pinpoint"] = ("Where in the source", "pinpoint")
    some = {
        name: said for name, (said, *fields) in last.items()
        if name not in once and any(row[field] for row in rows for field in fields)
    }  # fmt: skip
    headings = {name: HEADINGS.get(name, words.sentence(name)) for name in own} | some
    return [tables.Column(name, said) for name, said in headings.items()]


def said_once(rows: list[dict[str, str]]) -> dict[str, str]:
    """What every row would say alike in its last columns, as sentences over the table."""
    first = {**readable(rows[0]), "source": source_of(rows[0])}
    found = {}
    for name, (said, *fields) in LAST.items():
        if first[name] and len({tuple(row[field] for field in fields) for row in rows}) == 1:
            found[name] = f"{said}: {first[name]}."
    return found


def readable(row: dict[str, str]) -> dict[str, str]:
    """A row as people read it: days as days, sources by their title."""
    own = {name: cell(name, text) for name, text in row.items() if name not in OF_EVERY_TABLE}
    checked = day_of(row["checked_on"]) + (", over a year ago" if row["old"] else "")
    place = f" ({row['pinpoint']})" if row["pinpoint"] else ""
    return {
        **own, "in_force": in_force(row), "checked": checked, "pinpoint": row["pinpoint"],
        "source": source_of(row) + place,
    }  # fmt: skip


def source_of(row: dict[str, str]) -> str:
    found = sources.source(row["source_id"])
    return f"{found.authority}: {found.title}"


def cell(name: str, text: str) -> str:
    return day_of(text) if name in DAYS else text.replace("|", " or ") or words.NOTHING


def day_of(text: str) -> str:
    return words.day(date.fromisoformat(text) if text else None)


def in_force(row: dict[str, str]) -> str:
    """``since 1 Jan 2025``, ``1 Jan 2025 to 31 Dec 2025``."""
    first, last = row["valid_from"], row["valid_to"]
    if not last:
        return f"since {day_of(first)}" if first else ""
    return f"{day_of(first)} to {day_of(last)}" if first else f"until {day_of(last)}"


st.title("Codes and tables")
st.write("Every value that the rules and pages read, as it stands on a day, and who says so.")
with db.session() as opened:
    practice = reading.practice(opened)
today = filters.today(practice)
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
    once = said_once(shown)
    st.caption(words.plain(" ".join(once.values())))
    at = tables.asked((), "")
    rows_here = [
        {field: text or words.NOTHING for field, text in readable(row).items()}
        for row in shown[at.offset : at.offset + at.limit]
    ]
    tables.listing(
        f"table_{name}", columns(shown, once), rows_here, len(shown), at,
        alt=f"{labels[name]} on {words.day(on)}",
    )  # fmt: skip
else:
    empty.nothing("No row fits.", "Choose another day or search for something else.")
