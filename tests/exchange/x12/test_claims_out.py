"""What is written is valid for an independent validator and reads back the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core.errors import UsageError
from ccm_core.exchange.x12.claim_checks import ClaimNotReady, check
from ccm_core.exchange.x12.claim_records import Address, Person
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.claims_out import by_payer
from ccm_core.exchange.x12.writing import Controls, Party, amount, plain
from tests.exchange.x12.made import (
    BILLING,
    PAYER,
    RECEIVER,
    RENDERING,
    SENDER,
    claim,
    pyx12_accepts,
    service_line,
    subscriber,
    written,
)

NO_STATE = Address("1", "", "Troy", "N", "1")


def several() -> list:
    return [
        claim(1),
        claim(2, frequency="7", original_reference="ICN0002"),
        claim(3, frequency="8", original_reference="ICN0003", rendering=None),
        claim(4, patient=Person("Kid", "Al", born_on=date(2000, 1, 1), sex="M",
              address=Address("2 Oak", "", "Albany", "NY", "12207")), relation="19"),
        claim(5, lines=(service_line(modifiers=("25", "GW"), from_on=date(2025, 3, 1)),)),
        claim(6, prior_authorization="PA1", diagnoses=tuple(f"E11.{n}" for n in range(10, 22))),
        claim(7, billing=replace(BILLING, npi="1222222220", taxonomy="")),
        claim(8, place="22", subscriber=replace(subscriber(), address=Address())),
    ]  # fmt: skip


def test_pyx12_accepts_every_kind_of_claim():
    assert pyx12_accepts(written(*several()).text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("REF*EI*121234567~\n", ""),
        ("DTP*472*D8*20250331~\n", ""),
        ("*11:B:1*", "*11:B*"),
        ("NM1*IL*1*", "NM1*IL*9*"),
        ("SE*", "SE*1"),
    ],
)
def test_pyx12_would_object(old, new):
    text = written(claim()).text
    assert old in text
    assert not pyx12_accepts(text.replace(old, new))


def test_it_reads_back_the_same():
    given = several()
    found = {one.claim_id: one for one in read_837(written(*given).text.encode()).claims}
    for one in given:
        back = found[one.claim_id]
        assert (back.charge_usd, back.frequency, back.original_reference) == (
            one.charge_usd, one.frequency, one.original_reference)  # fmt: skip
        assert [(ln.code, ln.units, ln.charge_usd, ln.modifiers, ln.from_on, ln.to_on, ln.pointers)
                for ln in back.lines] == [
            (ln.code, ln.units, ln.charge_usd, ln.modifiers, ln.from_on, ln.to_on, ln.pointers)
            for ln in one.lines]  # fmt: skip
        assert back.subscriber.member_id == one.subscriber.member_id


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"billing": replace(BILLING, npi="")}, "npi"),
        ({"billing": replace(BILLING, npi="1234567890")}, "npi"),
        ({"rendering": replace(RENDERING, npi="12")}, "npi"),
        ({"billing": replace(BILLING, tin="1")}, "tin"),
        ({"billing": replace(BILLING, name="")}, "missing"),
        ({"billing": replace(BILLING, address=Address())}, "address"),
        ({"billing": replace(BILLING, address=Address("1", "", "A", "NY", "12207"))}, "address"),
        ({"payer": replace(PAYER, payer_id="")}, "payer"),
        ({"payer": replace(PAYER, filing="")}, "payer"),
        ({"payer": replace(PAYER, payer_id="1*2")}, "payer"),
        ({"payer": replace(PAYER, payer_id="1")}, "payer"),
        ({"billing": replace(BILLING, address=replace(BILLING.address, street="王"))}, "address"),
        ({"billing": replace(BILLING, address=replace(BILLING.address, city="A" * 31))}, "address"),
        ({"billing": replace(BILLING, taxonomy="207")}, "taxonomy"),
        ({"rendering": replace(RENDERING, name="")}, "missing"),
        ({"subscriber": replace(subscriber(), member_id="1S00*A")}, "member"),
        ({"subscriber": replace(subscriber(), member_id="1")}, "member"),
        ({"group_number": "G~1"}, "reference"),
        ({"prior_authorization": "P" * 51}, "reference"),
        ({"frequency": "7", "original_reference": "I*1"}, "reference"),
        ({"subscriber": replace(subscriber(), member_id="")}, "missing"),
        ({"subscriber": replace(subscriber(), family="")}, "missing"),
        ({"subscriber": replace(subscriber(), family="王")}, "name"),
        ({"subscriber": replace(subscriber(), family="Əliyev")}, "name"),
        ({"subscriber": replace(subscriber(), given="Ann 王")}, "name"),
        ({"subscriber": replace(subscriber(), family="A" * 61)}, "name"),
        ({"subscriber": replace(subscriber(), given="A" * 36)}, "name"),
        ({"billing": replace(BILLING, name="A" * 61)}, "name"),
        ({"payer": replace(PAYER, name="王")}, "name"),
        ({"subscriber": replace(subscriber(), born_on=None)}, "demographics"),
        ({"subscriber": replace(subscriber(), address=NO_STATE)}, "address"),
        ({"diagnoses": ()}, "no_diagnosis"),
        ({"diagnoses": ("E11.9", "E119")}, "diagnosis"),
        ({"diagnoses": ("diabetes", "I10")}, "diagnosis"),
        ({"diagnoses": tuple(f"E11.{n}" for n in range(10, 23))}, "too_many_diagnoses"),
        ({"place": "1"}, "place"),
        ({"frequency": "9"}, "frequency"),
        ({"frequency": "7"}, "original_reference"),
        ({"claim_id": "x" * 21}, "claim_id"),
        ({"charge_usd": Decimal(1)}, "charge_sum"),
        ({"lines": (service_line(code="994"),)}, "procedure"),
        ({"lines": (service_line(units=Decimal("1.5")),)}, "units"),
        ({"lines": (service_line(modifiers=("251",)),)}, "modifier"),
        ({"lines": (service_line(pointers=()),)}, "pointer"),
        ({"lines": (service_line(pointers=(3,)),)}, "pointer"),
        ({"lines": (service_line(to_on=date(2025, 3, 1)),)}, "date_order"),
        ({"lines": (service_line(charge="-1"),)}, "charge"),
        ({"lines": (service_line(rendering_npi="1"),)}, "npi"),
    ],
)
def test_what_is_not_ready_is_not_written(change, code):
    with pytest.raises(ClaimNotReady) as refusal:
        written(claim(**change))
    assert code in {problem.code for problem in refusal.value.problems}
    assert "NEIL" not in str(refusal.value).upper()


@pytest.mark.parametrize(
    "change", [{"street": ""}, {"street": "王"}, {"city": "王"}, {"city": "A"}, {"city": "A" * 31}]
)
def test_a_street_that_cannot_be_written_is_a_warning_and_left_out(change):
    at = replace(subscriber().address, **change)
    made = claim(subscriber=replace(subscriber(), address=at), rendering=None)
    assert [(found.code, found.is_error) for found in check(made)] == [("address", False)]
    text = written(made).text
    assert text.count("N3*") == text.count("N4*") == 1
    assert pyx12_accepts(text)


def test_one_file_is_for_one_payer():
    other = claim(2, payer=replace(PAYER, payer_id="99999"))
    assert {key: len(group) for key, group in by_payer([claim(1), other]).items()} == {
        "13282": 1, "99999": 1}  # fmt: skip
    for wrong in ([claim(1), other], [claim(1), claim(1)]):
        with pytest.raises(UsageError):
            written(*wrong)


def test_control_numbers_come_from_the_caller():
    file = written(claim(), controls=Controls(123456789, 55, 7))
    assert file.set_controls == (7,)
    assert "ST*837*0007*" in file.text
    assert file.text.endswith("GE*1*55~\nIEA*1*123456789~\n")
    with pytest.raises(UsageError):
        Controls(0, 1)


def test_large_batches_are_cut_into_sets():
    file = written(*(claim(n) for n in range(1, 5003)))
    assert file.set_controls == (1, 2)
    assert len(read_837(file.text.encode()).claims) == 5002


def test_text_is_made_plain_and_identifiers_are_kept():
    assert plain("Zoë  O*B:r~i^an") == "ZOE O B R I AN"
    said = plain("Łukasz Sørensen Đorđević ẞ Æsa Œ Þór Ðan Y\u0131ld\u0131z Ǿ O\u2019Neil A\u2013B")
    assert said == "LUKASZ SORENSEN DORDEVIC SS AESA OE THOR DAN YILDIZ O O'NEIL A-B"
    assert [amount(Decimal(text)) for text in ("60.50", "0", "100", "0.10")] == [
        "60.5",
        "0",
        "100",
        "0.1",
    ]
    with pytest.raises(UsageError):
        written(claim(), sender=Party("A", "B" * 16, phone="5185550100"))
    with pytest.raises(UsageError):
        written(claim(), sender=Party("A", "B"))
    assert written(claim(), sender=SENDER, receiver=RECEIVER).text.startswith("ISA*00*")
