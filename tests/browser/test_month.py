"""A month of one patient in a real browser: invited, enrolled, cared for, billed, closed, amended.

Every number that a page shows is held against the core, which works the month out anew
from the records, and against the export. October 2026, on a clock that the test moves.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.desk import ZONE, Person, Practice
from tests.browser.month_work import (
    NOTES,
    OCTOBER,
    PREPARE,
    acknowledged,
    all_on_record,
    by_hand,
    claim_agrees,
    corrected,
    days_agree,
    exported,
    minutes_agree,
    with_timer,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1_200)]

Rows = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    made = Practice(
        tmp_path_factory.mktemp("month"), PREPARE, datetime(2026, 10, 1, 9, tzinfo=ZONE)
    )
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def people(chromium_path, practice):
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield lambda name: Person(browser, practice, name)
        browser.close()


def called(practice: Practice, noor: Person) -> None:
    """1 October: called from the waiting list, agrees."""
    noor.go("enrollment?step=invited")
    assert "Quill" in noor.row("Quill")
    noor.pick("Work on one of these patients", "Quill, Mary")
    noor.unfold("Call script for this patient")
    assert "diabetes" in noor.text().lower()
    noor.pick("Outcome", "Reached, agreed")
    noor.press("Save the attempt")
    expect(noor.tab.get_by_text("The attempt is saved.")).to_be_visible()
    noor.go("enrollment?step=consented")
    assert "invited" in noor.row("MRN-7")


def enrolled(practice: Practice, noor: Person, lind: Person) -> None:
    """2 October: consent, with every point; the plan; the practitioner signs and confirms."""
    practice.set(datetime(2026, 10, 2, 9, tzinfo=ZONE))
    noor.patient("Quill", "Consent", "enrollment?step=consented")
    for point in ("What the service is", "That cost sharing", "That only one", "That the patient"):
        noor.tick(point)
    noor.press("Record the consent")
    expect(noor.tab.get_by_text("The consent is recorded.")).to_be_visible()
    noor.part("Care plan")
    for box in noor.tab.locator("textarea:visible").all():
        box.fill(re.sub(r"\[[^\]]*\]", "7", box.input_value()) or "None needed")
    for box in noor.tab.get_by_label("Responsible person").locator("visible=true").all():
        box.fill("Noor Haddad")
    noor.press("Save as a new version")
    expect(noor.tab.get_by_text("Version 1 is saved.")).to_be_visible()
    noor.press("Record that a copy was given")

    lind.go("home")
    lind.tab.locator(".listing a", has_text="Quill").first.click()
    lind.tab.get_by_role("heading", name="Quill").wait_for()
    lind.part("Care plan")
    lind.press("Sign as Dr. Amara Lind")
    expect(lind.tab.get_by_text("The plan is signed by Dr. Amara Lind, MD.")).to_be_visible()


def first_calls(practice: Practice, noor: Person, jun: Person) -> None:
    """5 to 12 October: 7 minutes alone, 5 of two people on one call, 9 by a colleague."""
    practice.set(datetime(2026, 10, 5, 10, tzinfo=ZONE))
    with_timer(practice, noor, 420, NOTES[0])
    minutes_agree(practice, noor, 7)
    practice.set(datetime(2026, 10, 8, 10, tzinfo=ZONE))
    with_timer(practice, noor, 300, NOTES[1], "Jun Silva")
    minutes_agree(practice, noor, 12)
    practice.set(datetime(2026, 10, 12, 15, tzinfo=ZONE))
    by_hand(jun, date(2026, 10, 12), "14:00", 9, NOTES[2], face=True)
    minutes_agree(practice, jun, 12)


def put_right(practice: Practice, noor: Person, jun: Person) -> None:
    """13 October: face to face was ticked by mistake; the correction is a version of its own."""
    practice.set(datetime(2026, 10, 13, 9, tzinfo=ZONE))
    corrected(jun, date(2026, 10, 12), lambda: jun.tick("Face to face"), "ticked by mistake")
    minutes_agree(practice, noor, 21)
    assert practice.outcome("mary", OCTOBER).planned_units == {"99490": 1}


def late_and_seen(practice: Practice, noor: Person, jun: Person) -> None:
    """20 October: work of the 14th, late and with a reason; 21st face to face; 23rd three more."""
    practice.set(datetime(2026, 10, 20, 9, tzinfo=ZONE))
    by_hand(noor, date(2026, 10, 14), "11:00", 4, NOTES[3], late="The network was down that day.")
    practice.set(datetime(2026, 10, 21, 12, tzinfo=ZONE))
    by_hand(noor, date(2026, 10, 21), "10:30", 6, NOTES[4], face=True)
    practice.set(datetime(2026, 10, 23, 12, tzinfo=ZONE))
    with_timer(practice, noor, 180, NOTES[5])
    minutes_agree(practice, noor, 28)
    outcome = practice.outcome("mary", OCTOBER)
    assert outcome.logged_seconds == (7 + 5 + 5 + 9 + 4 + 6 + 3) * 60
    days_agree(practice, jun)


def billed(practice: Practice, ada: Person, bea: Person) -> Rows:
    """2 November: a second person approves, the audit runs, what it asks is answered."""
    practice.set(datetime(2026, 11, 2, 9, tzinfo=ZONE))
    ada.go("log_time")
    ada.tick("All ")
    ada.press("Approve the chosen entries")
    # Two stretches of each timer, those of the shared call twice, and three by hand.
    expect(ada.tab.get_by_text("11 entries approved.")).to_be_visible()
    bea.go("pre_flight?month=2026-10")
    bea.press("Run audit")
    expect(bea.tab.get_by_text("1 patients checked").first).to_be_visible()
    acknowledged(bea)
    claim_agrees(practice, bea)
    before = exported(practice, bea)
    ada.go("claims?view=run&month=2026-10")
    ada.press("Close the month")
    ada.press("Close October 2026 for good")
    expect(ada.tab.get_by_text("October 2026 is closed")).to_be_visible()
    return before


def amended(practice: Practice, noor: Person) -> None:
    """3 November: nothing changes in a closed month unless it is said to be an amendment."""
    practice.set(datetime(2026, 11, 3, 9, tzinfo=ZONE))
    corrected(noor, date(2026, 10, 23), lambda: noor.write("Minutes", "13"), "second call missed")
    expect(noor.tab.get_by_text("is closed").first).to_be_visible()
    minutes_agree(practice, noor, 28)
    corrected(
        noor,
        date(2026, 10, 23),
        lambda: noor.write("Minutes", "13"),
        "second call missed",
        is_amendment=True,
    )
    minutes_agree(practice, noor, 40)
    assert practice.outcome("mary", OCTOBER).planned_units == {"99490": 1, "99439": 1}
    noor.go("log_time")
    assert "+00:12:00 of logged time" in noor.text()
    amended = noor.row("second call missed")
    assert "00:01:30" in amended
    assert "00:13:30" in amended


def checked_again(practice: Practice, bea: Person, before: Rows) -> None:
    """What the close was made with stands; the amended month is checked, and agrees anew."""
    bea.go("claims?view=run&month=2026-10")
    assert "Closed on 2 Nov 2026 by Ada Brook" in bea.text()
    acknowledged(bea)
    claim_agrees(practice, bea)
    after = exported(practice, bea)
    assert {code: row["units"] for code, row in after.items()} == {"99490": "1", "99439": "1"}
    assert (before["99490"]["staff_minutes"], after["99490"]["staff_minutes"]) == ("28", "40")


def test_a_month_of_one_patient(practice, people):
    noor, jun = people("noor"), people("jun")
    called(practice, noor)
    enrolled(practice, noor, people("lind"))
    first_calls(practice, noor, jun)
    put_right(practice, noor, jun)
    late_and_seen(practice, noor, jun)
    ada, bea = people("ada"), people("bea")
    before = billed(practice, ada, bea)
    amended(practice, noor)
    checked_again(practice, bea, before)
    all_on_record(practice)
