"""Patient: found by name, opened by key, on record once, confirmed by those who may."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import select

from ccm_core import records
from ccm_core.access.patient_keys import KEYS, PatientKeys
from ccm_core.store import caring, db, reading
from ccm_core.store.access_log import number_of
from ccm_core.store.schema import AccessLog
from ccm_core.store.writing import save
from tests.pages import small_practice
from tests.pages.page_text import column, listing, listings, sent, text_of
from tests.pages.signed_in import open_as

pytestmark = pytest.mark.usefixtures("small_store")


def opened(role: str, patient_id: str, staff_id: str = "", **query: str):
    """The patient page as somebody who was given the key of a patient."""
    at = open_as(role, staff_id=staff_id)
    at.query_params["patient"] = KEYS.key_for(at.user["ccm_session"], patient_id)
    for name, value in query.items():
        at.query_params[name] = value
    return at.switch_page("patient.py").run()


def logged(action: str) -> list[tuple[str, str]]:
    with db.session() as session:
        rows = session.exec(select(AccessLog).where(AccessLog.action == action)).all()
        name = {session.connection().scalar(number_of(one)): one for one in ("ana", "cam")}
        return [
            (name.get(row.object_id, ""), row.outcome)
            for row in rows
            if row.object_type == "patient"
        ]


@pytest.mark.parametrize("role", ["practice_manager", "auditor"])
def test_the_story_is_whole(role):
    at = opened(role, "ana")
    assert not at.exception
    said = text_of(at)
    assert "Alder, Ana" in said
    assert "Medicare Part B" in said
    month = listing(at, "The month of this patient")[0]
    assert (month["bar"]["text"], month["to_next"]) == ("25 min", "15 min to 40")
    assert len(listing(at, "Timeline")) == 6
    assert column(listing(at, "Conditions"), "code") == ["E11.9", "I10"]
    assert column(listing(at, "Minutes"), "counted") == ["25 min"]


def test_each_opening_is_on_record_and_a_rerun_is_not():
    at = opened("practice_manager", "ana")
    at.run()
    at.selectbox(key="filter_month").set_value("2026-10").run()
    assert not at.exception
    assert logged("view") == [("ana", "ok")]
    find = next(b for b in at.button if b.label == "Find another patient")
    find.click().run()
    assert "patient" not in at.query_params
    at.query_params["patient"] = KEYS.key_for(at.user["ccm_session"], "ana")
    at.run()
    assert logged("view") == [("ana", "ok"), ("ana", "ok")]


def test_without_a_patient_there_is_a_search():
    at = open_as("practice_manager", "patient")
    assert len(listing(at, "Patients")) == 6
    at.text_input(key="search_patient").set_value("MRN-dee").run()
    assert column(listing(at, "Patients"), "name") == ["Dogwood, Dee"]
    at.text_input(key="search_patient").set_value("nobody at all").run()
    assert "No patient of yours matches" in text_of(at)


@pytest.mark.parametrize("key", ["ana", "../%00"])
def test_an_address_that_names_nobody_opens_nobody(key):
    at = open_as("practice_manager")
    at.query_params["patient"] = key
    at.switch_page("patient.py").run()
    assert not at.exception
    assert "opens nobody here" in text_of(at)
    assert logged("view") == []


def test_a_key_of_somebody_else_opens_nobody():
    at = open_as("practice_manager")
    at.query_params["patient"] = KEYS.key_for("another sign-in", "ana")
    at.switch_page("patient.py").run()
    assert "opens nobody here" in text_of(at)


def test_a_patient_of_another_panel_is_refused_and_on_record():
    at = opened("care_manager", "cam", staff_id="S1")
    assert "not on your panel" in text_of(at)
    assert "Cedar, Cam" not in sent(at)
    assert logged("refused") == [("cam", "denied")]


def test_a_care_manager_finds_the_own_panel_only():
    at = open_as("care_manager", "patient", staff_id="S1")
    assert column(listing(at, "Patients"), "name") == ["Alder, Ana", "Birch, Ben", "Elm, Eli"]


def test_a_consultant_gets_nothing():
    at = open_as("consultant")
    try:
        at.switch_page("patient.py").run()
    except ValueError:
        return
    assert not listings(at)


def test_a_confirmation_is_written_down_once():
    at = opened("practice_manager", "ana")
    at.multiselect[0].set_value(["ana-1"])
    next(b for b in at.button if "confirmation" in b.label).click().run()
    assert not at.exception
    with db.session() as session:
        found = reading.records_of(session, records.Condition, "ana")
    assert [c.confirmed_by for c in found] == [small_practice.NPI, ""]
    assert found[0].confirmed_on == small_practice.NOW.date()
    assert "confirmed" in column(listing(at, "Conditions"), "word")


def test_a_confirmation_without_a_condition_says_what_is_missing():
    at = opened("practice_manager", "ana")
    next(b for b in at.button if "confirmation" in b.label).click().run()
    assert "choose at least one" in text_of(at)


@pytest.mark.parametrize("role", ["auditor", "billing_lead"])
def test_those_who_may_not_confirm_are_not_asked(role):
    assert not opened(role, "ana").multiselect


def test_keys_do_not_tell_who_and_are_dropped_when_old():
    keys = PatientKeys(most=2)
    first = keys.key_for("session", "ana")
    assert "ana" not in first
    assert keys.patient_of("session", first) == "ana"
    assert keys.patient_of("other", first) is None
    keys.key_for("session", "ben")
    keys.key_for("session", "cam")
    assert keys.patient_of("session", first) is None


def test_attempts_to_reach_the_patient_stand_in_the_timeline():
    with db.session(write=True) as session:
        caring.add_outreach(
            session, small_practice.PRACTICE, "eli", made_on=date(2026, 9, 3), way="phone",
            outcome="left_message", note="Asked to call back", made_by="S1",
        )  # fmt: skip
    rows = listing(opened("practice_manager", "eli", kind="outreach"), "Timeline")
    assert [(r["on"], r["title"], r["detail"]) for r in rows] == [
        ("3 Sep 2026", "Phone: left message", "Asked to call back")
    ]


def test_a_plan_that_ended_is_not_the_current_one():
    plan = records.CarePlan("ana-p", "ana", date(2026, 9, 1), ended_on=date(2026, 10, 15))
    with db.session(write=True) as session:
        save(session, small_practice.PRACTICE, [plan])
    at = opened("practice_manager", "ana")
    assert "There is no care plan" in text_of(at)
    assert column(listing(at, "Care plans"), "ended") == ["15 Oct 2026"]


@pytest.mark.parametrize(("role", "staff_id", "is_there"), [
    ("care_manager", "S1", True), ("practice_manager", "", False), ("auditor", "", False),
])  # fmt: skip
def test_the_timer_is_one_click_away_for_those_who_log_time(role, staff_id, is_there):
    at = opened(role, "ana", staff_id)
    assert not at.exception
    labels = [link.proto.label for link in at.get("page_link")]
    assert ("Log time with this patient" in labels) is is_there
