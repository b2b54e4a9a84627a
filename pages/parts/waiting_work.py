"""Work on the list of those who wait: choose one, call, write down what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.program import enrolling
from ccm_core.store import db
from ccm_core.store.queries import Stalled
from pages.parts import enrollment_work, links, tables, words
from pages.parts.guard import may


def act_on(who: Identity, rows: Sequence[Stalled], today: date, people: Mapping[str, str]) -> None:
    """Call, write down an attempt or change the status of one patient on this page of the list."""
    if not rows or not may(who, enrolling.PAGE, "edit"):
        return
    # Only keys reach the browser and the session; the core gets the identifier.
    known = {tables.patient_key(who, row.patient_id): row for row in rows}
    chosen = st.selectbox(
        "Work on one of these patients", list(known), index=None, key="waiting_chosen",
        format_func=lambda key: tables.patient_name(known[key]),
        placeholder="Choose a patient to call or to move on",
    )  # fmt: skip
    if chosen not in known:
        return
    patient_id = known[chosen].patient_id
    try:
        with db.session() as session:
            now = enrolling.standing(session, who, patient_id)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    enrollment_work.forms(who, patient_id, now, today)
    enrollment_work.history(now, people)
    links.to("patient", "Open the patient to record the consent or write the plan",
             ":material/arrow_forward:", patient=chosen)  # fmt: skip
