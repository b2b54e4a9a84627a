"""FHIR exports in the ways of other vendors: what they leave out, add and say differently."""

from __future__ import annotations

import gzip
import json
from datetime import date
from typing import Any

import pytest

from ccm_core import records
from ccm_core.exchange import intake
from ccm_core.exchange.settle import settle
from ccm_core.exchange.whose import Nothing
from tests.exchange.makers import condition, encounter, lines, only, patient, stage, told


def found(kind: type[Any], *resources: dict[str, Any]) -> list[Any]:
    """The records of a kind that these resources come to."""
    staged = stage(("x.ndjson", lines(*resources)))
    return [one.record for one in intake.drafts(staged) if isinstance(one.record, kind)]


def coverage(type_: Any, payor: str) -> dict[str, Any]:
    return {
        "resourceType": "Coverage", "id": "v", "status": "active", "type": type_,
        "beneficiary": {"reference": "Patient/a"}, "payor": [{"display": payor}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "payor", "kind"),
    [
        # A vendor's own list also begins with 1: only the public typology may say Medicare.
        ({"coding": [{"system": "urn:oid:1.2.840.114350.1", "code": "1"}]}, "Aetna", "unknown"),
        ({"coding": [{"code": "1"}]}, "", "unknown"),
        ({"coding": [{"system": "https://nahdo.org/sopt", "code": "1"}]}, "", "medicare"),
        ({"coding": [{"system": "urn:oid:2.16.840.1.113883.3.221.5", "code": "11"}]}, "",
         "medicare_advantage"),
        # A private insurer under the type Medicare is an Advantage plan or a supplement.
        ({"text": "Medicare"}, "AETNA", "unknown"),
        ({"text": "Medicare"}, "Noridian JF", "medicare"),
        (None, "Medicare Part A and B", "medicare"),
        (None, "Medicare Part A", "unknown"),
        (None, "Humana Gold Plus (Medicare Advantage)", "medicare_advantage"),
        (None, "Kansas Medicaid", "medicaid"),
        (None, "Medicare/Medicaid", "unknown"),
    ],
)  # fmt: skip
def test_a_payer_is_medicare_only_if_it_says_so(type_: Any, payor: str, kind: str) -> None:
    (payer,) = found(records.Payer, patient(), coverage(type_, payor))
    assert payer.kind == kind


def test_a_payer_that_is_only_displayed_has_its_name() -> None:
    (payer,) = found(records.Payer, patient(), coverage(None, "MEDICARE"))
    assert (payer.kind, payer.name, payer.has_part_b) == ("medicare", "MEDICARE", True)


def plan(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "CarePlan", "id": "p", "status": "active", "intent": "plan",
        "subject": {"reference": "Patient/a"}, "period": {"start": "2024-01-01"}, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "ended_on"),
    [
        ({"period": {"start": "2024-01-01", "end": "2090-01-01"}}, date(2090, 1, 1)),
        ({"status": "completed", "meta": {"lastUpdated": "2024-06-01T12:00:00Z"}},
         date(2024, 6, 1)),
        ({"status": "completed"}, None),
    ],
)  # fmt: skip
def test_the_end_of_a_plan(more: dict[str, Any], ended_on: date | None) -> None:
    (made,) = found(records.CarePlan, patient(), plan(**more))
    assert made.ended_on == ended_on


def test_a_stay_may_have_a_planned_end() -> None:
    period = {"start": "2025-02-01T10:00:00Z", "end": "2090-02-01T10:00:00Z"}
    (stay,) = found(
        records.Stay, patient(), encounter(**{"class": {"code": "IMP"}, "period": period})
    )
    assert stay.to_on == date(2090, 2, 1)


def test_an_encounter_in_the_shape_of_the_next_release() -> None:
    newer = encounter(**{"class": [{"coding": [{"code": "IMP"}]}], "status": "completed"})
    newer["actualPeriod"] = newer.pop("period")
    (stay,) = found(records.Stay, patient(), newer)
    assert (stay.kind, stay.from_on) == ("hospital", date(2025, 3, 4))


def test_resources_of_a_transaction_are_named_by_their_urn() -> None:
    who = "urn:uuid:11111111-1111-1111-1111-111111111111"
    sick = condition(subject={"reference": who})
    entries = [
        {"fullUrl": who, "resource": patient()},
        {"fullUrl": who.replace("1", "2"), "resource": sick},
    ]
    for entry in entries:
        entry["resource"].pop("id")  # type: ignore[attr-defined]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    report = stage(("b.json", json.dumps(bundle).encode())).report
    assert (report.total("accepted"), report.total("rejected")) == (2, 0)


def test_an_npi_is_told_by_its_type_too() -> None:
    coded = {"type": {"coding": [{"code": "NPI"}]}, "value": "1234567893"}
    resource = {"resourceType": "Practitioner", "id": "d", "identifier": [{"value": "7"}, coded]}
    assert only(stage(("x.ndjson", lines(resource)))).npi == "1234567893"


def test_the_newest_version_is_told_across_offsets() -> None:
    """As texts, 00:00+05:00 looks newer than 22:00Z of the day before; it is older."""
    older = patient(gender="male", meta={"lastUpdated": "2025-01-01T00:00:00+05:00"})
    newer = patient(meta={"lastUpdated": "2024-12-31T22:00:00Z"})
    staged = stage(("x.ndjson", lines(older, newer)))
    (kept,) = settle(staged.files, Nothing()).writes[records.Patient]
    assert kept.sex == "F"


def test_a_moment_of_change_that_no_calendar_holds() -> None:
    assert found(records.Patient, patient(meta={"lastUpdated": "0001-01-01T00:00:00+05:00"}))


def into(patient_id: str) -> dict[str, Any]:
    return {"link": [{"type": "replaced-by", "other": {"reference": f"Patient/{patient_id}"}}]}


def test_merged_patients_are_one_person() -> None:
    people = (patient("a", **into("b")), patient("b", **into("c")), patient("c"))
    staged = stage(("x.ndjson", lines(condition(), *people)))
    names = [one.record.patient_id for one in intake.drafts(staged)]
    assert sorted(names) == ["c", "c"]
    assert not staged.report.rejects


def test_links_in_a_circle_or_to_nobody_merge_nobody() -> None:
    people = (patient("a", **into("b")), patient("b", **into("a")), patient("c", **into("zz")))
    assert len(found(records.Patient, *people)) == 3


@pytest.mark.parametrize("name", ["Patient.ndjson.gz", "1.Patient.ndjson"])
def test_a_file_packed_by_gzip(name: str) -> None:
    report = stage((name, gzip.compress(lines(patient())))).report
    assert (report.files[0].name, report.total("accepted")) == (name.removesuffix(".gz"), 1)


@pytest.mark.parametrize(
    ("packed", "rule"),
    [(gzip.compress(lines(patient()))[:-9], "I04"), (gzip.compress(b"\n" * 4_000_000), "I03")],
)
def test_a_packed_file_that_is_damaged_or_a_bomb(packed: bytes, rule: str) -> None:
    report = stage(("Patient.ndjson.gz", packed)).report
    assert report.files[0].error.startswith(rule)
    assert told(report) == []


def test_a_refusal_in_the_words_of_the_next_release_is_no_consent() -> None:
    refused = {
        "resourceType": "Consent", "id": "k", "status": "active", "dateTime": "2025-01-15",
        "patient": {"reference": "Patient/a"}, "category": [{"text": "CCM"}], "decision": "deny",
    }  # fmt: skip
    assert told(stage(("x.ndjson", lines(patient(), refused))).report) == [
        (2, "Consent.provision", "I57")
    ]


@pytest.mark.parametrize(("end", "revoked_on"), [("2024-01-05", date(2024, 1, 5)), ("2090", None)])
def test_a_consent_that_was_given_until_a_day_ends_with_it(
    end: str, revoked_on: date | None
) -> None:
    consent = {
        "resourceType": "Consent", "id": "k", "status": "active", "dateTime": "2023-01-05",
        "patient": {"reference": "Patient/a"}, "category": [{"text": "Chronic care management"}],
        "provision": {"type": "permit", "period": {"start": "2023-01-05", "end": end}},
    }  # fmt: skip
    (given,) = found(records.Consent, patient(), consent)
    assert given.revoked_on == revoked_on


@pytest.mark.parametrize(
    ("end", "to_on"),
    [("2024", date(2024, 12, 31)), ("2024-02", date(2024, 2, 29)), ("2090", date(2090, 12, 31))],
)
def test_what_ends_with_a_month_or_a_year_lasts_to_its_last_day(end: str, to_on: date) -> None:
    lasting = coverage(None, "Medicare") | {"period": {"start": "2020", "end": end}}
    (payer,) = found(records.Payer, patient(), lasting)
    assert (payer.from_on, payer.to_on) == (date(2020, 1, 1), to_on)


def test_identifiers_in_use_come_before_old_ones() -> None:
    medical = {"type": {"coding": [{"code": "MR"}]}}
    medicare = {"system": "urn:oid:2.16.840.1.113883.4.927"}
    person = patient(identifier=[
        {**medical, "use": "old", "value": "before"}, {**medical, "value": "now"},
        {**medicare, "use": "old", "value": "1S00-A00-AA11"},
        {**medicare, "value": "1S00-A00-AA00"},
    ])  # fmt: skip
    (one,) = found(records.Patient, person)
    assert (one.mrn, one.mbi) == ("now", "1S00A00AA00")
    person["identifier"] = [{**medical, "use": "old", "value": "before"}]
    assert found(records.Patient, person)[0].mrn == "before"


def test_a_billed_visit_at_home_keeps_its_code() -> None:
    at_home = {
        "resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "HH"},
        "subject": {"reference": "Patient/a"}, "period": {"start": "2025-02-03"},
    }  # fmt: skip
    assert [stay.kind for stay in found(records.Stay, patient(), at_home)] == ["home_health"]
    coding = {"system": "http://www.ama-assn.org/go/cpt", "code": "99495"}
    at_home["type"] = [{"coding": [coding]}]
    (visit,) = found(records.Visit, patient(), at_home)
    assert (visit.code, visit.kind) == ("99495", "home_health")


CPT = "http://www.ama-assn.org/go/cpt"


def typed(*codes: str) -> dict[str, Any]:
    """An encounter with these CPT codes, each in a concept of its own."""
    return encounter(type=[{"coding": [{"system": CPT, "code": one}]} for one in codes])


@pytest.mark.parametrize(
    ("codes", "kept", "noted"),
    [
        (("99213",), "99213", ""),
        (("99213", "99213-25"), "99213", ""),
        (("9921",), "", "no CPT or HCPCS code"),
        (("9921", "G0181"), "G0181", "no CPT or HCPCS code"),
        (("99213", "G0181"), "99213", "several procedure codes"),
    ],
)
def test_a_code_that_an_encounter_loses_is_noted(
    codes: tuple[str, ...], kept: str, noted: str
) -> None:
    staged = stage(("x.ndjson", lines(patient(), typed(*codes))))
    (visit,) = (
        one.record for one in intake.drafts(staged) if isinstance(one.record, records.Visit)
    )
    assert visit.code == kept
    notes = staged.report.files[0].notes
    assert (noted in notes[0]) if noted else notes == ()
