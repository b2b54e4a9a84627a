"""Pre-flight: audit, numbers, list, opened claim, acknowledgement, and who may not."""

from __future__ import annotations

import pytest

from tests.pages import small_practice
from tests.pages.page_text import listings, text_of
from tests.pages.signed_in import open_as

pytestmark = pytest.mark.usefixtures("own_store")


def test_an_audited_month_adds_up():
    small_practice.fill()
    at = open_as("billing_lead", "pre_flight", month="2026-11")
    assert not at.exception
    numbers = [int(m.value) for m in at.metric]
    assert sum(numbers) == len(next(iter(listings(at)))["rows"])


def test_a_month_that_nobody_audited_says_so_and_runs():
    small_practice.fill()
    at = open_as("billing_lead", "pre_flight", month="2026-08")
    assert "has not been audited yet" in text_of(at)
    at.button[2].click().run()
    assert not at.exception
    assert "patients checked" in text_of(at)


@pytest.mark.parametrize("role", ["care_manager", "consultant"])
def test_others_see_nothing_of_it(role):
    small_practice.fill()
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        open_as(role, "pre_flight", staff_id="S1")


def test_an_auditor_sees_no_button_that_changes_something():
    small_practice.fill()
    at = open_as("auditor", "pre_flight", month="2026-11")
    assert not at.exception
    assert "Run audit" not in [b.label for b in at.button]


def test_an_opened_claim_shows_every_rule_and_a_foreign_key_opens_nothing():
    small_practice.fill()
    at = open_as("billing_lead", "pre_flight", month="2026-11", claim="no-such-key")
    assert not at.exception
    assert "another sign-in" in text_of(at)


def test_an_empty_practice_shows_three_doors():
    at = open_as("billing_lead", "pre_flight")
    assert not at.exception
    assert "Choose a way in" in text_of(at)
