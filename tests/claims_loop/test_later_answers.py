"""What a payer says later: reversals, corrections, claims sent back without a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core.errors import UsageError
from ccm_core.program import claim_accounts, claim_files, claim_fixes, rework_desk
from ccm_core.store import db
from ccm_core.store.claiming import answers, batches, rework, short_paid
from tests.claims_loop.conftest import MONTH, practice_of, who
from tests.claims_loop.remits import answer, post, transaction

LEAD = who("billing_lead")


def one_line_claims(url):
    """Claims of one line in the month, the first by number first."""
    with db.session(url) as session:
        kept = batches.claims_of(session, practice_of(url).practice_id, MONTH)
        found = batches.contents(session, [one.id for one in kept])
    return sorted(
        (c for c in found.values() if len(c.lines) == 1 and c.payer.payer_id == "DEMO1"),
        key=lambda c: c.claim_id,
    )  # fmt: skip


def short_of(url):
    practice_id = practice_of(url).practice_id
    days = date(2026, 1, 1), date(2026, 12, 31)
    with db.session(url) as session:
        lines = short_paid.short_lines(session, practice_id, *days).rows
        payers = short_paid.by_payer(session, practice_id, *days)
    mine = next((one for one in payers if one.payer == "MADE UP PAYER"), None)
    return [one for one in lines if one.payer == "MADE UP PAYER"], mine


def usd(amount) -> str:
    return f"{amount:.2f}"


def account(url, claim_id):
    with db.session(url) as session:
        return claim_accounts.accounts(session, practice_of(url), [claim_id])[0]


def queue(url):
    with db.session(url) as session:
        return rework.page(session, practice_of(url).practice_id).rows


@pytest.mark.parametrize("is_one_file", [True, False], ids=["in one file", "in a later file"])
def test_a_short_payment_that_was_corrected_is_short_no_longer(sent, is_one_file):
    claim = one_line_claims(sent)[0]
    charge = claim.charge_usd
    with db.session(sent) as session:
        kept = batches.claims_of(session, practice_of(sent).practice_id, MONTH)
    expected = next(one.allowed_usd for one in kept if one.claim_id == claim.claim_id)
    assert expected > 10
    low, right = Decimal(10), expected
    first = transaction("T1", "20261110", "10.00", *answer(claim, "10.00", f"CO*45*{charge - low}"))
    post(sent, first)
    lines, payer = short_of(sent)
    assert [(one.claim_id, one.variance_usd) for one in lines] == [(claim.claim_id, low - expected)]
    assert (payer.short_lines, payer.paid_usd) == (1, low)
    back = answer(claim, "-10.00", f"CO*45*{low - charge}", status="22")
    new = answer(claim, usd(right), f"CO*45*{usd(charge - right)}", number="ICN2")
    if is_one_file:
        post(sent, transaction("T2", "20261118", usd(right - low), *back, *new))
    else:
        again = transaction("T3", "20261118", usd(right), *new)
        post(sent, transaction("T2", "20261117", "-10.00", *back).replace("*C*ACH", "*C*NON"))
        assert short_of(sent)[0] == []
        assert account(sent, claim.claim_id).paid_usd == 0
        post(sent, again)
    lines, payer = short_of(sent)
    assert lines == []
    assert (payer.short_lines, payer.paid_usd) == (0, right)
    stands = account(sent, claim.claim_id)
    assert (stands.paid_usd, stands.status, stands.payer_open_usd) == (right, "paid", 0)


def test_files_may_be_posted_in_any_order(sent):
    claim = one_line_claims(sent)[0]
    with db.session(sent) as session:
        kept = batches.claims_of(session, practice_of(sent).practice_id, MONTH)
    right = next(one.allowed_usd for one in kept if one.claim_id == claim.claim_id)
    low, charge = Decimal(10), claim.charge_usd
    back = answer(claim, "-10.00", f"CO*45*{low - charge}", status="22")
    new = answer(claim, usd(right), f"CO*45*{usd(charge - right)}", number="ICN2")
    post(sent, transaction("T2", "20261118", usd(right - low), *back, *new))
    post(sent, transaction("T1", "20261110", "10.00", *answer(claim, "10", f"CO*45*{charge - 10}")))
    assert short_of(sent)[0] == []
    stands = account(sent, claim.claim_id)
    assert (stands.paid_usd, stands.status) == (right, "paid")


def test_a_denial_that_was_won_and_comes_back_is_open_again(sent):
    claim = one_line_claims(sent)[0]
    charge = claim.charge_usd
    no = answer(claim, "0", f"CO*50*{charge}", status="4")
    back = answer(claim, "0", f"CO*50*-{charge}", status="22")
    yes = answer(claim, "60.00", f"CO*45*{charge - 60}")
    post(sent, transaction("T1", "20261110", "0", *no))
    (item,) = (one for one in queue(sent) if one.claim_id == claim.claim_id)
    assert item.status == "open"
    post(sent, transaction("T2", "20261115", "60.00", *back, *yes))
    assert claim.claim_id not in {one.claim_id for one in queue(sent)}
    taken = answer(claim, "-60.00", f"CO*45*{60 - charge}", status="22")
    done = post(sent, transaction("T3", "20261120", "-60.00", *taken, *no))
    assert done.denied == 1
    (again,) = (one for one in queue(sent) if one.claim_id == claim.claim_id)
    assert (again.id, again.status) == (item.id, "open")
    assert account(sent, claim.claim_id).paid_usd == 0


def unprocessable(claim):
    """Sent back: the whole charge under CO 16 with remark MA130."""
    clp, *rest = answer(claim, "0", f"CO*16*{claim.charge_usd}", status="4")
    return [clp, "MOA***MA130", *rest]


def test_a_claim_returned_as_unprocessable_is_sent_anew_and_not_appealed(sent):
    practice = practice_of(sent)
    claim, other = one_line_claims(sent)[:2]
    denied = answer(other, "0", f"CO*50*{other.charge_usd}", status="4", number="ICN9")
    post(sent, transaction("T1", "20261110", "0", *unprocessable(claim), *denied))
    items = {one.claim_id: one for one in queue(sent)}
    with db.session(sent) as session:
        assert answers.undecided(session, practice.practice_id, list(items)) == {claim.claim_id}
        assert items[claim.claim_id].action == "resend"
        assert "MA130" in rework_desk.no_appeal(session, practice, items[claim.claim_id])
        assert not rework_desk.no_appeal(session, practice, items[other.claim_id])
        with pytest.raises(UsageError, match="MA130"):
            rework_desk.letter(session, LEAD, practice, items[claim.claim_id].id)
    with db.session(sent, write=True) as session:
        number = claim_fixes.correct(session, LEAD, practice, claim.claim_id, claim_fixes.RESEND)
    with db.session(sent, write=True) as session:
        done = claim_files.export(session, LEAD, practice, MONTH)
    text = done.files[0].content.decode()
    assert (done.claims, done.held) == (1, ())
    assert f"CLM*{number}*" in text
    assert "***11:B:1*" in text
    assert "REF*F8" not in text
    assert {one.claim_id: one.status for one in queue(sent)}[claim.claim_id] == "resent"
    again = next(one for one in contents(sent) if one.claim_id == number)
    rest = again.charge_usd - 60
    post(sent, transaction("T2", "20261125", "60.00", *answer(again, "60.00", f"CO*45*{rest}")))
    assert account(sent, number).status == "paid"


def contents(url):
    with db.session(url) as session:
        kept = batches.claims_of(session, practice_of(url).practice_id, MONTH)
        return list(batches.contents(session, [one.id for one in kept]).values())


def test_payments_stand_by_their_day_whatever_was_posted_first(sent):
    claims = one_line_claims(sent)[:3]
    for trace, day, claim in zip("ABC", ("20261110", "20261118", "20261110"), claims, strict=True):
        rest = f"CO*45*{claim.charge_usd - 10}"
        post(sent, transaction(trace, day, "10.00", *answer(claim, "10.00", rest)))
    with db.session(sent) as session:
        found = answers.payments(session, practice_of(sent).practice_id)
    assert [one.trace for one in found if one.payer == "MADE UP PAYER"] == ["B", "C", "A"]
    days = [one.paid_on for one in found]
    assert days == sorted(days, reverse=True)


def two_line_claim(url):
    with db.session(url) as session:
        kept = batches.claims_of(session, practice_of(url).practice_id, MONTH)
        found = batches.contents(session, [one.id for one in kept])
    return min((c for c in found.values() if len(c.lines) == 2), key=lambda c: c.claim_id)


def part(claim, at, paid, cas, *, status, number):
    """One line of a claim, answered as a claim of its own."""
    return answer(replace(claim, lines=(claim.lines[at],)), paid, cas, status=status, number=number)


def test_a_denied_part_of_a_claim_stays_in_the_queue_when_another_part_is_paid(sent):
    claim = two_line_claim(sent)
    first, second = claim.lines
    post(sent, transaction("T1", "20261110", "0", *part(
        claim, 0, "0", f"CO*50*{first.charge_usd}", status="4", number="ICN1")))  # fmt: skip
    post(sent, transaction("T2", "20261112", "10.00", *part(
        claim, 1, "10.00", f"CO*45*{second.charge_usd - 10}", status="1", number="ICN2",
    )))  # fmt: skip
    (item,) = (one for one in queue(sent) if one.claim_id == claim.claim_id)
    assert (item.line, item.status) == (first.number, "open")
    assert account(sent, claim.claim_id).status == "partial"


def test_a_denial_that_is_posted_after_its_correction_is_not_queued(sent):
    claim = one_line_claims(sent)[0]
    charge = claim.charge_usd
    no = answer(claim, "0", f"CO*50*{charge}", status="4")
    yes = answer(claim, "60.00", f"CO*45*{charge - 60}", number="ICN2")
    post(sent, transaction("T2", "20261118", "60.00", *yes))
    done = post(sent, transaction("T1", "20261110", "0", *no))
    assert done.denied == 0
    assert claim.claim_id not in {one.claim_id for one in queue(sent)}
    assert account(sent, claim.claim_id).status == "paid"


def test_parts_of_a_line_denied_for_one_reason_are_one_item_with_their_sum(sent):
    claim = one_line_claims(sent)[0]
    half = claim.charge_usd / 2
    first, *line = answer(claim, "0", f"CO*50*{half}", status="4")
    some = [one.replace(f"*{claim.charge_usd}*", f"*{half}*") for one in line]
    post(sent, transaction("T1", "20261110", "0", first, *some, *some))
    (item,) = (one for one in queue(sent) if one.claim_id == claim.claim_id)
    assert item.amount_usd == claim.charge_usd


def test_a_claim_sent_twice_is_not_worked_on_and_keeps_the_first_answers_number(sent):
    claim = one_line_claims(sent)[0]
    paid = answer(claim, "10.00", f"CO*45*{claim.charge_usd - 10}", number="FIRST")
    post(sent, transaction("T1", "20261110", "10.00", *paid))
    before, short = account(sent, claim.claim_id), short_of(sent)
    copy = answer(claim, "0", f"OA*18*{claim.charge_usd}", status="4", number="COPY")
    done = post(sent, transaction("T2", "20261118", "0", *copy))
    assert (done.denied, queue(sent)) == (0, ())
    assert (account(sent, claim.claim_id), short_of(sent)) == (before, short)
    with db.session(sent, write=True) as session:
        new = claim_fixes.correct(session, LEAD, practice_of(sent), claim.claim_id, "void", "")
        (kept,) = batches.claims_of(session, practice_of(sent).practice_id, claim_ids=[new])
        (made,) = batches.contents(session, [kept.id]).values()
    assert made.original_reference == "FIRST"


def test_a_denial_of_what_was_paid_is_looked_at_and_not_won_by_itself(sent):
    claim = one_line_claims(sent)[0]
    charge = claim.charge_usd
    paid = answer(claim, "10.00", f"CO*45*{charge - 10}")
    post(sent, transaction("T1", "20261110", "10.00", *paid))
    late = answer(claim, "0", f"CO*29*{charge}", status="4", number="ICN2")
    post(sent, transaction("T2", "20261118", "0", *late))
    copy = answer(claim, "0", f"OA*18*{charge}", status="4", number="ICN3")
    post(sent, transaction("T3", "20261119", "0", *copy))
    assert [(one.code, one.status) for one in queue(sent)] == [("CO-29", "open")]
    assert account(sent, claim.claim_id).status == "paid"
