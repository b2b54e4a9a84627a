"""Below a list of patients: give many of them to a care manager or a practitioner at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from sqlmodel import Session

from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import people
from ccm_core.store import db, reading
from pages.parts import acting, tables, words
from pages.parts.guard import may

_TO = {"care_manager": "Care manager", "practitioner": "Practitioner"}


def show(session: Session, who: Identity, rows: Sequence[Any], month: Month, name: str) -> None:
    """Patients of this page of the list; the versions that were shown go along."""
    if not rows or not may(who, "people", "edit"):
        return
    with st.expander("Assign several of these patients", icon=":material/group_add:"):
        # Only keys reach the browser; the core gets identifiers.
        known = {tables.patient_key(who, row.patient_id): row for row in rows}
        mark = f"{name}_{st.session_state.get(f'assign_{name}_round', 0)}"
        versions = _versions(mark, who, [row.patient_id for row in rows])
        line = st.container(horizontal=True, vertical_alignment="bottom")
        kind = line.selectbox("Assign a", list(_TO), format_func=_TO.get, width=180,
                              key=f"assign_{mark}_kind")  # fmt: skip
        options = _options(session, kind)
        to = line.selectbox("To", list(options), index=None, format_func=options.get, width=260,
                            placeholder="Choose a person",
                            key=f"assign_{mark}_{kind}_to")  # fmt: skip
        everybody = st.checkbox(f"All {words.many(len(rows), 'patient')} of this page",
                                key=f"assign_{mark}_all")  # fmt: skip
        some = st.multiselect(
            "Patients", list(known), format_func=lambda key: tables.patient_name(known[key]),
            disabled=everybody, key=f"assign_{mark}_some",
        )  # fmt: skip
        if st.button("Assign", type="primary", disabled=to is None, key=f"assign_{mark}_go"):
            chosen = list(known) if everybody else [key for key in some if key in known]
            ids = [known[key].patient_id for key in chosen]
            _assign(name, kind, {one: versions[one] for one in ids if one in versions}, to, month)


def _options(session: Session, kind: str) -> dict[str, str]:
    if kind == "practitioner":
        return {d.npi: d.name for d in reading.practitioners(session)}
    return {p.staff_id: p.name for p in reading.staff(session) if p.is_active}


def _versions(mark: str, who: Identity, ids: Sequence[str]) -> Mapping[str, int]:
    """The versions at the moment the list was first shown, until something was assigned."""
    key = f"assign_{mark}_versions"
    held = st.session_state.get(key)
    if held is None or set(held) != set(ids):
        with db.session() as opened:
            held = st.session_state[key] = people.versions_shown(opened, who, ids)
    return held


def _assign(
    name: str, kind: str, versions: Mapping[str, int], to: str | None, month: Month
) -> None:
    service: Callable[..., int] = (
        people.assign_practitioner if kind == "practitioner" else people.assign
    )

    def said(number: int) -> str:
        # The next run starts with an empty form and with the new versions.
        key = f"assign_{name}_round"
        st.session_state[key] = st.session_state.get(key, 0) + 1
        more = " A consent that names another practitioner has to be taken anew."
        return f"{words.many(number, 'patient')} assigned.{more if kind == 'practitioner' else ''}"

    acting.attempt("people", "edit", lambda s, me: service(s, me, dict(versions), to or "", month),
                   said)  # fmt: skip
