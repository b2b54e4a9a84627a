"""The audit packets of a month: made in sight, with a bar and a way to stop, then fetched."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import partial

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program import claim_files, packets
from ccm_core.records import Practice
from ccm_core.store import db
from pages.parts import acting, downloads, words, working
from pages.parts.guard import may

_KEY = "packets_held"


@dataclass
class Held:
    """What one person has made at this tab, until it was fetched."""

    user_id: str
    month: Month
    number: int
    content: bytes


def offer(who: Identity, practice: Practice, month: Month) -> None:
    """The button that makes them, and the link to what was made."""
    if not may(who, "patient", "export"):
        return
    if st.button("Make the audit packets of every billed patient", icon=":material/folder_zip:"):
        _make(who, month)
    held = st.session_state.get(_KEY)
    if not isinstance(held, Held) or (held.user_id, held.month) != (who.user_id, month):
        return
    mark = "demo-" if practice.is_demo else ""
    st.caption(f"{words.many(held.number, 'packet')} of {words.month(month)} and a manifest.")
    # Weak: the file goes with the tab, not with the link, which lives on for a while.
    downloads.offer(
        "Audit packets (ZIP)", f"{mark}packets-{month}.zip",
        partial(_given, weakref.ref(held), who, month), claim_files.MIME_ZIP, "patient",
    )  # fmt: skip


def _make(who: Identity, month: Month) -> None:
    st.session_state.pop(_KEY, None)
    try:
        with working.shown("Audit packets"):
            content, number = acting.act(
                "patient", "export", lambda session, asker: packets.many(session, asker, month)
            )
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.session_state[_KEY] = Held(who.user_id, month, number, content)


def _given(held: weakref.ref[Held], who: Identity, month: Month) -> bytes:
    """The file, once; a second time it is made anew."""
    found = held()
    if found is not None and found.content:
        content, found.content = found.content, b""
        return content
    with db.session(write=True) as opened:
        return packets.many(opened, who, month)[0]
