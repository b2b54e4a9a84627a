"""Start, pause, stop and log by hand: the upper half of the page Log time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from ccm_core import months
from ccm_core.access.identity import Identity
from ccm_core.access.patient_keys import KEYS
from ccm_core.errors import CcmError, UsageError
from ccm_core.months import Month
from ccm_core.policy import Policy
from ccm_core.program import panel, time_checks, time_log, time_shown, timer, work_settings
from ccm_core.records import Practice, Staff
from ccm_core.store import db
from ccm_core.store.claiming.months import closed
from ccm_core.store.queries import EVERYBODY
from ccm_core.store.queries.patients import patients_page
from ccm_core.store.timing.timers import Timer
from pages.parts import empty, filters, time_clock, time_form, words
from pages.parts.guard import check

FOUND = 20
"""Patients offered at once; a search narrows them."""

SAID = "time_said"
FILLED = "timer_filled"
"""The timer whose kept words are in the form."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits here and under which numbers."""

    who: Identity
    practice: Practice
    person: Staff
    team: dict[str, str]
    policy: Policy


def act(what: Callable[..., Any], *args: Any, said: str = "") -> Any:
    """Do one thing as the person who asks, in a transaction of its own; None when refused.

    For callbacks: what came of it is said at the top of the next run.
    """
    try:
        actor = check("log_time", "edit")
        with db.session(write=True) as opened:
            given = what(opened, actor, *args)
    except CcmError as refused:
        st.session_state[SAID] = ("error", str(refused))
        return None
    if said:
        st.session_state[SAID] = ("success", said)
    return True if given is None else given


def say() -> None:
    """What the last click did, once; in a place of its own, as ``acting.told`` says why."""
    place = st.empty()
    level, text = st.session_state.pop(SAID, ("", ""))
    if level:
        shown = {"error": place.error, "warning": place.warning}.get(level, place.success)
        shown(words.plain(text))


def choose(desk: Desk, prefix: str) -> str:
    """A patient of the own panel, found by name or number; empty when nobody is chosen."""
    row = filters.row()
    search = filters.search(f"log_time_{prefix}", where=row, label="Find a patient")
    with db.session() as opened:
        only = panel.narrowed(desk.who, EVERYBODY)
        page = patients_page(
            opened, desk.practice.practice_id, only=only, search=search, limit=FOUND
        )
        linked = _linked(desk)
        names = {r.patient_id: _name(r) for r in page.rows}
        if linked and linked not in names:
            one = patients_page(
                opened, desk.practice.practice_id, only=only, search=linked, limit=1
            )
            names = {r.patient_id: _name(r) for r in one.rows if r.patient_id == linked} | names
    if not names:
        empty.nothing("No patient of yours matches.", "Search by another name or number.")
        return ""
    start = list(names).index(linked) if linked in names else None
    found = row.selectbox(
        "Patient", list(names), index=start, format_func=names.get, key=f"{prefix}_patient",
        width=320,
    )  # fmt: skip
    if page.total > FOUND:
        st.caption(f"{FOUND} of {page.total:,} patients are offered; search to narrow them.")
    return str(found or "")


def _counted(desk: Desk, patient_id: str, day: date) -> None:
    """Say it beforehand when no time of this day counts for the patient."""
    if not patient_id:
        return
    with db.session() as opened:
        why = time_shown.not_counted_on(opened, desk.who, patient_id, day)
    if why:
        st.warning(f"Time of this day does not count for this patient: {why}. It is kept anyway.")


def _linked(desk: Desk) -> str:
    key = st.query_params.get("patient", "")
    return (KEYS.patient_of(desk.who.session_hash, key) or "") if key else ""


def _name(row: Any) -> str:
    return f"{words.name(row.family_name, row.given_name)} · {row.mrn or words.NOTHING}"


def ready(desk: Desk) -> None:
    """No timer is open: choose a patient and start."""
    patient_id = choose(desk, "timer")
    _counted(desk, patient_id, filters.today(desk.practice))
    st.button(
        "Start the timer", icon=":material/play_arrow:", type="primary", disabled=not patient_id,
        key="timer_start", on_click=act, args=(timer.start, patient_id),
        kwargs={"said": "The timer runs."},
    )  # fmt: skip


def running(desk: Desk, shown: Timer, name: str) -> None:
    """A timer is open: its clock, what is being done, and the ways to end it."""
    with st.container(border=True):
        st.markdown(f"**{words.plain(name)}**")
        with db.session() as opened:
            minutes = work_settings.warn_minutes(opened, filters.today(desk.practice))
        time_clock.show(shown, minutes)
        row = st.container(horizontal=True)
        if shown.is_paused:
            row.button("Go on", icon=":material/play_arrow:", key="timer_go_on", on_click=act,
                       args=(timer.go_on, shown.id))  # fmt: skip
        else:
            row.button("Pause", icon=":material/pause:", key="timer_pause", on_click=act,
                       args=(timer.pause, shown.id))  # fmt: skip
        row.button("Stop and log", icon=":material/stop:", type="primary", key="timer_stop",
                   on_click=_stop, args=(shown.id, shown.patient_id))  # fmt: skip
        with row.popover("Discard"):
            st.text_input("Why is this time not logged?", key="timer_why", max_chars=200)
            st.button("Discard this time", key="timer_discard", on_click=_discard, args=(shown.id,))
    if st.session_state.get(FILLED) != shown.id:
        # A reload begins a new session: what was typed before comes from the database.
        st.session_state[FILLED] = shown.id
        time_form.fill("timer", shown.draft)
    time_form.fields("timer", desk.team, desk.person.staff_id)
    said = time_form.draft("timer", shown.patient_id)
    if time_form.held("timer") != dict(shown.draft):
        act(timer.keep_draft, shown.id, time_form.held("timer"))
    _counted(desk, shown.patient_id, filters.today(desk.practice))
    time_form.hints(said, desk.person, desk.policy)
    first = shown.stretches[0]
    _why(desk, "timer", first.started_at, first.ended_at or time_checks.whole_now())


def _stop(timer_id: int, patient_id: str) -> None:
    """The click ends the time at once; a draft that is refused leaves the timer paused."""
    if act(timer.pause, timer_id) is None:
        return
    said = time_form.draft("timer", patient_id)
    done = act(timer.finish, timer_id, said)
    if done is None:
        level, text = st.session_state.get(SAID, ("error", ""))
        st.session_state[SAID] = (level, f"{text} The timer is paused meanwhile.")
        return
    time_form.empty("timer")
    seconds = sum(entry.seconds for entry in done if not said.with_staff_id) or sum(
        entry.seconds for entry in done[::2]
    )
    st.session_state[SAID] = ("success", f"{time_clock.hms(seconds)} was logged.")
    if done is not True and act(timer.overlaps, done) is True:
        st.session_state[SAID] = (
            "warning",
            f"{time_clock.hms(seconds)} was logged. It lies over other time of yours: correct "
            "one of the two entries.",
        )


def _discard(timer_id: int) -> None:
    why = str(st.session_state.get("timer_why") or "")
    if act(timer.discard, timer_id, why, said="The timer was discarded."):
        st.session_state.pop("timer_why", None)


def by_hand(desk: Desk) -> None:
    """Time that was worked without the timer."""
    patient_id = choose(desk, "hand")
    today = filters.today(desk.practice)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    day = row.date_input(
        "Day", today, max_value=today, key="hand_day", width=160, format=words.DAY_FIELD
    )
    at = row.time_input("Began at", None, key="hand_at", step=timedelta(minutes=1), width=130)
    minutes = row.number_input("Minutes", 0, 1439, 0, key="hand_minutes", width=130)
    seconds = row.number_input("Seconds", 0, 59, 0, key="hand_seconds", width=130)
    zone = months.time_zone(desk.practice.time_zone)
    if day and at and time_checks.comes_twice(day, at, zone):
        row.checkbox("The second time the clocks showed this hour", key="hand_fold")
    time_form.fields("hand", desk.team, desk.person.staff_id)
    length = int(minutes) * 60 + int(seconds)
    _counted(desk, patient_id, day or today)
    _when(desk, day, at, length)
    time_form.hints(time_form.draft("hand", patient_id), desk.person, desk.policy)
    st.button(
        "Log this time", type="primary", key="hand_log",
        disabled=not (patient_id and at and length), on_click=_log,
        args=(desk.practice, patient_id),
    )  # fmt: skip


def _when(desk: Desk, day: Any, at: time | None, length: int) -> None:
    """What there is to say about the moment: skipped by the clocks, future, late, closed."""
    if not (day and at):
        return
    try:
        started_at = _moment(desk.practice)
    except UsageError as refused:
        st.error(words.refused(refused))
        return
    ended_at = started_at + timedelta(seconds=length)
    if ended_at > time_checks.whole_now():
        st.error("This time lies in the future; log it when it is worked.")
        return
    _why(desk, "hand", started_at, ended_at)


def _moment(practice: Practice) -> Any:
    held = st.session_state
    return time_checks.local_moment(
        practice, held["hand_day"], held["hand_at"], is_second=bool(held.get("hand_fold"))
    )


def _log(practice: Practice, patient_id: str) -> None:
    held = st.session_state
    length = int(held["hand_minutes"]) * 60 + int(held["hand_seconds"])
    try:
        started_at = _moment(practice)
    except UsageError as refused:
        st.session_state[SAID] = ("error", str(refused))
        return
    said = time_form.draft("hand", patient_id)
    if act(time_log.log, said, started_at, length, said=f"{time_clock.hms(length)} was logged."):
        time_form.empty("hand")
        for name in ("hand_at", "hand_minutes", "hand_seconds", "hand_fold"):
            held.pop(name, None)


def _why(desk: Desk, prefix: str, started_at: datetime, ended_at: datetime) -> None:
    """Ask for a reason when the record is late or the month is closed."""
    month = Month.of(time_checks.day_of(desk.practice, started_at))
    with db.session() as opened:
        is_closed = closed(opened, desk.practice.practice_id, month) is not None
    is_late = time_checks.is_late(ended_at, desk.policy, time_checks.whole_now())
    if is_closed:
        time_form.amendment(prefix, words.month(month))
    if is_closed or is_late:
        hours = desk.policy.whole("late_entry_hours")
        why = "the month is closed" if is_closed else f"the work ended over {hours} hours ago"
        st.text_input(
            f"Why is this recorded only now? ({words.sentence(why)}.)", key=f"{prefix}_late",
            max_chars=300,
        )  # fmt: skip
