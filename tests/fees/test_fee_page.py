"""The section of imported files on the page Fee tables."""

from __future__ import annotations

import pytest

from ccm_core import overlay
from ccm_core.store import db, reading
from ccm_core.store.results import marking, refresh
from tests.fees.test_fee_versions import JULY_2027, RVU_2027
from tests.pages import small_practice
from tests.pages.page_text import column, listing, text_of
from tests.pages.signed_in import open_as


@pytest.fixture(autouse=True)
def _store(store_url, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    small_practice.fill()
    yield
    overlay.use(overlay.EMPTY)
    db.dispose(store_url)


def press(at, label):
    return next(button for button in at.button if button.label == label).click().run()


def imported(at, name, data):
    at.file_uploader[0].upload(name, data)
    at.run()
    return press(at, "Check the files")


def test_check_store_use_and_take_back():
    at = open_as("billing_lead", "fee_tables", view="imports")
    assert "No fee file was imported" in text_of(at)
    at = imported(at, "PPRRVU2027_Jan_nonQPP.csv", RVU_2027)
    assert not at.exception
    assert "$69.02" in column(listing(at, "National amounts before and after"), "after")
    assert "No fee file was imported" in text_of(at)
    at = press(at, "Store as new versions")
    assert "Stored: rvu 1" in text_of(at)
    assert column(listing(at, "Imported fee files"), "state") == ["in force"]
    shown = open_as("consultant", "fee_tables", year="2027", code="99490")
    assert not shown.exception
    assert "$69.02" in text_of(shown)
    assert "imported by Billing" in text_of(shown).replace("_", " ")
    at = press(at, "Take it out of force")
    assert "out of force" in text_of(at)
    gone = open_as("consultant", "fee_tables", year="2027", code="99490")
    assert "$69.02" not in text_of(gone)


def test_a_wrong_file_and_a_file_with_errors_cannot_be_stored():
    at = open_as("administrator", "fee_tables", view="imports")
    at = imported(at, "notes.csv", b"a,b\n1,2\n")
    assert "none of the CMS fee files" in text_of(at)
    at = open_as("administrator", "fee_tables", view="imports")
    at = imported(at, "PPRRVU2027.csv", JULY_2027.replace(b"2.04", b"2.05"))
    assert "A file with errors is not stored" in text_of(at)
    assert all(button.label != "Store as new versions" for button in at.button)


def test_those_who_may_only_look_see_no_upload():
    at = open_as("consultant", "fee_tables", view="imports")
    assert not at.exception
    assert not at.file_uploader


def test_pre_flight_says_when_a_month_stands_by_other_tables(monkeypatch):
    month = str(small_practice.NOVEMBER)
    with db.session(write=True) as opened:
        refresh(opened, reading.practice(opened).practice_id, small_practice.NOVEMBER)
    said = "may have changed since this whole month was audited"
    assert said not in text_of(open_as("billing_lead", "pre_flight", month=month))
    monkeypatch.setattr(marking, "rules_version", lambda: "another")
    shown = open_as("billing_lead", "pre_flight", month=month)
    assert said in text_of(shown)
    press(shown, "Run audit")
    assert said not in text_of(open_as("billing_lead", "pre_flight", month=month))
