"""Logs of calls and work as phone systems and care management vendors write them."""

from __future__ import annotations

import io
from datetime import date, time

import pytest
from openpyxl import Workbook

from ccm_core import records
from ccm_core.exchange import intake
from ccm_core.months import time_zone
from tests.exchange.makers import patients, stage, table, told

NEW_YORK = time_zone("America/New_York")


def entries(content: bytes, name: str = "export.csv") -> list[records.TimeEntry]:
    staged = stage((name, content), patients("a"))
    assert not staged.report.rejects, staged.report
    found = [one.record for one in intake.drafts(staged)]
    return [one for one in found if isinstance(one, records.TimeEntry)]


@pytest.mark.parametrize(
    ("header", "cells", "seconds"),
    [
        (["MRN", "Date of Service", "Duration (hh:mm:ss)"], ["a", "3/25/2025", "0:20:30"], 1230),
        (["Chart #", "Call Date", "Call Length (sec)"], ["a", "2025-03-25", "1205"], 1205),
        (["MRN", "Encounter Date", "Time Spent [min]"], ["a", "2025-03-25", "21"], 1260),
        (["Pt MRN", "Contact Date", "Talk Time (m:ss)"], ["a", "2025-03-25", "12:30"], 750),
    ],
)
def test_headers_that_say_their_unit(header: list[str], cells: list[str], seconds: int) -> None:
    (one,) = entries(table(header, [cells]))
    assert (one.patient_id, one.seconds, one.is_start_known) == ("a", seconds, False)


def test_a_weak_name_yields_to_a_better_one() -> None:
    header = ["MRN", "Date", "Encounter Date", "Minutes", "Talk Time", "Staff", "Agent"]
    (one,) = entries(table(header, [["a", "2025-03-25", "2025-01-01", "20", "7", "ann", "bot"]]))
    assert (f"{one.started_at:%Y-%m}", one.seconds, one.staff_id) == (
        "2025-03", 1200, "ann",
    )  # fmt: skip


def test_two_weak_names_ask() -> None:
    header = ["MRN", "Date", "Minutes", "Agent", "Nurse"]
    staged = stage(("t.csv", table(header, [["a", "2025-03-25", "20", "x", "y"]])), patients("a"))
    assert "I06" in {question.rule for question in staged.report.questions}


@pytest.mark.parametrize("header", ["Minutes", "Duration", "Total Minutes"])
@pytest.mark.parametrize("other", ["Billable Minutes", "CCM Minutes"])
def test_minutes_beside_billable_minutes_ask(header: str, other: str) -> None:
    names, row = ["MRN", "Date", header, other], ["a", "2025-03-25", "25", "20"]
    for order in (names, [*names[:2], other, header]):
        staged = stage(("t.csv", table(order, [row])), patients("a"))
        assert [one.rule for one in staged.report.questions] == ["I06"]
    said = {"t.csv": {"kind": "time_entries", "columns": {other: "minutes"}}}
    staged = stage(("t.csv", table(names, [row])), patients("a"), mapping=said)
    assert next(intake.drafts(staged)).record.seconds == 1200


def test_billable_minutes_alone_are_minutes() -> None:
    (one,) = entries(table(["MRN", "Date", "Billable Time"], [["a", "2025-03-25", "20"]]))
    (two,) = entries(table(["MRN", "Date", "Billable Minutes", "Call Length"],
                           [["a", "2025-03-25", "20", "25"]]))  # fmt: skip
    assert (one.seconds, two.seconds) == (1200, 1200)


def test_a_day_may_tell_its_time() -> None:
    rows = [
        ["a", "2025-03-25 14:02:11", "20"], ["a", "3/26/2025 12:00:00 AM", "21"],
        ["a", "2025-04-01T03:50:00Z", "12"],
    ]  # fmt: skip
    first, midnight, zoned = entries(table(["MRN", "Date", "Minutes"], rows))
    assert first.started_at.astimezone(NEW_YORK).strftime("%H:%M:%S") == "14:02:11"
    assert (first.is_start_known, midnight.is_start_known) == (True, False)
    assert zoned.started_at.astimezone(NEW_YORK).strftime("%m-%d %H:%M") == "03-31 23:50"


def test_a_day_with_midnight_beside_a_start() -> None:
    header = ["MRN", "Date", "Start Time", "Minutes"]
    (one,) = entries(table(header, [["a", "2025-03-25 00:00:00", "10:15 PM", "20"]]))
    assert one.started_at.astimezone(NEW_YORK).strftime("%d %H:%M") == "25 22:15"


def test_a_day_with_a_time_that_never_was() -> None:
    rows = table(["MRN", "Date", "Minutes"], [["a", "2025-03-09 02:30", "20"]])
    assert told(stage(("t.csv", rows), patients("a")).report) == [(2, "on", "I28")]


GROUPS = ["Patient", "", "Service", "", ""]
NAMES = ["MRN", "Patient Name", "Date", "Duration (h:mm:ss)", "Staff"]
ROW = ["a", "O'Brien, Mary", "2025-03-25", "0:20:30", "ann"]


def test_headings_over_groups_of_columns() -> None:
    lines = "\n".join(";".join(cells) for cells in (["CCM time", *[""] * 4], GROUPS, NAMES, ROW))
    (one,) = entries(lines.encode())
    assert (one.patient_id, one.seconds, one.staff_id) == ("a", 1230, "ann")


def test_merged_headings_of_a_workbook() -> None:
    book = Workbook()
    for cells in (["CCM time"], GROUPS, NAMES, ROW):
        book.active.append([cell or None for cell in cells])
    for area in ("A1:E1", "A2:B2", "C2:E2"):
        book.active.merge_cells(area)
    buffer = io.BytesIO()
    book.save(buffer)
    (one,) = entries(buffer.getvalue(), "time.xlsx")
    assert (one.patient_id, one.seconds, one.staff_id) == ("a", 1230, "ann")


def test_a_gap_in_a_header_above_records_is_still_a_gap() -> None:
    content = b"MRN,,Date,Minutes\na,x,2025-03-25,20\n"
    staged = stage(("t.csv", content), patients("a"))
    assert [file.error[:3] for file in staged.report.files if file.error] == ["I06"]


def test_text_that_is_kept_from_a_spreadsheet() -> None:
    content = b'MRN,Date,Minutes,Note\n="a",="2025-03-25","=""20""","=""x"""\n'
    (one,) = entries(content)
    assert (one.patient_id, one.seconds, one.note) == ("a", 1200, '="x"')


def test_spaces_of_web_pages() -> None:
    (one,) = entries("MRN,Date,Minutes\n\u00a0a,2025-03-25\u00a0,20\u00a0min\n".encode())
    assert (one.patient_id, one.seconds) == ("a", 1200)


@pytest.mark.parametrize(
    ("start", "end", "minutes", "rules"),
    [
        ("2025-03-25 10:05", "2025-03-25 10:10", "25", ["I29"]),
        ("2025-03-25 10:05", "10:10", "25", ["I29"]),
        # Clocks show minutes only, work has pauses, and some systems write the start twice.
        ("2025-03-25 10:05", "10:10", "6", []),
        ("2025-03-25 10:05", "11:05", "25", []),
        ("2025-03-25 10:05", "2025-03-25 10:05", "25", []),
        ("2025-03-25 23:50", "00:10", "20", []),
        ("2025-03-25 23:50", "00:10", "45", ["I29"]),
        ("2025-03-25 10:05", "later", "25", []),
    ],
)
def test_no_duration_is_longer_than_its_start_and_end_allow(
    start: str, end: str, minutes: str, rules: list[str]
) -> None:
    log = table(["MRN", "Start", "End", "Minutes"], [["a", start, end, minutes]])
    found = stage(("log.csv", log), patients("a")).report.rejects
    assert [one.rule for one in found] == rules


def test_minutes_that_a_spreadsheet_took_for_hours() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["MRN", "Date", "Duration (mm:ss)"])
    sheet.append(["a", date(2025, 3, 25), time(12, 30)])
    sheet.append(["a", date(2025, 3, 26), time(0, 12, 30)])
    sheet.append(["a", date(2025, 3, 27), "12:30"])
    written = io.BytesIO()
    book.save(written)
    staged = stage(("log.xlsx", written.getvalue()), patients("a"))
    assert told(staged.report) == [(2, "minutes_seconds", "I29")]
    found = [one.record for one in intake.drafts(staged)]
    assert [one.seconds for one in found if isinstance(one, records.TimeEntry)] == [750, 750]


LASTED = ["1:45:00", "12:30:00", "0:50:00", "2:10:00", "21"]


@pytest.mark.parametrize(
    ("header", "lasted", "rejected"),
    [
        ("Duration", LASTED, [2, 3, 4, 5]),
        ("Duration (h:mm:ss)", LASTED, []),
        ("Duration", [*LASTED, "0:12:31"], []),
        ("Duration", ["1:05:00", "0:20:00", "0:25:00", "0:30:00"], []),
        ("Duration", ["1:05:00", "1:20:00"], []),
    ],
)
def test_a_column_of_hours_may_be_minutes(
    header: str, lasted: list[str], rejected: list[int]
) -> None:
    rows = [["a", f"2025-03-{day:02}", one] for day, one in enumerate(lasted, 3)]
    staged = stage(("log.csv", table(["MRN", "Date", header], rows)), patients("a"))
    assert told(staged.report) == [(line, "minutes", "I29") for line in rejected]
    mapped = {"log.csv": {"kind": "time_entries", "columns": {header: "hours_minutes"}}}
    staged = stage(("log.csv", table(["MRN", "Date", header], rows[:3])), patients("a"),
                   mapping=mapped)  # fmt: skip
    assert not staged.report.rejects


def test_time_of_another_program_is_not_of_this_one() -> None:
    header = ["MRN", "Date", "Minutes", "Program"]
    programs = ["RPM", "Remote Patient Monitoring", "CCM", "Chronic care", "PCM", ""]
    rows = [["a", "2025-03-25", str(20 + at), one] for at, one in enumerate(programs)]
    found = entries(table(header, rows))
    assert [one.counted_for for one in found] == ["RPM", "RPM", "", "", "", ""]


def test_a_start_time_that_holds_the_day_is_a_start():
    header = ["Patient ID", "Start Time", "End Time", "Staff"]
    rows = [["a", "2025-03-31 23:50", "2025-04-01 00:15", "s"], ["a", "10:05", "10:25", "s"]]
    staged = stage(("time_entries.csv", table(header, rows)), patients("a"))
    assert told(staged.report) == [(3, "started_at", "I27")]
    (entry,) = (d.record for d in intake.drafts(staged) if hasattr(d.record, "seconds"))
    assert (entry.seconds, entry.started_at.isoformat()) == (1500, "2025-04-01T03:50:00+00:00")


def test_a_header_that_fits_no_kind_says_what_the_nearest_lacks():
    header = ["Patient Name", "Date", "Minutes", "Staff"]
    staged = stage(("time_entries.csv", table(header, [["A, B", "2025-03-04", "5", "s"]])))
    assert "closest to time_entries, which lack patient_id" in staged.report.files[0].error
