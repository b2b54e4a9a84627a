"""Enrollment work on one patient: the call script, attempts to reach the patient, the status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.program import enrolling
from ccm_core.program.call_script import call_script
from ccm_core.program.enrolling import Attempt, Standing, StatusWish
from ccm_core.store import db
from pages.parts import acting, conflict, empty, status, tables, words
from pages.parts.guard import may

PAGE = enrolling.PAGE
_HISTORY = (
    tables.Column("on", "Day"), tables.Column("status", "Status"), tables.Column("why", "Reason"),
    tables.Column("by", "By"), tables.Column("next", "Next date"),
)  # fmt: skip
_ATTEMPTS = (
    tables.Column("on", "Day"), tables.Column("way", "Way"), tables.Column("out", "Outcome"),
    tables.Column("note", "Note"), tables.Column("by", "By"), tables.Column("next", "Next date"),
)  # fmt: skip
_PARTS = {
    "opening": "Opening", "identity": "Identity", "what": "What it is", "question": "Question",
    "one_practitioner": "One practitioner", "right_to_stop": "Right to stop",
    "agreed": "After a yes", "declined": "After a no",
}  # fmt: skip


def work(who: Identity, patient_id: str, today: date, people: Mapping[str, str]) -> None:
    """Everything about the way of one patient into the program."""
    try:
        with db.session() as session:
            now = enrolling.standing(session, who, patient_id)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    if may(who, PAGE, "edit"):
        forms(who, patient_id, now, today)
    history(now, people)


def forms(who: Identity, patient_id: str, now: Standing, today: date) -> None:
    """What to say, and what came of it."""
    script(who, patient_id, today)
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        attempt_form(who, patient_id, today)
    with right.container(border=True, height="stretch"):
        status_form(who, patient_id, now, today)


def script(who: Identity, patient_id: str, today: date) -> None:
    """What to say on the phone, filled for this patient."""
    with st.expander("Call script for this patient", icon=":material/call:"):
        try:
            with db.session() as session:
                found = call_script(session, who, patient_id, today)
        except CcmError as refused:
            st.error(words.refused(refused))
            return
        for part, said in found.lines:
            name = _PARTS.get(part) or ("Cost" if part.startswith("cost") else "Why you")
            st.markdown(f"**{name}.** {words.plain(said)}")
        if found.cost == "qmb":
            st.info("QMB: never name or collect a cost share, and never ask the patient to waive "
                    "this protection.")  # fmt: skip
        if found.is_carried:
            st.caption("The amount is an estimate: this year's amount for the locality is not in "
                       "the tables.")  # fmt: skip


def attempt_form(who: Identity, patient_id: str, today: date) -> None:
    """Keep an attempt to reach the patient."""
    st.markdown("**Outreach attempt**")
    form = f"attempt_{_mark(who, patient_id)}"
    with st.form(acting.fresh(form), border=False):
        with st.container(horizontal=True):
            on = st.date_input("Day", today, max_value=today, format=words.DAY_FIELD)
            way = st.selectbox("Way", enrolling.WAYS)
        outcome = st.selectbox("Outcome", list(enrolling.OUTCOMES), index=None,
                               format_func=enrolling.OUTCOMES.get)  # fmt: skip
        note = st.text_input("Note", max_chars=enrolling.MOST_WORDS)
        next_on = st.date_input(
            "Next date (optional)", None, min_value=today, format=words.DAY_FIELD
        )
        if st.form_submit_button("Save the attempt", type="primary"):
            asked = Attempt(_day(on) or today, way, outcome or "", note, _day(next_on))
            acting.attempt(
                PAGE, "edit",
                lambda s, me: enrolling.note_attempt(s, me, patient_id, asked, today),
                "The attempt is saved.", clears=form,
            )  # fmt: skip


def status_form(who: Identity, patient_id: str, now: Standing, today: date) -> None:
    """Change the status; the version that was shown goes along."""
    st.markdown("**Status**")
    form = _guarded(who, patient_id, today)
    if form.is_contested():
        form.screen()
        return
    shown = form.hold()
    st.caption(f"Now: {status.look(now.patient.status).title}. “Consented” follows from "
               "recording a consent.")  # fmt: skip
    with st.form(f"status_{_mark(who, patient_id)}", border=False):
        chosen = st.selectbox("New status", enrolling.SETTABLE, key=form.key("status"),
                              index=_place(shown.values["status"]),
                              format_func=lambda s: status.look(s).title)  # fmt: skip
        reason = st.selectbox("Reason", _reasons(), index=None, key=form.key("reason"),
                              accept_new_options=True,
                              placeholder="Choose or write one")  # fmt: skip
        with st.container(horizontal=True):
            on = st.date_input(
                "Since", today, max_value=today, key=form.key("on"), format=words.DAY_FIELD
            )
            next_on = st.date_input("Next date (optional)", None, min_value=today,
                                    key=form.key("next_on"), format=words.DAY_FIELD)  # fmt: skip
        if st.form_submit_button("Change the status", type="primary"):
            form.submit({"status": chosen or "", "reason": reason or "", "on": _day(on) or today,
                         "next_on": _day(next_on)})  # fmt: skip


def _guarded(who: Identity, patient_id: str, today: date) -> conflict.Guarded:
    def read() -> conflict.Shown:
        with db.session() as session:
            now = enrolling.standing(session, who, patient_id)
        last = now.changes[0] if now.changes else None
        values = {"status": now.patient.status, "reason": last.reason if last else "",
                  "on": last.changed_on if last else None, "next_on": now.next_on}  # fmt: skip
        return conflict.Shown(now.version, values)

    def save(version: int, values: conflict.Values) -> None:
        wish = StatusWish(values["status"], values["on"], values["reason"], values["next_on"])
        touched = acting.act(
            PAGE, "edit",
            lambda s, me: enrolling.change_status(s, me, patient_id, wish, version, today),
        )  # fmt: skip
        acting.tell(f"The status is changed. {touched.sentence}")

    labels = {"status": "Status", "reason": "Reason", "on": "Since", "next_on": "Next date"}
    said = {"status": lambda s: status.look(s or "").word}
    return conflict.Guarded(f"status_{_mark(who, patient_id)}", labels, read, save, said)


def history(now: Standing, people: Mapping[str, str]) -> None:
    """Every status and every attempt, newest first."""
    st.markdown("**History of the status**")
    changes = [
        {"on": words.day(c.changed_on), "status": status.cell(c.status),
         "why": c.reason or words.NOTHING,
         "by": people.get(c.changed_by, c.changed_by) or words.NOTHING,
         "next": words.day(c.next_on)}
        for c in now.changes
    ]  # fmt: skip
    _table("status_history", _HISTORY, changes, "Every status", "No status was ever set.")
    st.markdown("**Attempts to reach the patient**")
    attempts = [
        {"on": words.day(a.made_on), "way": words.sentence(a.way),
         "out": enrolling.OUTCOMES.get(a.outcome, a.outcome), "note": a.note or words.NOTHING,
         "by": people.get(a.made_by, a.made_by) or words.NOTHING, "next": words.day(a.next_on)}
        for a in now.attempts
    ]  # fmt: skip
    _table("outreach", _ATTEMPTS, attempts, "Every attempt", "No attempt is on record.")


def _table(name: str, columns: tuple[tables.Column, ...], rows: list[dict[str, Any]], alt: str,
           nothing: str) -> None:  # fmt: skip
    if rows:
        tables.whole(name, columns, rows, alt=alt)
    else:
        empty.nothing(nothing)


def _reasons() -> list[str]:
    return list(dict.fromkeys(r for some in enrolling.REASONS.values() for r in some))


def _place(of: str) -> int | None:
    return enrolling.SETTABLE.index(of) if of in enrolling.SETTABLE else None


def _mark(who: Identity, patient_id: str) -> str:
    """Tells the forms of patients apart in the keys of widgets, which reach the browser."""
    return tables.patient_key(who, patient_id)


def _day(on: Any) -> date | None:
    return on if isinstance(on, date) else None
