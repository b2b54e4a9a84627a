"""Days that a database writes as a midnight with a zone are days, and no evening before."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from ccm_core import records
from ccm_core.exchange import intake
from tests.exchange.makers import patients, stage, table

NEW_YORK = ZoneInfo("America/New_York")


def days(header: list[str], rows: list[list[str]]) -> list[tuple[str, bool]]:
    """Day and hour of each entry, and whether its start is known."""
    staged = stage(("log.csv", table(header, rows)), patients("a"))
    assert not staged.report.rejects, staged.report
    found = [one.record for one in intake.drafts(staged)]
    return [
        (f"{one.started_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}", one.is_start_known)
        for one in found if isinstance(one, records.TimeEntry)
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["Date", "Start", "Timestamp"])
@pytest.mark.parametrize(
    "midnight",
    ["T00:00:00Z", "T00:00:00.000Z", "T00:00:00+00:00", " 00:00:00 UTC", "T00:00:00-06:00"],
)
def test_the_first_of_a_month_stays_in_it(header: str, midnight: str) -> None:
    rows = [["a", f"2025-03-0{day}{midnight}", "20"] for day in (1, 2)]
    found = days(["MRN", header, "Minutes"], rows)
    assert found == [("2025-03-01 12:00", False), ("2025-03-02 12:00", False)]


def test_a_day_in_utc_beside_a_time_of_day() -> None:
    rows = [["a", "2025-03-01T00:00:00Z", "10:15 PM", "20"]]
    assert days(["MRN", "Date", "Start Time", "Minutes"], rows) == [("2025-03-01 22:15", True)]


def test_one_time_of_day_makes_moments_of_all() -> None:
    rows = [["a", "2025-03-01T00:00:00Z", "20"], ["a", "2025-03-01T20:30:00Z", "20"]]
    found = days(["MRN", "Start", "Minutes"], rows)
    assert found == [("2025-02-28 19:00", True), ("2025-03-01 15:30", True)]


def test_an_end_makes_a_moment_of_its_start() -> None:
    rows = [["a", "2025-03-01T00:00:00Z", "2025-03-01T00:20:00Z"]]
    assert days(["MRN", "Start", "End"], rows) == [("2025-02-28 19:00", True)]


def test_the_practices_own_midnight_is_a_day_beside_moments() -> None:
    rows = [["a", "2025-03-01T00:00:00-05:00", "20"], ["a", "2025-03-03T15:30:00-05:00", "20"]]
    found = days(["MRN", "Date", "Minutes"], rows)
    assert found == [("2025-03-01 12:00", False), ("2025-03-03 15:30", True)]
