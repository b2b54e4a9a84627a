"""Tables as other systems write them: words for nothing, titles, units, modifiers beside codes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from ccm_core import records
from ccm_core.exchange import gather, intake
from tests.exchange.makers import PRACTICE, only, patients, require_identity, stage, table, told


def entries(*cells: str) -> tuple[str, bytes]:
    """A time log with one entry a day, each with that cell for its minutes."""
    rows = [f'a,2025-03-{day:02d} 10:00,"{cell}",RN' for day, cell in enumerate(cells, 1)]
    return "time.csv", "\n".join(["patient_id,started_at,minutes,actor", *rows]).encode()


@pytest.mark.parametrize("word", ["NULL", "null", r"\N", "N/A", "None", "-", "NaT"])
def test_words_for_nothing_are_nothing_where_no_value_looks_so(word: str) -> None:
    text = f"patient_id,family_name,born_on,died_on,mbi,zip5,sex\n1,Doe,1950-01-02,{word},{word},{word},{word}\n"  # noqa: E501
    found = only(stage(("patients.csv", text.encode())))
    assert (found.died_on, found.mbi, found.zip5, found.status) == (None, "", "", "eligible")


def test_a_family_may_be_named_null_and_a_patient_id_may_not() -> None:
    text = b"patient_id,family_name,given_name,born_on\n1,Null,NA,1950-01-02\nNULL,A,B,1950-01-02\n"
    staged = stage(("patients.csv", text))
    assert (only(staged).family_name, only(staged).given_name) == ("Null", "NA")
    assert told(staged.report) == [(3, "patient_id", "I22")]


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("21 min", 1260), ("20 minutes", 1200), ("21m", 1260), ("1h 5m", 3900), ("1 hr", 3600),
     ("2 min 30 sec", 150), ("12.0", 720), ("1.5h", 5400), ("0.35 hrs", 1260),
     ("12.5 mins.", 750)],
)  # fmt: skip
def test_durations_with_their_unit(cell: str, seconds: int) -> None:
    staged = stage(entries(cell), patients("a"))
    assert [one.record.seconds for one in intake.drafts(staged) if "seconds" in one.given] == [
        seconds
    ]


@pytest.mark.parametrize(
    ("cell", "rule"), [("0:21", "I29"), ("20.33 min", "I29"), ("21.5", "I31"), ("2 days", "I29")]
)
def test_durations_that_leave_doubt(cell: str, rule: str) -> None:
    assert told(stage(entries(cell), patients("a")).report) == [(2, "minutes", rule)]


@pytest.mark.parametrize("cell", ["99213-25-95", "99213 25 95", "99213:25:95"])
def test_modifiers_beside_their_code(cell: str) -> None:
    text = f"patient_id,date,cpt,npi\na,2025-01-02,{cell},1234567893.0\n"
    staged = stage(("visits.csv", text.encode()), patients("a"))
    (visit,) = (one.record for one in intake.drafts(staged) if "code" in one.given)
    assert (visit.code, visit.modifiers, visit.npi) == ("99213", ("25", "95"), "1234567893")


@pytest.mark.parametrize("title", ["Patient roster,,,", '"Roster, March 2025"\n', "Roster"])
def test_titles_above_the_header_are_left_out_and_told(title: str) -> None:
    text = f"{title}\npatient_id,family_name,given_name,born_on\n1,Doe,Jo,1950-01-02\n"
    staged = stage(("patients.csv", text.encode()))
    assert only(staged).family_name == "Doe"
    assert "title above the header" in staged.report.files[0].notes[0]


@pytest.mark.parametrize(
    "title", ["CCM roster,As of 4/1/2025\n", "Printed on,4/1/2025,by us\nClosed,4/2/2025,"]
)
def test_titles_of_several_cells_above_a_wider_header(title: str) -> None:
    text = f"{title}\npatient_id,family_name,given_name,born_on,sex,zip5\n1,Doe,Jo,1950-01-02,F,\n"
    staged = stage(("patients.csv", text.encode()))
    assert staged.report.total("accepted") == 1
    assert "title above the header" in staged.report.files[0].notes[0]


def test_two_unknown_names_above_two_known_words_are_a_header() -> None:
    text = b"Chart,Spent\nnote,minutes\n"
    mapping = {"log.csv": {"kind": "time_entries", "columns": {"Chart": "patient_id"}}}
    staged = stage(("log.csv", text), mapping=mapping)
    assert not any("title" in note for note in staged.report.files[0].notes)


def test_a_foreign_header_is_no_title() -> None:
    text = b"Who,When,Spent\npatient_id,minutes,note\n"
    assert stage(("log.csv", text)).report.files[0].error.startswith("I08")


def test_a_column_that_holds_nothing_needs_no_name() -> None:
    text = b"patient_id,family_name,born_on,\n1,Doe,1950-01-02,\n"
    staged = stage(("patients.csv", text))
    assert only(staged).patient_id == "1"
    assert staged.report.files[0].unknown_columns == ("(empty column 4)",)


def test_a_column_that_holds_values_needs_a_name() -> None:
    text = b",patient_id,family_name,born_on\n0,1,Doe,1950-01-02\n"
    assert stage(("patients.csv", text)).report.files[0].error.startswith("I06")


def test_a_workbook_with_a_merged_title_and_an_empty_column() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Roster of March"])
    sheet.merge_cells("A1:E1")
    sheet.append(["patient_id", "family_name", None, "born_on"])
    sheet.append(["00123", "Doe", None, "1950-01-02"])
    content = io.BytesIO()
    book.save(content)
    found = only(stage(("roster.xlsx", content.getvalue())))
    assert (found.patient_id, found.family_name) == ("00123", "Doe")


def packed(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


UNRELATED = {
    "README.txt": b"This folder holds the export of March.\nAsk the front desk.\n",
    "letter.doc": b"\xd0\xcf\x11\xe0" + bytes(600),
    "letter.docx": packed("[Content_Types].xml", "word/document.xml"),
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0",
    "notes.md": b"# Notes",
}


def test_unrelated_files_of_a_folder_are_told_and_left_out(tmp_path: Path) -> None:
    for name, content in [*UNRELATED.items(), patients("a")]:
        (tmp_path / name).write_bytes(content)
    report = intake.stage([tmp_path], PRACTICE).report
    require_identity(report)
    assert (report.is_readable, report.total("accepted")) == (True, 1)
    assert {one.name for one in report.files if one.kind == "unused"} == set(UNRELATED)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("book.ods", packed("mimetype", "content.xml"), "save it as .xlsx"),
        ("book.xlsb", packed("[Content_Types].xml", "xl/workbook.bin"), "save it as .xlsx"),
        ("book.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "save it as .xlsx"),
        ("book.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "password"),
    ],
)
def test_workbooks_of_other_kinds_are_refused_in_a_folder_too(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    (one,) = intake.stage([tmp_path], PRACTICE).report.files
    assert one.error.startswith("I04")
    assert said in one.error


def test_a_file_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "patients.csv").write_bytes(patients("a")[1])

    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    (one,) = intake.stage([tmp_path], PRACTICE).report.files
    assert one.error.startswith("I04: the file cannot be opened (Permission denied).")


def test_a_file_that_is_gone_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_bytes(patients("a")[1])
    (source,) = gather.sources([path])
    path.unlink()
    assert intake.stage([(source.name, b"")], PRACTICE).report.is_readable
    with pytest.raises(intake.ImportRefused, match="I04: the file cannot be opened"):
        source.content()


CLASSES = {
    "Inpatient Hospital": "hospital", "IP": "hospital", "Skilled Nursing": "snf_part_a",
    "Hospice Care": "hospice", "Home Health Care": "home_health",
    "Outpatient Hospital": "", "Inpatient follow-up": "", "Hospice consult": "",
    "Observation Stay": "", "Hospital Encounter": "",
}  # fmt: skip
"""Classes in the words of vendors, and the stay that each is."""


@pytest.mark.parametrize("said", CLASSES)
def test_a_class_in_other_words_is_a_stay(said: str) -> None:
    header = ["Patient ID", "Encounter ID", "Class", "Start Date", "End Date"]
    content = table(header, [["a", "1", said, "2025-03-01", "2025-03-05"]])
    staged = stage(("encounters.csv", content), patients("a"))
    found = [one.record for one in intake.drafts(staged)]
    stays = [one.kind for one in found if isinstance(one, records.Stay)]
    assert stays == [kind for kind in [CLASSES[said]] if kind]
    notes = [note for file in staged.report.files for note in file.notes]
    assert any("several nights" in note for note in notes) is (said == "Hospital Encounter")


@pytest.mark.parametrize("code", ["9949O", "G557", "G018l", "99490.5"])
def test_a_code_of_a_visit_that_is_none_is_told(code: str) -> None:
    text = f"patient_id,date,code\na,2025-02-11,{code}\n"
    staged = stage(("visits.csv", text.encode()), patients("a"))
    assert told(staged.report) == [(2, "code", "I37")]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Hospitalization", "hospital"), ("LTACH", "hospital"), ("swing bed", "snf_part_a"),
        ("ALF", "assisted_living"), ("Home Health Agency", "home_health"),
    ],
)  # fmt: skip
def test_kinds_of_stays_in_the_words_of_hospitals(said: str, kind: str) -> None:
    text = f"patient_id,kind,from,to\na,{said},2025-03-04,2025-03-09\n"
    staged = stage(("stays.csv", text.encode()), patients("a"))
    found = [one.record for one in intake.drafts(staged)]
    assert [one.kind for one in found if isinstance(one, records.Stay)] == [kind]


@pytest.mark.parametrize("said", ["observation", "ER", "jail"])
def test_what_is_no_inpatient_stay_is_told(said: str) -> None:
    text = f"patient_id,kind,from,to\na,{said},2025-03-04,2025-03-09\n"
    assert told(stage(("stays.csv", text.encode()), patients("a")).report) == [(2, "kind", "I34")]
