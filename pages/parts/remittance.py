"""A part of Claims: bring a remittance (835) in, look at it, post it once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program import remitting, simulated
from ccm_core.program.remitting import Posted, Preview
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.claiming import answers
from pages.parts import empty, filters, short_paid, tables, words, working
from pages.parts.guard import check, may

_KEY, _SAID, _ROUND = "remittance_held", "remittance_said", "remittance_round"
_MOST = 50
PAYMENTS = (
    tables.Column("on", "Paid on"),
    tables.Column("payer", "Payer"),
    tables.Column("trace", "Check or transfer"),
    tables.Column("total", "Payment", is_right=True),
    tables.Column("posted", "Posted", is_right=True),
    tables.Column("unmatched", "Not matched", is_right=True),
    tables.Column("withheld", "Withheld", is_right=True),
)
UNMATCHED = (
    tables.Column("place", "Segment"),
    tables.Column("paid", "Paid", is_right=True),
    tables.Column("charge", "Charged", is_right=True),
    tables.Column("reason", "Why it was not matched"),
)


@dataclass
class Held:
    """What one person has read and not yet posted."""

    user_id: str
    seen: Preview
    content: bytes


def show(who: Identity, practice: Practice) -> None:
    """Upload, preview, posting, and the payments posted so far."""
    st.header("Remittances")
    if said := st.session_state.pop(_SAID, ""):
        st.success(words.plain(said), icon=":material/check_circle:")
    if may(who, "claims", "edit"):
        _upload(who, practice)
        if practice.is_demo:
            _make_believe(practice)
    short_paid.show(who, practice)
    _payments(practice)
    short_paid.lines(who, practice)


def _upload(who: Identity, practice: Practice) -> None:
    file = st.file_uploader(
        "Remittance file (835)", type=["835", "edi", "txt", "x12"],
        key=f"remittance_file_{st.session_state.get(_ROUND, 0)}",
        help="It is read and matched first; nothing is posted before you say so.",
    )  # fmt: skip
    if file is None:
        st.session_state.pop(_KEY, None)
        return
    if st.button("Read the remittance", icon=":material/search:"):
        _read(practice, file)
    held = st.session_state.get(_KEY)
    if isinstance(held, Held) and held.user_id == who.user_id and held.seen.name == file.name:
        _preview(practice, held)


def _read(practice: Practice, file: Any) -> None:
    try:
        asker = check("claims", "edit")
        with db.session() as opened:
            seen = remitting.preview(opened, asker, practice, file.name, file.getvalue())
    except CcmError as refused:
        st.session_state.pop(_KEY, None)
        st.error(words.refused(f"{file.name} was not read as an 835 remittance. {refused}"))
        return
    st.session_state[_KEY] = Held(asker.user_id, seen, file.getvalue())


def _preview(practice: Practice, held: Held) -> None:
    seen, run = held.seen, held.seen.run
    unmatched = sum((one.unmatched_usd for one in run.payments), start=seen.total_usd * 0)
    for place, (label, value) in zip(
        st.columns(4),
        (("Payments", words.usd(seen.total_usd)), ("To be posted", words.usd(seen.posted_usd)),
         ("Not matched", words.usd(unmatched)),
         ("Posted before", words.number(len(run.duplicates)))),
        strict=True,
    ):  # fmt: skip
        place.metric(label, value)
    for problem in seen.problems[:10]:
        (st.error if problem.is_error else st.warning)(words.plain(str(problem)))
    if not run.is_reconciled:
        st.error("What was read does not add up to the payment; it cannot be posted.")
        return
    st.caption("The payments equal what is posted, not matched, posted before and withheld.")
    if run.unmatched:
        tables.whole(
            "remittance_unmatched", UNMATCHED,
            [{"place": str(one.segment_index), "paid": words.usd(one.paid_usd),
              "charge": words.usd(one.charge_usd), "reason": one.reason}
             for one in run.unmatched[:_MOST]],
            alt="Answers to claims that are not known here",
        )  # fmt: skip
        st.caption(
            "Their money waits. Bring the claims in on Imports and post the same file again."
        )
    if seen.posted_before and not run.postings:
        st.info("This file was posted before; posting it again does nothing.")
    elif st.button(f"Post {words.many(len(run.postings), 'line')}", type="primary"):
        _post(practice, seen.name, held.content)


def _post(practice: Practice, name: str, content: bytes) -> None:
    try:
        with working.shown("Posting"), db.session(write=True) as opened:
            done = remitting.post(opened, check("claims", "edit"), practice, name, content)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.session_state.pop(_KEY, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state[_SAID] = _told([done])
    st.rerun()


def _told(done: list[Posted]) -> str:
    posted = [one for one in done if not one.is_again]
    lines = sum(len(one.preview.run.postings) for one in posted)
    denied = sum(one.denied for one in posted)
    again = "" if len(posted) == len(done) else " Files posted before were left alone."
    return (
        f"{words.many(lines, 'line')} posted, {words.many(denied, 'denied line')} in the "
        f"queue.{again}"
    )


def _make_believe(practice: Practice) -> None:
    """The demo's payer answers the files of a month. A real practice never sees this."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        this = Month.of(filters.today(practice))
        known = {str(m): words.month(m) for m in (this.plus(-n) for n in range(1, 13))}
        month = st.selectbox(
            "Claims of", list(known), format_func=known.get, key="remittance_month", width=160
        )
        is_asked = st.button("Let the make-believe payer answer", icon=":material/science:")
    st.caption("Demo practice only: it pays by the fee tables and denies a few claims.")
    if not is_asked:
        return
    try:
        done = []
        with working.shown("The payer answers"), db.session(write=True) as opened:
            asker = check("claims", "edit")
            for name, content in simulated.answers(opened, asker, practice, Month.parse(month)):
                done.append(remitting.post(opened, asker, practice, name, content))
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.session_state[_SAID] = _told(done)
    st.rerun()


def _payments(practice: Practice) -> None:
    with db.session() as opened:
        found = answers.payments(opened, practice.practice_id, _MOST)
    if not found:
        empty.nothing("No remittance was posted yet.", "Drop an 835 file above.")
        return
    st.header("Payments")
    tables.whole(
        "remittance_payments", PAYMENTS, [_payment(one) for one in found],
        alt="Payments posted, the latest day first",
    )  # fmt: skip


def _payment(one: answers.PaymentFacts) -> dict[str, Any]:
    return {
        "on": words.day(one.paid_on),
        "payer": one.payer,
        "trace": one.trace,
        "total": words.usd(one.total_usd),
        "posted": words.usd(one.posted_usd),
        "unmatched": words.usd(one.unmatched_usd),
        "withheld": words.usd(one.withheld_usd),
    }
