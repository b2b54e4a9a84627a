"""Forms keep what was typed when the core refuses it, and begin empty once it is stored."""

from __future__ import annotations

import re

import pytest

from ccm_core.access.patient_keys import KEYS
from tests.conftest import ROOT
from tests.pages.page_text import text_of
from tests.pages.signed_in import open_as

pytestmark = pytest.mark.usefixtures("small_store")


def of(kind, label):
    return next(element for element in kind if element.label == label)


def press(at, label):
    next(b for b in at.button if b.label == label).click()
    at.run()
    assert not at.exception


def patient(tab):
    at = open_as("care_manager", staff_id="S1")
    at.query_params["patient"] = KEYS.key_for(at.user["ccm_session"], "eli")
    at.switch_page("patient.py").run()
    at.session_state["patient_tabs"] = tab
    at.run()
    return at


def test_the_note_of_an_attempt_outlives_a_forgotten_outcome():
    at = patient("Enrollment")
    of(at.text_input, "Note").set_value("the daughter asks for a call after five")
    press(at, "Save the attempt")
    assert "needs a way and an outcome" in text_of(at)
    assert of(at.text_input, "Note").value == "the daughter asks for a call after five"
    of(at.selectbox, "Outcome").set_value("left_message")
    press(at, "Save the attempt")
    assert "The attempt is saved." in text_of(at)
    assert (of(at.text_input, "Note").value, of(at.selectbox, "Outcome").value) == ("", None)


def test_a_condition_outlives_a_code_that_is_none():
    at = patient("Record")
    of(at.text_input, "Code (ICD-10-CM or SNOMED CT)").set_value("sugar")
    of(at.text_input, "In words").set_value("type 2 diabetes")
    press(at, "Add a condition")
    assert of(at.text_input, "In words").value == "type 2 diabetes"
    of(at.text_input, "Code (ICD-10-CM or SNOMED CT)").set_value("E11.9")
    press(at, "Add a condition")
    assert "Written down." in text_of(at)
    assert of(at.text_input, "In words").value == ""


def test_the_list_of_what_can_end_shows_codes_as_they_are():
    offered = of(patient("Record").selectbox, "What ended").options
    assert any(said.startswith("Condition ") for said in offered)
    assert not [said for said in offered if "\\" in said]


def test_a_payment_outlives_a_wrong_number_of_a_claim():
    at = open_as("billing_lead", "claims", view="collections")
    of(at.text_input, "Number of the claim").set_value("NONE1")
    of(at.text_input, "Note").set_value("check 4711")
    press(at, "Record the payment")
    assert of(at.text_input, "Note").value == "check 4711"


def test_a_new_person_outlives_a_missing_name_and_is_added_once():
    at = open_as("administrator", "people")
    credential = at.text_input(key="new_credential")
    credential.set_value("RN")
    press(at, "Add to the team")
    assert "without a name" in text_of(at)
    assert at.text_input(key="new_credential").value == "RN"
    at.text_input(key="new_name").set_value("Rosa Lind")
    press(at, "Add to the team")
    assert "The person is on the team now." in text_of(at)
    assert at.text_input(key="new/1_name").value == ""


def test_the_first_password_of_an_account_stays_in_no_field():
    at = open_as("administrator", "users")
    of(at.text_input, "User name").set_value("rosa")
    of(at.text_input, "First password").set_value("too short")
    press(at, "Add account")
    assert "choose what this person does here" in text_of(at)
    assert of(at.text_input, "User name").value == "rosa"
    of(at.text_input, "First password").set_value("four unrelated green words")
    of(at.selectbox, "Role").set_value("auditor")
    press(at, "Add account")
    assert "rosa can sign in now." in text_of(at)
    fields = ("User name", "Name", "First password")
    assert [of(at.text_input, label).value for label in fields] == ["", "", ""]


def test_only_forms_of_a_password_are_emptied_whatever_comes():
    """AppTest does not empty a form as a browser does: the pages are read."""
    form = re.compile(r'st\.form\(f?"([^"]+)"[^)]*clear_on_submit=True')
    found = {
        name
        for file in (ROOT / "pages").rglob("*.py")
        for name in form.findall(file.read_text(encoding="utf-8"))
    }
    assert found == {"password", "recovery"}
