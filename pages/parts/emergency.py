"""Emergency access on the pages: its banner, its form, and the list to review."""

from __future__ import annotations

import streamlit as st

from ccm_core.access import emergency, sessions, users
from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.store import db
from pages.parts import words
from pages.parts.guard import check


def banner(who: Identity) -> None:
    """On every page, for as long as it lasts."""
    if who.emergency_until is not None:
        minutes = int((who.emergency_until - sessions.clock()).total_seconds() // 60) + 1
        st.error(
            f"**Emergency access**: you see patients beyond your panel for {minutes} more min. "
            "Every look is marked in the access log and will be reviewed.",
            icon=":material/emergency:",
        )


def form(who: Identity) -> None:
    """Begin or end it, on the own account's page; nothing for those who are not named."""
    with db.session() as opened:
        is_member = who.user_id in emergency.members(opened)
    if not is_member:
        return
    st.header("Emergency access")
    if who.emergency_until is not None:
        st.button("End emergency access", on_click=_end)
        return
    st.write("Opens patients beyond your panel. Write why, without names of patients.")
    with st.form("emergency"):
        reason = st.text_input("Reason", max_chars=400)
        minutes = st.number_input("Minutes", 1, emergency.MOST_MINUTES, 30)
        if st.form_submit_button("Begin emergency access"):
            _begin(reason, int(minutes))


def _begin(reason: str, minutes: int) -> None:
    try:
        actor = check("account", "edit")
        with db.session(write=True) as opened:
            emergency.begin(opened, actor, reason, minutes, sessions.clock())
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.rerun()


def _end() -> None:
    actor = check("account", "edit")
    with db.session(write=True) as opened:
        emergency.end(opened, actor, sessions.clock())


def manage(zone: str) -> None:
    """Who may, and what waits for a review: for administrators."""
    st.header("Emergency access")
    with db.session() as opened:
        known = {u.user_id: u for u in users.listed(opened)}
        named = emergency.members(opened)
        waiting = emergency.unreviewed(opened)
    able = [one for one, user in known.items() if user.role in emergency.ROLES]
    chosen = st.multiselect(
        "Care managers who may see beyond their panel in an emergency", able,
        [one for one in able if one in named], format_func=lambda one: known[one].username,
    )  # fmt: skip
    if st.button("Save the list", disabled=set(chosen) == set(named)):
        _change(lambda opened, actor: emergency.name_members(opened, actor, chosen))
    for one in waiting:
        st.markdown(
            f"{words.moment(one.created_at, zone)}, {words.plain(known[one.user_id].username)}: "
            f"{words.plain(one.reason)}"
        )
        if st.button("Reviewed", key=f"emergency_{one.id}"):
            number = int(one.id or 0)
            _change(lambda opened, actor, n=number: emergency.review(
                opened, actor, n, sessions.clock()))  # fmt: skip


def _change(change) -> None:  # type: ignore[no-untyped-def]
    try:
        actor = check("users", "manage")
        with db.session(write=True) as opened:
            change(opened, actor)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.rerun()
