"""One time entry: correct it, withdraw it, approve it, read its versions; or settle a conflict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from ccm_core.activities import all_activities
from ccm_core.errors import CcmError
from ccm_core.months import Month, noon, time_zone
from ccm_core.program import time_checks, time_log
from ccm_core.program.time_log import Change
from ccm_core.records import Practice, TimeEntry
from ccm_core.store import db
from ccm_core.store.claiming.months import closed
from ccm_core.store.timing.entries import Kept
from pages.parts import tables, time_clock, time_form, time_list, words
from pages.parts.guard import may
from pages.parts.time_desk import SAID, act

SHOWN = "time_entry_shown"
"""Entry and version that the form was filled with."""

MINE = "time_entry_mine"
"""What was typed and could not be saved, so that a conflict loses nothing of it."""


def show(who: Any, practice: Practice, entry_id: str) -> None:
    """The entry that the address opens."""
    try:
        with db.session() as opened:
            kept = time_log.shown(opened, who, entry_id)
            versions = time_log.history(opened, who, entry_id)
            team = time_log.names(opened)
            month = Month.of(time_checks.day_of(practice, kept.entry.started_at))
            is_closed = closed(opened, practice.practice_id, month) is not None
    except CcmError as refused:
        st.info(words.refused(refused))
        return
    st.header(f"Entry with {words.plain(words.name(kept.family_name, kept.given_name))}")
    _head(kept, practice, team)
    if time_log.may_change(who, kept.entry):
        _change(kept, practice, is_closed)
    if may(who, "log_time", "approve") and not kept.entry.approved_by:
        st.button(
            "Approve this entry", key="entry_approve", icon=":material/check:", on_click=act,
            args=(time_log.approve, entry_id, kept.version), kwargs={"said": "Approved."},
        )  # fmt: skip
    _versions(versions, practice)
    st.button("Close", key="entry_close", on_click=_leave)


def _leave() -> None:
    st.query_params.pop(time_list.OPENS, None)
    _theirs()


def _head(kept: Kept, practice: Practice, team: dict[str, str]) -> None:
    entry = kept.entry
    st.write(
        f"{words.began_of(entry, practice.time_zone)}, {time_clock.hms(entry.seconds)}, "
        f"by {words.plain(team.get(entry.staff_id, '') or 'somebody')}: {words.plain(entry.note)}"
    )
    if entry.late_reason:
        st.caption(f"Recorded late: {words.plain(entry.late_reason)}")
    if entry.approved_by:
        st.caption(f"Approved by {words.plain(entry.approved_by)}; a correction ends the approval.")


def _change(kept: Kept, practice: Practice, is_closed: bool) -> None:
    """The form keeps the version it was filled with; another one in the database is a conflict."""
    entry_id = kept.entry.entry_id
    mark = st.session_state.get(SHOWN)
    if mark is None or mark[0] != entry_id:
        st.session_state[SHOWN] = (entry_id, kept.version)
    version = st.session_state[SHOWN][1]
    prefix = f"entry_{kept.entry.entry_id}_{version}"
    mine = st.session_state.get(MINE)
    if mine is not None and mine.entry_id == entry_id and mine.version != kept.version:
        _conflict(kept, practice, mine)
        return
    with st.form("entry_correct"):
        _fields(kept, practice, prefix)
        st.text_input("Why is it corrected or withdrawn?", key=f"{prefix}_reason", max_chars=300)
        if is_closed:
            time_form.amendment(prefix, "The month")
        row = st.container(horizontal=True)
        with row:
            st.form_submit_button(
                "Save the correction", type="primary", on_click=_correct,
                args=(kept, version, prefix, practice),
            )  # fmt: skip
            st.form_submit_button(
                "Withdraw the entry", on_click=_withdraw, args=(entry_id, version, prefix)
            )


def _fields(kept: Kept, practice: Practice, prefix: str) -> None:
    entry = kept.entry
    local = entry.started_at.astimezone(time_zone(practice.time_zone))
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.date_input("Day", local.date(), key=f"{prefix}_day", width=160, format=words.DAY_FIELD)
    row.time_input(
        "Began at", local.time().replace(microsecond=0) if entry.is_start_known else None,
        key=f"{prefix}_at", width=130, step=timedelta(minutes=1),
        help=None if entry.is_start_known else "The record does not say. Leave it empty unless "
        "you know the time.",
    )  # fmt: skip
    row.number_input("Minutes", 0, 1439, entry.seconds // 60, key=f"{prefix}_minutes", width=130)
    row.number_input("Seconds", 0, 59, entry.seconds % 60, key=f"{prefix}_seconds", width=130)
    kinds = {one.name: one.label for one in all_activities()}
    place = list(kinds).index(entry.activity) if entry.activity in kinds else None
    st.selectbox(
        "Activity", list(kinds), index=place, format_func=kinds.get, key=f"{prefix}_activity"
    )
    st.text_area("Note", entry.note, key=f"{prefix}_note", max_chars=time_checks.MOST_NOTE)
    row = st.container(horizontal=True)
    row.checkbox(
        "Spoke or wrote with the patient or caregiver", bool(entry.is_contact),
        key=f"{prefix}_contact",
    )  # fmt: skip
    row.checkbox("Face to face", entry.face_to_face, key=f"{prefix}_face")


def _typed(kept: Kept, version: int, prefix: str, practice: Practice) -> Change:
    held = {
        name: st.session_state.get(f"{prefix}_{name}")
        for name in ("day", "at", "minutes", "seconds", "activity", "note", "contact", "face",
                     "reason", "amend")
    }  # fmt: skip
    return Change(
        kept.entry.entry_id, version, _moment(practice, held["day"], held["at"], kept.entry),
        int(held["minutes"] or 0) * 60 + int(held["seconds"] or 0),
        str(held["activity"] or ""), str(held["note"] or ""), bool(held["contact"]),
        bool(held["face"]), str(held["reason"] or ""), bool(held["amend"]),
        is_start_known=held["at"] is not None,
    )  # fmt: skip


def _correct(kept: Kept, version: int, prefix: str, practice: Practice) -> None:
    try:
        wanted = _typed(kept, version, prefix, practice)
    except CcmError as refused:
        st.session_state[SAID] = ("error", str(refused))
        return
    _save(wanted)


def _moment(practice: Practice, day: date, at: time | None, entry: TimeEntry) -> datetime:
    """The moment typed; one left as it was keeps its seconds, which the form does not show."""
    zone = time_zone(practice.time_zone)
    if at is None:
        return noon(day, zone)
    local = entry.started_at.astimezone(zone)
    is_same = (day, at.hour, at.minute) == (local.date(), local.hour, local.minute)
    if is_same and entry.is_start_known:
        return entry.started_at
    return time_checks.local_moment(practice, day, at, is_second=bool(local.fold))


def _save(wanted: Change) -> None:
    st.session_state[MINE] = wanted
    if act(time_log.correct, wanted, said="The correction is kept as a new version."):
        _theirs()


def _withdraw(entry_id: str, version: int, prefix: str) -> None:
    reason = str(st.session_state.get(f"{prefix}_reason") or "")
    amends = bool(st.session_state.get(f"{prefix}_amend"))

    def out(opened: Any, actor: Any) -> None:
        time_log.withdraw(opened, actor, entry_id, version, reason, is_amendment=amends)

    if act(out, said="The entry is withdrawn; its versions stay readable."):
        _leave()


def _conflict(kept: Kept, practice: Practice, mine: Change) -> None:
    """Somebody else was faster: both versions, and the choice between them."""
    st.error("Somebody else changed this entry while you had it open. Nothing of yours is lost.")
    theirs = kept.entry
    zone = practice.time_zone
    rows = [
        {"what": "Began", "theirs": words.began_of(theirs, zone),
         "mine": words.began(mine.started_at, zone, is_known=mine.is_start_known)},
        {"what": "Length", "theirs": time_clock.hms(theirs.seconds),
         "mine": time_clock.hms(mine.seconds)},
        {"what": "Activity", "theirs": words.sentence(theirs.activity),
         "mine": words.sentence(mine.activity)},
        {"what": "Note", "theirs": theirs.note, "mine": mine.note},
    ]  # fmt: skip
    columns = (tables.Column("what", ""), tables.Column("theirs", "As it stands now"),
               tables.Column("mine", "As you typed it"))  # fmt: skip
    tables.whole("conflict", columns, rows, alt="Both versions")
    row = st.container(horizontal=True)
    row.button("Keep what stands", key="entry_theirs", on_click=_theirs)
    row.button("Put mine in its place", key="entry_mine", type="primary", on_click=_save,
               args=(replace(mine, version=kept.version),))  # fmt: skip


def _theirs() -> None:
    for name in (SHOWN, MINE):
        st.session_state.pop(name, None)


def _versions(versions: list[Any], practice: Practice) -> None:
    if len(versions) < 2:
        return
    with st.expander(f"{len(versions)} versions"):
        rows = [
            {"n": one.version, "at": words.moment(one.created_at, practice.time_zone),
             "began": words.began(
                 one.started_at, practice.time_zone, is_known=one.is_start_known),
             "length": time_clock.hms(one.seconds), "note": one.note or None,
             "why": one.correction_reason or None}
            for one in versions
        ]  # fmt: skip
        columns = (tables.Column("n", "Version"), tables.Column("at", "Written"),
                   tables.Column("began", "Began"), tables.Column("length", "Length"),
                   tables.Column("note", "Note"), tables.Column("why", "Why"))  # fmt: skip
        tables.whole("versions", columns, rows, alt="Versions of the entry")
