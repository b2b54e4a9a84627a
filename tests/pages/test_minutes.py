"""Minutes: who reached the threshold, filters of the address, the panel, the export."""

from __future__ import annotations

import codecs
import csv
import io
from datetime import UTC, datetime

import pytest
import streamlit as st

from ccm_core.access import permissions
from ccm_core.access.identity import Identity
from ccm_core.program import lists, panel, progress
from ccm_core.records import Practice, TimeEntry
from ccm_core.store import db
from ccm_core.store.queries import EVERYBODY, Only
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from pages.parts import tables
from tests.pages import small_practice
from tests.pages.page_text import column, listing, listings, metrics, sent, text_of
from tests.pages.signed_in import open_as

LIST = "Patients with their minutes"
TODAY = small_practice.NOW.date()


pytestmark = pytest.mark.usefixtures("small_store")


def test_the_answer_stands_at_the_top_and_the_list_below():
    at = open_as("practice_manager", "minutes")
    assert not at.exception
    numbers = metrics(at)
    assert (numbers["● Reached"], numbers["◆ Within reach"]) == ("1", "3")
    assert numbers["Workdays left"] == "5"
    assert "Not counted: Thanksgiving Day (26 Nov 2026)." in text_of(at)
    rows = listing(at, LIST)
    assert column(rows, "name") == ["Birch, Ben", "Alder, Ana", "Cedar, Cam", "Dogwood, Dee"]
    assert column(rows, "bar") == ["14 min", "25 min", "0 min", "0 min"]
    assert column(rows, "to_next")[:2] == ["6 min to 20", "15 min to 40"]
    assert rows[0]["bar"]["marks"] == [20, 40, 60]
    assert column(rows, "contact")[0] == "12 Nov 2026"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"reach": "reached"}, ["Alder, Ana"]),
        ({"location": "Main", "sort": "-minutes"}, ["Alder, Ana", "Birch, Ben"]),
        ({"care_manager": "S2", "sort": "-name"}, ["Dogwood, Dee", "Cedar, Cam"]),
    ],
)
def test_the_address_sets_filters_and_order(query, names):
    at = open_as("practice_manager", "minutes", **query)
    assert column(listing(at, LIST), "name") == names


def test_values_that_are_not_there_are_named_and_not_used():
    wrong = {
        "month": "2031-99", "reach": "everything", "practitioner": "' or 1=1 --",
        "location": "<script>", "payer": "nobody", "sort": "mbi",
    }  # fmt: skip
    at = open_as("practice_manager", "minutes", **wrong)
    assert not at.exception
    assert len(listing(at, LIST)) == 4
    said = text_of(at)
    assert "location, month, payer and practitioner that is not there" in said
    assert "reach and sort that is not there" in said
    assert not any(value in said for value in wrong.values())


@pytest.mark.parametrize("place", ["-1", "0", "x", "99999999", "\u00b2"])
def test_a_place_that_is_not_there_is_the_beginning(place, monkeypatch):
    monkeypatch.setattr(st, "query_params", {"place": place})
    assert tables.asked(tables.PATIENT, "name").offset == 0


def test_a_place_behind_the_end_says_so():
    at = open_as("practice_manager", "minutes", place="7")
    assert listing(at, LIST) == []
    assert "it has 4 rows" in text_of(at)


def test_a_choice_goes_into_the_address_and_the_default_leaves_it():
    at = open_as("practice_manager", "minutes", place="2")
    at.selectbox(key="filter_location").set_value("North").run()
    assert at.query_params == {"location": ["North"]} or at.query_params["location"] == "North"
    assert "place" not in at.query_params
    at.selectbox(key="filter_location").set_value("").run()
    assert "location" not in at.query_params


def test_the_month_steps_back_and_forward():
    at = open_as("practice_manager", "minutes")
    assert at.button(key="filter_month_chevron_right").disabled
    at.button(key="filter_month_chevron_left").click().run()
    assert at.selectbox(key="filter_month").value == "2026-10"
    assert "no minutes for October 2026" in text_of(at)


def test_a_search_stays_out_of_the_address():
    at = open_as("practice_manager", "minutes")
    at.text_input(key="search_minutes").set_value("birch").run()
    assert column(listing(at, LIST), "name") == ["Birch, Ben"]
    assert "birch" not in str(dict(at.query_params)).lower()
    at.text_input(key="search_minutes").set_value("zzz").run()
    assert "No patient matches" in text_of(at)


def test_a_care_manager_cannot_ask_for_another_panel():
    at = open_as("care_manager", "minutes", staff_id="S1", care_manager="S2")
    assert column(listing(at, LIST), "name") == ["Birch, Ben", "Alder, Ana"]
    assert "Export" not in text_of(at)


def test_a_consultant_gets_no_byte_of_it():
    at = open_as("consultant")
    try:
        at.switch_page("minutes.py").run()
    except ValueError:
        return
    assert not listings(at)
    assert "Birch" not in sent(at)


def test_nothing_identifies_a_patient_but_name_and_number():
    at = open_as("practice_manager", "minutes")
    sent = str(listings(at))
    assert "1S00" not in sent
    assert "'ben'" not in sent


def test_the_file_holds_the_panel_and_no_formula(monkeypatch):
    # No role has both a panel and the right to export; the panel must hold if one gets it.
    granted = permissions.allowed() | {("care_manager", "minutes", "export")}
    monkeypatch.setattr(permissions, "allowed", lambda: granted)
    who = Identity("u", "noor", "Noor", "care_manager", "h", "S1")
    text = lists.minutes_csv(who, "p1", small_practice.NOVEMBER, EVERYBODY, TODAY).decode()
    assert text.count("\r\n") == 3
    assert "Birch,Ben" in text
    assert "Cedar" not in text


def test_the_file_reads_in_a_spreadsheet_and_tells_the_days_of_the_practice():
    """A mark of UTF-8 goes first; a contact of the evening lies on the practice's own day."""
    with db.session(write=True) as opened:
        late = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)  # the evening of the 20th
        save(opened, "p1", [
            TimeEntry("late", "ben", late, 60, staff_id="S1", is_contact=True,
                      activity="care_coordination", note="Told the new dose.", recorded_at=late),
        ])  # fmt: skip
        refresh(opened, "p1", small_practice.NOVEMBER)
    who = Identity("u", "dana", "Dana", "practice_manager", "h", "")
    file = lists.minutes_csv(who, "p1", small_practice.NOVEMBER, EVERYBODY, TODAY)
    assert file.startswith(codecs.BOM_UTF8)
    rows = csv.DictReader(io.StringIO(file.decode("utf-8-sig")))
    assert {row["last_contact"] for row in rows if row["given_name"] == "Ben"} == {"2026-11-20"}


def test_the_panel_is_narrowed_in_the_core():
    bound = Identity("u", "n", "N", "care_manager", "h", "S1")
    nobody = Identity("u", "n", "N", "care_manager", "h", "")
    manager = Identity("u", "n", "N", "practice_manager", "h", "")
    assert panel.narrowed(bound, Only(care_manager_id="S2")).care_manager_id == "S1"
    assert panel.narrowed(nobody, EVERYBODY).care_manager_id == panel.NOBODY
    assert panel.narrowed(manager, EVERYBODY) == EVERYBODY


@pytest.mark.parametrize(
    ("path", "first", "marks"),
    [("", None, (20, 40, 60)), ("complex", None, (60, 90, 120)), ("complex", 90, (60, 90, 120)),
     ("", 20, (20, 40, 60)), ("", 30, (30, 60, 90)), ("", 45, (20, 40, 60))],
)  # fmt: skip
def test_the_marks_are_the_paths_own(path, first, marks):
    """Without a path they begin at the mark that is next: 30 with one chronic condition."""
    practice = Practice("p1", "Cedar Hill")
    assert progress.marks(practice, small_practice.NOVEMBER, path, first) == marks


def test_the_pace_speaks_only_within_the_month():
    november = small_practice.NOVEMBER
    assert progress.pace_minutes(15 * 60, november, TODAY) == 15 * 19 // 14  # two holidays
    assert progress.pace_minutes(900, november, november.first_day) is None
    assert progress.pace_minutes(900, november.previous, TODAY) is None
