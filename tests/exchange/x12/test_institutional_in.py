"""Institutional claims, as rural health clinics and FQHCs bill care management."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ccm_core.exchange.x12.claim_records import to_claim_lines
from ccm_core.exchange.x12.institutional_in import read_837i
from ccm_core.exchange.x12.problems import X12Refused
from tests.exchange.x12.made import changed, pyx12_accepts, recount, segments, written

FILE = """\
ISA*00*          *00*          *ZZ*SUB123         *ZZ*13282          *251102*0930*^*00501*\
000000017*0*T*:~
GS*HC*SUB123*13282*20251102*0930*17*X*005010X223A2~
ST*837*0001*005010X223A2~
BHT*0019*00*0000000170001*20251102*0930*CH~
NM1*41*2*CEDAR RURAL CLINIC*****46*SUB123~
PER*IC*BILLING DESK*TE*5185550100~
NM1*40*2*DEMO CONTRACTOR*****46*13282~
HL*1**20*1~
PRV*BI*PXC*261QR1300X~
NM1*85*2*CEDAR RURAL CLINIC*****XX*1234567893~
N3*1 MAIN ST~
N4*ALBANY*NY*122071234~
REF*EI*121234567~
HL*2*1*22*0~
SBR*P*18*******MA~
NM1*IL*1*DOE*ANN****MI*1S00A00AA01~
N3*2 OAK AVE~
N4*ALBANY*NY*12207~
DMG*D8*19400203*F~
NM1*PR*2*MEDICARE A*****PI*13282~
CLM*R2510-1*150***71:A:1**A*Y*Y~
DTP*434*RD8*20251001-20251031~
CL1*3**01~
REF*EA*MRN77~
HI*ABK:E119~
HI*ABF:I10*ABF:J449~
HI*BH:11:D8:20251001~
NM1*71*1*RAY*ROSA****XX*1222222220~
PRV*AT*PXC*207R00000X~
LX*1~
SV2*0521*HC:99490*90*UN*1~
DTP*472*D8*20251031~
LX*2~
SV2*0521*HC:99439*60*UN*1~
DTP*472*D8*20251031~
SE*34*0001~
GE*1*17~
IEA*1*000000017~
"""


def one(content: bytes):
    (claim,) = read_837i(content).claims
    return claim


def test_a_clinics_claim_is_read_with_who_what_and_when():
    assert pyx12_accepts(FILE)
    claim = one(FILE.encode())
    assert (claim.claim_id, claim.charge_usd, claim.frequency) == ("R2510-1", Decimal(150), "1")
    assert (claim.rendering.npi, claim.billing.npi, claim.place) == ("1222222220", "1234567893", "")
    assert claim.diagnoses == ("E119", "I10", "J449")
    lines = to_claim_lines(claim, "p1")
    assert [(ln.code, ln.units, ln.charge_usd, ln.npi, ln.place) for ln in lines] == [
        ("99490", 1, Decimal(90), "1222222220", ""),
        ("99439", 1, Decimal(60), "1222222220", ""),
    ]
    assert {ln.service_on for ln in lines} == {date(2025, 10, 31)}
    assert lines[0].diagnoses == ("E11.9", "I10", "J44.9")


@pytest.mark.parametrize(("old", "new", "check"), [
    ("NM1*71*1*RAY*ROSA****XX*1222222220", "NM1*71*1*RAY*ROSA****XX*1222222220~"
     "NM1*82*1*LEE*SAM****XX*1234567893", lambda c: c.rendering.npi == "1234567893"),
    ("CLM*R2510-1*150***71:A:1**A*Y*Y", "CLM*R2510-1*150***77:A:7**A*Y*Y",
     lambda c: c.frequency == "7"),
    ("HI*ABK:E119", "HI*ABK:E119~HI*ABJ:R05~HI*APR:R05~HI*BE:80:::1",
     lambda c: c.diagnoses == ("E119", "I10", "J449")),
    ("SV2*0521*HC:99439*60*UN*1", "SV2*0521**60*UN*1", lambda c: c.lines[1].code == "0521"),
    ("SV2*0521*HC:99439*60*UN*1", "SV2*0521*HC:g0511:CG*60*UN*1",
     lambda c: (c.lines[1].code, c.lines[1].modifiers) == ("G0511", ("CG",))),
])  # fmt: skip
def test_what_else_such_a_claim_may_say(old, new, check):
    assert check(one(changed(FILE, old, new)))


def test_a_statement_of_one_day_is_the_day_of_lines_without_one():
    text = FILE.replace("RD8*20251001-20251031", "RD8*20251030-20251030")
    parts = [part for part in segments(text) if not part.startswith("DTP*472")]
    assert {line.from_on for line in one(recount(parts).encode()).lines} == {date(2025, 10, 30)}


@pytest.mark.parametrize(("old", "new", "code"), [
    ("CLM*R2510-1*150***71:A:1**A*Y*Y", "CLM*R2510-1*151***71:A:1**A*Y*Y", "charge_sum"),
    ("CLM*R2510-1*150***71:A:1**A*Y*Y", "CLM*R2510-1*150***7:A:1**A*Y*Y", "place"),
    ("CLM*R2510-1*150***71:A:1**A*Y*Y", "CLM*R2510-1*150***71:B:1**A*Y*Y", "place"),
    ("CLM*R2510-1*150***71:A:1**A*Y*Y", "CLM*R2510-1*150***71:A**A*Y*Y", "frequency"),
    ("SV2*0521*HC:99490*90*UN*1", "SV2*X*HC:99490*90*UN*1", "revenue"),
    ("SV2*0521*HC:99490*90*UN*1", "SV2*0521*HC:99490*90*UN*0", "units"),
    ("SV2*0521*HC:99490*90*UN*1", "SV2*0521*HC:99490*90*MJ*1", "units"),
    ("SV2*0521*HC:99490*90*UN*1", "SV2*0521*HC:99490*x*UN*1", "number"),
    ("SV2*0521*HC:99490*90*UN*1", "SV1*HC:99490*90*UN*1***1", "segment_unknown"),
    ("LX*1", "", "sv2_place"),
    ("DTP*472*D8*20251031", "", "missing"),
    ("HI*ABK:E119", "", "hi_code"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(old, new, code):
    with pytest.raises(X12Refused) as refused:
        read_837i(changed(FILE, old, new))
    found = next(one for one in refused.value.problems if one.code == code)
    assert found.segment_index


def test_a_professional_file_is_not_read_as_an_institutional_one():
    with pytest.raises(X12Refused) as refused:
        read_837i(written().text.encode())
    assert refused.value.problems[0].code == "version"


def test_every_shorter_part_of_a_file_is_refused():
    for end in range(1, len(FILE) - 3, 7):
        with pytest.raises(X12Refused):
            read_837i(FILE[:end].encode())
