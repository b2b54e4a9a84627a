"""Answers as payers also give them: split lines, whole claims taken back, provider adjustments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core.claims.denials import NO_RULE, denials
from ccm_core.claims.ledger import account, apply
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.posted import WHOLE_CLAIM
from ccm_core.claims.posting import post
from ccm_core.claims.receivables import denied_share
from ccm_core.claims.standing import stand
from ccm_core.exchange.x12.remit_in import read_835
from tests.claims.made import batch, fee, sent
from tests.claims_loop.remits import interchange, transaction

CLAIM = sent(batch().claims[0])
FIRST, ADDON = CLAIM.lines
"""99490 once and 99439 twice."""


def clp(paid, *segments, status="1", charge=None, number="ICN1"):
    charge = CLAIM.charge_usd if charge is None else charge
    return [f"CLP*{CLAIM.claim_id}*{status}*{charge}*{paid}**MB*{number}*11*1", *segments]


def svc(line, paid, charge=None, units=None, control=True, more=""):
    charge = line.charge_usd if charge is None else charge
    found = [f"SVC*HC:{line.code}*{charge}*{paid}**{units or line.units}{more}", "DTM*472*20250331",
             f"CAS*CO*45*{Decimal(charge) - Decimal(paid)}"]  # fmt: skip
    return [*found, f"REF*6R*{CLAIM.claim_id}-{line.line}"] if control else found


def run(*sets):
    return post(read_835(interchange(*sets)).remittances, ClaimBook.of([CLAIM]), fee)


def lines_after(done):
    return {line.line: line for line in apply(CLAIM.lines, done.postings)}


@pytest.mark.parametrize("control", [True, False], ids=["by control number", "by code and charge"])
def test_a_line_that_the_payer_split_is_one_line_and_not_short(control):
    half = ADDON.charge_usd / 2
    parts = [*svc(ADDON, "45.93", half, 1, control), *svc(ADDON, "45.93", half, 1, control)]
    done = run(transaction("T", "20250421", "152.35", *clp("152.35", *svc(FIRST, "60.49"), *parts)))
    assert done.is_reconciled
    assert [(p.line, p.paid_usd, p.variance_usd) for p in done.postings] == [
        (1, Decimal("60.49"), 0), (2, Decimal("91.86"), 0)]  # fmt: skip
    assert lines_after(done)[2].paid_usd == Decimal("91.86")


def test_a_line_that_is_not_ours_stays_with_the_claim_as_a_whole():
    odd = ["SVC*HC:99213*50*5**1", "DTM*472*20250331", "CAS*CO*45*45"]
    charge = CLAIM.charge_usd + 50
    segments = clp("65.49", *svc(FIRST, "60.49"), *svc(ADDON, "0"), *odd, charge=charge)
    done = run(transaction("T", "20250421", "65.49", *segments))
    assert done.is_reconciled
    assert [p.line for p in done.postings] == [1, 2, WHOLE_CLAIM]


PAID = clp("152.35", *svc(FIRST, "60.49"), *svc(ADDON, "91.86"))
BACK = [f"CLP*{CLAIM.claim_id}*22*-{CLAIM.charge_usd}*-152.35**MB*ICN1*11*1",
        f"CAS*CO*45*{Decimal('152.35') - CLAIM.charge_usd}"]  # fmt: skip
AGAIN = clp("100.49", *svc(FIRST, "60.49"), *svc(ADDON, "40"), number="ICN2")


def test_a_claim_taken_back_without_lines_leaves_nothing_paid():
    done = run(
        transaction("T1", "20250421", "152.35", *PAID),
        transaction("T2", "20250430", "0", *BACK, "PLB*1234567893*20251231*FB:X*-152.35",
                    control="0002"),
    )  # fmt: skip
    assert done.is_reconciled
    after = lines_after(done)
    assert {(line.status, line.paid_usd) for line in after.values()} == {("submitted", Decimal(0))}
    assert account(CLAIM, done.postings).paid_usd == 0


@pytest.mark.parametrize("is_one_set", [True, False])
def test_what_is_paid_after_that_is_all_that_is_paid(is_one_set):
    first = transaction("T1", "20250421", "152.35", *PAID)
    wo = "PLB*1234567893*20251231*WO:ICN1*-51.86"
    if is_one_set:
        later = [transaction("T2", "20250430", "0", *BACK, *AGAIN, wo, control="0002")]
    else:
        later = [
            transaction("T2", "20250430", "0", *BACK, "PLB*1234567893*20251231*FB:X*-152.35",
                        control="0002"),
            transaction("T3", "20250512", "0", *AGAIN, "PLB*1234567893*20251231*FB:X*100.49",
                        control="0003"),
        ]  # fmt: skip
    done = run(first, *later)
    assert done.is_reconciled
    after = lines_after(done)
    assert (after[1].paid_usd, after[2].paid_usd) == (Decimal("60.49"), Decimal(40))
    assert {line.status for line in after.values()} == {"paid"}
    stands = account(CLAIM, done.postings)
    assert (stands.paid_usd, stands.status) == (Decimal("100.49"), "paid")


def test_every_payment_is_postings_and_provider_adjustments_to_the_cent():
    other = replace(CLAIM, claim_id="OTHER", lines=())
    file = interchange(
        transaction("T1", "20250421", "140.35", *PAID, "PLB*1234567893*20251231*WO:A*15*L6:B*-3"),
        transaction("T2", "20250421", "60.49", f"CLP*{other.claim_id}*2*90*60.49**MC*I9*11*1",
                    "SVC*HC:99490*90*60.49**1", "DTM*472*20250331", "CAS*OA*23*29.51",
                    control="0002"),
        transaction("T1", "20250421", "140.35", *PAID, "PLB*1234567893*20251231*WO:A*15*L6:B*-3",
                    control="0003"),
    )  # fmt: skip
    done = post(read_835(file).remittances, ClaimBook.of([CLAIM]), fee)
    assert done.is_reconciled
    assert [one.duplicate_usd for one in done.payments] == [0, 0, Decimal("152.35")]
    assert [one.unmatched_usd for one in done.payments] == [0, Decimal("60.49"), 0]
    total = sum(one.total_usd for one in done.payments)
    posted = sum(p.paid_usd for p in done.postings)
    rest = sum(o.unmatched_usd + o.duplicate_usd - o.withheld_usd for o in done.payments)
    assert total == posted + rest


@pytest.mark.parametrize("is_control_given", [True, False])
def test_one_code_in_two_months_is_answered_by_the_day(is_control_given):
    first, second = (replace(FIRST, line=at, service_on=date(2025, at + 1, 28)) for at in (1, 2))
    ours = replace(CLAIM, lines=(first, second))

    def answer(line, paid, *cas):
        control = [f"REF*6R*{CLAIM.claim_id}-{line.line}"] if is_control_given else []
        return [f"SVC*HC:99490*{line.charge_usd}*{paid}**1",
                f"DTM*472*{line.service_on:%Y%m%d}", *cas, *control]  # fmt: skip

    late = answer(second, "0", f"CAS*CO*97*{second.charge_usd}")
    early = answer(first, "60.49", f"CAS*CO*45*{first.charge_usd - Decimal('60.49')}")
    file = interchange(transaction("T", "20250421", "60.49", *clp(
        "60.49", *late, *early, charge=ours.charge_usd)))  # fmt: skip
    done = post(read_835(file).remittances, ClaimBook.of([ours]), fee)
    assert [(one.line, one.status) for one in apply(ours.lines, done.postings)] == [
        (1, "paid"), (2, "denied")]  # fmt: skip


@pytest.mark.parametrize("status", ["1", "4"])
def test_lines_under_a_claim_that_was_denied_as_a_whole_are_not_paid(status):
    bare = [one for line in (FIRST, ADDON) for one in svc(line, "0") if not one.startswith("CAS")]
    cas = f"CAS*CO*29*{CLAIM.charge_usd}"
    done = run(transaction("T", "20250421", "0", *clp("0", cas, *bare, status=status)))
    assert done.is_reconciled
    assert {line.status for line in lines_after(done).values()} == {"denied"}
    assert account(CLAIM, done.postings).status == "denied"
    assert [(one.line, one.amount_usd) for one in denials(done.postings)] == [
        (WHOLE_CLAIM, CLAIM.charge_usd)]  # fmt: skip


@pytest.mark.parametrize("is_explained", [True, False], ids=["CO-45 alone", "nothing at all"])
def test_a_claim_denied_without_a_denial_as_its_reason_is_still_a_denial(is_explained):
    lines = [*svc(FIRST, "0"), *svc(ADDON, "0")] if is_explained else []
    done = run(transaction("T", "20250421", "0", *clp("0", *lines, status="4")))
    assert account(CLAIM, done.postings).status == "denied"
    found = denials(done.postings)
    assert sum(one.amount_usd for one in found) == CLAIM.charge_usd
    assert {one.code for one in found} == {"CO-45" if is_explained else "no-reason"}
    assert all(one.caught_by == NO_RULE for one in found)
    ours = account(CLAIM, done.postings)
    assert (ours.written_off_usd, ours.payer_open_usd) == (0, CLAIM.charge_usd)
    if is_explained:
        assert denied_share(done.postings) == 1


def test_a_line_denied_without_a_reason_beside_one_with_a_reason_is_worked_on_as_well():
    named = [f"CAS*CO*97*{ADDON.charge_usd}" if one.startswith("CAS") else one
             for one in svc(ADDON, "0")]  # fmt: skip
    done = run(transaction("T", "20250421", "0", *clp("0", *svc(FIRST, "0"), *named, status="4")))
    assert {(one.line, one.code, one.amount_usd) for one in denials(done.postings)} == {
        (1, "CO-45", FIRST.charge_usd), (2, "CO-97", ADDON.charge_usd)}  # fmt: skip
    assert account(CLAIM, done.postings).payer_open_usd == CLAIM.charge_usd


BOTH_USD = "152.35"
DAYS = ("20250421", "20250505")


def denied(reason, status="4", group="CO", **change):
    lines = [
        f"CAS*{group}*{reason}*{line.charge_usd}" if one.startswith("CAS") else one
        for line in (FIRST, ADDON) for one in svc(line, "0")
    ]  # fmt: skip
    return clp("0", *lines, status=status, **change)


def paid_then(*later, is_one_file=False):
    if is_one_file:
        return run(transaction("T", DAYS[0], BOTH_USD, *PAID, *later))
    return run(
        transaction("T", DAYS[0], BOTH_USD, *PAID),
        transaction("U", DAYS[1], "0", *later, control="0002"),
    )


@pytest.mark.parametrize("reason", ["18", "B13"])
@pytest.mark.parametrize("is_one_file", [True, False])
@pytest.mark.parametrize("has_lines", [True, False])
def test_a_copy_that_is_denied_says_nothing_of_the_claim(reason, is_one_file, has_lines):
    copy = denied(reason, group="OA", number="ICN2")
    if not has_lines:
        copy = clp("0", f"CAS*OA*{reason}*{CLAIM.charge_usd}", status="4", number="ICN2")
    alone = run(transaction("T", DAYS[0], BOTH_USD, *PAID))
    done = paid_then(*copy, is_one_file=is_one_file)
    assert account(CLAIM, done.postings) == account(CLAIM, alone.postings)
    assert lines_after(done) == lines_after(alone)
    assert stand(done.postings).aside == []


def test_a_copy_of_a_claim_that_was_never_answered_is_denied():
    done = run(transaction("T", DAYS[0], "0", *denied("18")))
    assert {line.status for line in lines_after(done).values()} == {"denied"}
    assert len(denials(done.postings)) == 2


def test_a_denial_without_a_take_back_leaves_the_payment_and_is_looked_at():
    done = paid_then(*denied("29", number="ICN2"))
    ours = account(CLAIM, done.postings)
    assert (ours.status, ours.paid_usd, ours.payer_open_usd) == ("paid", Decimal(BOTH_USD), 0)
    assert {line.status for line in lines_after(done).values()} == {"paid"}
    assert len(stand(done.postings).aside) == 2


def test_the_denial_stands_once_the_payment_is_taken_back():
    back = clp(f"-{BOTH_USD}", *(one.replace("*60.49*", "*-60.49*").replace("*91.86*", "*-91.86*")
               for one in svc(FIRST, "60.49") + svc(ADDON, "91.86")), status="22")  # fmt: skip
    done = run(
        transaction("T", DAYS[0], BOTH_USD, *PAID),
        transaction(
            "U", DAYS[1], f"-{BOTH_USD}", *denied("29", number="ICN2"), *back, control="0002"
        ),
    )
    ours = account(CLAIM, done.postings)
    assert (ours.status, ours.paid_usd, ours.payer_open_usd) == ("denied", 0, CLAIM.charge_usd)


@pytest.mark.parametrize("status", ["2", "4"])
def test_a_second_payer_that_denies_leaves_open_only_what_was_its_own(status):
    rest = {FIRST: Decimal("20"), ADDON: Decimal("30")}
    lines = [
        f"CAS*OA*23*{line.charge_usd - rest[line]}~CAS*CO*96*{rest[line]}"
        if one.startswith("CAS") else one
        for line in (FIRST, ADDON) for one in svc(line, "0")
    ]  # fmt: skip
    lines = [part for one in lines for part in one.split("~")]
    done = paid_then(*clp("0", *lines, status=status, number="S1"))
    ours = account(CLAIM, done.postings)
    assert (ours.paid_usd, ours.payer_open_usd) == (Decimal(BOTH_USD), Decimal(50))
    assert ours.written_off_usd + ours.paid_usd + ours.payer_open_usd == CLAIM.charge_usd
    assert {line.status for line in lines_after(done).values()} == {"paid"}


@pytest.mark.parametrize("status", ["5", "23", "25"])
def test_an_answer_that_decides_nothing_leaves_the_claim_waiting(status):
    lines = denied("101", status, "OA")[1:] if status == "25" else []
    done = run(transaction("T", DAYS[0], "0", *clp("0", *lines, status=status)))
    assert done.is_reconciled
    assert lines_after(done) == {line.line: line for line in CLAIM.lines}
    ours = account(CLAIM, done.postings)
    assert (ours.status, ours.payer_open_usd, ours.answered_on) == (
        "submitted", CLAIM.charge_usd, None)  # fmt: skip
    assert denials(done.postings) == []
    assert denied_share(done.postings) is None


def test_a_claim_sent_on_that_says_why_it_was_not_paid_is_looked_at():
    done = run(transaction("T", DAYS[0], "0", *denied("B11", "23", "OA")))
    assert {one.code for one in denials(done.postings)} == {"OA-B11"}
