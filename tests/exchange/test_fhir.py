"""FHIR R4: each resource becomes what it is, and bad input is a reject, never a traceback."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ccm_core import records
from ccm_core.exchange import intake
from tests.exchange.makers import condition, encounter, lines, only, patient, stage, told


def one(resource: dict[str, Any], *others: dict[str, Any]) -> Any:
    """The record of a resource, beside its patient."""
    staged = stage(("x.ndjson", lines(resource)), ("y.ndjson", lines(patient(), *others)))
    assert not staged.report.rejects, staged.report.rejects
    return staged.files[0].items[0].draft.record


def problem(resource: dict[str, Any]) -> str:
    report = stage(("x.ndjson", lines(resource)), ("y.ndjson", lines(patient()))).report
    assert len(report.rejects) == 1, report
    return report.rejects[0].rule


def test_a_patient_with_everything() -> None:
    resource = patient(
        "00123",
        identifier=[
            {"type": {"coding": [{"code": "MR"}]}, "value": "M-7"},
            {"system": "http://hl7.org/fhir/sid/us-mbi", "value": "1S00-A00-AA00"},
        ],
        name=[{"use": "maiden", "family": "Old"}, {"use": "official", "family": "NA"}],
        address=[
            {"use": "old", "state": "TX"},
            {
                "line": ["12 Elm St", " Apt 3 "],
                "city": "Topeka",
                "state": "KS",
                "postalCode": "66202-1234",
            },
        ],
        telecom=[{"system": "email", "value": "a@b"}, {"system": "phone", "value": "555-0100"}],
        generalPractitioner=[{"reference": "Practitioner/p1"}],
    )
    doctor = {
        "resourceType": "Practitioner", "id": "p1", "name": [{"family": "Doc"}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
    }  # fmt: skip
    found = one(resource, doctor)
    assert found == records.Patient(
        "00123", mrn="M-7", mbi="1S00A00AA00", family_name="NA", given_name="",
        born_on=date(1948, 5, 17), sex="F", state="KS", zip5="66202", phone="555-0100",
        practitioner_npi="1234567893", street="12 Elm St, Apt 3", city="Topeka",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "died_on", "status"),
    [
        ({"deceasedDateTime": "2025-03-04T23:30:00-05:00"}, date(2025, 3, 4), "deceased"),
        ({"deceasedDateTime": "2025-03-05T03:30:00Z"}, date(2025, 3, 4), "deceased"),
        ({"deceasedBoolean": True}, None, "deceased"),
        ({"deceasedBoolean": False}, None, "eligible"),
        ({}, None, "eligible"),
    ],
)
def test_death_is_kept(more: dict[str, Any], died_on: date | None, status: str) -> None:
    found = one(patient("b", **more))
    assert (found.died_on, found.status) == (died_on, status)


@pytest.mark.parametrize(
    ("class_", "type_", "expected"),
    [
        ("AMB", "185347001", ("Visit", "ambulatory")),
        ("EMER", "50849002", ("Visit", "emergency")),
        ("VR", "390906007", ("Visit", "virtual")),
        ("OBSENC", "", ("Visit", "observation")),
        ("IMP", "32485007", ("Stay", "hospital")),
        ("ACUTE", "", ("Stay", "hospital")),
        ("HH", "439708006", ("Stay", "home_health")),
        ("HH", "305336008", ("Stay", "hospice")),
        ("IMP", "449411000124106", ("Stay", "snf_part_a")),
    ],
)
def test_encounters_become_stays_or_visits(
    class_: str, type_: str, expected: tuple[str, str]
) -> None:
    coding = [{"system": "http://snomed.info/sct", "code": type_}]
    found = one(encounter(**{"class": {"code": class_}, "type": [{"coding": coding}]}))
    assert (type(found).__name__, found.kind) == expected


def test_a_class_that_only_its_display_explains() -> None:
    found = one(encounter(**{"class": {"code": "4", "display": "Inpatient"}}))
    assert isinstance(found, records.Stay)


def test_a_stay_has_its_days_in_the_practice_zone() -> None:
    period = {"start": "2025-03-05T02:00:00Z", "end": "2025-03-09T12:00:00Z"}
    found = one(encounter(**{"class": {"code": "IMP"}, "period": period}))
    assert (found.from_on, found.to_on) == (date(2025, 3, 4), date(2025, 3, 9))


def test_a_visit_has_a_code_only_if_the_export_has_one() -> None:
    coding = [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]
    assert one(encounter()).code == ""
    assert one(encounter(type=[{"coding": coding}])).code == "99213"


def test_a_code_with_its_modifiers_keeps_the_code() -> None:
    coding = [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213-25"}]
    assert one(encounter(type=[{"coding": coding}])).code == "99213"


def test_npi_by_identifier_search() -> None:
    who = {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999974493"}
    assert one(encounter(participant=[{"individual": who}])).npi == "9999974493"


@pytest.mark.parametrize(
    ("more", "ended_on"),
    [
        ({"abatementDateTime": "2020-01-05"}, date(2020, 1, 5)),
        ({"clinicalStatus": {"coding": [{"code": "resolved"}]},
          "recordedDate": "2021-02-03"}, date(2021, 2, 3)),
        ({"clinicalStatus": {"coding": [{"code": "inactive"}]}}, date(2019, 3, 2)),
        ({}, None),
    ],
)  # fmt: skip
def test_a_resolved_condition_has_ended(more: dict[str, Any], ended_on: date | None) -> None:
    assert one(condition(**more)).ended_on == ended_on


def test_icd_is_taken_before_snomed_and_chronic_is_proposed() -> None:
    coding = [
        {"system": "http://snomed.info/sct", "code": "44054006"},
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"},
    ]
    found = one(condition(code={"coding": coding, "text": "Diabetes"}))
    assert (found.code, found.system, found.label) == ("E11.9", "icd10cm", "Diabetes")
    assert (found.is_chronic, found.confirmed_by) == (True, "")


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        (condition(verificationStatus={"coding": [{"code": "entered-in-error"}]}), "I57"),
        (condition(verificationStatus={"coding": [{"code": "refuted"}]}), "I57"),
        (condition(code={"text": "sugar"}), "I58"),
        (condition(code={"coding": [{"system": "http://loinc.org", "code": "1"}]}), "I58"),
        (condition(code=None), "I54"),
        (condition(code=["E11.9"]), "I55"),
        (condition(subject=None), "I54"),
        (condition(subject={"reference": "Group/1"}), "I55"),
        (condition(patient_id="nobody"), "I39"),
        (condition(subject={"reference": "Patient?identifier=mrn|77"}), "I56"),
        (condition(onsetDateTime="2019-13-02"), "I25"),
        (condition(onsetDateTime="2999-01-02"), "I26"),
        (condition(onsetDateTime=2019), "I55"),
        (condition(abatementDateTime="2001-01-01"), "I38"),
        (condition(condition_id=""), "I53"),
        (encounter(status="cancelled"), "I57"),
        (encounter(status="entered-in-error"), "I57"),
        (encounter(period={}), "I54"),
        (encounter(period={"start": "2025-03-04", "end": "2025-03-01"}), "I38"),
        (encounter(**{"class": ["IMP"]}), "I55"),
        ({"resourceType": "Practitioner", "id": "p"}, "I54"),
        ({"resourceType": 7, "id": "p"}, "I53"),
        ({"id": "p"}, "I53"),
    ],
)
def test_what_cannot_be_taken_is_a_typed_reject(resource: dict[str, Any], rule: str) -> None:
    assert problem(resource) == rule


def test_a_missing_coverage_is_never_taken_for_medicare() -> None:
    staged = stage(("x.ndjson", lines(patient())))
    assert not [one for one in intake.drafts(staged) if isinstance(one.record, records.Payer)]


@pytest.mark.parametrize(
    ("type_", "payor", "kind", "part_b"),
    [
        ({"coding": [{"code": "121"}]}, "X", "medicare", True),
        ({"coding": [{"code": "111"}]}, "X", "medicare_advantage", None),
        ({"text": "Medicare"}, "", "medicare", True),
        (None, "Medicare Advantage", "medicare_advantage", True),
        (None, "Aetna", "unknown", None),
        (None, "NO_INSURANCE", "unknown", False),
        (None, "Medicaid", "medicaid", True),
    ],
)
def test_coverage_is_what_its_codes_or_names_say(
    type_: Any, payor: str, kind: str, part_b: bool | None
) -> None:
    found = one({
        "resourceType": "Coverage", "id": "v", "status": "active", "type": type_,
        "beneficiary": {"reference": "Patient/a"}, "payor": [{"reference": "Organization/o"}],
        "period": {"start": "2020-01-01", "end": "2030-12-31"},
    }, {"resourceType": "Organization", "id": "o", "name": payor})  # fmt: skip
    assert (found.kind, found.has_part_b, found.to_on) == (kind, part_b, date(2030, 12, 31))


def consent(text: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent", "id": "k", "status": "active", "dateTime": "2025-01-15",
        "patient": {"reference": "Patient/a"}, "category": [{"text": text}], **more,
    }  # fmt: skip


def test_only_a_consent_to_care_management_counts_as_one() -> None:
    found = one(consent("Chronic care management services"))
    assert (found.given_on, found.mode) == (date(2025, 1, 15), "verbal")
    staged = stage(("x.ndjson", lines(consent("Privacy notice"))), ("y.ndjson", lines(patient())))
    file = staged.report.files[0]
    assert (file.read, file.unused, staged.report.total("rejected")) == (0, 1, 0)
    assert "something else than care management" in file.notes[0]


def test_an_inactive_consent_is_revoked() -> None:
    more = {"status": "inactive", "provision": {"period": {"end": "2025-06-30"}}}
    assert one(consent("CCM", **more)).revoked_on == date(2025, 6, 30)
    assert problem(consent("CCM", status="rejected")) == "I57"
    assert problem(consent("CCM", status="inactive")) == "I54"


def test_a_care_plan_covers_what_it_addresses() -> None:
    plan = {
        "resourceType": "CarePlan", "id": "cp", "status": "active", "intent": "plan",
        "subject": {"reference": "Patient/a"}, "period": {"start": "2025-01-20"},
        "addresses": [{"reference": "Condition/c"}], "goal": [{"reference": "Goal/g"}],
    }  # fmt: skip
    found = one(plan, condition())
    assert found.condition_codes == {"E11.9"}
    assert found.elements == {"problem_list", "measurable_goals"}
    assert found.is_detailed


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [
        {"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_a_bundle_with_urn_references_and_the_line_of_a_bad_entry() -> None:
    good = condition(subject={"reference": "urn:uuid:a"})
    bad = condition("d", subject={"reference": "urn:uuid:a"}, onsetDateTime="never")
    other = {"resourceType": "Observation", "id": "o"}
    text = json.dumps(bundle(patient(), good, other, bad), indent=2)
    report = stage(("bundle.json", text.encode())).report
    file = report.files[0]
    assert (file.kind, file.read, file.accepted, file.unused) == ("Bundle", 3, 2, 1)
    line = report.rejects[0].line
    assert '"fullUrl": "urn:uuid:d"' in text.splitlines()[line]


def test_a_single_resource_file() -> None:
    assert only(stage(("p.json", json.dumps(patient(), indent=1).encode()))).patient_id == "a"


@pytest.mark.parametrize("end", [b"\r\n", b"\n\n", b"\n   \n"])
def test_line_ends_blank_lines_and_a_mark(end: bytes) -> None:
    content = b"\xef\xbb\xbf" + lines(patient("a"), patient("b"), condition()).replace(b"\n", end)
    assert stage(("x.ndjson", content)).report.total("accepted") == 3


BAD_LINES = [
    (b"{", "I50"), (b"{]", "I50"), (b'{"a": NaN}', "I50"), (b'{"a": Infinity}', "I50"),
    (b'{"a": 1, "a": 2}', "I51"), (b"[" * 100 + b"]" * 100, "I52"), (b'{"a":' * 5000, "I52"),
    (b'{"resourceType": "Patient", "id": "\xff"}', "I01"), (b'{"a": "\\ud800"}', "I50"),
    (b'{"a": "\\u0000"}', "I02"), (b"[]", "I53"), (b"null", "I53"), (b"1e999", "I53"),
    (b'{"a": 1,}', "I50"), (b"{'a': 1}", "I50"), (b'{"a": 01}', "I50"), (b'{"a": "\t"}', "I50"),
    (b'{"resourceType": "Patient"}', "I53"), (b'{"resourceType": "Patient", "id": 7}', "I53"),
    (b'{"resourceType": "Patient", "id": "x", "name": "A"}', "I55"),
    (b'{"resourceType": "Patient", "id": "x", "address": [1]}', "I55"),
    (b'{"resourceType": "Patient", "id": "x", "meta": 3}', "I55"),
    (b'{"resourceType": "Bundle", "entry": 3}', "I55"), (b"garbage", "I50"),
    (b"9" * 5000, "I50"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "rule"), BAD_LINES)
def test_a_bad_line_is_rejected_and_the_others_are_read(bad: bytes, rule: str) -> None:
    content = lines(patient("a")) + bad + b"\n" + lines(patient("b"))
    report = stage(("x.ndjson", content)).report
    assert [(line, found) for line, _, found in told(report)] == [(2, rule)]
    assert report.total("accepted") == 2


@pytest.mark.parametrize("bad", [b'{"resourceType": "Bundle", "entry": [', b"[1, 2", b"{\n\n}x"])
def test_a_json_file_that_breaks_off_is_refused(bad: bytes) -> None:
    report = stage(("x.json", bad)).report
    assert (report.is_readable, report.files[0].read) == (False, 0)


def test_the_newest_of_two_versions_is_taken_if_the_export_says_so() -> None:
    old = patient(meta={"lastUpdated": "2024-01-01T00:00:00Z"}, gender="male")
    new = patient(meta={"lastUpdated": "2025-01-01T00:00:00Z"}, gender="female")
    for order in ((old, new), (new, old)):
        staged = stage(("x.ndjson", lines(*order)))
        assert staged.report.total("accepted") == staged.report.total("duplicate") == 1
