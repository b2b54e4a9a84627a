"""Time logs with a day and a length and no time of day: common exports, taken as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ccm_core import records
from ccm_core.exchange.drafts import Draft
from tests.exchange.makers import patients, stage, table, told

NOON = datetime(2025, 3, 4, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["MRN", "Date of Service", "Minutes Spent"], ["a", "03/25/2025", "12"]),
        (["MRN", "Date", "Start Time", "Duration"], ["a", "2025-03-25", "", "12"]),
        (["MRN", "Log Date", "Total Minutes", "End Time"], ["a", "2025-03-25", "12", ""]),
        (["MRN", "Start", "Minutes"], ["a", "2025-03-25", "12"]),
    ],
)
def test_a_day_and_a_length_are_enough(header, row) -> None:
    staged = stage(("log.csv", table(header, [row])), patients("a"))
    assert not staged.report.rejects
    entry = staged.files[0].items[0].draft.record
    assert (entry.seconds, entry.is_start_known) == (720, False)
    assert entry.started_at.date().isoformat() == "2025-03-25"


def test_the_report_says_so() -> None:
    rows = [["a", "2025-03-25", "12"], ["a", "2025-03-26", "7"]]
    staged = stage(("log.csv", table(["mrn", "date", "minutes"], rows)), patients("a"))
    assert any("2 time entries tell the day" in said for said in staged.report.observations)


@pytest.mark.parametrize(
    ("end", "start"), [("10:17", "14:05"), ("2025-03-04 10:17", "15:05")], ids=["clock", "moment"]
)
def test_an_end_and_a_length_tell_the_start(end, start) -> None:
    day = "2025-03-25" if ":" in end[:3] else "2025-03-04"
    content = table(["mrn", "date", "end time", "minutes"], [["a", day, end, "12"]])
    entry = stage(("log.csv", content), patients("a")).files[0].items[0].draft.record
    assert entry.is_start_known
    assert f"{entry.started_at:%H:%M}" == start


def test_an_end_alone_tells_no_length() -> None:
    content = table(["mrn", "date", "end time"], [["a", "2025-03-04", "10:17"]])
    assert told(stage(("log.csv", content), patients("a")).report) == [(2, "minutes", "I22")]


def test_a_day_to_come_is_refused() -> None:
    content = table(["mrn", "date", "minutes"], [["a", "2999-03-04", "12"]])
    assert told(stage(("log.csv", content), patients("a")).report) == [(2, "on", "I26")]


def test_another_hour_is_another_entry_and_the_same_row_the_same() -> None:
    def of(row: list[str]) -> records.TimeEntry:
        content = table(["patient_id", "date", "start_time", "minutes"], [row])
        found = stage(("log.csv", content), patients("a")).files[0].items[0].draft.record
        assert isinstance(found, records.TimeEntry)
        return found

    unknown, again = of(["a", "2025-03-04", "", "12"]), of(["a", "2025-03-04", "", "12"])
    at_noon = of(["a", "2025-03-04", "12:00", "12"])
    assert unknown == again
    assert unknown.entry_id != at_noon.entry_id


def test_a_poorer_export_does_not_take_a_known_hour_back() -> None:
    stored = records.TimeEntry("e", "a", datetime(2025, 3, 4, 14, 5, tzinfo=UTC), 720)
    given = frozenset({"entry_id", "started_at", "is_start_known", "seconds"})
    poorer = records.TimeEntry("e", "a", NOON, 600, is_start_known=False)
    merged = Draft(poorer, given).onto(stored)
    assert (merged.started_at, merged.is_start_known) == (stored.started_at, True)
    assert merged.seconds == 600
    richer = Draft(stored, given).onto(poorer)
    assert richer.is_start_known
    moved = records.TimeEntry("e", "a", NOON.replace(day=9), 600, is_start_known=False)
    assert not Draft(moved, given).onto(stored).is_start_known
