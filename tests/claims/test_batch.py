"""One claim per patient-month, and only what may leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccm_core.claims.batch import build
from ccm_core.claims.planned import billed_part, claim_id, replacement, void
from ccm_core.claims.pricing import Charges
from ccm_core.exchange.x12.claim_records import Address
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.months import Month
from tests.claims.made import batch, bill_to, fee, file_of, result, terms
from tests.exchange.x12.made import pyx12_accepts


def test_a_clean_month_becomes_one_claim():
    made = batch()
    (planned,) = made.claims
    assert (made.same, made.changed, made.skipped) == ((), (), ())
    claim = planned.claim
    assert [(line.code, line.units, line.charge_usd) for line in claim.lines] == [
        ("99490", 1, Decimal("90.74")),  # 60.49 x 1.5, rounded
        ("99439", 2, Decimal("137.80")),  # 45.93 x 1.5 = 68.90 each
    ]
    assert claim.charge_usd == Decimal("228.54")
    assert claim.diagnoses == ("E119", "I10")
    assert claim.lines[0].pointers == (1, 2)
    assert planned.allowed_usd == Decimal("152.35")
    assert (planned.policy_name, planned.tables_version) == ("baseline", "abc123")
    assert (claim.rendering.name, claim.rendering.given) == ("Ray", "Rosa")
    assert {line.status for line in planned.lines(date(2025, 4, 2))} == {"planned"}


def test_what_is_made_is_valid():
    made = batch(*(result(patient_id=f"p{n}") for n in range(1, 6)))
    text = file_of(list(made.claims)).text
    assert pyx12_accepts(text)
    assert len(read_837(text.encode()).claims) == 5


def test_a_second_run_makes_no_second_claim():
    first = batch()
    known = {planned.claim_id: planned.fingerprint for planned in first.claims}
    again = batch(existing=known)
    assert (again.claims, again.same) == ((), (first.claims[0].claim_id,))
    twice = batch(result(), result())
    assert (len(twice.claims), len(twice.same)) == (1, 1)


def test_who_moves_after_the_claim_left_needs_no_new_claim():
    here = batch().claims[0]
    elsewhere = Address("9 New Road Apartment 4", "", "Albany", "NY", "12207")

    def moved(patient_id):
        return bill_to(patient_id, address=elsewhere)

    left = {here.claim_id: billed_part(here.fingerprint)}
    waits = {here.claim_id: here.fingerprint}
    assert build([result()], moved, terms(), existing=left).same == (here.claim_id,)
    (renewed,) = build([result()], moved, terms(), existing=waits).changed
    assert renewed.claim.subscriber.address == elsewhere


def test_an_address_with_a_gap_is_warned_of_and_left_out():
    def nowhere(patient_id):
        return bill_to(patient_id, address=Address("2 Oak Ave", "", "", "NY", "12207"))

    (planned,) = build([result()], nowhere, terms()).claims
    (said,) = planned.problems
    assert said.startswith("The patient's address is not complete")
    text = file_of([planned]).text
    assert "OAK" not in text
    assert pyx12_accepts(text)
    assert batch().claims[0].problems == ()


def test_a_long_street_goes_on_in_the_second_line():
    street = "1200 North Martin Luther King Junior Boulevard Building C, Apartment 1204"

    def far(patient_id):
        return bill_to(patient_id, address=Address(street, "", "Albany", "NY", "12207"))

    text = file_of(list(build([result()], far, terms()).claims)).text
    assert "N3*1200 NORTH MARTIN LUTHER KING JUNIOR BOULEVARD BUILDING*C, APARTMENT 1204~" in text
    assert pyx12_accepts(text)


def test_a_changed_month_asks_for_a_replacement():
    first = batch()
    known = {planned.claim_id: planned.fingerprint for planned in first.claims}
    now = batch(result(planned_units={"99490": 1}), existing=known)
    assert now.claims == ()
    assert [planned.claim_id for planned in now.changed] == [first.claims[0].claim_id]
    fixed = replacement(now.changed[0], "ICN1", 1)
    assert (fixed.claim.frequency, fixed.claim.original_reference) == ("7", "ICN1")
    assert fixed.claim_id == f"{first.claims[0].claim_id}-1"
    gone = void(fixed, "ICN2", 2)
    assert gone.claim_id == f"{first.claims[0].claim_id}-2"
    assert gone.claim.lines[0].control == f"{gone.claim_id}-1"
    assert pyx12_accepts(file_of([fixed, gone]).text)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "blocked"}, "blocked"),
        ({"status": "review"}, "not_acknowledged"),
        ({"planned_units": {}}, "nothing_planned"),
        ({"planned_units": {"99490": 0}}, "nothing_planned"),
        ({"service_on": None}, "no_date"),
        ({"service_on": date(2025, 4, 1)}, "date_outside_month"),
        ({"service_on": date(2025, 2, 28)}, "date_outside_month"),
        ({"planned_units": {"99999": 1}}, "no_fee"),
    ],
)
def test_what_may_not_leave_is_said(change, reason):
    made = batch(result(**change))
    assert made.claims == ()
    assert [skip.reason for skip in made.skipped] == [reason]
    assert "p1" not in made.skipped[0].message


def test_acknowledged_reviews_leave():
    made = batch(result(status="review"), acknowledged={("p1", "2025-03")})
    assert len(made.claims) == 1


def test_never_after_death():
    def dead(patient_id):
        return bill_to(patient_id, died_on=date(2025, 3, 12))

    made = build([result()], dead, terms())
    assert [skip.reason for skip in made.skipped] == ["after_death"]
    made = build([result(service_on=date(2025, 3, 12))], dead, terms())
    assert made.claims[0].claim.lines[0].from_on == date(2025, 3, 12)


def test_missing_facts_are_said():
    assert build([result()], lambda _: None, terms()).skipped[0].reason == "no_recipient"
    assert build([result()], bill_to, terms(payers={})).skipped[0].reason == "no_payer_number"
    found = build([result()], lambda p: bill_to(p, diagnoses=()), terms())
    assert found.skipped[0].reason == "not_ready"
    assert "diagnosis" in found.skipped[0].message


def test_the_price_list_goes_before_the_multiple():
    charges = Charges(fee, Decimal(2), {"99490": Decimal("100")})
    assert charges.of("99490", 1, date(2025, 3, 1)) == Decimal("100.00")
    assert charges.of("99439", 2, date(2025, 3, 1)) == Decimal("183.72")
    assert charges.of("00000", 1, date(2025, 3, 1)) is None
    assert charges.allowed_of({"00000": 1}, date(2025, 3, 1)) is None


@given(
    st.text(min_size=1, max_size=20),
    st.integers(2020, 2030),
    st.integers(1, 12),
    st.integers(0, 99),
)
def test_claim_numbers_fit_and_differ(patient_id, year, month, version):
    number = claim_id("cedar", patient_id, Month(year, month), version)
    assert len(number) <= 20
    assert number == claim_id("cedar", patient_id, Month(year, month), version)
    assert number != claim_id("birch", patient_id, Month(year, month), version)
    assert number.isascii()


@given(service_on=st.dates(date(2025, 1, 1), date(2025, 6, 30)),
       died_on=st.none() | st.dates(date(2025, 1, 1), date(2025, 6, 30)))  # fmt: skip
def test_no_date_outside_the_month_or_after_death(service_on, died_on):
    made = build([result(service_on=service_on)], lambda p: bill_to(p, died_on=died_on), terms())
    for planned in made.claims:
        for line in planned.claim.lines:
            assert line.from_on == line.to_on
            assert line.from_on in Month(2025, 3)
            assert died_on is None or line.from_on <= died_on
    assert len(made.claims) + len(made.skipped) == 1


def test_the_digest_freezes_the_batch():
    one = batch(result(), result(patient_id="p2"))
    other = batch(result(patient_id="p2"), result())
    assert one.digest == other.digest
    changed = replace(one, claims=one.claims[:1])
    assert changed.digest != one.digest
