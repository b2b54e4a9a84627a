"""A part of Settings: how long sign-ins last, and when a running timer asks."""

from __future__ import annotations

from datetime import date

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.access.sessions import MOST_HOURS, MOST_IDLE_MINUTES
from ccm_core.program import work_settings
from ccm_core.store import db
from pages.parts import acting, conflict
from pages.parts.guard import may

LABELS = {
    "idle_minutes": "Minutes without activity until a sign-in ends",
    "hours": "Hours until a sign-in ends in any case",
    "timer_minutes": "Minutes until a running timer asks whether it was forgotten",
}
_MOST = {
    "idle_minutes": MOST_IDLE_MINUTES, "hours": MOST_HOURS,
    "timer_minutes": work_settings.MOST_TIMER_MINUTES,
}  # fmt: skip


def show(who: Identity, today: date) -> None:
    """The form for those who may change it, the values for the others."""
    st.header("Sign-ins and timers")

    def read() -> conflict.Shown:
        with db.session() as session:
            values, version = work_settings.shown(session, who, today)
        return conflict.Shown(version, values)

    if not may(who, "settings", "edit"):
        for name, value in read().values.items():
            st.markdown(f"**{LABELS[name]}:** {value}")
        return

    def save(version: int, values: conflict.Values) -> None:
        acting.act("settings", "edit", lambda s, me: work_settings.save(s, me, values, version))
        acting.tell("The settings are saved. Sign-ins follow at once, open ones as well.")

    form = conflict.Guarded("work_settings", LABELS, read, save)
    if form.is_contested():
        form.screen()
        return
    shown = form.hold().values
    with st.form(form.key("form")):
        places = st.columns(len(LABELS), vertical_alignment="bottom")
        values = {
            name: place.number_input(LABELS[name], 1, _MOST[name], shown[name], key=form.key(name))
            for name, place in zip(LABELS, places, strict=True)
        }
        st.caption("A screen that is left alone shows patients to whoever passes by: keep the "
                   "first number small. The access log keeps each change.")  # fmt: skip
        if st.form_submit_button("Save"):
            form.submit(values)
