"""The first door: invented patients in an empty database."""

from __future__ import annotations

import streamlit as st

from ccm_core import demo
from ccm_core.access import first_run, sessions
from ccm_core.errors import CcmError
from ccm_core.records import Practice
from ccm_core.store import access_log, db
from pages.parts import words
from pages.parts.guard import check


def door(practice: Practice | None) -> None:
    """Offer the demo practice to whoever came through its door; else a word on how to begin."""
    if st.query_params.get("start") != "demo":
        st.info(
            "There are no patients here yet. Drop the files of an export below, or fill a "
            "template from the end of this page.", icon=":material/inbox:",
        )  # fmt: skip
        return
    with st.container(border=True):
        st.markdown("**The demo practice**")
        st.write(
            "About 400 invented patients with twelve months of work, claims and denials. It marks "
            "this database as a demo for good; use another database for real patients."
        )
        if practice is not None and not practice.is_demo:
            st.info("This database has a practice of its own. The demo needs an empty database.")
        elif st.button("Load the demo practice", type="primary", icon=":material/science:"):
            _load()


def _load() -> None:
    bar = st.progress(0.0, "Making the demo practice")

    def tell(what: str, done: int, total: int) -> None:
        bar.progress(min(1.0, done / total) if total else 1.0, f"{done:,} of {total:,} {what}")

    try:
        who = check("imports", "import")
        with db.session(write=True) as opened:
            demo.load(opened, progress=tell)
            first_run.ensure_demo_accounts(opened, sessions.clock())
            access_log.record(opened, who, "import", "demo", reason="demo practice")
    except CcmError as refused:
        bar.empty()
        st.error(words.refused(refused))
        return
    st.query_params.clear()
    st.session_state["imports_said"] = "The demo practice is loaded. Open Home to look around."
    st.rerun()
