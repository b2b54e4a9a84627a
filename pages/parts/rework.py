"""A part of Claims: the queue of denied lines, one item with its letter, refunds."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.claims.rework import STATUSES
from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program import claim_fixes, rework_desk
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.claiming.rework import RefundView, ReworkView
from pages.parts import acting, downloads, empty, filters, links, packet_link, tables, words
from pages.parts.guard import check, may

OPENS = "rework"
"""The parameter of the address that opens one item; the page calls `one` for it."""

ACTIONS = {"resend": "Correct and send again", "appeal": "Appeal", "documents": "Send documents",
           "write_off": "Write off"}  # fmt: skip
LATE = "late: "
SETTLED = ("resent", "won", "lost", "written_off")
QUEUE = (
    tables.Column("claim", "Claim / line", is_link=True),
    tables.Column("patient", "Patient"),
    tables.Column("code", "Denied for"),
    tables.Column("amount", "Amount", is_right=True),
    tables.Column("action", "First step"),
    tables.Column("deadline", "Until"),
    tables.Column("status", "Status"),
    tables.Column("assignee", "Who"),
    tables.Column("rules", "Rule that should catch it"),
)
REFUNDS = (
    tables.Column("patient", "Patient"),
    tables.Column("claim", "Claim"),
    tables.Column("owed", "Owed to"),
    tables.Column("amount", "Amount", is_right=True),
    tables.Column("reason", "Why"),
    tables.Column("due", "Until"),
    tables.Column("status", "Status"),
)


def is_opened() -> bool:
    """Whether the address names one item."""
    return OPENS in st.query_params


def show(who: Identity, practice: Practice) -> None:
    """The queue and the refunds; or one item, when the address names it."""
    if is_opened():
        one(who, practice)
        return
    st.header("Rework")
    st.caption(
        "Lines that a remittance denied. Those that an import brought in as denied stand under "
        "What became of claims."
    )
    kinds = {"": "Open", **{name: words.sentence(name) for name in STATUSES}}
    with filters.row():
        status = filters.choice("rework_status", "Status of rework", kinds)
    at = tables.asked(QUEUE, "", "rework_")
    with db.session() as opened:
        found = rework_desk.queue(opened, who, practice, status, at.offset)
    if found.total:
        tables.listing(
            "rework", QUEUE, [_row(item, practice) for item in found.rows], found.total, at,
            alt="Denied lines, the nearest deadline first", opens=("claims", OPENS),
        )  # fmt: skip
    else:
        empty.nothing("No denied line is in this state.", "Denials come in with remittances.")
    _refunds(who, practice)


def _row(item: ReworkView, practice: Practice) -> dict[str, Any]:
    return {
        "key": str(item.id),
        "claim": f"{item.claim_id} / {item.line}",
        "patient": tables.patient_name(item),
        "code": f"{item.code} · {item.cause}",
        "amount": words.usd(item.amount_usd),
        "action": ACTIONS.get(item.action, item.action),
        "deadline": _until(item.deadline_on, practice),
        "status": words.sentence(item.status),
        "assignee": item.assignee or words.NOTHING,
        "rules": ", ".join(item.rules) or "no rule: candidate",
    }


def _until(on: Any, practice: Practice) -> str:
    late = LATE if on and on < filters.today(practice) else ""
    return f"{late}{words.day(on)}"


def one(who: Identity, practice: Practice) -> None:
    """One denied line: why, what to do, who does it, the letter."""
    links.to("claims", "Back to all claims", ":material/arrow_back:")
    acting.told()
    named = st.query_params.get(OPENS, "")
    number = int(named) if named.isdecimal() and len(named) < 12 else -1
    try:
        with db.session() as opened:
            item = rework_desk.item(opened, who, practice, number)
            no_appeal = rework_desk.no_appeal(opened, practice, item)
            month = rework_desk.month_of(opened, practice, item)
    except CcmError as refused:
        st.info(words.refused(refused))
        return
    st.header(f"Denied: {words.plain(item.code)}, {words.plain(words.usd(item.amount_usd))}")
    st.write(words.plain(f"{item.cause}. {item.fix}."))
    st.caption(words.plain(
        f"{tables.patient_name(item)} · claim {item.claim_id}, line {item.line} "
        f"({item.procedure}) · {item.payer} · payer's number {item.payer_claim_id or 'not known'}"
    ))  # fmt: skip
    st.write(words.plain(
        f"{ACTIONS.get(item.action, item.action)} until {_until(item.deadline_on, practice)}."
    ))  # fmt: skip
    for rule in item.rules:
        links.to("rule_book", f"Rule {rule} should have caught it", rule=rule)
    if not item.rules:
        st.caption("No rule speaks of this denial: a candidate for a new one.")
    if may(who, "claims", "edit"):
        _form(practice, item)
    if no_appeal:
        st.info(no_appeal)
        _anew(who, practice, item)
    elif month is not None:
        _answers(who, practice, item, month)


def _answers(who: Identity, practice: Practice, item: ReworkView, month: Month) -> None:
    """The way to a correction where that comes first; the letter, and the packet with it."""
    if item.action == "resend":
        st.caption("Correct the claim first; appeal only if it was right as it was sent.")
        if may(who, "pre_flight", "approve"):
            links.to("claims", "To the claim run of the month", view="run", month=str(month))
    if may(who, "claims", "export"):
        _letter(who, practice, item.id)
    packet_link.offer(who, practice, item.patient_id, month)


def _anew(who: Identity, practice: Practice, item: ReworkView) -> None:
    """A claim that nobody decided on goes once more, under a number of its own."""
    if item.status in SETTLED or not may(who, "pre_flight", "approve"):
        return
    if st.button("Approve the claim anew", icon=":material/replay:"):
        acting.attempt(
            "pre_flight", "approve",
            lambda s, me: claim_fixes.correct(s, me, practice, item.claim_id, claim_fixes.RESEND),
            lambda made: f"Approved as {made}; write the claim files to send it.",
        )  # fmt: skip


def _form(practice: Practice, item: ReworkView) -> None:
    # The version travels with the form: what is saved is a change of what was shown.
    with st.form(f"rework_{item.id}_{item.version}"):
        status = st.selectbox(
            "Status", STATUSES, STATUSES.index(item.status), format_func=words.sentence
        )
        assignee = st.text_input("Who works on it", item.assignee, max_chars=100)
        note = st.text_area("Note", item.note, max_chars=2000)
        is_saved = st.form_submit_button("Save", type="primary")
    if not is_saved:
        return
    try:
        with db.session(write=True) as opened:
            rework_desk.edit(
                opened, check("claims", "edit"), practice, item, status=status,
                assignee=assignee, note=note,
            )  # fmt: skip
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.rerun()


def _letter(who: Identity, practice: Practice, item_id: int) -> None:
    def make() -> bytes:
        with db.session(write=True) as opened:
            return rework_desk.letter(opened, who, practice, item_id).encode()

    mark = "demo-" if practice.is_demo else ""
    downloads.offer(
        "Draft of an appeal letter", f"{mark}appeal-{item_id}.txt", make,
        "text/plain; charset=utf-8", "claims",
    )  # fmt: skip


def _refunds(who: Identity, practice: Practice) -> None:
    with db.session() as opened:
        found = rework_desk.refunds(opened, who, practice)
    if not found:
        return
    st.header("Refunds")
    st.write("Money of claims that were taken back after payment; it is due in 60 days.")
    tables.whole(
        "refunds", REFUNDS, [_refund(item, practice) for item in found], alt="Refund tasks",
        opens=("claims", "refund"),
    )  # fmt: skip
    due = {f"{f.claim_id}, {words.usd(f.amount_usd)}": f for f in found if f.status == "open"}
    if due and may(who, "claims", "edit"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.selectbox("Open refund", list(due), key="refund_chosen", width=320)
            if st.button("It was paid back"):
                _done(practice, due[name])


def _done(practice: Practice, item: RefundView) -> None:
    try:
        with db.session(write=True) as opened:
            rework_desk.refunded(opened, check("claims", "edit"), practice, item)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.rerun()


def _refund(item: RefundView, practice: Practice) -> dict[str, Any]:
    is_open = item.status == "open"
    return {
        "patient": tables.patient_name(item),
        "claim": item.claim_id,
        "owed": words.sentence(item.owed_to),
        "amount": words.usd(item.amount_usd),
        "reason": item.reason,
        "due": _until(item.due_on, practice) if is_open else words.day(item.due_on),
        "status": "Open" if is_open else f"{words.sentence(item.status)} {item.done_by}".strip(),
    }
