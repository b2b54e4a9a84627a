"""A part of Claims: what changed since claims were sent, corrections, and taking them back."""

from __future__ import annotations

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program import claim_fixes
from ccm_core.records import Practice
from ccm_core.store import db
from pages.parts import acting, tables, words
from pages.parts.guard import may

KINDS = {"1": "sent anew", "7": "replacement", "8": "void"}
CHANGES = (
    tables.Column("claim", "Claim"),
    tables.Column("what", "What is different now"),
    tables.Column("fix", "What to do"),
)


def show(who: Identity, practice: Practice, month: Month) -> None:
    """Corrections that wait, and what was sent against what would be sent now."""
    if not may(who, "pre_flight", "approve"):
        return
    _waiting(practice, month)
    _changes(practice, month)


def _waiting(practice: Practice, month: Month) -> None:
    """Corrections that were approved and have not left; each can be taken back."""
    with db.session() as opened:
        found = claim_fixes.waiting(opened, practice, month)
    if not found:
        return
    of = {f"{one.claim_id}: {KINDS[one.frequency]}": one.claim_id for one in found}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Approved corrections, not sent yet", list(of), width=360)
        if st.button("Take the correction back", icon=":material/undo:"):
            acting.attempt(
                "pre_flight", "approve",
                lambda s, me: claim_fixes.cancel(s, me, practice, of[name]),
                "The correction is taken back; the claim that was sent stands.",
            )  # fmt: skip


def _changes(practice: Practice, month: Month) -> None:
    """Asked for by a switch, because it audits again."""
    if not st.toggle("Compare what was sent with what the records say now", key="claim_changes"):
        return
    try:
        with db.session() as opened:
            found = claim_fixes.differences(opened, practice, month)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    if not found:
        st.caption("Every claim that was sent still says what the records say.")
        return
    tables.whole("claim_changes", CHANGES, [
        {"claim": one.claim_id or words.NOTHING, "what": one.what, "fix": words.sentence(one.fix)}
        for one in found
    ], alt="Claims that would be made otherwise now")  # fmt: skip
    _correct(practice, [one for one in found if one.claim_id])


def _correct(practice: Practice, found: list[claim_fixes.Difference]) -> None:
    if not found:
        return
    of = {one.claim_id: one for one in found}
    with st.form("claim_correction"):
        number = st.selectbox("Claim", list(of))
        payer_number = st.text_input(
            "The payer's claim number", help="Known already when its remittance was posted here."
        )
        is_asked = st.form_submit_button("Approve the correction")
    if is_asked:
        acting.attempt(
            "pre_flight", "approve",
            lambda s, me: claim_fixes.correct(
                s, me, practice, number, of[number].fix, payer_number
            ),
            lambda made: f"Approved as {made}; write the claim files to send it.",
        )  # fmt: skip
