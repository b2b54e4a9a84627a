"""The claim run, remittances and rework on the page of claims, by role."""

from __future__ import annotations

import pytest

from ccm_core.errors import UsageError
from ccm_core.program import (
    billing_settings,
    claim_files,
    claim_run,
    remitting,
    rework_desk,
    simulated,
)
from ccm_core.store import db
from ccm_core.store.claiming import batches
from tests.claims_loop.conftest import MONTH, practice_of, who
from tests.exchange.x12.receipts_made import claim_receipt
from tests.pages.page_text import listings, text_of
from tests.pages.signed_in import open_as

LEAD = who("billing_lead")


@pytest.fixture
def store(lite, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", lite)
    return lite


def labels(at):
    return [button.label for button in at.button]


def press(at, label):
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception
    return at


def test_a_batch_is_approved_written_and_closed_on_the_page(store):
    at = open_as("billing_lead", "claims", view="run", month=str(MONTH))
    assert not at.exception
    assert "No claim of October 2026 was approved" in text_of(at)
    press(at, "Approve clean claims")
    assert "new claims" in text_of(at)
    press(at, "Write the claim files (837P)")
    assert "claims in" in text_of(at)
    assert "/download/" in text_of(at)
    assert "This is final" in text_of(at), "one click beside the monthly buttons closes nothing"
    assert "Still held back:" in text_of(at)
    press(at, "Close October 2026 for good")
    assert "Closed on" in text_of(at)
    assert "policy: Medicare baseline" in text_of(at)
    assert "Approve clean claims" not in labels(at)


def test_the_demo_payer_answers_and_denied_lines_come_into_the_queue(store, monkeypatch):
    # Everything is expected to pay more than the payer allows.
    fees = remitting.allowed_of
    monkeypatch.setattr(
        remitting, "allowed_of", lambda practice: lambda *asked: fees(practice)(*asked) + 5
    )
    practice = practice_of(store)
    with db.session(store, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        claim_files.export(session, LEAD, practice, MONTH)
    at = open_as("billing_lead", "claims", view="remittances")
    assert not at.exception
    at.selectbox(key="remittance_month").set_value(str(MONTH)).run()
    press(at, "Let the make-believe payer answer")
    assert "posted" in text_of(at)
    alts = [one["alt"] for one in listings(at)]
    assert "Payments posted, the latest day first" in alts
    by_payer = next(x for x in listings(at) if x["alt"].startswith("Paid lines of the last"))
    assert all(" of " in row["short"] and row["days"] for row in by_payer["rows"])
    short = next(x for x in listings(at) if x["alt"].startswith("Lines that a payer allowed"))
    assert {(row["by"], row["missing"]) for row in short["rows"]} >= {("fee schedule", "$5.00")}


def queue_of_one(store):
    """Post an answer in which everything is denied."""
    practice = practice_of(store)
    with db.session(store, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        done = claim_files.export(session, LEAD, practice, MONTH)
        before = simulated._DENIED_OF_HUNDRED
        simulated._DENIED_OF_HUNDRED = 100
        try:
            name, content = simulated.answer(practice, done.files[0])
        finally:
            simulated._DENIED_OF_HUNDRED = before
        return remitting.post(session, LEAD, practice, name, content)


def test_one_denied_line_is_worked_on_and_the_list_shows_it(store):
    assert queue_of_one(store).denied > 3
    at = open_as("billing_lead", "claims", view="rework")
    assert not at.exception
    rows = next(x for x in listings(at) if x["alt"].startswith("Denied lines"))["rows"]
    at = open_as("billing_lead", "claims", rework=rows[0]["key"])
    assert not at.exception
    assert "Draft of an appeal letter" in text_of(at)
    assert "Audit packet (PDF)" in text_of(at)
    assert "Approve the claim anew" not in labels(at)
    at.text_input[0].set_value("Ada")
    press(at, "Save")
    at = open_as("billing_lead", "claims", view="rework")
    rows = next(x for x in listings(at) if x["alt"].startswith("Denied lines"))["rows"]
    assert "Ada" in [row["assignee"] for row in rows]


def test_an_auditor_sees_and_changes_nothing(store):
    queue_of_one(store)
    for view in ("run", "remittances", "rework"):
        at = open_as("auditor", "claims", view=view, month=str(MONTH))
        assert not at.exception
        assert not {"Approve clean claims", "Close October 2026 for good", "Read the remittance",
                    "Let the make-believe payer answer", "Save"} & set(labels(at))  # fmt: skip


@pytest.mark.parametrize("role", ["care_manager", "consultant"])
def test_others_see_none_of_it(store, role):
    with pytest.raises(ValueError, match="navigation page"):
        open_as(role, "claims", view="rework", staff_id="S1")


def test_a_file_of_another_system_has_its_place_on_pre_flight(store):
    at = open_as("billing_lead", "pre_flight", month=str(MONTH))
    assert not at.exception
    assert "Check a claims file made elsewhere" in text_of(at)
    at = open_as("auditor", "pre_flight", month=str(MONTH))
    assert "Check a claims file made elsewhere" not in text_of(at)


def test_the_demo_payer_answers_a_claim_only_once(store):
    practice = practice_of(store)
    with db.session(store, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        claim_files.export(session, LEAD, practice, MONTH)
        for one in simulated.answers(session, LEAD, practice, MONTH):
            remitting.post(session, LEAD, practice, *one)
        with pytest.raises(UsageError, match="waits for an answer"):
            simulated.answers(session, LEAD, practice, MONTH)
        waiting = simulated.answers(session, LEAD, practice, MONTH.previous)
        for one in waiting:
            done = remitting.post(session, LEAD, practice, *one)
            assert not done.preview.run.duplicates


def test_a_rejected_claim_is_seen_sent_anew_and_taken_back_on_the_page(store):
    practice = practice_of(store)
    with db.session(store, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        claim_files.export(session, LEAD, practice, MONTH)
        one = batches.claims_of(session, practice.practice_id, MONTH)[0]
    at = open_as("billing_lead", "claims", view="run", month=str(MONTH))
    text = claim_receipt((one.claim_id, "A7:562:85*20261103*U*1"))
    at.file_uploader[0].set_value(("answer.277", text.encode(), "text/plain")).run()
    press(at, "Read the receipts")
    assert "1 claim turned away" in text_of(at)
    assert "1 new in the rework queue" in text_of(at)
    table = next(x for x in listings(at) if x["alt"] == "Claim files of the month")
    assert any("1 turned away" in str(row) for row in table["rows"])
    with db.session(store) as session:
        item = rework_desk.queue(session, LEAD, practice).rows[0]
        with pytest.raises(UsageError, match="nothing to appeal"):
            rework_desk.letter(session, LEAD, practice, item.id)
    opened = open_as("billing_lead", "claims", rework=str(item.id))
    assert "before a payer decided on it" in text_of(opened)
    assert "Draft of an appeal letter" not in text_of(opened)
    assert "Approve the claim anew" in labels(opened)
    at.toggle(key="claim_changes").set_value(True).run()
    press(at, "Approve the correction")
    assert f"Approved as {one.claim_id}-1" in text_of(at)
    press(at, "Take the correction back")
    assert "is taken back" in text_of(at)
    assert "Take the correction back" not in labels(at)


def test_the_settings_for_claims_are_typed_on_the_settings_page(store):
    at = open_as("administrator", "settings")
    assert not at.exception
    assert "Complete: claims can be made" in text_of(at)

    def field(label):
        return next(one for one in at.text_input if one.label == label)

    field("Name of the receiver").set_value("Clearing house two")
    field("ZIP code of nine digits").set_value("123")
    field("Another payer, named as in the coverage of patients").set_value("Demo Plan X")
    field("Another payer: name on the claim").set_value("PLAN X")
    field("Another payer: payer number").set_value("X0001")
    next(one for one in at.text_area if one.label == "Prices of the practice").set_value("99490 95")
    press(at, "Save the settings for claims")
    assert "ZIP code of nine digits" in text_of(at)
    with db.session(store) as session:
        saved, _ = billing_settings.read(session, practice_of(store))
    assert saved.receiver_name == "Clearing house two"
    assert saved.payers["Demo Plan X"] == {"name": "PLAN X", "payer_id": "X0001", "filing": "CI"}
    assert saved.payers["medicare"]["payer_id"] == "DEMO1"
    assert saved.price_list == {"99490": "95"}
    assert saved.is_test


@pytest.mark.parametrize("role", ["practice_manager", "auditor"])
def test_others_see_what_is_missing_and_change_nothing(store, role):
    at = open_as(role, "settings")
    assert not at.exception
    assert "Save the settings for claims" not in labels(at)
