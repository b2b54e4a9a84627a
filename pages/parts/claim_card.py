"""One claim opened: its checklist with evidence and sources, its minutes, its alternatives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.access.patient_keys import KEYS
from ccm_core.audit import CheckLine
from ccm_core.errors import CcmError
from ccm_core.findings import Evidence
from ccm_core.months import Month, said_text
from ccm_core.program import preflight
from ccm_core.records import Practice
from ccm_core.sources import source
from ccm_core.store import db
from ccm_core.store.queries import Found
from pages.parts import claim_paths, filters, links, packet_link, status, tables, words
from pages.parts.guard import check, may

_ORDER = ("BLOCK", "REVIEW", "NOTE", "PASS", "OFF")
_HEADS = {
    "BLOCK": "Blocks the claim", "REVIEW": "Needs a person's word", "NOTE": "Good to know",
    "PASS": "In order", "OFF": "Not asked under this policy",
}  # fmt: skip
_DOLLARS = ("difference",)
"""Evidence that is money; outputs keep it as a plain number."""


def show(who: Identity, practice: Practice) -> None:
    """The opened claim that the address names."""
    month = _month(practice)
    patient_id = KEYS.patient_of(who.session_hash, st.query_params["claim"])
    links.to("pre_flight", "All claims of the month", ":material/arrow_back:", month=str(month))
    if patient_id is None:
        st.title("Claim")
        st.info("This link was made for another sign-in. Open the claim from the list again.")
        return
    try:
        with db.session(write=True) as opened:
            found = preflight.open_case(opened, who, patient_id, month)
    except CcmError as refused:
        st.title("Claim")
        st.info(words.refused(refused))
        return
    _head(who, found, month)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _checklist(who, found)
    with right:
        claim_paths.show(found.outcome)
    _minutes(found, practice)


def _month(practice: Practice) -> Month:
    this = Month.of(filters.today(practice))
    known = {str(this.plus(-n)) for n in range(filters.MONTHS_BACK)}
    return Month.parse(filters.wanted("month", known, str(this.previous)))


def _head(who: Identity, found: preflight.OpenCase, month: Month) -> None:
    patient, outcome = found.case.patient, found.outcome
    st.title(words.plain(tables.patient_name(patient)))
    shown = "below" if outcome.has_no_claim else _effective(found)
    st.html(status.html(shown))
    codes = ", ".join(f"{c} x {n}" for c, n in outcome.planned_units.items())
    with st.container(horizontal=True):
        for label, value in (
            ("Service month", words.month(month)),
            ("Codes", codes or "none"),
            ("Date of service", words.day(outcome.service_on)),
            ("Counted", words.minutes(outcome.total_seconds)),
            ("Leftover", words.minutes(outcome.leftover_seconds)),
            ("Allowed", _money(outcome)),
        ):
            st.metric(label, value)
    if outcome.expected is not None:
        st.caption(words.plain(
            f"Expected: {claim_paths.parts(outcome.expected)} "
            f"Policy: {words.policy(outcome.policy_name)}, tables {outcome.tables_version}."
        ))  # fmt: skip
    packet_link.offer(who, found.case.practice, patient.patient_id, month)
    key = tables.patient_key(who, patient.patient_id)
    links.to("patient", "The whole story of this patient", ":material/person:", patient=key)


def _money(outcome: Any) -> str:
    estimate = bool(outcome.chosen and outcome.chosen.estimate)
    return words.usd(outcome.planned_usd, is_estimate=estimate)


def _effective(found: preflight.OpenCase) -> str:
    """The status after acknowledgements."""
    if found.outcome.status != "review":
        return found.outcome.status
    words_given = {f.rule for f in found.stored if f.acknowledged_by}
    open_ones = [
        j for j in found.outcome.findings if j.level == "REVIEW" and j.rule not in words_given
    ]
    return "review" if open_ones else "clean"


def _checklist(who: Identity, found: preflight.OpenCase) -> None:
    st.header("Checklist")
    stored = {f.rule: f for f in found.stored}
    for result in _ORDER:
        lines = [line for line in found.checklist if line.result == result]
        if not lines:
            continue
        head = f"{_HEADS[result]} ({len(lines)})"
        if result in ("BLOCK", "REVIEW"):
            st.markdown(f"**{head}**")
            for line in lines:
                with st.container(border=True):
                    _line(who, line, stored.get(line.rule))
        else:
            with st.expander(head, expanded=result == "NOTE"):
                for line in lines:
                    _line(who, line, stored.get(line.rule))
    st.caption("Sources: " + " · ".join(words.CONFIDENCE.values()))


def _line(who: Identity, line: CheckLine, stored: Found | None) -> None:
    st.html(status.html(line.result, f"{line.result} · {line.rule} · {line.title}"))
    if line.summary:
        st.write(words.plain(said_text(line.summary)))
    for evidence in line.evidence:
        st.caption(words.plain(_evidence(evidence)))
    if line.result in ("BLOCK", "REVIEW", "NOTE"):
        st.caption(f"**What to do:** {words.plain(line.fix)}")
        _sources(line)
    if line.result == "REVIEW" and stored is not None:
        _word(who, stored)


def _evidence(evidence: Evidence) -> str:
    value = str(evidence.value)
    said = words.usd(Decimal(value)) if evidence.name in _DOLLARS else said_text(value)
    told = f"{words.sentence(evidence.name)}: {said}"
    if not evidence.ids:
        return told
    return f"{told} ({', '.join(evidence.ids[:6])}{' ...' if len(evidence.ids) > 6 else ''})"


def _sources(line: CheckLine) -> None:
    said = []
    for cite in line.cites:
        found = source(cite)
        title = words.plain(f"{found.authority}: {found.title}")
        where = words.plain(f", {found.pinpoint}") if found.pinpoint else ""
        linked = f"[{title}]({found.url})" if found.url else title
        said.append(f"{linked}{where} ({found.confidence})")
    st.caption("Source: " + " · ".join(said))


def _word(who: Identity, stored: Found) -> None:
    """An acknowledgement that stands, or the form that gives one."""
    if stored.acknowledged_by:
        st.success(f"Acknowledged: {words.plain(stored.reason or '')}", icon=":material/done:")
        return
    if not may(who, "pre_flight", "acknowledge"):
        return
    with st.form(f"word_{stored.finding_id}", border=False):
        reason = st.text_input(
            "Why this claim may go", max_chars=300, placeholder="What you checked, and found"
        )
        if st.form_submit_button("Acknowledge"):
            try:
                me = check("pre_flight", "acknowledge")
                with db.session(write=True) as opened:
                    preflight.acknowledge(opened, me, stored.finding_id, reason)
            except CcmError as refused:
                st.error(words.refused(refused))
                return
            st.rerun()


def _minutes(found: preflight.OpenCase, practice: Practice) -> None:
    st.header("Minutes")
    rows = []
    for part in found.case.counted.entries:
        entry = part.entry
        reasons = "; ".join(f"{words.span(seconds)} {why}" for seconds, why in part.excluded)
        rows.append({
            "When": words.began_of(entry, practice.time_zone),
            "Who": words.plain(found.staff.get(entry.staff_id, entry.staff_id)) or words.NOTHING,
            "Logged": words.span(entry.seconds),
            "Counted": words.span(part.counted_seconds),
            "Left out": words.plain(reasons) or words.NOTHING,
            "Note": words.plain(entry.note) or words.NOTHING,
        })  # fmt: skip
    if rows:
        st.table(rows)
    else:
        st.write("No time is logged in this month.")
