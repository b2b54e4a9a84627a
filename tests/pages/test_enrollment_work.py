"""Enrollment, consent and care plan done on the pages, by those who may."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core import records
from ccm_core.access.patient_keys import KEYS
from ccm_core.program import enrolling
from ccm_core.program.enrolling import StatusWish
from ccm_core.store import caring, db, reading
from tests.pages import small_practice
from tests.pages.page_text import column, listing, text_of
from tests.pages.signed_in import open_as

TODAY = date(2026, 11, 21)


pytestmark = pytest.mark.usefixtures("small_store")


def opened(role, patient_id, tab, staff_id=""):
    at = open_as(role, staff_id=staff_id)
    at.query_params["patient"] = KEYS.key_for(at.user["ccm_session"], patient_id)
    at.switch_page("patient.py").run()
    at.session_state["patient_tabs"] = tab
    at.run()
    assert not at.exception
    return at


def press(at, label):
    next(b for b in at.button if b.label == label).click()
    at.run()
    assert not at.exception
    return at


def of(kind, label):
    return next(element for element in kind if element.label == label)


def patient(patient_id):
    with db.session() as session:
        return reading.patient(session, patient_id)


def test_an_attempt_is_saved_and_listed():
    at = opened("care_manager", "eli", "Enrollment", staff_id="S1")
    assert "Diabetes and Hypertension" in text_of(at)
    of(at.selectbox, "Outcome").set_value("left_message")
    of(at.text_input, "Note").set_value("ask for the daughter")
    press(at, "Save the attempt")
    assert "The attempt is saved." in text_of(at)
    assert column(listing(at, "Every attempt"), "out") == ["Left a message"]
    with db.session() as session:
        assert len(caring.outreach_of(session, small_practice.PRACTICE, "eli")) == 1


def test_a_status_needs_its_reason():
    at = opened("practice_manager", "eli", "Enrollment")
    of(at.selectbox, "New status").set_value("declined")
    press(at, "Change the status")
    assert "needs a reason" in text_of(at)
    of(at.selectbox, "Reason").set_value("cost share")
    press(at, "Change the status")
    assert patient("eli").status == "declined"
    assert column(listing(at, "Every status"), "why")[0] == "cost share"


@pytest.mark.parametrize(("decision", "left"), [("Keep what is stored", "declined"),
                                                ("Save mine over it", "paused")])  # fmt: skip
def test_two_people_at_one_patient_see_both_versions(decision, left):
    at = opened("practice_manager", "eli", "Enrollment")
    of(at.selectbox, "New status").set_value("paused")
    of(at.selectbox, "Reason").set_value("away")
    other = opened("administrator", "eli", "Enrollment")
    of(other.selectbox, "New status").set_value("declined")
    of(other.selectbox, "Reason").set_value("privacy")
    press(other, "Change the status")
    press(at, "Change the status")
    assert "Somebody else changed this record" in text_of(at)
    rows = listing(at, "What was shown, what is stored now, and what you typed")
    assert (rows[0]["before"], rows[0]["stored"], rows[0]["mine"]) == (
        "invited", "declined", "paused",
    )  # fmt: skip
    assert patient("eli").status == "declined"
    press(at, decision)
    assert patient("eli").status == left
    assert "Somebody else changed" not in text_of(at)


def test_a_consent_needs_all_four_points():
    at = opened("care_manager", "eli", "Consent", staff_id="S1")
    assert "No consent holds today" in text_of(at)
    for box in at.checkbox[:3]:
        box.check()
    press(at, "Record the consent")
    assert "may stop at any time" in text_of(at)
    assert patient("eli").status == "invited"
    at.checkbox[3].check()
    press(at, "Record the consent")
    assert patient("eli").status == "consented"
    with db.session() as session:
        made = reading.records_of(session, records.Consent, "eli")[0]
    assert (made.mode, made.taken_by, made.given_on, len(made.elements)) == (
        "verbal", "S1", TODAY, 4,
    )  # fmt: skip


def test_a_consent_cannot_be_dated_tomorrow():
    at = opened("practice_manager", "eli", "Consent")
    assert of(at.date_input, "Given on").max == TODAY


def test_stopping_ends_with_the_month():
    at = opened("practice_manager", "ana", "Consent")
    of(at.text_input, "Reason the patient gave").set_value("too many calls")
    press(at, "Record that the patient stops")
    assert "30 Nov 2026" in text_of(at)
    assert patient("ana").status == "unenrolled"


def test_a_plan_is_drafted_saved_signed_and_given():
    at = opened("care_manager", "ana", "Care plan", staff_id="S1")
    press(at, "Save as a new version")
    assert "Version 1 is saved" in text_of(at)
    assert "SHA-256 of the words" in text_of(at)
    of(at.selectbox, "Signed on paper by").set_value(small_practice.NPI)
    press(at, "Record the signature")
    press(at, "Record that a copy was given")
    with db.session() as session:
        plan = reading.records_of(session, records.CarePlan, "ana")[-1]
    assert (plan.signed_by, plan.signed_on, plan.copy_given_on) == (
        "Dr. Amara Lind, MD", TODAY, TODAY,
    )  # fmt: skip
    goals = next(a for a in at.text_area if a.label.startswith("Goals"))
    goals.set_value("Walk 20 minutes a day")
    press(at, "Save as a new version")
    changes = listing(at, "What changed")
    assert "Walk 20 minutes a day" in column(changes, "after")


def test_a_plan_being_written_stays_while_another_tab_is_read():
    at = opened("care_manager", "ana", "Care plan", staff_id="S1")
    goals = next(a for a in at.text_area if a.label.startswith("Goals"))
    at.session_state["patient_tabs"] = "Conditions"
    at.run()
    assert goals.key in [a.key for a in at.text_area]
    at.query_params["patient"] = KEYS.key_for(at.user["ccm_session"], "ben")
    at.run()
    assert not at.text_area


@pytest.mark.parametrize("role", ["auditor", "billing_lead"])
@pytest.mark.parametrize("tab", ["Enrollment", "Consent", "Care plan"])
def test_readers_get_no_forms(role, tab):
    at = opened(role, "ana", tab)
    labels = {b.label for b in at.button}
    assert not labels & {"Save the attempt", "Change the status", "Record the consent",
                         "Save as a new version", "Record that the patient stops"}  # fmt: skip


def test_the_waiting_list_is_worked_on():
    at = open_as("practice_manager", "enrollment")
    assert not at.exception
    box = at.selectbox(key="waiting_chosen")
    box.set_value(next(key for key in (KEYS.key_for(at.user["ccm_session"], "eli"),)))
    at.run()
    of(at.selectbox, "Outcome").set_value("no_answer")
    press(at, "Save the attempt")
    with db.session() as session:
        assert len(caring.outreach_of(session, small_practice.PRACTICE, "eli")) == 1


def test_an_auditor_cannot_work_on_the_waiting_list():
    at = open_as("auditor", "enrollment")
    assert not [b for b in at.selectbox if b.key == "waiting_chosen"]


def test_a_version_travels_with_the_form_across_reruns():
    at = opened("practice_manager", "eli", "Enrollment")
    of(at.selectbox, "New status").set_value("paused")
    of(at.selectbox, "Reason").set_value("away")
    with db.session(write=True) as session:
        from ccm_core.access.identity import Identity

        who = Identity("u", "u", "U", "administrator", "0" * 64)
        enrolling.change_status(
            session, who, "eli", StatusWish("declined", TODAY, "privacy"), 1, TODAY
        )
    at.run()
    at.run()
    press(at, "Change the status")
    assert "Somebody else changed this record" in text_of(at)
