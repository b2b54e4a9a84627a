"""What the 835 reader takes from a payment, and when it refuses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ccm_core.exchange.x12.problems import X12Refused
from ccm_core.exchange.x12.remit_in import read_835
from ccm_core.exchange.x12.remit_records import Adjustment
from tests.exchange.x12.made import REMITTANCE, changed, pyx12_accepts

PLB = "PLB*1234567893*20251231*L6:INT*-5*WO:OLD1*15"
CLP = "CLP*C2503-00002*4*90*0*0*MB*ICN0002*11*1"


def codes_of(content: bytes) -> set[str]:
    with pytest.raises(X12Refused) as refusal:
        read_835(content)
    return {problem.code for problem in refusal.value.problems if problem.is_error}


def test_the_payment_is_read():
    file = read_835(REMITTANCE.encode())
    assert file.warnings == ()
    payment = file.remittances[0]
    assert (payment.total_usd, payment.trace, payment.paid_on, payment.payee_npi) == (
        Decimal("110.25"), "EFT778", date(2025, 4, 21), "1234567893")  # fmt: skip
    assert payment.claims_paid_usd == Decimal("120.25")
    assert payment.withheld_usd == Decimal("10.00")
    assert [(p.reason, p.reference) for p in payment.provider_adjustments] == [
        ("L6", "INT"), ("WO", "OLD1")]  # fmt: skip
    assert payment.key == "1999999999|EFT778|2025-04-21|110.25"


def test_claims_and_lines_are_read():
    paid, denied = read_835(REMITTANCE.encode()).remittances[0].claims
    assert (paid.claim_id, paid.status, paid.paid_usd, paid.payer_claim_id, paid.member_id) == (
        "C2503-00001", "1", Decimal("120.25"), "ICN0001", "1S00A00AA01")  # fmt: skip
    assert paid.remarks == ("MA01",)
    line = paid.lines[0]
    assert line.adjustments == (
        Adjustment("CO", "45", Decimal("29.77")),
        Adjustment("CO", "253", Decimal("0.96")),
        Adjustment("PR", "2", Decimal("12.05")),
    )
    assert (line.allowed_usd, line.control, line.from_on, line.patient_share_usd) == (
        Decimal("60.23"), "C2503-00001-1", date(2025, 3, 31), Decimal("12.05"))  # fmt: skip
    assert denied.lines[0].remarks == ("N390",)
    assert denied.lines[0].adjustments[0].code == "CO-97"
    assert paid.is_balanced
    assert denied.is_balanced


def test_the_made_remittance_is_valid_for_pyx12():
    assert pyx12_accepts(REMITTANCE)
    assert not pyx12_accepts(changed(REMITTANCE, "CAS*CO*97*90", "CAS*XX*97*90").decode())
    assert not pyx12_accepts(changed(REMITTANCE, "TRN*1*EFT778*1999999999", "").decode())


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("CAS*CO*97*90", "CAS*XX*97*90", "cas_group"),
        ("CAS*CO*97*90", "CAS*CO*97", "missing"),
        ("CAS*CO*97*90", "CAS*CO*9X7*90", "cas_reason"),
        ("CAS*CO*97*90", "ZZZ*1", "segment_unknown"),
        ("TRN*1*EFT778*1999999999", "", "missing"),
        ("TRN*1*EFT778*1999999999", "TRN*1", "missing"),
        (CLP, "CLP**4*90*0*0", "missing"),
        (CLP, "CLP*X*99*90*0*0", "claim_status"),
        (CLP, "CLP*X*4*90*abc*0", "number"),
        (CLP, "CLP*X*4*90*1*0", "payment_balance"),
        (PLB, "", "payment_balance"),
        (PLB, "PLB*1*20251231*L6:INT*-5*WO:OLD1", "missing"),
        ("LX*1", "SVC*HC:99490*90*0**1", "svc_place"),
        ("LX*1", "CAS*CO*45*1", "cas_place"),
        ("LX*1", "NM1*QC*1*A", "nm1_place"),
    ],
)  # fmt: skip
def test_a_wrong_payment_is_refused(old, new, code):
    assert code in codes_of(changed(REMITTANCE, old, new))


def test_the_set_must_start_with_bpr():
    bpr = next(part for part in REMITTANCE.split("~\n") if part.startswith("BPR"))
    assert "bpr_place" in codes_of(changed(REMITTANCE, bpr, ""))
    assert "credit" in codes_of(changed(REMITTANCE, bpr, bpr.replace("*C*ACH", "*X*ACH")))


def test_a_claim_that_does_not_add_up_is_kept_and_marked():
    file = read_835(changed(REMITTANCE, "CAS*CO*97*90", "CAS*CO*97*80"))
    assert {note.code for note in file.warnings} == {"line_balance", "claim_balance"}
    assert [claim.is_balanced for claim in file.remittances[0].claims] == [True, False]


def test_a_reversal_is_seen():
    file = read_835(
        changed(
            changed(REMITTANCE, CLP,
                    "CLP*C2503-00002*22*-90*0*0*MB*ICN0002*11*1").decode(),
            "SVC*HC:99490*90*0**1", "SVC*HC:99490*-90*0**1",
        )
    )  # fmt: skip
    assert file.remittances[0].claims[1].is_reversal


def test_an_837_is_not_an_835():
    assert codes_of(REMITTANCE.replace("ST*835", "ST*837").encode()) == {"transaction_kind"}
    assert "functional_id" in codes_of(REMITTANCE.replace("GS*HP", "GS*HC").encode())


@pytest.mark.parametrize("new", [f"{PLB}****", f"{PLB}*****", PLB.replace("*WO", "***WO")])
def test_empty_pairs_of_provider_adjustments_are_passed_over(new):
    payment = read_835(changed(REMITTANCE, PLB, new)).remittances[0]
    assert [entry.amount_usd for entry in payment.provider_adjustments] == [-5, 15]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CAS*CO*45*29.77**253*0.96", "CAS*CO*045*29.77**0253*0.96"),
        ("CAS*CO*45*29.77**253*0.96", "CAS*co * 45*29.77**CO-253*0.96"),
        ("CAS*CO*45*29.77**253*0.96", "CAS*CO*CO45*29.77**CO 253*0.96"),
        ("CAS*PR*2*12.05", "CAS*pr*pr2*12.05"),
        ("LQ*HE*N390", "LQ*HE*n0390 "),
        ("MOA***MA01", "MOA***ma1"),
        (CLP, CLP.replace("*4*", "* 4*")),
    ],
)
def test_codes_have_one_spelling(old, new):
    told, plain = read_835(changed(REMITTANCE, old, new)), read_835(REMITTANCE.encode())
    assert told.remittances == plain.remittances


def test_a_reason_of_another_group_is_no_reason():
    assert codes_of(changed(REMITTANCE, "CAS*CO*97*90", "CAS*CO*PR2*90")) == {"cas_reason"}
