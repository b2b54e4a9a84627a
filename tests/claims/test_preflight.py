"""Claims of another system find their patient, or are said to have none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ccm_core.audit import audit_case
from ccm_core.casefile import read_case
from ccm_core.claims.preflight import BY_MEMBER, BY_NAME, PatientIndex, preflight
from ccm_core.exchange.x12.claim_records import Person
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.months import Month
from ccm_core.records import Patient, Payer
from tests.exchange.x12.made import claim, service_line, subscriber, written

CODES = frozenset({"99490", "99439"})
BORN = date(1940, 2, 3)


def patient(patient_id: str = "p1", **change) -> Patient:
    given = {"mbi": "1S00-A00-AA01", "family_name": "O'Neil-Núñez", "given_name": "Ann",
             "born_on": BORN}  # fmt: skip
    return Patient(patient_id, **(given | change))


def read(*claims):
    return read_837(written(*claims).text.encode()).claims


def test_a_member_number_finds_the_patient():
    found = preflight(read(claim(1)), PatientIndex.of([patient()]), CODES, date(2025, 4, 2))
    (one,) = found.matched
    assert (one.patient_id, one.how, one.doubt, one.other_codes) == ("p1", BY_MEMBER, "", ())
    request = found.requests["p1", Month(2025, 3)]
    assert request.units == {"99490": 1, "99439": 2}
    assert request.service_on == date(2025, 3, 31)
    assert (request.place, request.billed_to) == ("11", "medicare")
    assert request.diagnoses == ("E11.9", "I10")


def test_a_coverage_number_counts_as_well():
    index = PatientIndex.of([patient(mbi="")], [Payer("c", "p1", member_id="1s00a00aa01")])
    assert preflight(read(claim(1)), index, CODES).matched[0].how == BY_MEMBER


def test_name_and_birth_day_together_find_the_patient():
    index = PatientIndex.of([patient(mbi="")])
    assert preflight(read(claim(1)), index, CODES).matched[0].how == BY_NAME
    other_day = PatientIndex.of([patient(mbi="", born_on=date(1941, 2, 3))])
    assert preflight(read(claim(1)), other_day, CODES).unmatched[0].segment_index == 21


def test_doubt_is_said():
    index = PatientIndex.of([patient(born_on=date(1950, 1, 1))])
    assert "birth" in preflight(read(claim(1)), index, CODES).matched[0].doubt
    twins = PatientIndex.of([patient(), patient("p2")])
    found = preflight(read(claim(1)), twins, CODES)
    assert found.matched == ()
    assert "Several" in found.unmatched[0].reason
    named = PatientIndex.of([patient(mbi=""), patient("p2", mbi="")])
    assert "Several" in preflight(read(claim(1)), named, CODES).unmatched[0].reason


def test_a_dependent_is_not_the_subscriber():
    child = Person("Kid", "Al", born_on=date(2000, 1, 1), sex="M")
    claims = read(claim(1, patient=child, relation="19"))
    assert preflight(claims, PatientIndex.of([patient()]), CODES).matched == ()
    index = PatientIndex.of([patient("p9", mbi="", family_name="Kid", given_name="Al",
                                     born_on=date(2000, 1, 1))])  # fmt: skip
    assert preflight(claims, index, CODES).matched[0].patient_id == "p9"


def test_replaced_and_doubled_claims_count_once():
    fixed = claim(1, frequency="7", original_reference="ICN", lines=(service_line(),))
    found = preflight((claim(1), claim(1), fixed), PatientIndex.of([patient()]), CODES)
    assert found.superseded == 2
    assert found.requests["p1", Month(2025, 3)].units == {"99490": 1}
    gone = claim(1, frequency="8", original_reference="ICN")
    found = preflight((claim(1), gone), PatientIndex.of([patient()]), CODES)
    assert (found.superseded, found.requests) == (1, {})
    assert {line.status for line in found.matched[0].lines} == {"voided"}


def test_two_claims_for_one_month_are_judged_together():
    claims = (claim(1), replace(claim(2), subscriber=subscriber(1)))
    found = preflight(claims, PatientIndex.of([patient()]), CODES)
    assert found.requests["p1", Month(2025, 3)].units == {"99490": 2, "99439": 4}


def test_other_codes_are_named():
    lines = (service_line(), service_line(2, "99213", "10"))
    found = preflight(read(claim(1, lines=lines)), PatientIndex.of([patient()]), CODES)
    assert found.matched[0].other_codes == ("99213",)
    assert found.requests["p1", Month(2025, 3)].units == {"99490": 1}


def test_a_request_is_audited():
    found = preflight(read(claim(1)), PatientIndex.of([patient()]), CODES)
    case, policy = read_case({"month": "2025-03", "staff_minutes": 45})
    case.request = found.requests["p1", Month(2025, 3)]
    outcome = audit_case(case, policy)
    assert outcome.status == "blocked"
    assert "T03" in {judged.rule for judged in outcome.findings}
