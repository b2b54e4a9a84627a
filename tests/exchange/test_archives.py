"""Archives and workbooks: read when plain, refused before they can do harm."""

from __future__ import annotations

import gzip
import io
import stat
import sys
import tarfile
import tracemalloc
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ccm_core.errors import ImportRefused, UsageError
from ccm_core.exchange import archives, gather, inflating, intake, limits, tables_in, xlsx_in
from tests.exchange.makers import PRACTICE, only, patients, stage, told

MEMBERS = [patients("a"), ("inner/deep/conditions.csv", b"patient_id,code\na,E11.9\n")]


def packed(members: list[tuple[str, bytes]], **more: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = more.get("mode", 0o644) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def book(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def refusal(name: str, content: bytes) -> str:
    report = stage((name, content)).report
    assert len(report.files) == 1
    assert report.files[0].read == 0
    return report.files[0].error


def test_an_archive_is_read_whatever_its_name() -> None:
    report = stage(("upload.bin", packed([*MEMBERS, ("__MACOSX/._x.csv", b"")]))).report
    assert [one.name for one in report.files] == ["patients.csv", "conditions.csv"]
    assert report.total("accepted") == 2


@pytest.mark.parametrize(
    "name", ["../x.csv", "/etc/x.csv", "a/../../x.csv", "C:x.csv", "..\\x.csv", "\\x.csv"]
)
def test_paths_that_leave_the_archive_are_refused(name: str) -> None:
    assert refusal("x.zip", packed([(name, b"a")])).startswith("I05")


def test_links_inner_archives_and_encryption_are_refused() -> None:
    assert refusal("x.zip", packed([("x.csv", b"/etc")], mode=stat.S_IFLNK)).startswith("I05")
    assert refusal("x.zip", packed([("inner.zip", packed(MEMBERS))])).startswith("I05")
    for name in ("inner.tar.gz", "inner.tgz", "inner.tar", "inner.7z"):
        assert refusal("x.zip", packed([(name, b"1")])).startswith("I05")
    locked = bytearray(packed(MEMBERS))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1
    assert refusal("x.zip", bytes(locked)).startswith("I05")


def test_a_bomb_is_refused_without_inflating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed([("zeros.csv", bytes(8 * limits.MIB))])
    assert refusal("x.zip", bomb).startswith("I03")
    monkeypatch.setattr(limits, "MAX_TOTAL_BYTES", 1000)
    assert refusal("x.zip", packed([("a.csv", b"x,y\n" * 900)])).startswith("I03")
    monkeypatch.setattr(limits, "MAX_ZIP_MEMBERS", 3)
    assert refusal("x.zip", packed([(f"{n}.csv", b"") for n in range(5)])).startswith("I03")


def test_a_size_that_the_archive_lies_about_is_noticed() -> None:
    good = packed([("patients.csv", patients("a")[1] * 100)])
    true = len(patients("a")[1] * 100).to_bytes(4, "little")
    lying = good.replace(true, (10).to_bytes(4, "little"))
    assert refusal("x.zip", lying).startswith("I04")


def test_no_more_is_inflated_than_the_list_of_files_says() -> None:
    """A list that says 10 bytes passes every limit; 64 MB were inflated to find out."""
    size = 64 * limits.MIB
    packed_zeros = packed([("patients.csv", bytes(size))])
    lying = packed_zeros.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    tracemalloc.start()
    try:
        with pytest.raises(ImportRefused, match="I04"):
            archives.member(lying, "patients.csv")
        assert tracemalloc.get_traced_memory()[1] < 4 * limits.MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("cut", [10, 60, -30])
def test_a_damaged_archive_is_refused(cut: int) -> None:
    assert refusal("x.zip", packed(MEMBERS)[:cut]).startswith("I04")


def test_names_are_shown_without_folders_and_signs() -> None:
    for name in ("../../a\x00b.csv", "C:\\x\\ab.csv", "x/\u202eab.csv", "a\nb.csv"):
        assert gather.shown_name(name) == "ab.csv"
    assert len(gather.shown_name("x" * 300)) == 120
    report = stage(("../../etc/patients.csv", patients("a")[1]), patients("b")).report
    assert [one.name for one in report.files] == ["patients.csv", "patients (2).csv"]


def test_files_of_a_folder_that_are_no_data_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("free")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / ".hidden.csv").write_bytes(b"x")
    (tmp_path / "patients.csv").write_bytes(patients("a")[1])
    report = intake.stage([tmp_path], PRACTICE).report
    assert {one.name: one.kind for one in report.files} == {
        "LICENSE": "unused", "empty.csv": "unused", "logo.png": "unused",
        "patients.csv": "patients",
    }  # fmt: skip
    assert report.is_readable
    assert not intake.stage([tmp_path / "logo.png"], PRACTICE).report.is_readable
    with pytest.raises(UsageError, match="no such file"):
        intake.stage([tmp_path / "nowhere"], PRACTICE)


def test_a_program_with_the_name_of_a_table_is_refused() -> None:
    assert refusal("patients.csv", b"MZ\x90\x00\x03\x00\x00\x00" * 50).startswith("I0")
    assert refusal("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)).startswith("I04")


HEADER = ["patient_id", "family_name", "born_on"]


def test_cells_of_a_workbook_are_what_was_typed() -> None:
    rows = [
        HEADER,
        ["00123", "NA", date(1948, 5, 17)],
        [456, "12E45", datetime(1948, 5, 17)],  # noqa: DTZ001  as workbooks hold it
        ["x", 12.5, "1948-05-17"],
        ["y", True, "1948-05-17"],
        [None, None, None],
        ["z", "short"],
    ]
    staged = stage(("p.xlsx", book(("patients", rows))))
    found = [one.record for one in intake.drafts(staged)]
    assert [one.patient_id for one in found] == ["00123", "456", "x", "y", "z"]
    assert [one.family_name for one in found] == ["NA", "12E45", "12.5", "true", "short"]
    assert {one.born_on for one in found[:4]} == {date(1948, 5, 17)}


def test_zeros_that_only_the_format_shows_belong_to_the_number() -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "patients"
    for cells in (HEADER, [1234, "A", "1948-05-17"], [7654321, "B", "1948-05-17"],
                  [12, "C", "1948-05-17"]):  # fmt: skip
        sheet.append(cells)
    sheet["A2"].number_format = sheet["A3"].number_format = "000000"
    content = io.BytesIO()
    made.save(content)
    minutes = b"patient_id,date,minutes\n001234,2025-03-25,20\n1234,2025-03-25,20\n"
    staged = stage(("p.xlsx", content.getvalue()), ("log.csv", minutes))
    found = [one.record.patient_id for one in intake.drafts(staged)][:3]
    assert found == ["001234", "7654321", "12"]
    assert told(staged.report) == [(3, "patient_id", "I39")]


def test_times_of_a_workbook() -> None:
    rows = [
        ["patient_id", "date", "start_time", "duration"],
        ["a", date(2025, 3, 4), time(9, 5), timedelta(minutes=12, seconds=30)],
        ["a", date(2025, 3, 4), time(10, 5), 15],
    ]
    staged = stage(("t.xlsx", book(("log", rows), ("Columns", [["column"], ["x"]]))), patients("a"))
    found = [one.record for one in intake.drafts(staged)][:2]
    assert [one.seconds for one in found] == [750, 900]
    assert found[0].started_at.isoformat() == "2025-03-04T14:05:00+00:00"


def test_formulas_errors_and_lost_digits_are_rejected() -> None:
    rows = [HEADER, ["=1+1", "A", "1948-05-17"], ["b", "#N/A", "1948-05-17"],
            [12345678901234567, "C", "1948-05-17"], ["d", "D", "1948-05-17", "x"]]  # fmt: skip
    report = stage(("p.xlsx", book(("patients", rows)))).report
    assert [(line, rule) for line, _, rule in told(report)] == [
        (2, "I41"), (3, "I41"), (4, "I42"), (5, "I20"),
    ]  # fmt: skip


def test_every_sheet_is_a_file_of_its_own() -> None:
    sheets = book(
        ("patients", [HEADER, ["a", "A", "1948-05-17"]]),
        ("conditions", [["patient_id", "code"], ["a", "E11.9"]]),
        ("empty", []),
    )
    report = stage(("all.xlsx", sheets)).report
    assert [(one.name, one.accepted) for one in report.files] == [
        ("all.xlsx [patients]", 1), ("all.xlsx [conditions]", 1),
    ]  # fmt: skip


def test_a_workbook_within_an_archive_is_read() -> None:
    inner = book(("patients", [HEADER, ["a", "A", "1948-05-17"]]))
    assert only(stage(("x.zip", packed([("p.xlsx", inner)])))).patient_id == "a"


def test_a_workbook_that_inflates_too_far_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_XLSX_BYTES", 20_000)
    big = book(("patients", [HEADER, *([["a", "A", "1948-05-17"]] * 2000)]))
    assert refusal("p.xlsx", big).startswith("I03")


def test_a_workbook_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WORKBOOK_SECONDS", 0.001)
    assert refusal("p.xlsx", book(("patients", [HEADER]))).startswith("I03")


def test_a_workbook_that_breaks_its_reader_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = packed([("xl/workbook.xml", b"<x"), ("[Content_Types].xml", b"")])
    assert refusal("p.xlsx", broken).startswith("I04")
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    bomb = packed([("xl/workbook.xml", entities), ("[Content_Types].xml", entities)])
    assert refusal("p.xlsx", bomb).startswith("I04")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Exception, match="I04"):
        xlsx_in.read(book(("patients", [HEADER])))


def test_a_list_of_millions_of_files_is_refused_unread(monkeypatch):
    content = packed([("a.csv", b"x")])
    end = content.rindex(b"PK\x05\x06")
    content = content[: end + 12] + (3 * 1024 * 1024).to_bytes(4, "little") + content[end + 16 :]
    monkeypatch.setattr(zipfile, "ZipFile", None)  # would raise TypeError if it were reached
    with pytest.raises(ImportRefused, match="list of files"):
        archives.members(content)
    assert not archives.is_workbook(content)


def test_an_archive_is_inflated_by_another_process():
    archive = inflating.Archive(packed([("a.csv", b"one"), ("b.csv", b"two" * 100_000)]))
    assert archive.member("b.csv") == b"two" * 100_000
    assert archive.member("a.csv") == b"one"
    process = archive._process
    assert process is not None
    process.kill()
    with pytest.raises(ImportRefused, match="I04"):
        archive.member("a.csv")
    assert archive.member("a.csv") == b"one", "a new one is started"
    process = archive._process
    del archive
    assert process.returncode is not None, "nobody holds it: it has ended"


def test_an_archive_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(limits, "ARCHIVE_SECONDS", 0.001)
    with pytest.raises(ImportRefused, match="I03"):
        inflating.Archive(packed([("a.csv", b"one")])).member("a.csv")


def test_what_an_archive_lacks_is_told():
    archive = inflating.Archive(packed([("a.csv", b"one")]))
    with pytest.raises(ImportRefused, match="I04"):
        archive.member("b.csv")


def test_files_packed_by_gzip_within_an_archive_are_read():
    inside = [
        ("out/patients.csv.gz", gzip.compress(patients("a")[1])),
        ("out/conditions.csv.gz", b"patient_id,code\na,I10\n"),
        ("__MACOSX/out/._patients.csv.gz", b"\0\5\x16\7"), (".DS_Store", b"x"),
    ]  # fmt: skip
    report = stage(("all.zip", packed(inside))).report
    assert [(one.name, one.accepted) for one in report.files] == [
        ("patients.csv", 1), ("conditions.csv", 1),
    ]  # fmt: skip
    broken = stage(("all.zip", packed([("a.csv.gz", b"\x1f\x8b broken")]))).report
    assert broken.files[0].error.startswith("I04")


def test_packed_files_within_an_archive_stop_at_the_limit(monkeypatch):
    inside = [(f"{n}.csv.gz", gzip.compress(b"x" * 1000)) for n in range(3)]
    monkeypatch.setattr(limits, "MAX_TOTAL_BYTES", 2500)
    with pytest.raises(ImportRefused, match="I03"):
        stage(("all.zip", packed(inside)))


def test_two_files_of_one_name_are_both_read():
    inside = packed([("x/patients.csv", patients("a")[1]), ("y\\patients.csv", patients("b")[1])])
    report = stage(("all.zip", inside), patients("c")).report
    assert [(one.name, one.accepted) for one in report.files] == [
        ("patients.csv", 1), ("patients (2).csv", 1), ("patients (3).csv", 1),
    ]  # fmt: skip
    assert gather._numbered("LICENSE", {"LICENSE (2)"}) == "LICENSE (3)"


def test_archives_that_are_not_opened_say_so_even_in_a_folder(tmp_path):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("patients.csv"))
    (tmp_path / "export.tar").write_bytes(made.getvalue())
    (tmp_path / "packed.tgz").write_bytes(gzip.compress(made.getvalue()))
    (tmp_path / "e.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(9))
    (tmp_path / "page.xls").write_bytes(b"<html><table></table></html>")
    report = intake.stage([tmp_path], PRACTICE).report
    errors = [one.error for one in report.files]
    assert all(error.startswith(("I05", "I04")) for error in errors), errors
    assert [kind for kind in ("tar", "7z") for error in errors if f"kind {kind}," in error] == [
        "tar", "tar", "7z",
    ]  # fmt: skip


def test_hidden_sheets_are_named_and_left_out():
    workbook = openpyxl.Workbook()
    for name, state in (("patients", "visible"), ("raw", "hidden"), ("lists", "veryHidden")):
        sheet = workbook.create_sheet(name)
        sheet.sheet_state = state
        sheet.append(HEADER)
        sheet.append(["a", "A", "1948-05-17"])
    made = io.BytesIO()
    workbook.save(made)
    report = stage(("p.xlsx", made.getvalue())).report
    assert [(one.name, one.kind, one.accepted) for one in report.files] == [
        ("p.xlsx [patients]", "patients", 1),
        ("p.xlsx [raw]", "unused", 0), ("p.xlsx [lists]", "unused", 0),
    ]  # fmt: skip
    assert all(one.notes == (tables_in.HIDDEN,) for one in report.files[1:])


def test_a_workbook_without_anything_is_in_the_report():
    (file,) = stage(("p.xlsx", book(("empty", [])))).report.files
    assert (file.name, file.kind, len(file.notes)) == ("p.xlsx", "unused", 1)
