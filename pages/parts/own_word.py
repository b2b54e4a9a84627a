"""On Home of a practitioner: the plans to sign and the conditions to confirm."""

from __future__ import annotations

import streamlit as st
from sqlmodel import Session

from ccm_core.access.identity import Identity
from ccm_core.program import own_word
from pages.parts import empty, tables, words

_PLANS = (
    *tables.PATIENT, tables.Column("version", "Plan"), tables.Column("on", "Saved"),
)  # fmt: skip
_CONDITIONS = (*tables.PATIENT, tables.Column("number", "Proposed conditions", is_right=True))


def show(session: Session, who: Identity) -> None:
    """Both lists; a row opens its patient."""
    found = own_word.waiting(session, who)
    if found is None:
        if who.role == "practitioner":
            st.info("Your account is not linked to a practitioner, so it signs nothing. An "
                    "administrator links it on the page People.")  # fmt: skip
        return
    st.header("Waiting for your word")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Care plans to sign**")
        _plans(who, found)
    with right:
        st.markdown("**Conditions to confirm as chronic**")
        _conditions(who, found)


def _plans(who: Identity, found: own_word.OwnWord) -> None:
    rows = [
        {**tables.patient_cells(who, one), "version": f"Version {one.number}",
         "on": words.day(one.saved_on)}
        for one in found.plans
    ]  # fmt: skip
    if rows:
        tables.whole("to_sign", _PLANS, rows, alt="Care plans to sign")
    else:
        empty.nothing("No care plan of your patients waits for a signature.")


def _conditions(who: Identity, found: own_word.OwnWord) -> None:
    rows = [
        {**tables.patient_cells(who, one), "number": words.number(one.number)}
        for one in found.conditions
    ]
    if rows:
        tables.whole("to_confirm", _CONDITIONS, rows, alt="Conditions to confirm")
    else:
        empty.nothing("Every condition of your enrolled patients is confirmed.")
