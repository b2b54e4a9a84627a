"""What the 837P reader takes from a claim, and what it refuses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ccm_core.exchange.x12.claim_records import Person, dotted, latest, to_claim_lines
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.problems import X12Refused
from ccm_core.months import Month
from tests.exchange.x12.made import changed, claim, service_line, written

GOOD = written(claim(1)).text
CLM = "CLM*C2503-00001*230.5***11:B:1*Y*A*Y*Y"


def codes_of(content: bytes) -> set[str]:
    with pytest.raises(X12Refused) as refusal:
        read_837(content)
    return {problem.code for problem in refusal.value.problems if problem.is_error}


def test_everything_on_the_claim_is_read():
    found = read_837(GOOD.encode()).claims[0]
    assert (found.claim_id, found.charge_usd, found.place, found.frequency) == (
        "C2503-00001", Decimal("230.50"), "11", "1")  # fmt: skip
    assert found.diagnoses == ("E119", "I10")
    assert (found.billing.npi, found.rendering.npi) == ("1234567893", "1222222220")
    assert found.billing.tin == "121234567"
    assert found.payer.payer_id == "13282"
    assert found.payer.filing == "MB"
    assert found.person.member_id == "1S00A00AA01"
    assert found.person.born_on == date(1940, 2, 3)
    line = found.lines[1]
    assert (line.code, line.units, line.charge_usd, line.pointers, line.control) == (
        "99439", 2, Decimal("140.50"), (1, 2), "C2503-00001-2")  # fmt: skip


def test_lines_become_records():
    one = to_claim_lines(read_837(GOOD.encode()).claims[0], "p1", date(2025, 4, 2))[1]
    assert (one.patient_id, one.month, one.code, one.units) == ("p1", Month(2025, 3), "99439", 2)
    assert one.diagnoses == ("E11.9", "I10")
    assert (one.npi, one.place, one.status) == ("1222222220", "11", "submitted")
    assert dotted("I10") == "I10"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (CLM, "CLM*C2503-00001*231***11:B:1*Y*A*Y*Y", "charge_sum"),
        (CLM, "CLM**230.5***11:B:1*Y*A*Y*Y", "missing"),
        (CLM, "CLM*X*1E3***11:B:1*Y*A*Y*Y", "number"),
        (CLM, "CLM*X*230.505***11:B:1*Y*A*Y*Y", "money"),
        (CLM, "CLM*X*230.5***11:B:9*Y*A*Y*Y", "frequency"),
        (CLM, "CLM*X*230.5***1:B:1*Y*A*Y*Y", "place"),
        (CLM, "", "lx_place"),
        ("HI*ABK:E119*ABF:I10", "HI*ABK:E119", "pointer"),
        ("HI*ABK:E119*ABF:I10", "HI*ABF:E119*ABF:I10", "hi_code"),
        ("HI*ABK:E119*ABF:I10", "HI*XX:E119", "hi_code"),
        ("SV1*HC:99490*90*UN*1***1:2", "SV1*HC*90*UN*1***1:2", "procedure"),
        ("SV1*HC:99490*90*UN*1***1:2", "SV1*HC:99490*90*UN*0***1:2", "units"),
        ("SV1*HC:99490*90*UN*1***1:2", "SV1*HC:99490*90*UN*1.5***1:2", "units"),
        ("SV1*HC:99490*90*UN*1***1:2", "SV1*HC:99490*90*UN*1", "pointer"),
        ("SV1*HC:99490*90*UN*1***1:2", "SV1*HC:99490*90*UN*1***13", "pointer"),
        ("SV1*HC:99490*90*UN*1***1:2", "", "missing"),
        ("DTP*472*D8*20250331", "DTP*472*D8*20250231", "date"),
        ("DTP*472*D8*20250331", "DTP*472*RD8*20250331-20250301", "date_order"),
        ("DTP*472*D8*20250331", "", "missing"),
        ("HL*2*1*22*0", "HL*2*7*22*0", "hl_parent"),
        ("HL*2*1*22*0", "HL*1*1*22*0", "hl_number"),
        ("HL*2*1*22*0", "", "clm_place"),
        ("LX*1", "", "sv1_place"),
    ],
)  # fmt: skip
def test_a_wrong_claim_is_refused(old, new, code):
    assert code in codes_of(changed(GOOD, old, new))


def test_a_set_without_claims_is_refused():
    start, end = GOOD.index("CLM*"), GOOD.index("SE*")
    head = (GOOD[:start] + GOOD[end:]).encode()
    assert "segment_count" in codes_of(head)
    assert codes_of(changed(head.decode(), "HL*2*1*22*0", "HL*2*1*22*0")) == {"no_claim"}


def test_warnings_do_not_refuse():
    found = read_837(
        changed(GOOD, "NM1*82*1*RAY*ROSA****XX*1222222220", "NM1*82*1*RAY*ROSA****XX*1222222221")
    )
    assert [note.code for note in found.warnings] == ["npi"]


def test_the_names_of_another_payer_are_not_ours():
    other = "SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*ELSE*JO****MI*999~NM1*PR*2*OTHER*****PI*55~"
    found = read_837(changed(GOOD, "LX*1", f"{other}LX*1")).claims[0]
    assert found.subscriber.member_id == "1S00A00AA01"
    assert found.payer.payer_id == "13282"
    assert found.rendering.npi == "1222222220"


def test_a_patient_under_the_subscriber():
    child = Person("Kid", "Al", born_on=date(2000, 1, 1), sex="M")
    found = read_837(written(claim(patient=child, relation="19")).text.encode()).claims[0]
    assert (found.person.family, found.subscriber.family) == ("KID", "O'NEIL-NUNEZ")
    assert found.relation == "19"


def test_a_range_of_days_is_read():
    lines = (service_line(from_on=date(2025, 3, 1)),)
    line = read_837(written(claim(lines=lines)).text.encode()).claims[0].lines[0]
    assert (line.from_on, line.to_on) == (date(2025, 3, 1), date(2025, 3, 31))


def test_replacement_and_void_leave_what_stands():
    first, second = claim(1), claim(2)
    fixed = claim(1, frequency="7", original_reference="ICN1", lines=(service_line(),))
    gone = claim(2, frequency="8", original_reference="ICN2")
    assert latest((first, second, first, fixed, gone)) == (fixed, gone)
    assert latest((gone,)) == (gone,)
    assert latest((first, first)) == (first,)
    assert to_claim_lines(gone, "p")[0].status == "voided"
