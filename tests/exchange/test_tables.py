"""Delimited text: encodings, separators, quotes, headers and kinds."""

from __future__ import annotations

import pytest

from ccm_core.errors import ImportRefused
from ccm_core.exchange import csv_in, intake, layout
from ccm_core.exchange.decoding import decode
from tests.exchange.makers import PATIENT_HEADER, only, patients, stage, table, told

HEADER = "patient_id,family_name,born_on\n"
NAME = "Mu\u00f1oz\u2013O\u2019Brien"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"), ("utf-16-le", b""), ("utf-16-be", b""), ("cp1252", b""),
    ],
)  # fmt: skip
def test_every_known_encoding_gives_the_same_record(encoding: str, mark: bytes) -> None:
    text = HEADER + "00123," + NAME + ",1948-05-17\n"
    staged = stage(("patients.csv", mark + text.encode(encoding)))
    assert only(staged).family_name == NAME
    assert only(staged).patient_id == "00123"
    assert staged.report.files[0].encoding == encoding


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a,b\n1,\x81\n", "I01"),  # no character of Windows-1252
        ("a,b\nMuñoz,é\n".encode() + b"x,\xff\n", "I01"),  # UTF-8 and something else
        ("名前,生年月日\n山田太郎,昭和\n".encode("shift-jis"), "I01"),
        ("a,b\n1,2\n".encode("utf-32"), "I01"),
        (b"a,b\n1,\x00\n", "I02"),
        (b"\xff\xfea\x00,\x00b", "I01"),  # half a UTF-16 character
        (b"MZ\x90\x00\x03\x00\x00\x00\x04", "I0"),
    ],
)
def test_other_bytes_are_refused_with_their_place(content: bytes, rule: str) -> None:
    with pytest.raises(ImportRefused, match=f"^{rule}.*(offset|line|UTF-32)"):
        decode(content)


def test_letters_that_were_broken_before_are_noted() -> None:
    text = HEADER + "1,MuÃ±oz,1948-05-17\n"
    assert stage(("patients.csv", text.encode())).report.files[0].notes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_separator_is_told_from_the_header(delimiter: str) -> None:
    rows = [["1", "Smith, Jr; the | third", "1948-05-17"]]
    content = table(["patient_id", "family_name", "born_on"], rows, delimiter)
    assert only(stage(("patients.csv", content))).family_name == "Smith, Jr; the | third"


def test_a_declared_separator_and_comments_stand_before_the_header() -> None:
    text = "sep=;\n# made by hand, with; signs\npatient_id;family_name;born_on\n1;A;1948-05-17\n"
    assert only(stage(("patients.csv", text.encode()))).family_name == "A"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_quoted_line_breaks(end: str) -> None:
    text = f'patient_id,family_name,born_on{end}1,"two{end}lines ""quoted""",1948-05-17{end}'
    found = only(stage(("patients.csv", text.encode())))
    assert found.family_name == f'two{end}lines "quoted"'


@pytest.mark.parametrize("text", ["NA", "None", "Null", "nan", "12E45", "9007199254740993", "TRUE"])
def test_text_stays_text(text: str) -> None:
    content = table(["patient_id", "family_name", "born_on"], [[text, text, "1948-05-17"]])
    found = only(stage(("patients.csv", content)))
    assert (found.patient_id, found.family_name) == (text, text)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d"])
def test_a_formula_guard_of_an_earlier_export_is_taken_off(start: str) -> None:
    content = table(["patient_id", "family_name", "born_on"], [["1", f"'{start}x", "1948-05-17"]])
    assert only(stage(("patients.csv", content))).family_name == f"{start}x"


def test_an_apostrophe_of_a_name_stays() -> None:
    content = table(["patient_id", "family_name", "born_on"], [["1", "'t Hooft", "1948-05-17"]])
    assert only(stage(("patients.csv", content))).family_name == "'t Hooft"


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("patient_id,family_name,born_on,born_on", "I06"),
        ("patient_id,family_name,Born_On,born_on", "I06"),
        ("patient_id,family_name,born_on,", "I06"),
        ("# nothing", "I08"),
        ('"patient_id,family_name,born_on', "I10"),
        ("a,b,c", "I08"),
        ("patient_id;family_name|born_on", "I10"),
        ("patient_id,MRN,last name,surname,born_on", "I06"),
    ],
)
def test_a_header_that_leaves_doubt_is_refused(header: str, rule: str) -> None:
    report = stage(("people.csv", f"{header}\n1,2,3\n".encode())).report
    assert report.files[0].error.startswith(rule), report.files[0]
    assert (report.files[0].read, report.is_readable) == (0, False)


def test_the_cells_of_a_file_without_a_header_are_not_printed() -> None:
    content = b"p17,Olderdissen,Mary,Olderdissen,1948-05-17\np18,Smith,Ann,Smith,1950-01-01\n"
    error = stage(("patients.csv", content)).report.files[0].error
    assert error.startswith("I06: columns 2 and 4 have one name (O")
    assert "lderdissen" not in error.lower()


def test_an_unknown_kind_is_a_question() -> None:
    report = stage(("export.csv", b"patient_id,remark\n1,x\n")).report
    assert [one.about for one in report.questions] == ["kind"]
    assert report.questions[0].header == ("patient_id", "remark")


def test_header_names_are_found_in_any_spelling_and_order() -> None:
    content = b"Date of Birth,LAST NAME,Patient-ID,Favourite colour\n1948-05-17,A,1,red\n"
    staged = stage(("export.csv", content))
    assert only(staged).patient_id == "1"
    assert staged.report.files[0].unknown_columns == ("Favourite colour",)


def test_ragged_rows_are_rejected_one_by_one() -> None:
    content = HEADER + "1,A,1948-05-17\n2,B\n\n,,\n3,C,1948-05-17,x\n4,D,1948-05-17\n"
    report = stage(("patients.csv", content.encode())).report
    assert told(report) == [(3, "", "I20"), (6, "", "I20")]
    assert report.total("accepted") == 2


@pytest.mark.parametrize("bad", ['2,"B,1948-05-17', '2,"B"x,1948-05-17', '"2,B,1948-05-17'])
def test_a_stray_quote_costs_one_row(bad: str) -> None:
    good = [f"{one},A,1948-05-17" for one in "13456"]
    content = HEADER + "\n".join([good[0], bad, *good[1:]]) + "\n"
    report = stage(("patients.csv", content.encode())).report
    assert told(report) == [(3, "", "I21")]
    assert report.total("accepted") == 5


def test_two_stray_quotes_do_not_eat_the_rows_between() -> None:
    rows = [f"{one},A,1948-05-17" for one in range(10)]
    rows[3] = '3,"A,1948-05-17'
    rows[7] = '7,"A,1948-05-17'
    report = stage(("patients.csv", (HEADER + "\n".join(rows)).encode())).report
    assert told(report) == [(5, "", "I21"), (9, "", "I21")]
    assert report.total("accepted") == 8


def test_a_date_format_that_is_not_told_is_asked_and_then_answered() -> None:
    content = table(["patient_id", "family_name", "born_on"], [["1", "A", "03/04/1948"]])
    report = stage(("patients.csv", content)).report
    assert [(one.rule, one.about) for one in report.questions] == [("I09", "date_format")]
    for order, month in (("mdy", 3), ("dmy", 4), ("%d/%m/%Y", 4)):
        answered = stage(
            ("patients.csv", content), mapping={"patients.csv": {"date_format": order}}
        )
        assert only(answered).born_on.month == month


def test_one_column_proves_the_date_format_of_its_file() -> None:
    rows = [["1", "A", "03/04/1948"], ["2", "B", "03/25/1948"]]
    staged = stage(("patients.csv", table(["patient_id", "family_name", "born_on"], rows)))
    assert {one.record.born_on.month for one in intake.drafts(staged)} == {3}


def test_limits_of_columns_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = ",".join(f"c{place}" for place in range(2000)) + "\n"
    assert stage(("x.csv", wide.encode())).report.files[0].error.startswith("I03")
    monkeypatch.setattr(csv_in.limits, "MAX_ROWS", 3)
    many = HEADER + "1,A,1948-05-17\n" * 10
    assert stage(("patients.csv", many.encode())).report.files[0].error.startswith("I03")


def test_long_cells_are_rejected() -> None:
    content = HEADER + f"1,{'x' * 40000},1948-05-17\n{'y' * 200},A,1948-05-17\n"
    report = stage(("patients.csv", content.encode())).report
    assert told(report) == [(2, "family_name", "I23"), (3, "patient_id", "I23")]


def test_invisible_characters_in_identifiers_are_rejected() -> None:
    rows = [[f"1{sign}2", "A", "1948-05-17"] for sign in "\u200b\u202e\u00ad\u2066"]
    report = stage(("patients.csv", table(["patient_id", "family_name", "born_on"], rows))).report
    assert {one.rule for one in report.rejects} == {"I24"}


def test_rejects_never_hold_a_whole_value() -> None:
    name, content = patients("a")
    secret = "1948-99-17-SECRET"
    broken = content.replace(b"1948-05-17", secret.encode())
    report = stage((name, broken)).report
    assert secret not in str(report.as_json())
    assert report.rejects[0].value == "1… (17 characters)"


def test_a_panel_with_record_numbers_only() -> None:
    content = table(["MRN", "Last Name", "DOB"], [["00123", "A", "1948-05-17"]])
    assert only(stage(("panel.csv", content))).patient_id == "00123"


def test_known_names_are_counted_for_every_kind() -> None:
    assert layout.count_known(PATIENT_HEADER) == len(PATIENT_HEADER)


@pytest.mark.parametrize(
    ("said", "rules"), [("1.234", ["I35"]), ("75.125", ["I35"]), ("75.0000", []), ("1,234.50", [])]
)
def test_an_amount_has_whole_cents(said: str, rules: list[str]) -> None:
    header = ["Claim Number", "Patient ID", "DOS", "CPT", "Charge"]
    rows = [["c1", "a", "2025-03-31", "99490", said]]
    staged = stage(("claims.csv", table(header, rows)), patients("a"))
    assert [rule for _, _, rule in told(staged.report)] == rules
