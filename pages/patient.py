"""Patient: the whole story of one patient, for those who may know who it is."""

from __future__ import annotations

import streamlit as st

from ccm_core.access.patient_keys import KEYS
from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program.chart import Chart, look_at
from ccm_core.program.confirming import confirm_chronic
from ccm_core.records import Practice
from ccm_core.store import db, reading
from ccm_core.store.queries.people import has_patients
from pages.parts import (
    acting,
    chart_entry,
    consent_work,
    empty,
    enrollment_work,
    filters,
    links,
    packet_link,
    patient_card,
    plan_work,
    words,
)
from pages.parts.guard import check, guard, may
from pages.parts.patient_find import find

who = guard("patient")

OPENED = "patient_opened"


def read(patient_id: str, month: Month) -> Chart:
    """The chart. The look is on record once for each time the patient is opened."""
    mark = (who.session_hash, patient_id)
    is_again = st.session_state.get(OPENED) == mark
    chart = look_at(who, patient_id, month, is_again=is_again)
    st.session_state[OPENED] = mark
    return chart


def confirm_form(chart: Chart) -> None:
    """The practitioner's word on proposed conditions."""
    open_ones = {
        c.condition_id: f"{c.code} {c.label}".strip()
        for c in chart.conditions if not c.confirmed_by and c.ended_on is None
    }  # fmt: skip
    if not open_ones or not may(who, "patient", "edit"):
        return
    with st.form("confirm"):
        chosen = st.multiselect("Confirm as chronic", list(open_ones), format_func=open_ones.get)
        npis = [p.npi for p in doctors]
        own = chart.patient.practitioner_npi
        npi = st.selectbox("Confirmed by", npis, index=npis.index(own) if own in npis else None,
                           format_func=people.get)  # fmt: skip
        if st.form_submit_button("Write down the confirmation", type="primary"):
            confirm(chart.patient.patient_id, chosen, npi or "")


def confirm(patient_id: str, condition_ids: list[str], npi: str) -> None:
    try:
        actor = check("patient", "edit")
        with db.session(write=True) as session:
            confirm_chronic(session, actor, patient_id, condition_ids, npi, today)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.rerun()


def show(chart: Chart, practice: Practice) -> None:
    patient_card.head(chart, practice, people)
    acting.told()
    names = ("Timeline", "Enrollment", "Conditions", "Consent", "Care plan", "Minutes", "Claims",
             "Findings", "Record")  # fmt: skip
    tabs = st.tabs(names, key="patient_tabs", on_change="rerun")
    story, enrolled, sick, consent, plan, time, claims, found, written = tabs
    own = (who, chart.patient.patient_id, today, people)
    with story:
        kind = filters.switch("kind", "Show", patient_card.KINDS)
        filters.refused()
        patient_card.timeline(chart, practice, kind)
    if enrolled.open:
        with enrolled:
            enrollment_work.work(*own)
    with sick:
        patient_card.conditions(chart, people)
        confirm_form(chart)
    with consent:
        patient_card.consents(chart, people)
        if consent.open:
            consent_work.work(*own)
    with plan:
        patient_card.care_plans(chart)
        if plan_work.is_wanted(chart.patient.patient_id, is_open=plan.open):
            plan_work.work(*own)
    with time:
        patient_card.minutes(chart, practice, people)
    with claims:
        patient_card.claims(chart)
        packet_link.offer(who, practice, chart.patient.patient_id, chart.month)
    with found:
        patient_card.findings(chart)
        if may(who, "pre_flight", "view"):
            links.to("pre_flight", "Open the month in Pre-flight", month=str(chart.month))
    if written.open:
        with written:
            chart_entry.work(who, chart, today)


st.title("Patient")
st.write("Everything known about one patient, and how the month stands.")
with db.session() as opened:
    set_up = reading.practice(opened)
    if (
        set_up is not None
        and may(who, "patient", "edit")
        and not has_patients(opened, set_up.practice_id)
    ):
        chart_entry.new_patient(who, set_up, filters.today(set_up), is_first=True)
        st.stop()
    practice = empty.practice_or_doors(opened)
    today = filters.today(practice)
    doctors = reading.practitioners(opened, practice.practice_id)
    people = {p.npi: p.name for p in doctors}
    people |= {p.staff_id: p.name for p in reading.staff(opened, practice.practice_id)}
    key = st.query_params.get("patient", "")
    patient_id = KEYS.patient_of(who.session_hash, key) if key else None
    if patient_id is None:
        st.session_state.pop(OPENED, None)
        if key:
            st.info("This address opens nobody here. Addresses of patients work only for the "
                    "sign-in they were made for; find the patient below.")  # fmt: skip
        acting.told()
        find(opened, who, practice, people)
        chart_entry.new_patient(who, practice, today, is_first=False)
        st.stop()
row = filters.row()
month = filters.month(practice, where=row)
row.button("Find another patient", icon=":material/search:", on_click=st.query_params.clear)
if may(who, "log_time", "edit") and who.staff_id:
    with row:
        links.to("log_time", "Log time with this patient", ":material/timer:", patient=key)
filters.refused()
try:
    show(read(patient_id, month), practice)
except CcmError as refused:
    st.error(words.refused(refused))
