"""What was done with a saved care plan: printed, given, gone over, signed; and its versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.program import care_planning, plan_signing
from ccm_core.program.care_planning import Plans, PlanVersion
from ccm_core.program.plan_content import differences
from ccm_core.program.plan_pdf import plan_pdf
from ccm_core.program.plan_signing import WAYS_GIVEN, ref
from ccm_core.store import db, reading
from pages.parts import acting, downloads, empty, status, tables, words
from pages.parts.guard import may

PAGE = care_planning.PAGE
_VERSIONS = (
    tables.Column("number", "Version"), tables.Column("on", "Saved"), tables.Column("by", "By"),
    tables.Column("why", "What changed"), tables.Column("signed", "Signature"),
    tables.Column("copy", "Copy given"), tables.Column("hash", "SHA-256"),
)  # fmt: skip
_CHANGES = (
    tables.Column("where", "Where"), tables.Column("before", "Before"),
    tables.Column("after", "After"),
)  # fmt: skip


def newest(who: Identity, patient_id: str, shown: PlanVersion, today: date) -> None:
    """The standing version: print it, give it, go over it, sign it."""
    st.markdown(f"**Version {shown.number} of {words.day(shown.saved_on)}**")
    if not shown.is_intact:
        st.error("The words of this version do not match their hash: the row was changed outside "
                 "of this program. Compare it with the printed copy.")  # fmt: skip
    plan_id = shown.plan_id
    downloads.offer(
        "Print the plan for the patient (PDF)", f"care-plan-version-{shown.number}.pdf",
        lambda: plan_pdf(who, patient_id, plan_id, today), "application/pdf", PAGE, "view",
    )  # fmt: skip
    st.caption(f"SHA-256 of the words: {shown.sha256}")
    if not may(who, PAGE, "edit"):
        return
    places = st.columns(3)
    with places[0].container(border=True, height="stretch"):
        signature(who, patient_id, shown, today)
    with places[1].container(border=True, height="stretch"):
        copy_form(patient_id, shown, today)
    with places[2].container(border=True, height="stretch"):
        review_form(patient_id, shown, today)


def signature(who: Identity, patient_id: str, shown: PlanVersion, today: date) -> None:
    """The practitioner's name, time and hash."""
    st.markdown("**Signature**")
    if shown.signed_name:
        how = "Signed electronically" if shown.signed_way == "electronic" else "Signed on paper"
        st.write(f"{how}: {words.plain(shown.signed_name)}")
        st.caption(f"Recorded {words.moment(shown.signed_at, 'UTC')} UTC over the hash above.")
        return
    plan = ref(patient_id, shown)
    with db.session() as session:
        own = plan_signing.own_practitioner(session, who)
        doctors = {d.npi: d.name for d in reading.practitioners(session)}
    may_sign = own is not None and may(who, PAGE, "sign")
    said = f"Sign as {words.plain(own.name)}" if own else ""
    if own and may_sign and st.button(said, type="primary", key="plan_sign"):
        acting.attempt(PAGE, "sign", lambda s, me: plan_signing.sign(s, me, plan, today),
                       lambda name: f"The plan is signed by {name}.")  # fmt: skip
    with st.form(f"paper_{shown.plan_id}", border=False):
        npi = st.selectbox("Signed on paper by", list(doctors), index=None,
                           format_func=doctors.get)  # fmt: skip
        on = st.date_input("On", today, max_value=today, format=words.DAY_FIELD)
        if st.form_submit_button("Record the signature"):
            day = on if isinstance(on, date) else today
            acting.attempt(
                PAGE, "edit",
                lambda s, me: plan_signing.record_paper_signature(
                    s, me, plan, npi or "", day, today
                ),
                lambda name: f"The signature of {name} is recorded.",
            )  # fmt: skip


def copy_form(patient_id: str, shown: PlanVersion, today: date) -> None:
    """The day on which the patient got the plan."""
    st.markdown("**Copy for the patient**")
    if shown.copy_given_on:
        st.write(f"Given on {words.day(shown.copy_given_on)}, {shown.copy_given_how}.")
        return
    plan = ref(patient_id, shown)
    with st.form(f"copy_{shown.plan_id}", border=False):
        how = st.selectbox("How", WAYS_GIVEN, format_func=words.sentence)
        on = st.date_input(
            "Given on", today, min_value=shown.saved_on, max_value=today, format=words.DAY_FIELD
        )
        if st.form_submit_button("Record that a copy was given"):
            day = on if isinstance(on, date) else today
            acting.attempt(
                PAGE, "edit",
                lambda s, me: plan_signing.give_copy(s, me, plan, day, how, today),
                "The copy is on record.",
            )  # fmt: skip


def review_form(patient_id: str, shown: PlanVersion, today: date) -> None:
    """The plan was gone over and stays as it is."""
    st.markdown("**Review**")
    due = shown.content.review_on
    st.write(f"Last: {words.day(shown.reviewed_on)}. Next: {words.day(due)}.")
    if due is not None and due < today:
        st.html(status.html("REVIEW", "The review is overdue"))
    plan = ref(patient_id, shown)
    with st.form(f"review_{shown.plan_id}", border=False):
        on = st.date_input(
            "Gone over on", today, min_value=shown.saved_on, max_value=today, format=words.DAY_FIELD
        )
        if st.form_submit_button("Record a review without changes"):
            day = on if isinstance(on, date) else today
            acting.attempt(
                PAGE, "edit", lambda s, me: plan_signing.review(s, me, plan, day, today),
                "The review is on record.",
            )  # fmt: skip


def versions(
    who: Identity, patient_id: str, found: Plans, today: date, people: Mapping[str, str]
) -> None:
    """Every version, and what changed between two."""
    with st.expander("Versions and their differences"):
        rows = [
            {"number": str(v.number), "on": words.day(v.saved_on),
             "by": people.get(v.saved_by, v.saved_by) or words.NOTHING,
             "why": v.why or words.NOTHING, "signed": v.signed_name or words.NOTHING,
             "copy": words.day(v.copy_given_on), "hash": v.sha256[:12]}
            for v in found.versions
        ]  # fmt: skip
        tables.whole("plan_versions", _VERSIONS, rows, alt="Versions of the care plan")
        numbers = [v.number for v in found.versions][:-1]
        if not numbers:
            return
        number = st.selectbox("Compare with the version before", numbers,
                              format_func=lambda n: f"Version {n} with {n - 1}")  # fmt: skip
        compared(found, number)


def compared(found: Plans, number: int) -> None:
    """Line by line: what was taken out and what came in."""
    by_number = {v.number: v.content for v in found.versions}
    changes = differences(by_number[number - 1], by_number[number])
    if not changes:
        empty.nothing("The two versions say the same.")
        return
    rows = [
        {"where": c.heading, "before": c.before or words.NOTHING, "after": c.after or words.NOTHING}
        for c in changes
    ]
    tables.whole("plan_changes", _CHANGES, rows, alt="What changed")
