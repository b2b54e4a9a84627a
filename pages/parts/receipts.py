"""A part of Claims: what receivers said of the files (999, TA1, 277CA)."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.program import receiving
from ccm_core.program.receiving import Taken
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.claiming import receipts
from ccm_core.store.claiming.receipts import ReceiptView
from pages.parts import acting, tables, words
from pages.parts.guard import may

_ROUND = "receipt_round"
_MOST = 30
WORDS = {"accepted": "✓ Accepted", "accepted_with_errors": "◆ Accepted with errors",
         "rejected": "■ Rejected"}  # fmt: skip
COLUMNS = (
    tables.Column("at", "Read"),
    tables.Column("kind", "Kind"),
    tables.Column("about", "About"),
    tables.Column("status", "Answer"),
    tables.Column("codes", "Codes"),
)


def show(who: Identity, practice: Practice) -> None:
    """Upload of a receipt file, and the newest answers."""
    st.header("Receipts")
    st.write("What the clearing house and the payers answered to the files: 999, TA1 and 277CA.")
    if may(who, "claims", "edit"):
        _upload(practice)
    with db.session() as opened:
        found = receipts.newest(opened, practice.practice_id, _MOST)
    if not found:
        st.caption("No receipt was read yet.")
        return
    tables.whole(
        "receipts", COLUMNS, [_row(one, practice) for one in found],
        alt="Receipts, the newest first",
    )  # fmt: skip


def _upload(practice: Practice) -> None:
    file = st.file_uploader(
        "Receipt file (999, TA1, 277CA)", type=["999", "277", "277ca", "ta1", "edi", "txt", "x12"],
        key=f"receipt_file_{st.session_state.get(_ROUND, 0)}",
        help="Rejected claims come into the rework queue.",
    )  # fmt: skip
    if file is None or not st.button("Read the receipts", icon=":material/mark_email_read:"):
        return

    def take(session: Any, asker: Identity) -> Taken:
        return receiving.take(session, asker, practice, file.name, file.getvalue())

    def said(done: Taken) -> str:
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        return _told(done)

    acting.attempt("claims", "edit", take, said)


def _told(done: Taken) -> str:
    if done.is_again:
        return "This file was read before; nothing was changed."
    parts = [
        f"{words.many(done.accepted, 'claim')} let in",
        f"{words.many(done.received, 'claim')} in files that arrived whole",
        f"{words.many(done.rejected, 'claim')} turned away",
    ]
    more = f" {len(done.unmatched)} answers fit nothing of ours." if done.unmatched else ""
    wrong = f" {len(done.problems)} notes on the file: {done.problems[0]}" if done.problems else ""
    return f"{'; '.join(parts)}; {done.queued} new in the rework queue.{more}{wrong}"


def _row(one: ReceiptView, practice: Practice) -> dict[str, Any]:
    about = one.claim_id or "the whole file"
    return {
        "at": words.moment(one.read_at, practice.time_zone),
        "kind": one.kind,
        "about": about if one.is_matched else f"{about} (not known here)",
        "status": WORDS[one.status],
        "codes": ", ".join(one.codes) + (f" · {one.message}" if one.message else ""),
    }


def summary(counted: dict[str, int]) -> str:
    """The claims of one file by what was said of them."""
    names = (("accepted", "let in"), ("received", "arrived"), ("rejected", "turned away"),
             ("", "no answer"))  # fmt: skip
    return ", ".join(f"{counted[word]} {name}" for word, name in names if counted.get(word))
