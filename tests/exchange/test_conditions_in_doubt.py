"""What a FHIR condition says of itself in words or in a vendor's codes counts as well."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ccm_core import records
from ccm_core.exchange import intake
from tests.exchange.makers import condition, lines, patient, stage, told

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
VENDOR = {"system": "urn:oid:1.2.3", "code": "3"}


def staged(**more: Any) -> intake.Staged:
    return stage(("x.ndjson", lines(patient(), condition(recordedDate="2020-01-01", **more))))


def only(**more: Any) -> records.Condition:
    found = [one.record for one in intake.drafts(staged(**more))]
    (one,) = (record for record in found if isinstance(record, records.Condition))
    return one


@pytest.mark.parametrize(
    "status",
    [
        {"text": "Resolved"},
        {"coding": [{"display": "Inactive"}]},
        {"coding": [VENDOR, {"code": "remission"}]},
    ],
)
def test_a_condition_that_has_ended_in_other_words(status: dict[str, Any]) -> None:
    assert only(clinicalStatus=status).ended_on == date(2020, 1, 1)
    assert only(clinicalStatus={"coding": [VENDOR, {"code": "active"}]}).ended_on is None


@pytest.mark.parametrize(
    "status", [{"text": "Entered in Error"}, {"coding": [VENDOR, {"code": "refuted"}]}]
)
def test_a_condition_that_never_was_in_other_words(status: dict[str, Any]) -> None:
    report = staged(verificationStatus=status).report
    assert told(report) == [(2, "verificationStatus", "I57")]


@pytest.mark.parametrize("code", ["unconfirmed", "provisional", "differential"])
def test_a_diagnosis_that_is_only_probable_waits_for_a_practitioner(code: str) -> None:
    status = {"coding": [{"code": code}]}
    assert only(verificationStatus=status).is_chronic is None
    assert any(
        "unconfirmed" in note for note in staged(verificationStatus=status).report.files[0].notes
    )
    assert only(verificationStatus={"coding": [{"code": "confirmed"}]}).is_chronic is True


def test_codes_beside_each_other_are_told_and_the_chronic_one_is_kept() -> None:
    codes = [{"system": ICD10, "code": one} for one in ("J06.9", "N18.30")]
    found = staged(code={"coding": codes})
    (record,) = (d.record for d in intake.drafts(found) if isinstance(d.record, records.Condition))
    assert record.code == "N18.30"
    assert any("several ICD-10-CM codes" in note for note in found.report.files[0].notes)
    alike = [{"system": ICD10, "code": one} for one in ("E11.9", "E119")]
    assert not staged(code={"coding": alike}).report.files[0].notes


def test_a_code_that_is_kept_does_not_bear_the_name_of_another() -> None:
    codes = [{"system": ICD10, "code": "R73.9", "display": "Hyperglycemia"},
             {"system": ICD10, "code": "E11.9"}]  # fmt: skip
    assert (only(code={"coding": codes}).code, only(code={"coding": codes}).label) == (
        "E11.9", "E11.9",
    )  # fmt: skip
    assert only(code={"coding": codes, "text": "Diabetes"}).label == "Diabetes"


@pytest.mark.parametrize(("icd10", "is_chronic"), [("R03.0", None), ("I10", True)])
def test_what_is_chronic_in_snomed_alone_waits_for_a_practitioner(icd10, is_chronic) -> None:
    codes = [{"system": "http://snomed.info/sct", "code": "38341003"},
             {"system": ICD10, "code": icd10}]  # fmt: skip
    found = staged(code={"coding": codes})
    (record,) = (d.record for d in intake.drafts(found) if isinstance(d.record, records.Condition))
    assert (record.code, record.is_chronic) == (icd10, is_chronic)
    assert any("SNOMED" in note for note in found.report.files[0].notes) is (is_chronic is None)


def test_what_is_chronic_in_icd10_alone_counts() -> None:
    codes = [{"system": "http://snomed.info/sct", "code": "195662009"},
             {"system": ICD10, "code": "E11.9"}]  # fmt: skip
    assert only(code={"coding": codes}).is_chronic is True
