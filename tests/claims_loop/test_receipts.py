"""999, TA1 and 277CA on our claims: who is let in, who is turned away, and what then is done."""

from __future__ import annotations

import pytest

from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.program import claim_files, claim_fixes, claim_run, receiving, remitting, simulated
from ccm_core.store import db
from ccm_core.store.claiming import batches, files, postings, receipts, rework
from tests.claims_loop.conftest import MONTH, practice_of, who
from tests.exchange.x12.made import pyx12_accepts
from tests.exchange.x12.receipts_made import claim_receipt, file_receipt, ta1

LEAD = who("billing_lead")
YES, NO = "A2:20*20261103*WQ*1", "A7:562:85*20261103*U*1"


def take(url, text, role="billing_lead"):
    with db.session(url, write=True) as session:
        return receiving.take(session, who(role), practice_of(url), "answer.txt", text.encode())


def claims_of(url):
    with db.session(url) as session:
        return batches.claims_of(session, practice_of(url).practice_id, MONTH)


def file_and_claims(url):
    """The largest file of the month and its claims."""
    with db.session(url) as session:
        written = files.files_of(session, practice_of(url).practice_id, MONTH)
    one = max(written, key=lambda file: file.claims)
    return one, [claim for claim in claims_of(url) if claim.file_id == one.id]


def words(url, claims):
    ids = {one.claim_id for one in claims}
    return {one.claim_id: one.receipt for one in claims_of(url) if one.claim_id in ids}


def queue(url):
    with db.session(url) as session:
        return rework.page(session, practice_of(url).practice_id).rows


def test_each_answer_lands_on_its_claims_and_a_second_reading_does_nothing(sent):
    file, claims = file_and_claims(sent)
    done = take(sent, ta1(f"{file.interchange:09d}"))
    assert (done.received, done.accepted, done.rejected) == (len(claims), 0, 0)
    done = take(sent, file_receipt(str(file.group_control),
                f"AK2*837*{file.first_set:04d}", "IK5*A", "AK9*A*1*1*1"))  # fmt: skip
    assert done.received == len(claims)
    first, second, *_ = claims
    text = claim_receipt((first.claim_id, YES), (second.claim_id, NO))
    done = take(sent, text)
    assert (done.accepted, done.rejected, done.queued, done.unmatched) == (1, 1, 1, ())
    said = words(sent, claims)
    assert said.pop(first.claim_id) == "accepted"
    assert said.pop(second.claim_id) == "rejected"
    assert set(said.values()) == {"received"}
    assert take(sent, text).is_again
    with db.session(sent) as session:
        practice_id = practice_of(sent).practice_id
        counted = receipts.counts(session, practice_id, [file.id])[file.id]
        assert receipts.newest(session, practice_id)[0].status == "rejected"
    assert counted == {"accepted": 1, "rejected": 1, "received": len(claims) - 2}
    (item,) = queue(sent)
    assert (item.claim_id, item.line, item.code, item.action) == (
        second.claim_id, 0, "277CA A7:562", "resend")  # fmt: skip
    assert item.deadline_on.year == MONTH.year + 1
    again = next(one for one in claims_of(sent) if one.claim_id == first.claim_id)
    assert again.payer_claim_id == f"P{first.claim_id}"


def test_what_a_claim_was_told_outweighs_what_its_file_was_told_later(sent):
    file, (first, second, *_) = file_and_claims(sent)
    take(sent, claim_receipt((first.claim_id, NO), (second.claim_id, YES)))
    take(sent, ta1(f"{file.interchange:09d}"))
    said = words(sent, [first, second])
    assert said == {first.claim_id: "rejected", second.claim_id: "accepted"}
    take(sent, claim_receipt((first.claim_id, YES)))
    assert words(sent, [first]) == {first.claim_id: "accepted"}
    assert not queue(sent)


def test_a_file_turned_away_whole_puts_all_its_claims_into_the_queue(sent):
    file, claims = file_and_claims(sent)
    done = take(sent, file_receipt(str(file.group_control),
                f"AK2*837*{file.first_set:04d}", "IK3*NM1*8**8", "IK5*R*5", "AK9*R*1*1*0"
                ))  # fmt: skip
    assert (done.rejected, done.queued) == (len(claims), len(claims))
    assert set(words(sent, claims).values()) == {"rejected"}
    others = [one for one in claims_of(sent) if one.file_id != file.id]
    assert set(words(sent, others).values()) <= {""}


def test_answers_about_nothing_of_ours_are_told(sent):
    done = take(sent, claim_receipt(("NOBODY1", NO)))
    assert (done.rejected, len(done.unmatched)) == (0, 1)
    assert "NOBODY" not in done.unmatched[0]
    assert take(sent, ta1("000009999")).unmatched
    assert take(sent, file_receipt("9999", "AK9*A*1*1*1")).unmatched


def test_a_rejected_claim_is_sent_anew_under_a_number_of_its_own(sent):
    practice = practice_of(sent)
    _, (one, *_) = file_and_claims(sent)
    with db.session(sent, write=True) as session, pytest.raises(UsageError, match="turned away"):
        claim_fixes.correct(session, LEAD, practice, one.claim_id, "resend")
    take(sent, claim_receipt((one.claim_id, NO)))
    with db.session(sent) as session:
        (found,) = claim_fixes.differences(session, practice, MONTH)
    assert (found.claim_id, found.fix) == (one.claim_id, "resend")
    with db.session(sent, write=True) as session:
        number = claim_fixes.correct(session, LEAD, practice, one.claim_id, "resend")
        made = claim_run.make(session, LEAD, practice, MONTH)
        assert (made.new, made.renewed, made.withdrawn, made.to_correct) == (0, 0, 0, ())
        (file,) = claim_files.export(session, LEAD, practice, MONTH).files
    (claim,) = read_837(file.content).claims
    assert (claim.claim_id, claim.frequency, claim.original_reference) == (number, "1", "")
    assert pyx12_accepts(file.content.decode())
    assert {c.claim_id: c.status for c in claims_of(sent) if c.base_id == one.base_id} == {
        one.claim_id: "replaced", number: "submitted"}  # fmt: skip
    with db.session(sent) as session:
        assert claim_fixes.differences(session, practice, MONTH) == []
        again = claim_files.again_as(session, practice, MONTH, None)
    assert len(again.files) > 1


def test_a_correction_that_has_not_left_can_be_taken_back(sent):
    practice = practice_of(sent)
    _, (one, *_) = file_and_claims(sent)
    take(sent, claim_receipt((one.claim_id, NO)))
    with db.session(sent, write=True) as session:
        number = claim_fixes.correct(session, LEAD, practice, one.claim_id, "resend")
    assert [item.status for item in queue(sent)] == ["resent"]
    with db.session(sent, write=True) as session:
        assert [w.claim_id for w in claim_fixes.waiting(session, practice, MONTH)] == [number]
        claim_fixes.cancel(session, LEAD, practice, number)
    after = next(c for c in claims_of(sent) if c.claim_id == one.claim_id)
    assert (after.status, after.ended_on) == ("submitted", None)
    assert [(i.claim_id, i.status) for i in queue(sent)] == [(one.claim_id, "open")]
    with db.session(sent, write=True) as session:
        kinds = [b.kind for b in batches.batches_of(session, practice.practice_id, MONTH)]
        assert kinds == ["original"]
        with pytest.raises(UsageError, match="waits to be sent"):
            claim_fixes.cancel(session, LEAD, practice, number)
        with pytest.raises(UsageError, match="waits to be sent"):
            claim_fixes.cancel(session, LEAD, practice, one.claim_id)
        with pytest.raises(PermissionDenied):
            claim_fixes.cancel(session, who("auditor"), practice, number)


@pytest.mark.parametrize("fix", ["replace", "void"])
def test_the_make_believe_payer_takes_back_what_is_corrected(sent, fix):
    practice = practice_of(sent)

    def answer(session):
        for name, content in simulated.answers(session, LEAD, practice, MONTH):
            assert pyx12_accepts(content.decode())
            done = remitting.post(session, LEAD, practice, name, content)
            assert done.preview.run.unmatched == ()

    with db.session(sent, write=True) as session:
        answer(session)
        with pytest.raises(UsageError, match="waits for an answer"):
            answer(session)
        ours = {c.claim_id: c for c in batches.claims_of(session, practice.practice_id, MONTH)}
        paid = [p for p in postings.read(session, practice.practice_id, ours) if p.paid_usd > 0]
        one = ours[paid[0].claim_id]
        number = claim_fixes.correct(session, LEAD, practice, one.claim_id, fix)
        claim_files.export(session, LEAD, practice, MONTH)
        answer(session)
        with pytest.raises(UsageError, match="waits for an answer"):
            answer(session)
        found = postings.read(session, practice.practice_id, [one.claim_id])
        assert sum(p.paid_usd for p in found) == 0
        assert found[-1].status == "reversed"
        fresh = postings.read(session, practice.practice_id, [number])
        assert sum(p.paid_usd for p in fresh) == (
            sum(p.paid_usd for p in paid if p.claim_id == one.claim_id) if fix == "replace" else 0
        )
        tasks = rework.refunds(session, practice.practice_id)
    assert [task.status for task in tasks if task.claim_id == one.claim_id] in ([], ["gone"])
