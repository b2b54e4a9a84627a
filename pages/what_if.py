"""What would this month earn? A made-up case, judged by the same core as a claim."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.audit import Outcome, audit_case, checklist
from ccm_core.casefile import read_case
from ccm_core.cases import Case
from ccm_core.errors import CcmError
from ccm_core.fees import NATIONAL, localities
from ccm_core.months import said_text
from ccm_core.policy import POLICIES, PREFERENCES
from ccm_core.records import MDM_LEVELS, SETTINGS, Practice
from ccm_core.store import db, reading
from pages.parts import claim_paths, filters, status, words
from pages.parts.guard import guard

who = guard("what_if")
PREFERENCE_NAMES = {
    "natural": "Natural: own, complex, then staff path",
    "highest": "Highest allowed amount",
}
SETTING_NAMES = {"office": "Office", "facility": "Facility", "rhc": "Rural health clinic",
                 "fqhc": "Federally qualified health center"}  # fmt: skip


def places() -> dict[str, str]:
    """Localities of the latest year, the national amount first."""
    return {NATIONAL: "National amount", **{
        p.locality: f"{p.locality} {p.state} {words.place(p.name)}" for p in localities(year)
    }}  # fmt: skip


def asked() -> dict[str, Any]:
    """The case that the form describes, in the words of the case file."""
    left, middle, right = st.columns(3)
    said: dict[str, Any] = {"month": str(month)}
    with left:
        said["staff_minutes"] = st.number_input("Staff minutes", 0, 600, 25, key="staff")
        said["practitioner_minutes"] = st.number_input("Practitioner minutes", 0, 600, 0, key="own")
        said["chronic_conditions"] = st.number_input("Chronic conditions", 0, 12, 2, key="count")
    with middle:
        said["mdm"] = st.selectbox("Medical decision making", MDM_LEVELS, key="mdm")
        said["setting"] = st.selectbox("Setting", SETTINGS, format_func=SETTING_NAMES.get)
        found = places()
        said["locality"] = st.selectbox("Locality", list(found), format_func=found.get)
    with right:
        said["policy"] = st.selectbox("Policy", POLICIES, format_func=words.POLICIES.get)
        said["preference"] = st.selectbox(
            "If several are legal", PREFERENCES, format_func=PREFERENCE_NAMES.get
        )
        said["qmb"] = st.checkbox("Qualified Medicare Beneficiary")
        if not st.checkbox("Consent on record", value=True):
            said["consent"] = None
        if not st.checkbox("Care plan on record", value=True):
            said["care_plan"] = None
    return said


def answer(outcome: Outcome) -> None:
    """Codes, dollars and status."""
    shown = "below" if outcome.has_no_claim else outcome.status
    st.html(status.html(shown))
    chosen = outcome.chosen
    codes = ", ".join(f"{c} x {n}" for c, n in chosen.units.items()) if chosen else "nothing"
    estimate = bool(chosen and chosen.estimate)
    with st.container(horizontal=True):
        st.metric("Codes", codes)
        allowed = chosen.allowed_usd if chosen else None
        st.metric("Allowed", words.usd(allowed, is_estimate=estimate))
        st.metric("From Medicare", words.usd(outcome.expected_medicare_usd))
        st.metric("From the patient", words.usd(outcome.expected_patient_usd))
        st.metric("Leftover", words.minutes(outcome.leftover_seconds))


def basis(outcome: Outcome, place: str) -> None:
    """Year, place and source of the amounts, and into which parts the allowed amount goes."""
    on = words.day(outcome.service_on) if outcome.service_on else words.month(month)
    told = (
        f"Estimate, not a promise of payment. Fees: CMS fee schedule in force on {on}, {place}, "
        f"{SETTING_NAMES[said['setting']].lower()}; tables {outcome.tables_version[:12]}."
    )
    if outcome.expected is not None:
        told += f" {claim_paths.parts(outcome.expected)}"
    st.caption(words.plain(told))


def deciding(case: Case, policy: Any) -> None:
    """The rules that object, then the others by number."""
    lines = checklist(case, policy)
    objecting = [line for line in lines if line.result in ("BLOCK", "REVIEW", "NOTE")]
    for line in objecting:
        with st.container(border=True):
            st.html(status.html(line.result, f"{line.result} · {line.rule} · {line.title}"))
            st.write(words.plain(said_text(line.summary)))
            st.caption(f"**What to do:** {words.plain(line.fix)}")
    passed = sum(line.result == "PASS" for line in lines)
    st.caption(f"{words.many(passed, 'other rule')} passed.")


st.title("What would this month earn?")
st.write("Type minutes and circumstances; everything not asked is taken to be in order.")
with db.session() as opened:
    practice = reading.practice(opened)
if practice is None:
    # A made-up case needs no practice, only a calendar.
    practice = Practice("", "")
with filters.row():
    month = filters.month(practice, is_billing=True)
filters.refused()
year = month.year
said = asked()
try:
    case, policy = read_case(said)
    outcome = audit_case(case, policy)
except CcmError as refused:
    st.error(words.refused(refused))
    st.stop()
answer(outcome)
basis(outcome, places()[said["locality"]])
left, right = st.columns([2, 3], gap="large")
with left:
    claim_paths.show(outcome)
with right:
    st.header("Rules that decided")
    deciding(case, policy)
