"""Claims that were wrong: what differs is said, replaced or voided, and money goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ccm_core import records
from ccm_core.errors import Conflict, UsageError
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.program import (
    claim_accounts,
    claim_files,
    claim_fixes,
    claim_run,
    remitting,
    rework_desk,
    simulated,
)
from ccm_core.store import db, reading, writing
from ccm_core.store.claiming import batches, postings, rework
from tests.claims_loop.conftest import MONTH, practice_of, who
from tests.exchange.x12.made import pyx12_accepts

LEAD = who("billing_lead")


@pytest.fixture
def sent(lite):
    """A month that was sent and answered; gives the store."""
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        done = claim_files.export(session, LEAD, practice, MONTH)
        for one in done.files:
            remitting.post(session, LEAD, practice, *simulated.answer(practice, one))
    return lite


def paid_claim(url):
    """A claim of the month that was paid, and its patient."""
    practice = practice_of(url)
    with db.session(url) as session:
        paid = {p.claim_id for p in postings.read(session, practice.practice_id)
                if p.status == "paid" and p.paid_usd > 0}  # fmt: skip
        claims = batches.claims_of(session, practice.practice_id, MONTH)
    return next(one for one in claims if one.claim_id in paid)


def changes(url):
    with db.session(url) as session:
        return claim_fixes.differences(session, practice_of(url), MONTH)


def correct(url, claim_id, fix, number=""):
    with db.session(url, write=True) as session:
        return claim_fixes.correct(session, LEAD, practice_of(url), claim_id, fix, number)


def drop_time(url, patient_id):
    """The minutes of the month turn out to be the patient's own."""
    with db.session(url, write=True) as session:
        every = reading.records_of(session, records.TimeEntry, patient_id)
        wrong = [replace(one, actor="automated") for one in every]
        writing.save(session, practice_of(url).practice_id, wrong)
        claim_fixes.refresh(session, practice_of(url).practice_id, MONTH, [patient_id])


def status_of(url, claim_id):
    with db.session(url) as session:
        one = batches.claims_of(session, practice_of(url).practice_id, claim_ids=[claim_id])
        return one[0].status


def test_nothing_differs_until_the_records_do(sent):
    assert changes(sent) == []
    one = paid_claim(sent)
    drop_time(sent, one.patient_id)
    (found,) = changes(sent)
    assert (found.claim_id, found.fix) == (one.claim_id, "void")


def test_a_void_takes_the_payment_back_and_asks_for_a_refund_until_then(sent):
    practice, one = practice_of(sent), paid_claim(sent)
    drop_time(sent, one.patient_id)
    number = correct(sent, one.claim_id, "void")
    assert number == f"{one.claim_id}-1"
    with db.session(sent, write=True) as session:
        done = claim_files.export(session, LEAD, practice, MONTH)
        claim_accounts.sync_refunds(session, practice)
    (file,) = done.files
    text = file.content.decode()
    assert pyx12_accepts(text)
    (claim,) = read_837(file.content).claims
    assert claim.frequency == "8"
    assert claim.original_reference
    assert status_of(sent, one.claim_id) == "voided"
    with db.session(sent, write=True) as session:
        (task,) = rework_desk.refunds(session, LEAD, practice)
        assert task.amount_usd > 0
        assert task.due_on - task.identified_on == timedelta(days=60)
        rework_desk.refunded(session, LEAD, practice, task)
        with pytest.raises(Conflict):
            rework_desk.refunded(session, LEAD, practice, task)
    with db.session(sent) as session:
        (task,) = rework_desk.refunds(session, LEAD, practice)
        assert (task.status, task.done_by) == ("done", LEAD.name)
    assert changes(sent) == []


def test_a_replacement_says_what_the_records_say_now(sent):
    practice, one = practice_of(sent), paid_claim(sent)
    with db.session(sent, write=True) as session:
        patient = reading.patient(session, one.patient_id)
        writing.save(session, practice.practice_id, [replace(patient, given_name="Corrected")])
    (found,) = changes(sent)
    assert (found.claim_id, found.fix) == (one.claim_id, "replace")
    with db.session(sent, write=True) as session:
        again = claim_run.make(session, LEAD, practice, MONTH)
    assert again.new == 0
    assert again.to_correct == (one.claim_id,)
    correct(sent, one.claim_id, "replace")
    with pytest.raises(UsageError, match="newer version"):
        correct(sent, one.claim_id, "replace")
    with db.session(sent, write=True) as session:
        (file,) = claim_files.export(session, LEAD, practice, MONTH).files
    (claim,) = read_837(file.content).claims
    assert (claim.frequency, claim.subscriber.given) == ("7", "CORRECTED")
    assert status_of(sent, one.claim_id) == "replaced"
    assert changes(sent) == []
    with db.session(sent, write=True) as session:
        made = claim_run.make(session, LEAD, practice, MONTH)
    assert (made.new, made.to_correct) == (0, ())


def test_a_correction_without_the_payers_number_waits(lite):
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        claim_files.export(session, LEAD, practice, MONTH)
        one = batches.claims_of(session, practice.practice_id, MONTH)[0]
    with pytest.raises(UsageError, match="payer's own claim number"):
        correct(lite, one.claim_id, "void")
    assert correct(lite, one.claim_id, "void", "PAYER1")


def test_a_closed_month_shows_what_changed_and_can_be_corrected(sent):
    practice, one = practice_of(sent), paid_claim(sent)
    with db.session(sent, write=True) as session:
        claim_run.close(session, LEAD, practice, MONTH)
    drop_time(sent, one.patient_id)
    assert [found.claim_id for found in changes(sent)] == [one.claim_id]
    assert correct(sent, one.claim_id, "void")
    with db.session(sent, write=True) as session:
        assert claim_files.export(session, LEAD, practice, MONTH).claims == 1


def test_minutes_lost_before_sending_take_the_claim_back(lite):
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        first = claim_run.make(session, LEAD, practice, MONTH)
        one = batches.claims_of(session, practice.practice_id, MONTH)[0]
    drop_time(lite, one.patient_id)
    with db.session(lite, write=True) as session:
        held = claim_files.export(session, LEAD, practice, MONTH)
        session.rollback()
    assert [claim_id for claim_id, _ in held.held] == [one.claim_id]
    with db.session(lite, write=True) as session:
        again = claim_run.make(session, LEAD, practice, MONTH)
        kept = batches.claims_of(session, practice.practice_id, MONTH)
    assert again.withdrawn == 1
    assert len(kept) == first.new - 1


def test_an_appeal_letter_is_a_draft_with_the_facts(sent):
    practice = practice_of(sent)
    with db.session(sent, write=True) as session:
        queue = rework_desk.queue(session, LEAD, practice).rows
        if not queue:
            pytest.skip("the make-believe payer denied nothing")
        text = rework_desk.letter(session, LEAD, practice, queue[0].id)
    assert text.startswith("DRAFT")
    assert queue[0].claim_id in text
    assert queue[0].code in text
    assert "DEMO" in text


def test_two_people_on_one_item_do_not_write_over_each_other(sent):
    practice = practice_of(sent)
    with db.session(sent, write=True) as session:
        (item, *_) = rework.page(session, practice.practice_id).rows
        rework_desk.edit(session, LEAD, practice, item, status="in_work", assignee="A", note="")
        with pytest.raises(Conflict):
            rework_desk.edit(session, LEAD, practice, item, status="won", assignee="B", note="")
