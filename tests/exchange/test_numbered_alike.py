"""Systems number each type of resource from one: a reference says which type it means."""

from __future__ import annotations

from typing import Any

from ccm_core import records
from ccm_core.exchange import intake
from tests.exchange.makers import lines, patient, stage


def doctor(id_: str, npi: str) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner", "id": id_, "name": [{"family": "Doe"}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi}],
    }  # fmt: skip


def taken(kind: type[Any], *resources: dict[str, Any]) -> Any:
    staged = stage(*((f"{at}.ndjson", lines(one)) for at, one in enumerate(resources)))
    (found,) = (d.record for d in intake.drafts(staged) if isinstance(d.record, kind))
    return found


def test_a_place_lends_no_name_to_a_payer_of_its_number() -> None:
    coverage = {
        "resourceType": "Coverage", "id": "v", "status": "active",
        "beneficiary": {"reference": "Patient/a"}, "payor": [{"reference": "Organization/1"}],
    }  # fmt: skip
    payer = taken(
        records.Payer,
        patient(),
        {"resourceType": "Organization", "id": "1", "name": "Humana"},
        {"resourceType": "Location", "id": "1", "name": "Medicare"},
        coverage,
    )
    assert (payer.name, payer.kind) == ("Humana", "unknown")


def test_a_role_lends_no_number_to_a_practitioner_of_its_id() -> None:
    role = {
        "resourceType": "PractitionerRole", "id": "1",
        "practitioner": {"reference": "Practitioner/2"},
    }  # fmt: skip
    people = [doctor("1", "1234567893"), doctor("2", "1245319599")]
    for named, npi in (("Practitioner/1", "1234567893"), ("PractitionerRole/1", "1245319599")):
        person = patient(generalPractitioner=[{"reference": named}])
        assert taken(records.Patient, person, *people, role).practitioner_npi == npi
