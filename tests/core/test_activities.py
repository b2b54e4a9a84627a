"""Which kind of work a word or free text names, and whether it counts."""

from __future__ import annotations

import pytest

from ccm_core import activities
from ccm_core.activities import Activity, activity_of, all_activities
from ccm_core.sources import source


@pytest.mark.parametrize(
    ("text", "name", "counts"),
    [
        ("care_plan", "care_plan", True),
        ("Care Plan", "care_plan", True),
        ("  PHONE_call ", "phone_call", True),
        ("phone  call", "phone_call", True),
        ("refill_review", "refill_review", True),
        ("called the patient about her refill", "refill_review", True),
        ("scheduling call", "scheduling", False),
        ("Voicemail, left message", "voicemail", False),
        ("call about an INVOICE", "billing", False),
        ("office visit", "visit", False),
        # ``=acute`` is the whole text or nothing.
        ("acute", "acute_only", False),
        ("acute pain discussed by phone", "phone_call", True),
        ("acute illness", "acute_only", False),
        ("prior auth for an inhaler", "prior_authorization", False),
    ],
)
def test_what_a_text_names(text, name, counts):
    activity = activity_of(text)
    assert (activity.name, activity.counts) == (name, counts)


def test_the_name_is_enough_also_with_a_space_where_no_word_of_it_is_listed(monkeypatch):
    scan = Activity("scan_review", "Scans", True, "", "", ("picture",))
    monkeypatch.setattr(activities, "all_activities", lambda: (scan,))
    for text in ("scan_review", "Scan  Review"):
        assert activity_of.__wrapped__(text) is scan
    assert activity_of.__wrapped__("scan") is None


@pytest.mark.parametrize("text", ["zzz", "", "=acute", "|"])
def test_a_text_that_names_nothing(text):
    assert activity_of(text) is None


def test_only_what_does_not_count_has_a_reason_and_everything_a_label_and_a_source():
    found = all_activities()
    assert {a.name for a in found if not a.counts} == {
        "acute_only", "preventive", "scheduling", "billing", "data_entry", "travel",
        "administrative", "voicemail", "prior_authorization", "visit",
    }  # fmt: skip
    for activity in found:
        assert bool(activity.reason) is not activity.counts, activity.name
        assert activity.label
        assert source(activity.cite).title
    assert activity_of("travel").label == "Travel"
    assert activity_of("data_entry").reason == "administrative"
