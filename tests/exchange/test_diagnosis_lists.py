"""Diagnoses side by side, several in a cell, and codes with their texts."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core import records
from ccm_core.exchange import diagnosis_columns, intake, running
from ccm_core.exchange.diagnosis_cells import diagnoses
from tests.exchange.makers import patients, require_identity, stage, told

TODAY = date(2026, 3, 1)
WHO = b"patient_id,family_name,born_on"


def found(staged: intake.Staged) -> list[tuple[str, str, str]]:
    """Patient, code and label of every condition."""
    kept = [one.record for one in intake.drafts(staged)]
    return [
        (one.patient_id, one.code, one.label) for one in kept if isinstance(one, records.Condition)
    ]


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("I10", "I10"), ("I10; e11.9", "I10 E11.9"), ("I10, E11.9", "I10 E11.9"),
        ("J44.9|N18.30", "J44.9 N18.30"), ("I10 E11.9", "I10 E11.9"), ("I10/E11.9", "I10 E11.9"),
        ("I10 and E11.9", "I10 E11.9"), ("I10\nE11.9\n", "I10 E11.9"), ("I10;;I10", "I10"),
        ("ICD-10-CM: N18.30", "N18.30"), ("SNOMED CT: 44054006", "44054006"),
        ("44054006 |Diabetes mellitus type 2|; I10", "44054006 I10"),
        ("I10; what; E11.9", "I10 what E11.9"),
    ],
)  # fmt: skip
def test_codes_of_a_cell(cell: str, codes: str) -> None:
    assert [code.upper() for code, _ in diagnoses(cell, TODAY)] == codes.upper().split()


@pytest.mark.parametrize(
    ("cell", "code", "text"),
    [
        ("E11.9 - Type 2 diabetes, mild", "E11.9", "Type 2 diabetes, mild"),
        ("Essential hypertension (I10)", "I10", "Essential hypertension"),
        ("COPD [ICD-10: J44.9]", "J44.9", "COPD"),
        ("E11.9 Type 2 diabetes", "E11.9", "Type 2 diabetes"),
        ("I10 Hypertension", "I10", "Hypertension"),
    ],
)
def test_a_code_with_its_text(cell: str, code: str, text: str) -> None:
    assert diagnoses(cell, TODAY) == ((code, text),)


def test_two_codes_with_their_texts() -> None:
    for cell in ("E11.9 - Diabetes; I10 - Hypertension", "Diabetes (E11.9), Hypertension (I10)"):
        assert dict(diagnoses(cell, TODAY)) == {"E11.9": "Diabetes", "I10": "Hypertension"}


@pytest.mark.parametrize(
    "cell",
    [
        "B12 deficiency", "A1C high", "Diabetes; HTN", "Deficiency (B12)", "Note: B12",
        "E78.5 - Hyperlipidemia, see I10 too", "call 5550100 tomorrow", "250.00", "I10;" * 2000,
        "a (" * 8000,
    ],
)  # fmt: skip
def test_what_is_no_plain_list_of_codes_stays_whole(cell: str) -> None:
    assert diagnoses(cell, TODAY) == ((cell.strip(), ""),)


@pytest.mark.parametrize(
    ("header", "numbers"),
    [
        ("dx1 dx2 dx12", [1, 2, 12]), ("icd10_1 icd10_2", [1, 2]), ("ICD-10-CM_1", [1]),
        ("DiagnosisCode1 DiagnosisCode2", [1, 2]), ("dx_01 dx_02", [1, 2]), ("icd101", []),
        ("primary_dx secondary_dx", [1, 2]), ("dx dx2 dx3", [1, 2, 3]), ("icd9_1 icd9_2", []),
        ("phone1 phone2 visit_date_1 dx_provider_1 dx99 problem_1_score", []),
    ],
)  # fmt: skip
def test_headers_that_number_diagnoses(header: str, numbers: list[int]) -> None:
    assert [one.number for one in diagnosis_columns.groups(tuple(header.split()))] == numbers


def test_what_stands_beside_a_numbered_code() -> None:
    names = ("Diagnosis 1", "ICD-10 1", "Dx Onset Date 1", "Dx 2", "Dx Resolved 2", "Dx System 2")
    first, second = diagnosis_columns.groups(names)
    assert first.places == {"code": 1, "label": 0, "onset_on": 2}
    assert second.places == {"code": 3, "ended_on": 4, "system": 5}


def test_patients_with_diagnoses_side_by_side() -> None:
    rows = WHO + b",dx1,dx2,note\na,A,1948-05-17,I10,E11.9,x\nb,B,1950-01-02,,XX,\n"
    rows += b"c,C,1951-01-02,,,\n"
    staged = stage(("patients.csv", rows))
    panel, listed = staged.report.files
    assert (panel.read, panel.accepted, panel.unknown_columns) == (3, 3, ("note",))
    assert (listed.name, listed.kind) == ("patients.csv [diagnoses]", "conditions")
    assert (listed.read, listed.accepted, listed.rejected) == (3, 2, 1)
    assert told(staged.report) == [(3, "dx2", "I37")]
    assert found(staged) == [("a", "I10", ""), ("a", "E11.9", "")]


def test_patients_with_a_cell_of_codes_and_one_of_words() -> None:
    rows = WHO + b",ICD-10 Codes,Problem List\na,A,1948-05-17,I10; E11.9,Diabetes and more\n"
    staged = stage(("patients.csv", rows))
    assert [code for _, code, _ in found(staged)] == ["I10", "E11.9"]
    assert staged.report.files[0].unknown_columns == ("Problem List",)


def test_a_broken_row_of_patients_is_rejected_once() -> None:
    staged = stage(("patients.csv", WHO + b",dx1\na,A,1948-05-17,I10,more\nb,B,1948-05-17,I10\n"))
    assert [(one.file, one.rule) for one in staged.report.rejects] == [("patients.csv", "I20")]


def test_conditions_side_by_side() -> None:
    header = b"Patient ID,Diagnosis Code,Diagnosis Description,Diagnosis Code 2,Description 2,"
    rows = header + b"Diagnosis Description 2\na,I10,HTN,E11.9,,DM\nb,J44.9,COPD,,,\nb,,,,,\n"
    staged = stage(("list.csv", rows), patients("a", "b"))
    assert found(staged) == [("a", "I10", "HTN"), ("a", "E11.9", "DM"), ("b", "J44.9", "COPD")]
    (file, _) = staged.report.files
    assert file.notes == ("Rows that list several diagnoses were read as one row for each.",)
    assert file.unknown_columns == ("Description 2",)


def test_a_cell_of_several_codes_keeps_the_rest_of_its_row(store_url: str) -> None:
    rows = b"id,patient_id,code,onset_on\np1,a,I10; E11.9,2019-01-02\np2,a,J44.9,2020-01-02\n"
    staged = stage(("conditions.csv", rows), patients("a"))
    kept = [one.record for one in intake.drafts(staged)][:3]
    assert [(one.condition_id, one.onset_on.year) for one in kept] == [
        ("p1-I10", 2019), ("p1-E11.9", 2019), ("p2", 2020),
    ]  # fmt: skip
    files = [("conditions.csv", rows), patients("a")]
    first, second = (running.run(files, store_url) for _ in range(2))
    require_identity(first)
    assert (first.total("accepted"), second.total("duplicate")) == (4, 4)


def test_claims_keep_the_order_of_their_diagnoses() -> None:
    rows = b"claim_id,patient_id,month,cpt,dx1,dx2,dx3\nc1,a,2025-03,99490,E11.9,,I10\n"
    staged = stage(("claims.csv", rows), patients("a"))
    (line,) = [one.record for one in intake.drafts(staged)][:1]
    assert line.diagnoses == ("E11.9", "I10")
    assert staged.report.files[0].unknown_columns == ()


def test_a_mapping_may_call_several_columns_code() -> None:
    rows = b"Who,First,Second\na,I10,E11.9\n"
    said = {"kind": "conditions", "columns": {"Who": "patient_id", "First": "code",
            "Second": "code"}}  # fmt: skip
    staged = stage(("x.csv", rows), patients("a"), mapping={"x.csv": said})
    assert [code for _, code, _ in found(staged)] == ["I10", "E11.9"]
    left_out = {"kind": "patients", "columns": {"dx1": ""}}
    panel = ("p.csv", WHO + b",dx1\na,A,1948-05-17,I10\n")
    assert not found(stage(panel, mapping={"p.csv": left_out}))


def test_two_columns_of_one_meaning_in_a_mapping_are_a_question() -> None:
    said = {"kind": "patients", "columns": {"A": "phone", "B": "phone"}}
    report = stage(("p.csv", WHO + b",A,B\na,A,1948-05-17,1,2\n"), mapping={"p.csv": said}).report
    assert [(one.rule, one.about) for one in report.questions] == [("I06", "columns")]


def test_dates_beside_diagnoses_may_need_a_word() -> None:
    rows = ("p.csv", WHO + b",dx1,dx1_date\na,A,1948-05-17,I10,03/04/2019\n")
    (question,) = stage(rows).report.questions
    assert question.file == "p.csv [diagnoses]"
    staged = stage(rows, mapping={question.file: {"date_format": "mdy"}})
    assert [one.record for one in intake.drafts(staged)][-1].onset_on == date(2019, 3, 4)


def test_a_code_that_ended_with_its_system_is_named() -> None:
    report = stage(("conditions.csv", b"patient_id,code\na,250.00\n"), patients("a")).report
    assert "ICD-9-CM" in report.rejects[0].reason
