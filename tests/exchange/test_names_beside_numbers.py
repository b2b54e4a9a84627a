"""A column ``Patient`` holds names where another one holds identifiers."""

from __future__ import annotations

import pytest

from ccm_core import records
from ccm_core.exchange import intake
from tests.exchange.makers import patients, stage, table


@pytest.mark.parametrize(
    "header",
    [
        ("MRN", "Patient", "DOB", "Sex"), ("Pt ID", "Patient", "DOB", "Sex"),
        ("Account Number", "Patient", "DOB", "Sex"), ("Chart #", "Member", "DOB", "Sex"),
    ],
)  # fmt: skip
def test_in_a_panel_it_is_the_name(header: tuple[str, ...]) -> None:
    staged = stage(("list.csv", table([*header], [["00123", "ADAMS, ANN", "1948-05-17", "F"]])))
    assert not staged.report.rejects
    (one,) = (found.record for found in intake.drafts(staged))
    assert (one.patient_id, one.family_name, one.given_name) == ("00123", "ADAMS", "ANN")


def test_beside_names_it_is_the_identifier() -> None:
    header = ["Patient", "Last Name", "First Name", "DOB"]
    (found,) = intake.drafts(
        stage(("list.csv", table(header, [["P1", "Adams", "Ann", "1948-05-17"]])))
    )
    assert (found.record.patient_id, found.record.family_name) == ("P1", "Adams")


def test_a_number_is_no_name() -> None:
    staged = stage(("list.csv", table(["MRN", "Patient", "DOB"], [["1", "0042", "1948-05-17"]])))
    (one,) = staged.report.rejects
    assert (one.rule, one.column) == ("I37", "full_name")


@pytest.mark.parametrize("who", ["MRN", "Patient ID", "Chart #"])
def test_in_a_log_the_identifier_comes_first(who: str) -> None:
    header = [who, "Patient", "Date", "Start Time", "Duration (h)", "Role"]
    rows = [["a", "ADAMS, ANN", "2025-03-14", "10:00", "0.5", "RN"]]
    staged = stage(("log.csv", table(header, rows)), patients("a"))
    assert not staged.report.rejects
    (entry,) = (
        one.record for one in intake.drafts(staged) if isinstance(one.record, records.TimeEntry)
    )
    assert (entry.patient_id, entry.seconds) == ("a", 1800)


def test_alone_it_may_be_the_identifier() -> None:
    header = ["Patient", "Date", "Start Time", "Minutes", "Role"]
    rows = [["a", "2025-03-14", "10:00", "12", "RN"]]
    report = stage(("log.csv", table(header, rows)), patients("a")).report
    assert not report.rejects
