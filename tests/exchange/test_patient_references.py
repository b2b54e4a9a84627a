"""Resources name their patient in many ways: by identifier, within themselves, by any address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccm_core.exchange import intake, running
from ccm_core.exchange.fhir_elements import by_number, number_of
from tests.exchange.makers import condition, lines, patient, require_identity, stage

SYSTEM = "urn:oid:1.2.840.114350"
RECORD: dict[str, Any] = {
    "type": {"coding": [{"code": "MR"}]}, "system": SYSTEM, "value": "MRN-77",
}  # fmt: skip
MBI: dict[str, Any] = {"system": "http://hl7.org/fhir/sid/us-mbi", "value": "1S00-A00-AA00"}
KNOWN = patient("a", identifier=[RECORD, MBI])


def within(*identifiers: dict[str, Any], kind: str = "Patient") -> dict[str, Any]:
    """A condition whose patient is contained in it."""
    inner = {"resourceType": kind, "id": "p", "identifier": list(identifiers)}
    return condition(subject={"reference": "#p"}, contained=[inner])


NAMED = {
    "identifier": condition(subject={"identifier": {"system": SYSTEM, "value": "MRN-77"}}),
    "no system": condition(subject={"identifier": {"value": "MRN-77"}}),
    "Medicare": condition(subject={"identifier": MBI}),
    "contained": within(RECORD),
    "version": condition(subject={"reference": "https://x.example/fhir/Patient/a/_history/3"}),
    "bare": condition(subject={"reference": "a", "type": "Patient"}),
    "DSTU2": {**condition(), "subject": None, "patient": {"reference": "Patient/a"}},
    "search": condition(subject={"reference": f"Patient?identifier={SYSTEM}|MRN-77"}),
}


@pytest.mark.parametrize("name", list(NAMED))
def test_a_patient_of_this_import_is_found(name: str) -> None:
    report = stage(("c.ndjson", lines(NAMED[name])), ("p.ndjson", lines(KNOWN))).report
    assert report.total("accepted") == 2, report.rejects


@pytest.mark.parametrize("name", ["identifier", "no system", "Medicare", "contained", "search"])
def test_a_stored_patient_is_found_by_record_or_medicare_number(name: str, store_url: str) -> None:
    running.run([("p.ndjson", lines(KNOWN))], store_url)
    first, second = (running.run([("c.ndjson", lines(NAMED[name]))], store_url) for _ in range(2))
    require_identity(first)
    assert (first.total("accepted"), second.total("duplicate")) == (1, 1), first.rejects


def test_a_panel_of_record_numbers_is_found_by_them(store_url: str) -> None:
    panel = b"MRN,last name,dob\nMRN-77,Family,1948-05-17\n"
    running.run([("patients.csv", panel)], store_url)
    found = running.run([("c.ndjson", lines(NAMED["identifier"]))], store_url)
    assert found.total("accepted") == 1, found.rejects


STRANGERS = {
    "nobody": condition(subject={"identifier": {"value": "MRN-78"}}),
    "another system": condition(subject={"identifier": {"system": "urn:x", "value": "MRN-77"}}),
    "a patient's id": condition(subject={"identifier": {"value": "a"}}),
    "social security": condition(
        subject={"identifier": {"type": {"coding": [{"code": "SS"}]}, "value": "MRN-78"}}
    ),
    "contained stranger": within({**RECORD, "value": "MRN-78"}),
    "contained nobody": within(),
}


@pytest.mark.parametrize("name", list(STRANGERS))
def test_nobody_is_guessed(name: str, store_url: str) -> None:
    running.run([("p.ndjson", lines(KNOWN))], store_url)
    for files in ([("p.ndjson", lines(KNOWN))], []):
        if not files and name == "another system":
            continue  # the store keeps no systems: there it is one number
        found = running.run([*files, ("c.ndjson", lines(STRANGERS[name]))], store_url)
        assert [(one.rule, one.column) for one in found.rejects] == [("I56", "Condition.subject")]


def test_two_patients_with_one_number_are_not_told_apart() -> None:
    twins = lines(KNOWN, patient("b", identifier=[{"system": "urn:x", "value": "MRN-77"}]))
    report = stage(("p.ndjson", twins), ("c.ndjson", lines(NAMED["no system"]))).report
    assert [one.rule for one in report.rejects] == ["I56"]


def test_what_is_contained_must_be_a_patient() -> None:
    report = stage(("c.ndjson", lines(within(RECORD, kind="Group")))).report
    assert [one.rule for one in report.rejects] == ["I55"]
    lost = condition(subject={"reference": "#q"}, contained=["text", {"id": "p"}])
    assert [one.rule for one in stage(("c.ndjson", lines(lost))).report.rejects] == ["I54"]


def test_the_address_of_an_entry_leads_to_its_resource() -> None:
    entries = [
        {"fullUrl": "https://x.example/fhir/Patient/old", "resource": patient("77")},
        {"resource": condition(subject={"reference": "https://x.example/fhir/Patient/old"})},
    ]
    bundle = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    found = [one.record.patient_id for one in intake.drafts(stage(("b.json", bundle)))]
    assert found == ["77", "77"]


def test_numbers_and_identifiers_are_told_apart() -> None:
    assert number_of(by_number("5", "Condition.subject")) == ("Condition.subject", "5")
    assert number_of("5") == number_of("") == ("", "")


def test_an_identifier_of_other_letters_is_another(store_url: str) -> None:
    panel = ("patients.csv", b"patient_id,family_name,born_on\nA2,A,1948-05-17\n")
    listed = ("conditions.csv", b"patient_id,code\na2,I10\nA-2,I10\n")
    assert [one.rule for one in stage(panel, listed).report.rejects] == ["I39", "I39"]
    running.run([panel], store_url)
    assert [one.rule for one in running.run([listed], store_url).rejects] == ["I39", "I39"]
