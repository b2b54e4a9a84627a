"""A newcomer without an export: from an empty database to the first patient, page by page."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core import records
from ccm_core.access.patient_keys import KEYS
from ccm_core.store import db, reading
from tests.pages import small_practice
from tests.pages.page_text import text_of
from tests.pages.signed_in import open_as

pytestmark = pytest.mark.usefixtures("own_store")


def fill(at, **typed):
    for label, value in typed.items():
        wanted = label.replace("_", " ")
        for kind in (at.text_input, at.selectbox, at.date_input):
            for widget in kind:
                if widget.label == wanted:
                    widget.set_value(value)
    return at


def press(at, label):
    next(button for button in at.button if button.label == label).click()
    at.run()
    assert not at.exception
    return at


def set_up(at):
    fill(at, Name_of_the_practice="Hill Clinic", Time_zone="America/Chicago")
    return press(at, "Set up the practice")


def test_from_an_empty_database_to_the_first_patient():
    at = set_up(open_as("administrator", "settings"))
    assert "The practice is set up" in text_of(at)
    at.switch_page("people.py").run()
    fill(at, NPI="1234567893", Name="Dr. Ada Roe")
    press(at, "Save the practitioner")
    at.switch_page("patient.py").run()
    fill(at, Family_name="Ginkgo", Given_name="Gil", Born=date(1948, 2, 29),
         Practitioner="1234567893", Payer="medicare")  # fmt: skip
    press(at, "Add the patient")
    assert "added as eligible" in text_of(at)
    with db.session() as session:
        practice = reading.practice(session)
        found = reading.practitioners(session, practice.practice_id)
    assert (practice.name, practice.time_zone) == ("Hill Clinic", "America/Chicago")
    assert [p.npi for p in found] == ["1234567893"]


def test_a_patient_without_a_name_is_refused_on_the_page():
    at = set_up(open_as("administrator", "settings"))
    at.switch_page("patient.py").run()
    press(at, "Add the patient")
    assert any("family name" in error.value for error in at.error)


@pytest.mark.parametrize("page", ["home", "pre_flight", "audit_samples", "minutes", "claims"])
def test_every_page_without_patients_has_a_title_and_three_doors(page):
    at = open_as("administrator", page)
    assert at.title
    assert "Choose a way in" in text_of(at)


def ways(at):
    """The pages that a page leads to."""
    return {str(one.proto.page).removesuffix(".py") or one.proto.label
            for one in at.get("page_link")}  # fmt: skip


def test_people_of_no_practice_leads_to_the_settings():
    at = open_as("administrator", "people")
    assert "not set up yet" in text_of(at)
    assert "settings" in ways(at)


@pytest.mark.parametrize("page", ["people", "settings", "home", "patient"])
def test_who_may_not_change_settings_is_told_who_does_and_led_elsewhere(page):
    at = open_as("practice_manager", page)
    assert "An administrator enters the practice's name" in text_of(at)
    assert "Open Settings" not in [one.proto.label for one in at.get("page_link")]
    assert "imports" in ways(at)


def test_who_may_neither_import_nor_set_up_is_not_left_alone():
    at = open_as("auditor", "people")
    assert "An administrator enters" in text_of(at)
    assert "rule_book" in ways(at)


def test_a_made_up_case_needs_no_practice():
    at = open_as("consultant", "what_if")
    assert not at.exception
    assert any(metric.label == "Codes" and "99490" in metric.value for metric in at.metric)


def test_a_decision_and_a_stay_are_written_on_the_record():
    small_practice.fill()
    at = open_as("practice_manager")
    at.query_params["patient"] = KEYS.key_for(at.user["ccm_session"], "ana")
    at.switch_page("patient.py").run()
    at.session_state["patient_tabs"] = "Record"
    at.run()
    fill(at, Decision_making="moderate")
    press(at, "Write down the decision")
    fill(at, First_day=date(2026, 11, 9), Kind="hospital")
    press(at, "Add a stay")
    with db.session() as session:
        (decided,) = reading.records_of(session, records.Complexity, "ana", "p1")
        (stay,) = reading.records_of(session, records.Stay, "ana", "p1")
    assert (decided.mdm, decided.npi) == ("moderate", small_practice.NPI)
    assert (stay.kind, stay.from_on, stay.to_on) == ("hospital", date(2026, 11, 9), None)


@pytest.mark.parametrize("role", ["auditor", "billing_lead"])
def test_who_only_reads_finds_no_form_in_the_record(role):
    small_practice.fill()
    at = open_as(role)
    at.query_params["patient"] = KEYS.key_for(at.user["ccm_session"], "ana")
    at.switch_page("patient.py").run()
    at.session_state["patient_tabs"] = "Record"
    at.run()
    assert not at.exception
    assert "changing it is for others" in text_of(at)
    assert not [b for b in at.button if b.label.startswith(("Add ", "Save the details"))]
