"""The list that a practice keeps of its program: consent and care plan beside each name."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core import records
from ccm_core.exchange import intake
from tests.exchange.makers import stage, table, told

ROSTER = (
    b"MRN,Last Name,DOB,CCM Consent Date,Consent Type,Care Plan Date,Care Plan Given Date\n"
    b"1,O'Brien,03/14/1941,02/20/2025,Verbal,03/01/2025,03/02/2025\n"
    b"2,D'Angelo,12/25/1938,,,,\n"
    b"3,Example,12/26/1938,declined,,,\n"
)


def drafts(content: bytes, kind: type, name: str = "roster.csv") -> list:
    staged = stage((name, content))
    assert not staged.report.rejects, staged.report
    return [one.record for one in intake.drafts(staged) if isinstance(one.record, kind)]


def test_days_beside_names_are_records_of_their_own():
    (consent,) = drafts(ROSTER, records.Consent)
    assert (consent.patient_id, consent.given_on, consent.mode) == (
        "1", date(2025, 2, 20), "verbal",
    )  # fmt: skip
    (plan,) = drafts(ROSTER, records.CarePlan)
    assert (plan.created_on, plan.copy_given_on) == (date(2025, 3, 1), date(2025, 3, 2))
    assert len(drafts(ROSTER, records.Patient)) == 3


def test_the_report_names_them():
    files = stage(("roster.csv", ROSTER)).report.files
    assert [(one.name, one.accepted, one.unknown_columns) for one in files] == [
        ("roster.csv", 3, ()), ("roster.csv [consents]", 1, ()), ("roster.csv [care plans]", 1, ()),
    ]  # fmt: skip


def test_the_order_of_the_day_is_proved_by_the_birthdays():
    content = b"MRN,Last Name,DOB,Consent Date\n1,A,25/12/1941,03/04/2025\n"
    (consent,) = drafts(content, records.Consent)
    assert consent.given_on == date(2025, 4, 3)


def test_yes_and_no_are_no_days():
    content = b"MRN,Last Name,DOB,Consent Given,Plan\n1,A,1941-12-25,Yes,Gold\n2,B,1942-12-25,No,\n"
    staged = stage(("patients.csv", content))
    assert not staged.report.rejects
    assert [one.name for one in staged.report.files] == ["patients.csv"]


def test_a_day_that_is_none_is_rejected_there_alone():
    content = b"MRN,Last Name,DOB,Consent Date\n1,A,1941-12-25,2025-02-30\n"
    report = stage(("patients.csv", content)).report
    assert told(report) == [(2, "given_on", "I25")]
    assert [one.accepted for one in report.files] == [1, 0]


@pytest.mark.parametrize("said", ["Yes", "y", "On file", "Verbal"])
@pytest.mark.parametrize(
    ("header", "column"), [("Consent Date", "given_on"), ("Care Plan Date", "created_on")]
)
def test_a_yes_among_days_is_told(said: str, header: str, column: str) -> None:
    rows = [["1", "A", "1941-12-25", "2025-02-20"], ["2", "B", "1942-12-25", said],
            ["3", "C", "1943-12-25", "declined"], ["4", "D", "1944-12-25", "No"]]  # fmt: skip
    staged = stage(("patients.csv", table(["MRN", "Last Name", "DOB", header], rows)))
    assert told(staged.report) == [(3, column, "I25")]
    assert [one.accepted for one in staged.report.files] == [4, 1]


def test_consents_with_names_stay_consents():
    content = b'MRN,Patient Name,Consent Date,Consent Type\n1,"A, B",2025-02-20,written\n'
    staged = stage(("roster.csv", ROSTER), ("consents.csv", content))
    assert ("consents.csv", "consents") in {(one.name, one.kind) for one in staged.report.files}


@pytest.mark.parametrize(
    ("header", "said", "status", "died_on"),
    [
        ("Deceased", "Y", "deceased", None), ("Deceased", "No", "eligible", None),
        ("Deceased", "", "eligible", None), ("Deceased", "N/A", "eligible", None),
        ("Deceased", "3/25/2025", "deceased", date(2025, 3, 25)),
        ("expired_ind", "Y", "deceased", None), ("Expired", "N", "eligible", None),
        ("Vital Status", "Deceased", "deceased", None), ("Vital Status", "Alive", "eligible", None),
    ],
)  # fmt: skip
def test_who_has_died_is_deceased_also_without_a_day(
    header: str, said: str, status: str, died_on: date | None
) -> None:
    row = ["a", "Doe", "5/17/1948", said]
    content = table(["Patient ID", "Last Name", "DOB", header], [row])
    (one,) = (draft.record for draft in intake.drafts(stage(("panel.csv", content))))
    assert (one.status, one.died_on) == (status, died_on)


def test_what_is_neither_yes_nor_no_nor_a_day_is_asked() -> None:
    content = table(["Patient ID", "Last Name", "DOB", "Deceased"],
                    [["a", "Doe", "1948-05-17", "perhaps"]])  # fmt: skip
    assert told(stage(("panel.csv", content)).report) == [(2, "deceased", "I34")]
