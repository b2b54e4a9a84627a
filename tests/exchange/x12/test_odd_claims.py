"""Odd things that a claims file may say: read for what they are, and named."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core.claims.preflight import PatientIndex, preflight
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.problems import X12Refused
from ccm_core.records import Patient
from tests.exchange.x12.made import changed, segments, written

FILE = written().text
SV1 = next(part for part in segments(FILE) if part.startswith("SV1"))
DTP = "DTP*472*D8*20250331"
COB = (
    "SBR*S*18*GRP******MC~CAS*CO*45*10~AMT*D*50~OI***Y*P**Y~NM1*IL*1*OTHER*NAME****MI*999~"
    "NM1*PR*2*MEDICAID*****PI*77~REF*F8*XX~REF*G1*YY~NM1*82*1*NOT*OURS****XX*1234567893~LX*1"
)


def read(old: str, new: str):
    return read_837(changed(FILE, old, new))


@pytest.mark.parametrize(("old", "new", "warning"), [
    (SV1, SV1.replace("*UN*1*", "*MJ*45*"), "minutes"),
    (SV1, SV1.replace("*UN*1*", "*MJ*12.5*"), "minutes"),
    (SV1, SV1.replace("HC:99490*90*UN*1*", "HC:00100*90*MJ*45*"), ""),
    (DTP, "DTP*472*RD8*20250301-20250430", "two_months"),
    (DTP, "DTP*472*RD8*20250301-20250331", ""),
])  # fmt: skip
def test_what_is_odd_about_a_line_is_said(old, new, warning):
    assert [one.code for one in read(old, new).warnings] == ([warning] if warning else [])


def test_a_code_that_is_none_is_no_line_of_another_program():
    for code in ("99490^99439", "9949", "994900", "99 90", "9949O"):
        with pytest.raises(X12Refused) as refused:
            read(SV1, SV1.replace("99490", code))
        assert "procedure" in [one.code for one in refused.value.problems]


def test_what_another_payer_says_is_not_taken_for_ours():
    (claim,) = read("LX*1", COB).claims
    (plain,) = read_837(FILE.encode()).claims
    assert claim == plain


def test_a_line_billed_for_the_whole_month_is_judged_by_its_last_day():
    claims = read(DTP, "DTP*472*RD8*20250301-20250331").claims
    index = PatientIndex.of([Patient("p", mbi=claims[0].subscriber.member_id)])
    ((_, request),) = preflight(claims, index, {"99490"}).requests.items()
    assert request.service_on == date(2025, 3, 31)
