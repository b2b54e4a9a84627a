"""Payments are posted to the cent, once, and to the right claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core.claims.ledger import account, apply, group
from ccm_core.claims.matching import BY_FACTS, BY_NUMBER, BY_PAYER, ClaimBook
from ccm_core.claims.planned import replacement, void
from ccm_core.claims.posted import SentClaim
from ccm_core.claims.posting import post
from ccm_core.exchange.x12.remit_in import read_835
from ccm_core.exchange.x12.remit_records import PaidClaim, PaidLine, Remittance
from ccm_core.exchange.x12.writing import Controls
from tests.claims.made import PAID_ON, WRITTEN_AT, batch, fee, file_of, payer, result, sent
from tests.exchange.x12.made import REMITTANCE, SAMPLES, pyx12_accepts


def answered(paying, claims, number=1, paid_on=PAID_ON) -> Remittance:
    text = paying.answer(
        file_of(claims, number).text, paid_on=paid_on, written_at=WRITTEN_AT,
        controls=Controls(number, number),
    )  # fmt: skip
    assert pyx12_accepts(text)
    file = read_835(text.encode())
    assert file.warnings == ()
    return file.remittances[0]


def month(count: int = 3):
    return list(batch(*(result(patient_id=f"p{n}") for n in range(1, count + 1))).claims)


def test_the_round_trip_posts_to_the_cent():
    claims = month(5)
    payment = answered(payer(), claims)
    run = post([payment], ClaimBook.of(map(sent, claims)), fee)
    assert (run.unmatched, run.duplicates) == ((), ())
    assert run.is_reconciled
    assert payment.total_usd == sum(p.paid_usd for p in run.postings)
    # 60.49: 12.10 coinsurance, 0.97 sequestration, 47.42 paid; 91.86: 18.37, 1.47, 72.02.
    first, second = run.postings[:2]
    assert (first.paid_usd, first.patient_usd, first.sequestration_usd) == (
        Decimal("47.42"), Decimal("12.10"), Decimal("0.97"))  # fmt: skip
    assert (second.paid_usd, second.allowed_usd) == (Decimal("72.02"), Decimal("91.86"))
    assert {p.variance_usd for p in run.postings} == {Decimal(0)}
    assert {p.days_to_pay for p in run.postings} == {19}
    assert {p.matched_by for p in run.postings} == {BY_NUMBER}
    for planned in claims:
        mine = group(run.postings)[planned.claim_id]
        one = account(sent(planned), mine)
        assert (one.status, one.payer_open_usd) == ("paid", 0)
        assert one.patient_usd == Decimal("30.47")
        assert one.charge_usd == one.paid_usd + one.written_off_usd + one.open_usd


def test_the_same_file_again_posts_nothing():
    claims = month(2)
    payment = answered(payer(), claims)
    book = ClaimBook.of(map(sent, claims))
    first = post([payment], book, fee)
    again = post([payment], book, fee, already={p.posting_id for p in first.postings})
    assert again.postings == ()
    assert len(again.duplicates) == 2
    assert again.is_reconciled
    both = post([payment, payment], book, fee)
    assert both.postings == first.postings
    assert both.is_reconciled


def test_an_underpayment_shows():
    claims = month(1)
    payment = answered(payer(shortfall_usd={"99490": Decimal("3.00")}), claims)
    run = post([payment], ClaimBook.of(map(sent, claims)), fee)
    assert [(p.code, p.variance_usd, p.is_underpaid) for p in run.postings] == [
        ("99490", Decimal("-3.00"), True), ("99439", Decimal("0.00"), False)]  # fmt: skip


def test_denied_and_partly_denied():
    def denies(claim, line):
        return ("CO", "151", "N362") if line.code == "99439" else None

    claims = month(1)
    run = post([answered(payer(denies=denies), claims)], ClaimBook.of(map(sent, claims)), fee)
    assert [(p.status, p.denied_usd) for p in run.postings] == [
        ("paid", 0), ("denied", Decimal("137.80"))]  # fmt: skip
    assert run.postings[1].variance_usd is None
    assert run.postings[1].remarks == ("N362", "MA01")
    one = account(sent(claims[0]), run.postings)
    assert (one.status, one.first_status, one.payer_open_usd) == (
        "partial", "partial", Decimal("137.80"))  # fmt: skip
    lines = apply(sent(claims[0]).lines, run.postings)
    assert [(line.status, line.paid_usd) for line in lines] == [
        ("paid", Decimal("47.42")), ("denied", Decimal("0.00"))]  # fmt: skip
    assert lines[1].adjustments == ("CO-151",)


def test_a_qualified_medicare_beneficiary_owes_nothing():
    claims = month(1)
    own = sent(claims[0], is_qmb=True)
    run = post([answered(payer(), claims)], ClaimBook.of([own]), fee)
    assert {p.patient_balance_usd for p in run.postings} == {Decimal(0)}
    one = account(own, run.postings)
    assert one.patient_usd == one.open_usd == 0
    assert one.charge_usd == one.paid_usd + one.written_off_usd


def test_a_replacement_takes_back_and_pays_anew():
    paying, claims = payer(), month(1)
    first = answered(paying, claims)
    number = first.claims[0].payer_claim_id
    smaller = batch(result(planned_units={"99490": 1})).claims[0]
    fixed = replacement(smaller, number, 1)
    second = answered(paying, [fixed], 2, date(2025, 5, 5))
    assert [claim.status for claim in second.claims] == ["22", "1"]
    book = ClaimBook.of([sent(claims[0]), sent(fixed, date(2025, 4, 28))])
    run = post([first, second], book, fee)
    assert run.is_reconciled
    by_claim = group(run.postings)
    before = account(sent(claims[0]), by_claim[claims[0].claim_id], is_replaced=True)
    after = account(sent(fixed), by_claim[fixed.claim_id])
    assert (before.paid_usd, before.open_usd) == (0, 0)
    assert after.paid_usd == Decimal("47.42")
    lines = apply(sent(claims[0]).lines, by_claim[claims[0].claim_id])
    assert {(line.status, line.paid_usd) for line in lines} == {("submitted", Decimal(0))}


def test_a_void_only_takes_back():
    paying, claims = payer(), month(1)
    first = answered(paying, claims)
    gone = void(claims[0], first.claims[0].payer_claim_id, 1)
    text = paying.answer(file_of([gone], 2).text, paid_on=date(2025, 5, 5),
                         written_at=WRITTEN_AT, controls=Controls(2, 2))  # fmt: skip
    second = read_835(text.encode()).remittances[0]
    assert second.total_usd == 0
    assert [(p.reason, p.amount_usd) for p in second.provider_adjustments] == [
        ("FB", -first.total_usd)
    ]
    run = post([first, second], ClaimBook.of([sent(claims[0])]), fee)
    assert sum(p.paid_usd for p in run.postings) == 0
    assert run.is_reconciled


def paid_claim(**change) -> PaidClaim:
    line = PaidLine(1, "99490", Decimal("90.74"), Decimal("47.42"), from_on=date(2025, 3, 31))
    given = {
        "claim_id": "OTHER", "status": "1", "charge_usd": Decimal("90.74"),
        "paid_usd": Decimal("47.42"), "lines": (line,), "member_id": "1S00A000001",
    }  # fmt: skip
    return PaidClaim(**(given | change))


def payment_of(*claims: PaidClaim, trace: str = "T1") -> Remittance:
    return Remittance("1", sum(c.paid_usd for c in claims), trace, claims=claims, paid_on=PAID_ON)


def test_matching_goes_from_sure_to_likely():
    (planned,) = month(1)
    own = sent(planned)
    book = ClaimBook.of([own], {"ICN9": planned.claim_id})
    run = post([payment_of(paid_claim(payer_claim_id="ICN9"))], book, fee)
    assert [p.matched_by for p in run.postings] == [BY_PAYER]
    run = post([payment_of(paid_claim())], ClaimBook.of([own]), fee)
    assert [(p.matched_by, p.line) for p in run.postings] == [(BY_FACTS, 1)]
    twin = replace(own, claim_id="TWIN")
    run = post([payment_of(paid_claim())], ClaimBook.of([own, twin]), fee)
    assert "Several" in run.unmatched[0].reason
    run = post([payment_of(paid_claim(member_id="X"))], ClaimBook.of([own]), fee)
    assert run.unmatched[0].paid_usd == Decimal("47.42")
    assert run.is_reconciled


def test_a_second_payer_pays_the_rest():
    (planned,) = month(1)
    own = sent(planned)
    first = answered(payer(), [planned])
    text = """\
CLP*{number}*2*228.54*30.47*0*MC*SEC1~
CAS*OA*23*198.07~
NM1*QC*1*DOE1*ANN****MI*1~
"""
    head, tail = REMITTANCE.split("CLP*C2503-00001")[0], REMITTANCE.split("PLB*")[1]
    head = head.replace("*110.25*", "*30.47*").replace("20250421", "20250510")
    whole = head + text.format(number=planned.claim_id) + tail.split("~\n", 1)[1]
    whole = whole.replace("SE*37*", "SE*16*")
    second = read_835(whole.encode()).remittances[0]
    run = post([first, second], ClaimBook.of([own]), fee)
    assert run.is_reconciled
    assert run.postings[-1].is_secondary
    assert run.postings[-1].variance_usd is None
    one = account(own, run.postings)
    assert one.patient_usd == 0
    assert one.open_usd == 0
    assert one.paid_usd == first.total_usd + Decimal("30.47")


def test_money_on_the_claim_and_not_on_a_line_is_posted_too():
    claim = paid_claim(claim_id="C1", paid_usd=Decimal("40.00"))
    own = SentClaim("C1", "p1", ())
    run = post([payment_of(claim)], ClaimBook.of([own]), fee)
    assert [(p.line, p.paid_usd) for p in run.postings] == [
        (0, Decimal("47.42")), (0, Decimal("-7.42"))]  # fmt: skip
    assert run.is_reconciled


def test_provider_adjustments_are_in_the_sum():
    payment = read_835(REMITTANCE.encode()).remittances[0]
    run = post([payment], ClaimBook.of([]), fee)
    assert len(run.unmatched) == 2
    assert run.payments[0].withheld_usd == Decimal("10.00")
    assert run.is_reconciled


@pytest.mark.skipif(not (SAMPLES / "x12").is_dir(), reason="the sample files are not at hand")
def test_sample_remittances_reconcile():
    folder = SAMPLES / "x12"
    for path in [*folder.rglob("*.835"), *folder.rglob("*.txt")]:
        payments = read_835(path.read_bytes()).remittances
        book = ClaimBook.of(
            SentClaim(claim.claim_id, "p", ()) for payment in payments for claim in payment.claims
        )
        run = post(payments, book, fee)
        assert run.unmatched == ()
        assert run.is_reconciled, path.name


def test_reconciling_sees_a_missing_cent():
    (planned,) = month(1)
    payment = answered(payer(), [planned])
    short = replace(payment, total_usd=payment.total_usd - Decimal("0.01"))
    run = post([short], ClaimBook.of([sent(planned)]), fee)
    assert run.payments[0].difference_usd == Decimal("-0.01")
    assert not run.is_reconciled
