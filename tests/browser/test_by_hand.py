"""A newcomer without an export, in a real browser: an empty database, then everything by hand.

The first administrator, the practice, a practitioner, a nurse, a patient, twenty-one
minutes, an audit: each page is found by the links and buttons of the page before.
"""

from __future__ import annotations

import os
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from ccm_core.months import Month
from ccm_core.store import reading
from ccm_core.store.queries.patients import patients_page
from tests.browser.desk import PASSWORD, PATIENCE_MS, ZONE, Person, Practice

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]

SCHEMA = "from ccm_core.store import db\ndb.require_current()"
PICTURES = os.environ.get("CCM_PICTURES", "")
"""A folder for pictures of each step, for looking."""


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    folder = tmp_path_factory.mktemp("by_hand")
    made = Practice(folder, SCHEMA, datetime(2026, 11, 20, 10, tzinfo=ZONE), CCM_EMPTY="1")
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def browser(chromium_path):
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield opened
        opened.close()


def seen(who: Person, name: str) -> None:
    if PICTURES:
        who.tab.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def first_administrator(browser: Browser, practice: Practice) -> Person:
    """By the address that the server printed; the sign-in page says that there is one."""
    tab = browser.new_context().new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(practice.server.url)
    expect(tab.get_by_text("Nobody has an account yet.")).to_be_visible()
    printed = re.search(r"/first-run\?token=\S+", practice.server.log.read_text())
    assert printed is not None
    tab.goto(practice.server.url + printed[0])
    tab.get_by_label("User name").fill("ada")
    tab.get_by_label("Your name").fill("Ada Brook")
    tab.get_by_label("Password 15 characters or more").fill(PASSWORD)
    tab.get_by_label("The same password again").fill(PASSWORD)
    tab.get_by_role("button").click()
    expect(tab.get_by_text("Choose a way in")).to_be_visible()
    tab.context.close()
    return Person(browser, practice, "ada")


def follow(who: Person, link: str, title: str) -> None:
    """By a link of the page, to the page with that title."""
    who.tab.locator("[data-testid=stMain]").get_by_role("link", name=link).first.click()
    expect(who.tab.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
    who.rest()


def set_up(ada: Person) -> None:
    seen(ada, "1-home")
    follow(ada, "Open Settings", "Settings")
    ada.write("Name of the practice", "Hill Clinic")
    ada.press("Set up the practice")
    expect(ada.tab.get_by_text("The practice is set up.")).to_be_visible()
    seen(ada, "2-settings")


def people(ada: Person) -> None:
    follow(ada, "Add your people", "People")
    ada.write("NPI", "1234567893")
    ada.tab.get_by_label("Name", exact=True).locator("visible=true").last.fill("Dr. Amara Lind")
    ada.press("Save the practitioner")
    expect(ada.tab.get_by_text("Dr. Amara Lind is added.")).to_be_visible()
    ada.unfold("Add a person")
    ada.write("Name", "Ada Brook")
    ada.write("Credential", "RN")
    ada.press("Add to the team")
    expect(ada.tab.locator(".listing", has_text="Ada Brook").first).to_be_visible()
    seen(ada, "3-people")
    ada.unfold("Accounts of the team")
    ada.pick("Account", "ada")
    ada.pick("Person", "Ada Brook")
    ada.tab.get_by_role("button", name="Link", exact=True).click()
    ada.tab.wait_for_url("**/sign-in**")  # a changed account signs in anew


def patient(ada: Person) -> None:
    ada.go("")
    follow(ada, "Add the first patient", "Patient")
    ada.write("Family name", "Quill")
    ada.write("Given name", "Mary")
    ada.day("Born", date(1949, 3, 4))
    ada.pick("Practitioner", "Dr. Amara Lind")
    ada.pick("Payer", "Medicare")
    seen(ada, "4-patient")
    ada.press("Add the patient")
    expect(ada.tab.get_by_text("added as eligible")).to_be_visible()
    seen(ada, "5-added")


def time(ada: Person) -> None:
    ada.go("log_time?way=hand")
    ada.pick("Patient", "Quill, Mary")
    ada.at("Began at", "09:00")
    ada.write("Minutes", "21")
    ada.pick("Activity", "Call with patient")
    ada.write("Note", "Asked about swelling and weight; told the practitioner about two pounds.")
    ada.press("Log this time")
    expect(ada.tab.get_by_text("00:21:00 was logged.")).to_be_visible()
    expect(ada.field("Note")).to_have_value("")  # what the server forgot, the browser forgets
    seen(ada, "6-time")


def checked(ada: Person) -> None:
    ada.go("pre_flight?month=2026-11")
    ada.press("Run audit")
    expect(ada.tab.get_by_text("1 patients checked").first).to_be_visible()
    seen(ada, "7-pre-flight")
    assert "nothing to bill" in ada.row("Quill")  # neither consent nor plan: no minute counts
    ada.go("")
    assert "Choose a way in" not in ada.text()
    seen(ada, "8-home")


def test_from_nothing_to_a_checked_month_by_hand(browser, practice):
    ada = first_administrator(browser, practice)
    set_up(ada)
    people(ada)
    ada.close()
    ada = Person(browser, practice, "ada")
    patient(ada)
    time(ada)
    checked(ada)
    ada.close()
    with practice.store() as opened:
        (mary,) = patients_page(opened, reading.practice(opened).practice_id).rows
    found = practice.outcome(mary.patient_id, Month(2026, 11))
    assert (found.logged_seconds, found.staff_seconds) == (21 * 60, 0)
