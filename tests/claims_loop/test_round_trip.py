"""A month of the demo practice: batch, files, the payer's answers, postings, to the cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.program import (
    billing_settings,
    claim_accounts,
    claim_files,
    claim_run,
    remitting,
    simulated,
)
from ccm_core.store import access_log, db
from ccm_core.store.claiming import answers, batches, files, postings, rework
from tests.claims_loop.conftest import MONTH, practice_of, who
from tests.exchange.x12.made import pyx12_accepts

LEAD = who("billing_lead")


def batch(url):
    with db.session(url, write=True) as session:
        return claim_run.make(session, LEAD, practice_of(url), MONTH)


def export(url):
    with db.session(url, write=True) as session:
        return claim_files.export(session, LEAD, practice_of(url), MONTH)


def post(url, name, content):
    with db.session(url, write=True) as session:
        return remitting.post(session, LEAD, practice_of(url), name, content)


def test_a_month_goes_round_to_the_cent(url):
    practice = practice_of(url)
    made = batch(url)
    assert made.new > 10
    again = batch(url)
    assert (again.new, again.renewed, again.same, again.withdrawn) == (0, 0, made.new, 0)
    done = export(url)
    assert done.claims == made.new
    assert not done.held
    assert len({one.payer_id for one in done.files}) == len(done.files)
    assert export(url).files == ()
    for one in done.files:
        assert pyx12_accepts(one.content.decode())
        name, content = simulated.answer(practice, one)
        assert pyx12_accepts(content.decode())
        with db.session(url) as session:
            seen = remitting.preview(session, LEAD, practice, name, content)
        assert seen.run.unmatched == ()
        assert seen.posted_usd == seen.total_usd
        posted = post(url, name, content)
        assert not posted.is_again
        assert post(url, name, content).is_again
    with db.session(url) as session:
        kept = postings.read(session, practice.practice_id)
        paid = answers.payments(session, practice.practice_id)
        assert sum(p.paid_usd for p in kept) == sum(p.total_usd for p in paid)
        assert all(p.unmatched_usd == 0 and p.duplicate_usd == 0 for p in paid)
        claims = batches.claims_of(session, practice.practice_id, MONTH)
        stand = claim_accounts.accounts(session, practice, [c.claim_id for c in claims])
        denied = {p.claim_id for p in kept if p.status == "denied"}
        assert sum(rework.counts(session, practice.practice_id).values()) == len(
            [p for p in kept if p.status == "denied"]
        )
    assert {one.claim_id for one in stand if one.status == "denied"} == denied
    for one in stand:
        if one.status == "paid":
            assert one.charge_usd == one.paid_usd + one.written_off_usd + one.patient_usd
    after = batch(url)
    assert (after.new, after.renewed, after.to_correct) == (0, 0, ())


def test_the_same_file_comes_again_byte_by_byte_and_no_number_twice(url):
    practice = practice_of(url)
    batch(url)
    first = export(url)
    with db.session(url, write=True) as session:
        again = claim_files.again(session, who("auditor"), practice, MONTH)
    assert [one.content for one in again.files] == [one.content for one in first.files]
    with db.session(url, write=True) as session:
        numbers = [files.take_controls(session, "DEMOSUBMIT", 1).interchange for _ in range(3)]
    used = {one.interchange for one in first.files}
    assert len(set(numbers)) == 3
    assert not used & set(numbers)


def test_a_rolled_back_export_leaves_no_number_and_no_claim_behind(url):
    practice = practice_of(url)
    batch(url)
    with db.session(url, write=True) as session:
        free = files.take_controls(session, "DEMOSUBMIT", 1).interchange
        session.rollback()

    class Broken(Exception):
        pass

    def broken():
        with db.session(url, write=True) as session:
            claim_files.export(session, LEAD, practice, MONTH)
            raise Broken

    with pytest.raises(Broken):
        broken()
    with db.session(url) as session:
        kept = batches.claims_of(session, practice.practice_id, MONTH)
        assert {one.status for one in kept} == {"planned"}
        assert files.files_of(session, practice.practice_id, MONTH) == []
    assert min(one.interchange for one in export(url).files) == free


def test_a_claim_that_changed_since_its_approval_is_held_back(lite):
    practice = practice_of(lite)
    batch(lite)
    with db.session(lite, write=True) as session:
        settings, version = billing_settings.read(session, practice)
        changed = replace(settings, charge_multiple="2", price_list={})
        billing_settings.save(session, who("administrator"), practice, changed, version)
    done = export(lite)
    assert done.files == ()
    assert {reason for _, reason in done.held} == {
        "The claim changed since it was approved; approve again."
    }
    again = batch(lite)
    assert again.renewed == len(done.held)
    assert export(lite).claims == again.renewed


def test_approval_by_name_is_on_record_and_a_closed_month_is_frozen(lite):
    practice = practice_of(lite)
    batch(lite)
    with pytest.raises(UsageError, match="have not been written"):
        close(lite)
    export(lite)
    closed = close(lite)
    assert closed.closed_by == LEAD.name
    assert closed.totals["claims"] > 10
    with db.session(lite) as session:
        kept = batches.batches_of(session, practice.practice_id, MONTH)
        assert [one.approved_by for one in kept] == [LEAD.name]
        assert all(one.frozen_at for one in kept)
        assert kept[0].tables_version
        assert len(kept[0].digest) == 64
        assert access_log.verify(session).is_intact
    with pytest.raises(UsageError, match="was closed"):
        batch(lite)


def close(url):
    with db.session(url, write=True) as session:
        return claim_run.close(session, LEAD, practice_of(url), MONTH)


@pytest.mark.parametrize("role", ["care_manager", "consultant", "auditor"])
def test_others_neither_approve_nor_send_nor_post(lite, role):
    practice, other = practice_of(lite), who(role)
    batch(lite)
    acts = (
        lambda s: claim_run.make(s, other, practice, MONTH),
        lambda s: claim_run.close(s, other, practice, MONTH),
        lambda s: claim_files.export(s, other, practice, MONTH),
        lambda s: remitting.post(s, other, practice, "x", b""),
        lambda s: simulated.answers(s, other, practice, MONTH),
    )
    for act in acts:
        with db.session(lite, write=True) as session, pytest.raises(PermissionDenied):
            act(session)


def test_incomplete_settings_are_refused_by_name(lite):
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        _, version = billing_settings.read(session, practice)
        empty = billing_settings.BillingSettings()
        billing_settings.save(session, who("administrator"), practice, empty, version)
    with pytest.raises(UsageError, match=r"the submitter's name.*the billing provider's NPI"):
        batch(lite)


@pytest.mark.parametrize("part", ["submitter_name", "receiver_name", "submitter_contact"])
@pytest.mark.parametrize("name", ["王", "A" * 61])
def test_names_that_x12_cannot_carry_are_refused_before_any_file(lite, part, name):
    practice = practice_of(lite)
    with db.session(lite) as session:
        settings, _ = billing_settings.read(session, practice)
    said = billing_settings.missing(replace(settings, **{part: name}))
    assert [one.split(", ")[1] for one in said] == ["in letters A to Z and up to 60 of them"]


def test_money_of_an_unknown_claim_waits_and_is_posted_later(lite):
    practice = practice_of(lite)
    batch(lite)
    done = export(lite)
    name, content = simulated.answer(practice, done.files[0])
    with db.session(lite, write=True) as session:
        # As if the claims had been sent by another program and were not here yet.
        kept = batches.claims_of(session, practice.practice_id, MONTH)
        lost = [one.claim_id for one in kept if one.payer_id == done.files[0].payer_id][:2]
        batches.mark_lines(session, practice.practice_id, lost, "planned")
    first = post(lite, name, content)
    assert len(first.preview.run.unmatched) == 2
    waiting = sum(one.unmatched_usd for one in first.preview.run.payments)
    assert first.preview.posted_usd + waiting == first.preview.total_usd
    with db.session(lite, write=True) as session:
        batches.mark_lines(session, practice.practice_id, lost, "submitted")
    assert not post(lite, name, content).is_again
    assert post(lite, name, content).is_again
    with db.session(lite) as session:
        payment = answers.payments(session, practice.practice_id)[0]
        assert payment.posted_usd == payment.total_usd
        assert payment.unmatched_usd == Decimal(0)
