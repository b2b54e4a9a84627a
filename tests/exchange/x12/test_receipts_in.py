"""What a receiver says of our files: read plainly, or refused when it does not say it plainly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccm_core.exchange.x12.problems import X12Refused
from ccm_core.exchange.x12.receipts_in import read_receipts
from tests.exchange.x12.made import REMITTANCE, pyx12_accepts
from tests.exchange.x12.receipts_made import claim_receipt, file_receipt, ta1

GOOD_SET = ("AK2*837*0001*005010X222A1", "IK5*A", "AK9*A*1*1*1")
BAD_SET = ("AK2*837*0001*005010X222A1", "IK3*NM1*8**8", "CTX*CLM01:C1", "IK4*9*67*1*X",
           "IK5*R*5", "AK9*R*1*1*0")  # fmt: skip


def only(text: str):
    (found,) = read_receipts(text.encode()).receipts
    return found


def codes_of(text: str) -> set[str]:
    with pytest.raises(X12Refused) as refusal:
        read_receipts(text.encode())
    return {problem.code for problem in refusal.value.problems if problem.is_error}


@pytest.mark.parametrize(
    ("word", "status"),
    [("A", "accepted"), ("E", "accepted_with_errors"), ("R", "rejected"), ("r", "rejected")],
)
def test_an_interchange(word, status):
    found = only(ta1("000000017", word, "000" if word == "A" else "025"))
    assert (found.kind, found.interchange, found.status) == ("TA1", "000000017", status)
    assert found.codes == (() if word == "A" else ("TA1:025",))
    assert found.said_on.isoformat() == "2025-04-02"


@pytest.mark.parametrize(("number", "word"), [("000000017", "Q"), ("x", "A"), ("", "R")])
def test_an_interchange_that_is_not_told(number, word):
    assert codes_of(ta1(number, word)) == {"ta1"}


def test_a_set_that_was_accepted_and_one_that_was_not():
    text = file_receipt("17", *GOOD_SET)
    assert pyx12_accepts(text)
    found = only(text)
    assert (found.kind, found.group_control, found.set_control) == ("999", "17", "0001")
    assert (found.status, found.codes) == ("accepted", ())
    turned_away = read_receipts(file_receipt("17", *BAD_SET).encode()).receipts
    assert [(one.set_control, one.status) for one in turned_away] == [
        ("0001", "rejected"), ("", "rejected"),
    ]  # fmt: skip
    assert turned_away[0].codes == ("IK5:5", "IK3:NM1:8", "IK4:9:X")


def test_a_group_of_which_no_set_is_named():
    found = only(file_receipt("17", "AK9*A*1*1*1"))
    assert (found.set_control, found.status) == ("", "accepted")
    found = only(file_receipt("17", "AK9*R*1*1*0*3"))
    assert (found.status, found.codes) == ("rejected", ("AK9:3",))


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (("AK2*837*0001", "AK9*A*1*1*1"), "ak9"),
        (("AK2*837*0001", "AK2*837*0002", "IK5*A", "AK9*A*1*1*1"), "ik5"),
        (("AK2*837*0001", "IK5*A"), "ak9"),
        (("IK5*A", "AK9*A*1*1*1"), "ik5"),
        (("AK2*837*0001", "IK5*Z", "AK9*A*1*1*1"), "ik5"),
        (("AK2*837*0001", "IK5*P", "AK9*A*1*1*1"), "ik5"),
        (("AK2*837*0001", "IK5*A", "AK9*Z*1*1*1"), "ak9"),
        (("AK2*837*0001", "IK5*A", "ZZZ*1", "AK9*A*1*1*1"), "segment_unknown"),
    ],
)
def test_a_set_that_does_not_say_it_plainly(segments, code):
    assert code in codes_of(file_receipt("17", *segments))


def test_claims():
    text = claim_receipt(("C1", "A2:20*20250403*WQ*230.5"), ("C2", "A7:562:85*20250403*U*230.5"))
    found = read_receipts(text.encode()).receipts
    assert [(one.claim_id, one.status, one.codes) for one in found] == [
        ("C1", "accepted", ("A2:20",)), ("C2", "rejected", ("A7:562",)),
    ]  # fmt: skip
    assert [one.payer_claim_id for one in found] == ["PC1", "PC2"]
    assert {one.said_on.isoformat() for one in found} == {"2025-04-03"}


@pytest.mark.parametrize(
    ("stc", "status"),
    [
        ("A0:16:PR*20250403*WQ*1", "accepted"), ("A1:19*20250403*WQ*1", "accepted"),
        ("A3:21*20250403*U*1", "rejected"), ("A6:21*20250403*U*1", "rejected"),
        ("A8:21*20250403*U*1", "rejected"), ("A3:21*20250403**1", "rejected"),
        ("A2:20*20250403*U*1", "rejected"), ("Z9:1*20250403*WQ*1", "accepted"),
        ("a7:1*20250403*u*1", "rejected"), ("A4:35*20250403*U", "rejected"),
    ],
)  # fmt: skip
def test_what_the_word_of_a_claim_means(stc, status):
    assert only(claim_receipt(("C1", stc))).status == status


def test_a_claim_of_which_a_line_was_refused():
    text = claim_receipt(("C1", "A2:20*20250403*WQ*1"))
    at = "DTP*472*D8*20250331~\n"
    text = text.replace(at, at + "SVC*HC:99490*90*****1~\nSTC*A7:122**U*******A8:153~\n")
    text = text.replace("SE*22", "SE*24")
    found = only(text)
    assert (found.status, found.codes) == ("accepted_with_errors", ("A2:20", "A7:122", "A8:153"))


def test_a_file_that_was_turned_away_whole():
    found = only(claim_receipt(receiver="STC*A3:24:41*20250403*U*461********NOT ENROLLED"))
    assert (found.claim_id, found.interchange, found.status) == ("", "0000000170001", "rejected")
    assert found.message == "NOT ENROLLED"


@pytest.mark.parametrize("stc", ["Z9:1*20250403**1", "*20250403", ""])
def test_a_claim_of_which_nothing_is_said(stc):
    assert "stc" in codes_of(claim_receipt(("C1", stc)))


def test_a_claim_without_number():
    assert codes_of(claim_receipt(("", "A2:20*20250403*WQ*1"))) == {"missing"}


def test_two_claims_of_one_patient():
    text = claim_receipt(("C1", "A2:20*20250403*WQ*1"), ("C2", "A3:21*20250403*U*1"))
    together = text.replace("HL*5*3*PT~\nNM1*QC*1*DOE*ANN****MI*1S00A00AA01~\nTRN*2*C2", "TRN*2*C2")
    together = together.replace("SE*28", "SE*26")
    assert [(one.claim_id, one.status) for one in read_receipts(together.encode()).receipts] == [
        ("C1", "accepted"), ("C2", "rejected"),
    ]  # fmt: skip


def test_other_files_are_refused():
    assert codes_of(REMITTANCE) == {"transaction_kind"}
    assert codes_of("ISA") == {"truncated"}
    unsolicited = claim_receipt(("C1", "A2:20*20250403*WQ*1")).replace("005010X214", "005010X212")
    assert codes_of(unsolicited) == {"version"}


@given(
    st.sampled_from([
        file_receipt("17", *BAD_SET), claim_receipt(("C1", "A2:20*20250403*WQ*1")), ta1("17"),
    ]),
    st.data(),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_whatever_the_bytes(text, data):
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 30))
    mark = data.draw(st.sampled_from(["", "*", "~", ":", "\x00", "STC*", "HL*9*9*PT~", "TRN*2*~"]))
    try:
        found = read_receipts((text[:at] + mark + text[at + length :]).encode())
    except X12Refused:
        return
    assert found.receipts
