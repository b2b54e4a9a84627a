"""Practitioners on the page People: who may bill, and a form to add one."""

from __future__ import annotations

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.program import practitioners
from ccm_core.records import Practitioner
from ccm_core.store import db
from pages.parts import acting, empty, tables
from pages.parts.guard import may

COLUMNS = (
    tables.Column("name", "Name"),
    tables.Column("credential", "Credential"),
    tables.Column("npi", "NPI"),
)


def show(who: Identity) -> None:
    """Everybody who bills; those who may change the team add one or correct a name."""
    st.header("Practitioners")
    with db.session() as opened:
        found = practitioners.listed(opened, who)
    if found:
        rows = [{"name": p.name, "credential": p.credential or None, "npi": p.npi} for p in found]
        tables.whole("practitioners", COLUMNS, rows, alt="Practitioners who bill")
    else:
        empty.nothing("No practitioner is recorded yet.", "Consents and claims need one.")
    if may(who, "people", "edit"):
        with st.expander("Add a practitioner or correct a name", expanded=not found):
            _form()


def _form() -> None:
    with st.form("practitioner", border=False, clear_on_submit=False):
        left, middle, right = st.columns(3)
        npi = left.text_input("NPI", max_chars=10, key="practitioner_npi")
        name = middle.text_input("Name", max_chars=120, key="practitioner_name")
        credential = right.text_input("Credential", max_chars=40, key="practitioner_credential",
                                      help="For example MD, DO, NP, PA, CNM.")  # fmt: skip
        if st.form_submit_button("Save the practitioner", type="primary"):
            said = Practitioner(npi, name, credential)
            acting.attempt(
                "people", "edit", lambda s, me: practitioners.put(s, me, said),
                lambda is_new: f"{name} is {'added' if is_new else 'changed'}.",
            )  # fmt: skip
