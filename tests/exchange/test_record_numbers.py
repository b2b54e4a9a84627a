"""A column of record numbers means record numbers, also where one is another patient's id."""

from __future__ import annotations

from ccm_core import records
from ccm_core.exchange import running, settle, whose
from tests.exchange.makers import stage, table, told

HEADER = ["Patient ID", "MRN", "Last Name", "First Name", "DOB"]
JOHN, MARY = ["1002", "5555"], ["77", "1002"]


def panel(*people: list[str]) -> tuple[str, bytes]:
    return "patients.csv", table(HEADER, [[*one, "Doe", "Pat", "1948-05-17"] for one in people])


def log(header: str) -> tuple[str, bytes]:
    rows = [["1002", "2025-03-04 10:05", "25"]]
    return "time_entries.csv", table([header, "Start", "Minutes"], rows)


def whose_time(*files: tuple[str, bytes]) -> str:
    writes = settle.settle(stage(*files).files, whose.Nothing()).writes
    (entry,) = writes[records.TimeEntry]
    return entry.patient_id


def test_a_record_number_that_is_another_patients_id() -> None:
    assert whose_time(panel(JOHN, MARY), log("MRN")) == "77"
    assert whose_time(panel(JOHN, MARY), log("Patient ID")) == "1002"


def test_an_id_under_the_head_of_record_numbers_that_is_nobodys_record() -> None:
    assert whose_time(panel(JOHN, ["77", "6666"]), log("MRN")) == "1002"
    assert whose_time(panel(["1002", ""]), log("MRN")) == "1002"


def test_a_record_number_of_two_patients_is_nobodys() -> None:
    report = stage(panel(JOHN, MARY, ["78", "1002"]), log("MRN")).report
    assert told(report) == [(2, "patient_id", "I39")]


def test_stored_patients_are_asked_as_well(store_url: str) -> None:
    running.run([panel(JOHN, MARY)], store_url)
    running.run([log("MRN")], store_url)
    again = running.run([("other.csv", log("MRN")[1])], store_url)
    assert (again.total("accepted"), again.total("duplicate")) == (0, 1)
    other = ("time_entries.csv", log("Patient ID")[1])
    assert [one.rule for one in running.run([other], store_url).rejects] == ["I40"]
