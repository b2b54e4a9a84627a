"""A status beside a condition or a visit decides whether it counts."""

from __future__ import annotations

import json
from datetime import date

import pytest

from ccm_core.exchange import intake
from tests.exchange.makers import patients, stage, table, told

PROBLEMS = ["Patient MRN", "ICD-10", "Onset Date", "Problem Status"]
VISITS = ["MRN", "Appt Date", "CPT", "Appt Status"]


def problems(*rows: list[str]):
    return stage(("export.csv", table(PROBLEMS, list(rows))), patients("a"))


def visits(*said: str):
    rows = [["a", "2025-02-20", "99214", one] for one in said]
    return stage(("export.csv", table(VISITS, rows)), patients("a"))


def conditions(staged) -> list:
    return [one.record for one in intake.drafts(staged) if hasattr(one.record, "onset_on")]


@pytest.mark.parametrize("said", ["Active", "Stable", "chronic", "Uncontrolled (see note)", ""])
def test_a_condition_that_holds(said):
    (one,) = conditions(problems(["a", "E11.9", "2019-03-02", said]))
    assert one.ended_on is None


@pytest.mark.parametrize("said", ["Resolved", "INACTIVE", "in remission", "Resolved - 2024"])
def test_a_condition_that_has_ended(said):
    (one,) = conditions(problems(["a", "E11.9", "2019-03-02", said]))
    assert one.ended_on == date(2019, 3, 2)


def test_an_end_goes_before_a_status():
    header = [*PROBLEMS, "Resolved Date"]
    rows = table(header, [["a", "E11.9", "2019-03-02", "Resolved", "2024-05-06"]])
    (one,) = conditions(stage(("export.csv", rows), patients("a")))
    assert one.ended_on == date(2024, 5, 6)


def test_an_end_that_no_date_tells():
    assert told(problems(["a", "E11.9", "", "Resolved"]).report) == [(2, "status", "I54")]


@pytest.mark.parametrize("said", ["Ruled Out", "R/O", "Rule out (labs pending)", "Suspected"])
def test_a_condition_that_never_was(said):
    assert told(problems(["a", "E11.9", "", said]).report) == [(2, "status", "I57")]


@pytest.mark.parametrize("header", ["Active", "Is Active", "Active (Y/N)"])
@pytest.mark.parametrize(
    ("said", "is_ended"),
    [("No", True), ("N", True), ("0", True), ("FALSE", True), ("✗", True),
     ("Yes", False), ("1", False), ("✓", False), ("", False)],
)  # fmt: skip
def test_a_problem_that_is_no_longer_active(header, said, is_ended):
    rows = table([*PROBLEMS[:3], header], [["a", "E11.9", "2019-03-02", said]])
    (one,) = conditions(stage(("problem_list.csv", rows), patients("a")))
    assert one.ended_on == (date(2019, 3, 2) if is_ended else None)


def test_a_code_that_ends_with_its_point():
    (one,) = conditions(problems(["a", "I10.", "2019-03-02", ""]))
    assert (one.code, one.is_chronic) == ("I10", True)


@pytest.mark.parametrize("said", ["Completed", "Checked Out", "arrived", "billed", ""])
def test_a_visit_that_took_place(said):
    assert not visits(said).report.rejects


@pytest.mark.parametrize(
    "said", ["No Show", "NoShow", "No Show - charged", "Canceled by patient", "cancelled: ill"]
)
def test_a_visit_that_was_missed(said):
    assert told(visits(said).report) == [(2, "status", "I57")]


def test_an_encounter_that_was_missed():
    header = ["encounter_id", "patient_id", "class", "started_at", "Encounter Status"]
    rows = [["1", "a", "inpatient", "2025-02-03", "Cancelled"],
            ["2", "a", "inpatient", "2025-02-04", "In progress"]]  # fmt: skip
    staged = stage(("encounters.csv", table(header, rows)), patients("a"))
    assert told(staged.report) == [(2, "status", "I57")]


@pytest.mark.parametrize("said", ["Finished", "discharged", "Completed", "Closed - by the desk"])
def test_a_stay_that_is_over_needs_its_last_day(said):
    """Without one it would bar all time to come; kept for a day it would bar too little."""
    header = ["encounter_id", "patient_id", "class", "started_at", "ended_at", "Encounter Status"]
    rows = [["1", "a", "inpatient", "2025-02-03", "", said],
            ["2", "a", "inpatient", "2025-02-03", "2025-02-05", said],
            ["3", "a", "ambulatory", "2025-02-03", "", said]]  # fmt: skip
    staged = stage(("encounters.csv", table(header, rows)), patients("a"))
    assert told(staged.report) == [(2, "", "I54")]
    assert "Add its last day" in staged.report.rejects[0].reason
    assert standing("stays", said) == [(2, "to_on", "I54")]


def test_a_stay_of_fhir_that_is_finished_needs_its_last_day():
    def stay(status: str, **period: str) -> list[tuple[int, str, str]]:
        met = {
            "resourceType": "Encounter", "id": "e", "status": status, "class": {"code": "IMP"},
            "subject": {"reference": "Patient/a"}, "period": {"start": "2025-02-03", **period},
        }  # fmt: skip
        person = {"resourceType": "Patient", "id": "a", "name": [{"family": "Ames"}]}
        lines = "".join(json.dumps(one) + "\n" for one in (person, met))
        return [(one.line, one.column, one.rule)
                for one in stage(("all.ndjson", lines.encode())).report.rejects]  # fmt: skip

    assert stay("in-progress") == []
    assert stay("finished", end="2025-02-05") == []
    assert [rule for _, _, rule in stay("finished")] == ["I54"]


STANDING = {
    "consents": (["Patient ID", "Consent Date", "Consent Status"], ["a", "2025-01-04"]),
    "care_plans": (["Patient ID", "Care Plan Date", "Plan Status"], ["a", "2025-01-04"]),
    "coverage": (["Patient ID", "Payer Name", "Coverage Status"], ["a", "Medicare Part B"]),
    "time_entries": (["Patient ID", "Date", "Minutes", "Entry Status"], ["a", "2025-03-04", "12"]),
    "stays": (["Patient ID", "Stay Type", "Admit Date", "Status"], ["a", "snf", "2025-03-04"]),
}


def standing(kind: str, said: str):
    header, row = STANDING[kind]
    return told(stage((f"{kind}.csv", table(header, [[*row, said]])), patients("a")).report)


@pytest.mark.parametrize(
    ("kind", "said", "rule"),
    [
        ("consents", "Declined", "I57"), ("consents", "pending", "I57"),
        ("consents", "Withdrawn", "I54"), ("care_plans", "Draft", "I57"),
        ("care_plans", "Archived", "I54"), ("coverage", "Terminated", "I54"),
        ("coverage", "Ineligible", "I57"), ("time_entries", "Deleted", "I57"),
        ("time_entries", "Voided - entered twice", "I57"), ("stays", "Cancelled", "I57"),
    ],
)  # fmt: skip
def test_what_was_never_in_force_is_not_taken(kind, said, rule):
    assert standing(kind, said) == [(2, "status", rule)]


@pytest.mark.parametrize("kind", STANDING)
@pytest.mark.parametrize("said", ["Active", "Completed", "In the chart", ""])
def test_what_stands_and_what_no_table_knows_is_taken(kind, said):
    if (kind, said) != ("stays", "Completed"):  # of which the last day is missing
        assert not standing(kind, said)


@pytest.mark.parametrize(("header", "said"), [("Consented", "No"), ("Consent On File", "N")])
def test_a_consent_that_was_not_given(header, said):
    rows = [["a", "2025-01-04", said], ["b", "2025-01-04", "Yes"]]
    content = table(["Patient ID", "Consent Date", header], rows)
    staged = stage(("consents.csv", content), patients("a", "b"))
    assert told(staged.report) == [(2, "status", "I57")]


def test_time_that_is_not_billable():
    header = ["Patient ID", "Date", "Minutes", "Billable"]
    content = table(header, [["a", "2025-03-04", "5", "No"], ["a", "2025-03-04", "6", "Yes"]])
    staged = stage(("time_entries.csv", content), patients("a"))
    assert told(staged.report) == [(2, "status", "I57")]


def test_a_consent_that_was_withdrawn_on_a_day_is_kept_with_it():
    header = ["Patient ID", "Consent Date", "Consent Status", "Revoked Date"]
    content = table(header, [["a", "2025-01-04", "Revoked", "2025-02-04"]])
    found = [one.record for one in intake.drafts(stage(("c.csv", content), patients("a")))]
    assert [one.revoked_on for one in found if hasattr(one, "revoked_on")] == [date(2025, 2, 4)]


@pytest.mark.parametrize(("kind", "is_asked"), [("hospital", True), ("hospice", False)])
def test_a_stay_without_an_end_is_told(kind, is_asked):
    header = ["Patient ID", "Stay Type", "Admit Date", "Discharge Date"]
    rows = [["a", kind, "2025-03-04", ""], ["a", kind, "2025-02-04", "2025-02-06"]]
    staged = stage(("stays.csv", table(header, rows)), patients("a"))
    (file,) = [one for one in staged.report.files if one.name == "stays.csv"]
    assert any("O18" in note for note in file.notes) is is_asked


@pytest.mark.parametrize(
    ("said", "rules"),
    [("0", ["I57"]), ("☐", ["I57"]), ("✗", ["I57"]), ("❌", ["I57"]), ("[ ]", ["I57"]),
     ("Non billable", ["I57"]), ("1", []), ("✓", []), ("✔️", []), ("☑", []), ("x", [])],
)  # fmt: skip
def test_marks_say_whether_time_is_billable(said: str, rules: list[str]) -> None:
    rows = table(["Patient ID", "Date", "Minutes", "Billable"], [["a", "2025-03-25", "12", said]])
    assert [rule for _, _, rule in told(stage(("t.csv", rows), patients("a")).report)] == rules


@pytest.mark.parametrize(
    ("said", "rules"),
    [("✗", ["I57"]), ("☐", ["I57"]), ("not signed", ["I57"]), ("✓", []), ("☑", [])],
)
def test_marks_say_whether_consent_was_given(said: str, rules: list[str]) -> None:
    assert [rule for _, _, rule in standing("consents", said)] == rules


def test_marks_are_yes_and_no() -> None:
    header = ["Patient ID", "Date", "Minutes", "Face to face", "Patient contact"]
    rows = [["a", "2025-03-25", "12", "☐", "✔️"], ["a", "2025-03-26", "12", "✓", "✗"]]
    staged = stage(("t.csv", table(header, rows)), patients("a"))
    found = [one.record for one in intake.drafts(staged)][:2]
    assert [(one.face_to_face, one.is_contact) for one in found] == [(False, True), (True, False)]
