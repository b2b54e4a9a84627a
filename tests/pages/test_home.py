"""Home: the cards of each role, the own list of a care manager, nothing of patients elsewhere."""

from __future__ import annotations

import re
from datetime import date

import pytest

from ccm_core.access.permissions import ROLES
from ccm_core.records import Patient, Practice
from ccm_core.store import db
from ccm_core.store.writing import save
from tests.pages import small_practice
from tests.pages.page_text import column, listing, listings, metrics, sent, text_of
from tests.pages.signed_in import open_as

pytestmark = pytest.mark.usefixtures("own_store")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_three_to_five_cards(role):
    small_practice.fill()
    at = open_as(role, staff_id="S1")
    assert not at.exception
    assert 3 <= len(metrics(at)) <= 5
    assert "21 Nov 2026" in text_of(at)


def test_the_manager_sees_who_waits_and_where_it_leads():
    small_practice.fill()
    at = open_as("practice_manager")
    numbers = metrics(at)
    assert numbers["Stalled enrollments"] == "3"  # fay to invite, eli to consent, dee's care plan
    assert numbers["Can still reach 20 minutes"] == "3"
    steps = listing(at, "Enrollment by step")
    assert column(steps, "bar") == ["6", "5", "4", "3", "2", "1", "0", "0"]
    assert {row["key"] for row in steps[1:]} == {
        "invited", "consented", "care_plan", "active", "threshold", "billed", "paid"
    }  # fmt: skip


def test_a_care_manager_sees_the_own_panel_only():
    small_practice.fill()
    at = open_as("care_manager", staff_id="S1")
    assert metrics(at)["Can still reach 20 minutes"] == "1"
    assert column(listing(at, "My patients"), "name") == ["Birch, Ben"]
    assert column(listing(at, "My patients"), "to_next") == ["6 min to 20"]


def test_a_care_manager_without_a_staff_record_sees_nobody():
    small_practice.fill()
    at = open_as("care_manager")
    assert metrics(at)["Can still reach 20 minutes"] == "0"
    assert not listings(at)


def test_a_consultant_gets_numbers_and_no_patient():
    small_practice.fill()
    at = open_as("consultant")
    assert metrics(at)["Patients with consent"] == "hidden"
    assert not listings(at)
    came = sent(at)
    assert "Home" in came
    assert not any(name in came for name in ("Alder", "Birch", "MRN-", "1S00"))


@pytest.mark.parametrize("has_practice", [False, True])
def test_an_empty_practice_shows_three_doors_and_nothing_else(has_practice):
    if has_practice:
        with db.session(write=True) as opened:
            save(opened, "p1", [Practice("p1", "Cedar Hill")])
    at = open_as("practice_manager")
    assert not at.exception
    said = text_of(at)
    for door in ("Look at the demo practice", "Import an export", "Start by hand"):
        assert door in said
    assert not metrics(at)


@pytest.mark.parametrize("has_practice", [False, True])
@pytest.mark.parametrize("role", ["care_manager", "practitioner", "auditor", "billing_lead"])
def test_no_door_leads_where_the_role_may_not_go(role, has_practice):
    if has_practice:
        with db.session(write=True) as opened:
            save(opened, "p1", [Practice("p1", "Cedar Hill")])
    at = open_as(role)
    said = text_of(at)
    works_by_hand = has_practice and role in ("care_manager", "practitioner")
    assert ("Import an export" in said) == (role == "billing_lead")
    assert ("Start by hand" in said) == works_by_hand
    assert ("A manager brings them in" in said) == (role != "billing_lead" and not works_by_hand)


def test_small_counts_of_an_audit_are_hidden_from_a_consultant():
    small_practice.fill()
    at = open_as("consultant")
    assert "Audit of November 2026" in text_of(at)
    assert not re.search(r"\d to review", text_of(at))
    assert metrics(at)["Patients with consent"] == "hidden"
    assert "1 to review" in text_of(open_as("practice_manager"))


def test_numbers_of_nobody_are_explained():
    """Patients without conditions: why nobody is eligible, and no rate of claims nobody sent."""
    with db.session(write=True) as opened:
        save(opened, small_practice.PRACTICE, [
            Practice(small_practice.PRACTICE, "Cedar Hill"),
            Patient("p", "M-1", "1S00-A00-AA00", "Quill", "Mary", date(1950, 1, 2)),
        ])  # fmt: skip
    said = text_of(open_as("practice_manager"))
    assert "2 chronic conditions of different kinds" in said
    assert "No claim was answered yet." in said
    assert "of answered claims" not in said
    small_practice.fill()
    assert "is eligible" not in text_of(open_as("practice_manager"))
