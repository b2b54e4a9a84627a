"""Tables in the manner of the large systems, each with the headers that its reports have."""

from __future__ import annotations

from datetime import date

from ccm_core import records
from ccm_core.exchange import intake
from tests.exchange.makers import patients, stage, table, told


def people(name: str, content: str) -> list[records.Patient]:
    staged = stage((name, content.encode()))
    assert not staged.report.rejects, staged.report
    return [one.record for one in intake.drafts(staged) if isinstance(one.record, records.Patient)]


def test_a_report_with_titles_and_whole_names() -> None:
    (one,) = people("CCM Panel Report.csv", (
        '"My Practice - CCM Panel"\n"Run: 03/25/2026 08:00"\n'
        '"MRN","Patient Name","DOB","Legal Sex","PCP","Phone"\n'
        '"0012345","ADAMS, ANN M","05/17/1948","Female","SMITH, JOHN","555-0100"\n'
    ))  # fmt: skip
    assert (one.patient_id, one.family_name, one.given_name) == ("0012345", "ADAMS", "ANN M")
    assert (one.born_on, one.sex) == (date(1948, 5, 17), "F")


def test_a_name_without_a_comma_is_kept_whole() -> None:
    staged = stage(("p.csv", b"MRN,Patient Name,DOB\n1,Ann M Adams,1948-05-17\n"))
    assert next(intake.drafts(staged)).record.family_name == "Ann M Adams"
    assert staged.report.files[0].notes[0].startswith("Names without a comma")
    both = b"MRN,Patient Name,Last Name,DOB\n1,Else Where,Adams,1948-05-17\n"
    assert next(intake.drafts(stage(("p.csv", both)))).record.family_name == "Adams"


def test_a_patients_name_beside_other_records_changes_nothing() -> None:
    rows = [["a", "ADAMS, ANN", "1948-05-17", "2025-03-04 10:00", "12", "RN"]]
    header = ["Patient ID", "Patient Name", "DOB", "Start Date Time", "Minutes", "Role"]
    report = stage(("export.csv", table(header, rows)), patients("a")).report
    assert [one.kind for one in report.files] == ["time_entries", "patients"]
    listed = table(["Patient ID", "Patient Name", "DOB", "ICD Code", "ICD Name"],
                   [["a", "ADAMS, ANN", "1948-05-17", "I10", "Hypertension"]])  # fmt: skip
    report = stage(("export.csv", listed), patients("a")).report
    assert [one.kind for one in report.files] == ["conditions", "patients"]


def test_bars_upper_case_and_named_months() -> None:
    found = people("person.txt", (
        "PERSON_ID|NAME_LAST|NAME_FIRST|BIRTH_DT_TM|SEX|DECEASED_DT_TM\n"
        "1234|ADAMS|ANN|17-MAY-1948 00:00:00|Female|\n"
        "1235|BROWN|BOB|02-JAN-50|Male|03-FEB-2026 11:00:00\n"
    ))  # fmt: skip
    assert [one.born_on for one in found] == [date(1948, 5, 17), date(1950, 1, 2)]
    assert found[1].status == "deceased"


def test_joined_words_and_compact_dates() -> None:
    (one,) = people("PatientDemographics.tsv", (
        "patientid\tpatient lastname\tpatient firstname\tpatientdob\tpatientsex\tpatient zip\n"
        "501\tAdams\tAnn\t19480517\tF\t021391234\n"
    ))  # fmt: skip
    assert (one.born_on, one.zip5, one.sex) == (date(1948, 5, 17), "02139", "F")


def test_problem_lists() -> None:
    rows = (
        b"Patient Acct No,ICD Code,ICD Name,Onset Date\n"
        b"a,I10,Essential (primary) hypertension,2019-01-02\n"
    )
    staged = stage(("problem_list.csv", rows), patients("a"))
    one = next(intake.drafts(staged)).record
    assert (one.code, one.label) == ("I10", "Essential (primary) hypertension")


def test_sexes_that_systems_write() -> None:
    said = ["X", "Non-Binary", "UNK", "Choose not to disclose", "Undifferentiated", "FEMALE"]
    header = ["patient_id", "family_name", "born_on", "sex"]
    rows = [[str(number), "A", "1948-05-17", word] for number, word in enumerate(said)]
    staged = stage(("patients.csv", table(header, rows)))
    assert [one.record.sex for one in intake.drafts(staged)] == ["O", "O", "U", "U", "O", "F"]


def test_a_header_may_say_how_a_duration_is_written() -> None:
    for header, cell, seconds in (
        ("Duration (h:mm)", "0:20", 1200), ("Talk Time (mm:ss)", "12:30", 750),
        ("Total Time (HH:MM)", "01:05", 3900),
    ):  # fmt: skip
        rows = table(["patient_id", "started_at", header], [["a", "2025-03-04 10:00", cell]])
        staged = stage(("log.csv", rows), patients("a"))
        assert next(intake.drafts(staged)).record.seconds == seconds
    twice = table(["patient_id", "started_at", "minutes", "Duration (h:mm)"],
                  [["a", "2025-03-04 10:00", "20", "0:21"]])  # fmt: skip
    assert told(stage(("log.csv", twice), patients("a")).report)[0][2] == "I29"


def test_a_line_of_totals_is_no_patient() -> None:
    rows = b"patient_id,family_name,born_on\na,A,1948-05-17\nTotal patients: 1,,\n"
    assert told(stage(("patients.csv", rows)).report) == [(3, "", "I20")]
    assert not stage(
        ("patients.csv", b"patient_id,family_name,born_on\na,,1948-05-17\n")
    ).report.rejects


PANEL = [
    "MRN",
    "Patient Name",
    "DOB",
    "Primary Insurance",
    "Policy Number",
    "Effective Date",
    "Plan",
]


def test_insurance_beside_a_patient_is_coverage() -> None:
    rows = [
        ["1", "ADAMS, ANN", "05/17/1948", "Medicare Part B", "1S00A00AA00", "05/01/2013", "CCM"],
        ["2", "BROWN, BOB", "01/22/1950", "", "", "", "CCM"],
    ]
    staged = stage(("panel.csv", table(PANEL, rows)))
    assert [(one.name, one.kind, one.read, one.unknown_columns) for one in staged.report.files] == [
        ("panel.csv", "patients", 2, ("Plan",)), ("panel.csv [coverage]", "coverage", 1, ()),
    ]  # fmt: skip
    (cover,) = [one.record for one in intake.drafts(staged)][2:]
    assert (cover.patient_id, cover.kind, cover.from_on) == ("1", "medicare", date(2013, 5, 1))


def test_a_plan_that_may_be_one_of_care_is_no_payer() -> None:
    rows = b"patient_id,last name,dob,plan,start date\n1,A,1948-05-17,CCM,2025-01-01\n"
    assert [one.kind for one in stage(("patients.csv", rows)).report.files] == ["patients"]


def test_diagnoses_and_insurance_in_one_table() -> None:
    header = ["patient_id", "family_name", "born_on", "dx1", "dx2", "Payer"]
    rows = [["1", "A", "1948-05-17", "I10", "E11.9", "Medicare"], ["2", "B", "1948-05-17"]]
    staged = stage(("patients.csv", table(header, rows)))
    assert [(one.kind, one.accepted, one.rejected) for one in staged.report.files] == [
        ("patients", 1, 1), ("conditions", 2, 0), ("coverage", 1, 0),
    ]  # fmt: skip


def test_a_broken_row_of_claims_beside_their_diagnoses() -> None:
    rows = b"claim_id,patient_id,month,cpt,dx1,dx2\nc1,a,2025-03,99490,E11.9\n"
    assert told(stage(("claims.csv", rows), patients("a")).report) == [(2, "", "I20")]


def test_a_start_beside_its_day_may_be_a_time_alone() -> None:
    header = ["MRN", "Service Date", "Start", "Stop", "Staff Credentials", "Task"]
    rows = [["a", "3/25/2025", "9:00 AM", "9:20 AM", "RN", "Call"],
            ["a", "3/26/2025", "11:50 PM", "12:10 AM", "RN", "Call"],
            ["a", "3/27/2025", "9:00-9:20", "", "RN", "Call"]]  # fmt: skip
    staged = stage(("CCM time.csv", table(header, rows)), patients("a"))
    one = next(intake.drafts(staged)).record
    assert (one.started_at.isoformat(), one.seconds) == ("2025-03-25T13:00:00+00:00", 1200)
    assert [(line, column, rule) for line, column, rule in told(staged.report)] == [
        (3, "ended_at", "I30"), (4, "started_at", "I27"),
    ]  # fmt: skip


def test_a_number_that_a_spreadsheet_shortened_names_nobody() -> None:
    header = b"patient_id,family_name,born_on\n"
    rows = b"1.23457E+11,A,1948-05-17\n12E45,B,1948-05-17\n1E+09,C,1948-05-17\n"
    assert told(stage(("patients.csv", header + rows)).report) == [
        (2, "patient_id", "I42"), (4, "patient_id", "I42"),
    ]  # fmt: skip


def test_a_file_of_insurance_stays_one_although_it_names_patients() -> None:
    rows = [["1", "ADAMS, ANN", "05/17/1948", "Medicare Part B", "9", "05/25/2013", ""]]
    staged = stage(
        ("patient_insurance.csv", table([*PANEL[:-1], "Term Date"], rows)), patients("1")
    )
    assert [one.kind for one in staged.report.files] == ["coverage", "patients"]
