"""Enrollment: the funnel and its lists, splits, trend, reasons, the export."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.program import lists
from ccm_core.store import db
from ccm_core.store.queries import EVERYBODY, STEPS
from ccm_core.store.writing import save
from tests.pages import small_practice
from tests.pages.page_text import column, listing, text_of
from tests.pages.signed_in import open_as
from tests.pages.small_practice import PRACTICE

FUNNEL, WAITING = "Enrollment by step", "Patients who wait for a step"


pytestmark = pytest.mark.usefixtures("small_store")


@pytest.mark.parametrize("role", ["practice_manager", "auditor"])
def test_the_funnel_counts_rates_and_who_waits(role):
    at = open_as(role, "enrollment")
    assert not at.exception
    rows = listing(at, FUNNEL)
    assert column(rows, "bar") == ["6", "5", "4", "3", "2", "1", "0", "0"]
    assert column(rows, "rate")[1:4] == ["83%", "80%", "75%"]
    assert column(rows, "waiting")[1:6] == ["1", "1", "1", "1", "1"]
    assert column(rows, "left")[1:6] == ["0", "0", "0", "0", "0"]


@pytest.mark.parametrize(
    ("step", "names"), [("care_plan", ["Dogwood, Dee"]), ("threshold", ["Birch, Ben"])]
)
def test_each_step_opens_its_list(step, names):
    at = open_as("practice_manager", "enrollment", step=step)
    assert column(listing(at, WAITING), "name") == names


def test_nobody_waits_is_said():
    at = open_as("practice_manager", "enrollment", step="paid")
    assert "Nobody waits for" in text_of(at)


@pytest.mark.parametrize(
    ("by", "groups"),
    [("practitioner", {"Dr. Amara Lind", "Dr. Paul Novak"}), ("location", {"Main", "North"}),
     ("care_manager", {"Noor Haddad", "Jun Silva"})],
)  # fmt: skip
def test_the_split_shows_one_row_for_each_group(by, groups):
    at = open_as("practice_manager", "enrollment", by=by)
    rows = listing(at, f"Enrollment by {by.replace('_', ' ')}")
    assert set(column(rows, "name")) == groups
    assert column(rows, "eligible") == ["3", "3"]


@pytest.mark.parametrize("tab", ["Weekly trend", "Why patients decline or leave"])
def test_the_other_tabs_open(tab):
    at = open_as("practice_manager", "enrollment")
    at.session_state["enrollment_tabs"] = tab
    at.run()
    assert not at.exception


def test_values_that_are_not_there_are_named_and_not_used():
    at = open_as("practice_manager", "enrollment", month="soon", step="eligible", by="mbi")
    assert not at.exception
    said = text_of(at)
    assert "by and month that is not there" in said
    assert "value for step that is not there" in said


def test_a_care_manager_sees_the_own_panel_only():
    at = open_as("care_manager", "enrollment", staff_id="S1", care_manager="S2", step="threshold")
    assert column(listing(at, FUNNEL), "bar")[0] == "3"
    assert column(listing(at, WAITING), "name") == ["Birch, Ben"]


@pytest.mark.parametrize("step", STEPS[1:])
def test_the_file_holds_everybody_who_waits(step):
    who = Identity("u", "dana", "Dana", "practice_manager", "h", "")
    today = small_practice.NOW.date()
    file = lists.stalled_csv(who, "p1", small_practice.NOVEMBER, step, EVERYBODY, today)
    assert file.decode().count("\r\n") == (1 if step == "paid" else 2)


def test_no_group_of_a_split_is_left_out():
    with db.session(write=True) as opened:
        for n in range(120):
            patient = records.Patient(f"X{n:03d}", location=f"At {n:03d}")
            consent = records.Consent(f"XK{n:03d}", patient.patient_id, date(2026, 10, 1))
            save(opened, PRACTICE, [patient, consent])
    first = open_as("practice_manager", "enrollment", by="location")
    groups = "Enrollment by location"
    assert len(listing(first, groups)) == 100
    second = open_as("practice_manager", "enrollment", by="location", placegroups_="2")
    assert "At 119" in column(listing(second, groups), "name")
