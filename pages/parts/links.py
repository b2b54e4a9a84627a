"""Links between pages with the filter set: every number leads to its list."""

from __future__ import annotations

import streamlit as st

from pages.parts import menu
from pages.parts.guard import may, reader


def entry(page: str) -> menu.PageEntry | None:
    """The page of that name, if it is there."""
    return next((found for found in menu.built() if found.name == page), None)


def to(page: str, label: str, icon: str = "", **filters: str) -> None:
    """Link to a page with filters set; plain text for somebody who may not open it."""
    found = entry(page)
    if found is None or not may(reader(), page, "view"):
        st.caption(label)
        return
    kept = {name: value for name, value in filters.items() if value}
    st.page_link(found.file, label=label, icon=icon or None, query_params=kept or None)


def number(label: str, value: str, page: str, said: str, note: str = "", **filters: str) -> None:
    """One number in a frame: what it counts, the number, what to know, the link to its list."""
    with st.container(border=True, height="stretch"):
        st.metric(label, value)
        if note:
            st.caption(note)
        to(page, said, ":material/arrow_forward:", **filters)
