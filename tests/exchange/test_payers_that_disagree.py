"""Coverage whose type, payer and plan say different things is never plain Medicare."""

from __future__ import annotations

from typing import Any

import pytest

from ccm_core import records
from ccm_core.exchange import intake, payer_kinds
from tests.exchange.makers import lines, patient, patients, stage, table

SOPT = "https://nahdo.org/sopt"
HUMANA = {"resourceType": "Organization", "id": "o", "name": "Humana Medicare Advantage"}


def payer(*files: tuple[str, bytes]) -> tuple[records.Payer, str]:
    staged = stage(*files)
    (found,) = (d.record for d in intake.drafts(staged) if isinstance(d.record, records.Payer))
    return found, " ".join(note for file in staged.report.files for note in file.notes)


def typed(code: str) -> dict[str, Any]:
    return {"coding": [{"system": SOPT, "code": code}]}


@pytest.mark.parametrize(
    ("name", "more", "kind"),
    [
        ("Medicare", {"type": {"text": "Medicare Advantage"}}, "medicare_advantage"),
        ("Medicare", {"type": {"coding": [{"system": "urn:oid:1.2", "display": "Medicare HMO"}]}},
         "medicare_advantage"),
        ("Medicare", {"class": [{"value": "H1234", "name": "Medicare Advantage PPO"}]},
         "medicare_advantage"),
        ("Aetna Medicare Advantage", {"type": typed("1")}, "medicare_advantage"),
        ("Aetna", {"type": typed("1")}, "unknown"),
        ("Medicare", {"type": {"text": "Medicare Part A"}}, "unknown"),
        ("Medicare", {"type": {"text": "Medicare Part D"}}, "unknown"),
        ("Medicare", {"type": typed("122")}, "unknown"),
        ("Medicare", {"class": [{"value": "MA"}]}, "medicare"),
        ("Medicare", {"type": {"text": "Medicare Part A and B"}}, "medicare"),
        # Every part of Medicare is of the group Medicare.
        ("", {"class": [{"value": "Medicare"}, {"value": "Part D"}]}, "unknown"),
        ("", {"class": [{"value": "Medicare"}, {"value": "Part B"}]}, "medicare"),
        ("Centers for Medicare and Medicaid Services", {"class": [{"value": "Part B"}]},
         "medicare"),
        ("", {"class": [{"value": "Part B"}], "type": typed("122")}, "unknown"),
        # Organizations that carry both programmes are managed care.
        ("State plan", {"type": typed("14")}, "medicare_advantage"),
        ("Medicare", {"type": typed("141")}, "medicare_advantage"),
    ],
)  # fmt: skip
def test_fhir_coverage(name: str, more: dict[str, Any], kind: str) -> None:
    coverage = {
        "resourceType": "Coverage", "id": "v", "status": "active", "payor": [{"display": name}],
        "beneficiary": {"reference": "Patient/a"}, **more,
    }  # fmt: skip
    found, said = payer(("x.ndjson", lines(patient(), coverage)))
    assert found.kind == kind
    is_told = kind == "unknown" and name != "" and more.get("type") != typed("122")
    assert (payer_kinds.CONTRADICTS in said) is is_told


def test_a_payer_within_its_coverage_has_its_name() -> None:
    coverage = {
        "resourceType": "Coverage", "id": "v", "status": "active", "contained": [HUMANA],
        "payor": [{"reference": "#o"}], "type": {"text": "Medicare"},
        "beneficiary": {"reference": "Patient/a"},
    }  # fmt: skip
    found, _ = payer(("x.ndjson", lines(patient(), coverage)))
    assert (found.name, found.kind) == ("Humana Medicare Advantage", "medicare_advantage")


def test_a_practitioner_within_a_resource_has_an_npi() -> None:
    doctor = {
        "resourceType": "Practitioner", "id": "d",
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
    }  # fmt: skip
    person = patient(contained=[doctor], generalPractitioner=[{"reference": "#d"}])
    (found,) = intake.drafts(stage(("x.ndjson", lines(person))))
    assert found.record.practitioner_npi == "1234567893"


@pytest.mark.parametrize(
    ("stated", "name", "kind"),
    [
        ("Medicare", "Humana Medicare Advantage", "medicare_advantage"),
        ("Medicare", "Aetna", "unknown"),
        ("Medicare", "AARP Medicare Supplement", "unknown"),
        ("Medicare", "Kansas Medicaid", "unknown"),
        ("Medicare", "Medicare Part A", "unknown"),
        ("Medicare", "Noridian JF", "medicare"),
        ("Medicaid", "Medicare", "medicaid"),
    ],
)
def test_tables(stated: str, name: str, kind: str) -> None:
    rows = [["a", stated, name]]
    found, said = payer(
        patients("a"), ("coverage.csv", table(["Patient ID", "Payer Type", "Payer Name"], rows))
    )
    assert found.kind == kind
    assert (payer_kinds.CONTRADICTS in said) is (kind == "unknown")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Part B", "medicare"), ("PART-B", "medicare"), ("Part A & B", "medicare"),
        ("Parts A and B", "medicare"), ("Part A/B", "medicare"), ("Part B Only", "medicare"),
        ("Part A, Part B", "medicare"), ("Medicare B", "medicare"),
        ("Medicare (Part B)", "medicare"), ("Original Medicare (Parts A and B)", "medicare"),
        ("Part A", "unknown"), ("Part D", "unknown"), ("Part B drug", "unknown"),
        ("Part B and D", "unknown"), ("Humana Part B", "unknown"), ("Plan B", "unknown"),
        ("A & B", "unknown"), ("Part C", "medicare_advantage"),
        ("Medicare Supplement Plan B", "unknown"),
    ],
)  # fmt: skip
def test_parts_of_medicare_by_name_alone(name: str, kind: str) -> None:
    content = table(["Patient ID", "Payer Name"], [["a", name]])
    found, _ = payer(patients("a"), ("coverage.csv", content))
    assert found.kind == kind


def test_a_plan_of_part_b_beside_an_insurer_is_asked_about() -> None:
    assert payer_kinds.agreed("", ["Aetna"], ["Part B"]) == ("unknown", False)
    assert payer_kinds.agreed("", [], ["Part B", "Part D"]) == ("unknown", True)
