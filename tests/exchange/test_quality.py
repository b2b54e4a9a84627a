"""Observations about whole imports: doubles and gaps, without naming anybody."""

from __future__ import annotations

import json

from tests.exchange.makers import patients, stage, table

HEADER = ["patient_id", "family_name", "given_name", "born_on", "mbi"]
COVER = ["patient_id", "payer name", "start date", "end date"]


def told(rows: list[list[str]], covers: list[list[str]]) -> str:
    report = stage(
        ("patients.csv", table(HEADER, rows)), ("coverage.csv", table(COVER, covers))
    ).report
    assert not report.rejects
    return json.dumps(report.as_json()["observations"])


def test_two_identifiers_of_one_person_are_noticed() -> None:
    rows = [
        ["a", "Smith", "Ann", "1948-05-17", "1S00A00AA00"],
        ["b", "SMITH", "ann", "1948-05-17", ""],
        ["c", "Jones", "Jo", "1950-05-17", "1S00A00AA00"],
    ]
    said = told(rows, [])
    assert "2 patients share a Medicare number" in said
    assert "2 patients share name and birth date" in said
    assert "3 new or changed patients come without coverage" in said
    assert "Smith" not in said


def test_a_gap_in_coverage_is_noticed() -> None:
    rows = [[one, one, one, "1948-05-17", ""] for one in "abc"]
    covers = [
        ["a", "Medicare", "2020-01-01", "2020-12-31"], ["a", "Aetna", "2021-02-01", ""],
        ["b", "Medicare", "2020-01-01", "2020-12-31"], ["b", "Aetna", "2021-01-01", ""],
        ["c", "Medicare", "2020-01-01", ""], ["c", "Aetna", "2025-01-01", ""],
    ]  # fmt: skip
    assert told(rows, covers) == '["1 patients have a gap between two of their coverages."]'


def test_a_clean_import_has_nothing_to_say() -> None:
    assert stage(patients()).report.observations == ()
