"""A bar for work that takes more than a moment, and a button that stops it.

A click on the button runs the page anew. Streamlit ends the run that works at its next
step, inside its transaction, and the database takes back whatever was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from ccm_core import working


@dataclass
class Work:
    """One piece of work, as the button that stops it knows it."""

    title: str
    is_done: bool = False
    """Not kept in the session's state: asking that would be a step at which a run may end."""


@contextmanager
def shown(title: str) -> Iterator[None]:
    """Show how far what happens within the block has come.

    The block must hold the whole transaction: what is done when it ends can no longer be stopped.
    """
    work, place = Work(title), st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, title)
        st.button(
            "Stop", icon=":material/stop_circle:", on_click=_stopped, args=(work,),
            key=f"stop_{title}", help="Nothing of this work is kept.",
        )  # fmt: skip

    def listen(what: str, done: float, total: int) -> None:
        part = min(1.0, done / total) if total else 0.0
        bar.progress(part, f"{what}: {done:,} of {total:,}" if total > 1 else what)

    try:
        with working.heard(listen):
            yield
        work.is_done = True
    except Exception:
        place.empty()
        raise
    place.empty()


def _stopped(work: Work) -> None:
    """Say what became of it; runs before the page is drawn anew."""
    if work.is_done:
        st.toast(f"{work.title}: it was done before it could be stopped.")
    else:
        st.toast(f"{work.title}: stopped. Nothing was changed.")
