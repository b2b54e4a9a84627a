"""The running timer: drawn by the browser, corrected by the server, billed from the database."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ccm_core.program import time_checks, timer
from ccm_core.store import db
from ccm_core.store.timing.timers import Timer
from pages.parts import words
from pages.parts.guard import check

EVERY = 20
"""Seconds after which the page looks whether another device has changed the timer."""

_DRAWN = st.components.v2.component(
    "ccm_ticker",
    html='<div class="ticker" role="timer" aria-live="off"><span class="time">--:--:--</span>'
    '<span class="said"></span></div>',
    css=(
        ".ticker{display:flex;align-items:baseline;gap:1rem;font-family:var(--st-font)}"
        ".time{font-weight:600;font-size:2.5rem;font-variant-numeric:tabular-nums;"
        "color:var(--st-text-color)}"
        ".said{color:var(--st-text-color);opacity:.75}"
        ".paused .time{opacity:.55}"
        ".long .said{opacity:1;font-weight:600;color:#d55e00}"
    ),
    js=(Path(__file__).parent / "ticker.js").read_text(encoding="utf-8"),
)


def hms(seconds: int) -> str:
    """``01:02:03``."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def show(shown: Timer, warn_minutes: int) -> None:
    """The clock of an open timer; it follows what other devices do to the timer."""
    st.fragment(_draw, run_every=EVERY)((shown.id, shown.version), warn_minutes)


def _draw(mark: tuple[int, int], warn_minutes: int) -> None:
    actor = check("log_time", "view")
    with db.session() as opened:
        now = timer.mine(opened, actor)
    if now is None or (now.id, now.version) != mark:
        st.rerun()
        return
    moment = time_checks.whole_now()
    worked = now.seconds(moment)
    _DRAWN(
        key="ticker",
        data={
            "alt": "Timer",
            "worked": worked,
            "server_now": int(moment.timestamp() * 1000),
            "is_paused": now.is_paused,
            "warn": warn_minutes * 60,
            "warning": f"over {warn_minutes} minutes: is the timer forgotten?",
        },
    )
    if worked >= warn_minutes * 60:
        st.warning(
            f"This timer has counted more than {warn_minutes} minutes. If it was forgotten, "
            "discard it and log by hand what was really worked."
        )
    st.caption(f"{words.many(len(now.stretches), 'stretch', 'stretches')}; pauses are not counted.")
