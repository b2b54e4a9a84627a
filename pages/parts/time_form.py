"""What a person says about work: activity, note, contact, second person; with live hints."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ccm_core.activities import all_activities
from ccm_core.policy import Policy
from ccm_core.program import time_checks
from ccm_core.program.time_checks import Draft
from ccm_core.records import Staff
from pages.parts import words

FIELDS = ("activity", "note", "contact", "face", "second", "late", "amend")
_EMPTY = {"activity": None, "note": "", "second": "", "late": ""}
_SHOWN = {"good": ":green[●]", "warn": ":orange[◆]", "bad": ":red[■]"}


def credential(person: Staff) -> None:
    """Who logs, with which credential, and whether that time counts."""
    is_counted, why = time_checks.counts(person)
    mark = _SHOWN["good" if is_counted else "warn"]
    word = "counts" if is_counted else "does not count"
    name = words.plain(f"{person.name}, {person.credential or 'no credential recorded'}")
    st.markdown(f"{name} · {mark} time **{word}** ({words.plain(why)})")


def fields(prefix: str, team: Mapping[str, str], me: str) -> None:
    """The controls; what they hold is read with ``draft``."""
    kinds = {
        one.name: one.label if one.counts else f"{one.label} (does not count: {one.reason})"
        for one in all_activities()
    }
    st.selectbox(
        "Activity", list(kinds), index=None, format_func=kinds.get, key=f"{prefix}_activity"
    )
    st.text_area(
        "Note", key=f"{prefix}_note", max_chars=time_checks.MOST_NOTE, height=90,
        placeholder=time_checks.GOOD_NOTE, help="What was done, with whom, about what.",
    )  # fmt: skip
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.checkbox("Spoke or wrote with the patient or caregiver", key=f"{prefix}_contact")
    row.checkbox("Face to face", key=f"{prefix}_face")
    others = {"": "Nobody else", **{key: name for key, name in team.items() if key != me}}
    row.selectbox(
        "Second person on this", list(others), format_func=others.get, key=f"{prefix}_second",
        width=220, help="Both are recorded; the time of two people counts once.",
    )  # fmt: skip


def draft(prefix: str, patient_id: str) -> Draft:
    """What the controls hold."""
    held = {name: st.session_state.get(f"{prefix}_{name}") for name in FIELDS}
    return Draft(
        patient_id, str(held["activity"] or ""), str(held["note"] or ""), bool(held["contact"]),
        bool(held["face"]), str(held["second"] or ""), str(held["late"] or ""),
        bool(held["amend"]),
    )  # fmt: skip


def held(prefix: str) -> dict[str, object]:
    """What the controls hold, as far as they hold anything; for keeping it."""
    found = {name: st.session_state.get(f"{prefix}_{name}") for name in FIELDS}
    return {name: value for name, value in found.items() if value}


def fill(prefix: str, kept: Mapping[str, object]) -> None:
    """Put back what was kept; call it before the controls are drawn."""
    for name in FIELDS:
        if name in kept:
            st.session_state[f"{prefix}_{name}"] = kept[name]


def empty(prefix: str) -> None:
    """Clear the controls; call it in a callback only.

    By an empty value: where one is only forgotten, the browser goes on showing the old words.
    """
    for name in FIELDS:
        st.session_state[f"{prefix}_{name}"] = _EMPTY.get(name, False)


def hints(said: Draft, person: Staff, policy: Policy) -> None:
    """What is good about the draft and what will be refused."""
    for hint in time_checks.hints(said, person, policy):
        st.markdown(f"{_SHOWN[hint.level]} {words.plain(hint.text)}")


def amendment(prefix: str, month: str) -> None:
    """The two things a change of a closed month needs."""
    st.warning(f"{month} is closed. A change is kept as an amendment and shown as a difference.")
    st.checkbox("Keep this as an amendment", key=f"{prefix}_amend")


def list_of_activities() -> None:
    """What counts and what does not, and why."""
    with st.expander("What counts and what does not"):
        for title, wanted in (("Counts", True), ("Does not count", False)):
            st.markdown(f"**{title}**")
            lines = [
                f"- {one.label}" + ("" if wanted else f": {one.reason}")
                for one in all_activities() if one.counts is wanted
            ]  # fmt: skip
            st.markdown("\n".join(lines))
