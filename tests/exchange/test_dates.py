"""Days, moments and durations are read as what they say, or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ccm_core.exchange import dates
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.rejects import RowProblem
from ccm_core.months import time_zone


def calendar(order: str = "mdy", zone: str = "America/New_York") -> Calendar:
    return Calendar(time_zone(zone), date(2026, 1, 31), order)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2025-03-04", "", date(2025, 3, 4)),
        ("20250304", "", date(2025, 3, 4)),
        ("2025/3/4", "", date(2025, 3, 4)),
        ("03/04/2025", "mdy", date(2025, 3, 4)),
        ("03/04/2025", "dmy", date(2025, 4, 3)),
        ("4.3.2025", "dmy", date(2025, 3, 4)),
        ("Mar 4, 2025", "", date(2025, 3, 4)),
        ("4-Mar-2025", "", date(2025, 3, 4)),
        ("2025-03-04T23:30:00Z", "", date(2025, 3, 4)),
        ("2025-03-05T03:30:00Z", "", date(2025, 3, 4)),
        ("2025-03-04T00:00:00Z", "", date(2025, 3, 4)),
        ("2025-03-04 00:00:00", "", date(2025, 3, 4)),
        ("3/4/2025 12:00 AM", "mdy", date(2025, 3, 4)),
        ("2024-02-29", "", date(2024, 2, 29)),
    ],
)
def test_a_day_in_many_spellings(text: str, order: str, day: date) -> None:
    assert dates.read_day(text, calendar(order)) == day


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2025-02-30", "I25"), ("2023-02-29", "I25"), ("13/13/2025", "I25"), ("soon", "I25"),
        ("03/04/25", "I25"), ("2025", "I25"), ("", "I25"), ("0001-01-01", "I26"),
        ("2025-3", "I25"), ("45000", "I25"), ("٢٠٢٥-٠٣-٠٤", "I25"), ("2025-03-04x", "I25"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused(text: str, rule: str) -> None:
    with pytest.raises(RowProblem) as problem:
        dates.read_day(text, calendar())
    assert problem.value.rule == rule


def test_a_day_of_the_past_is_not_in_the_future() -> None:
    assert dates.read_past_day("2026-01-31", calendar()) == date(2026, 1, 31)
    with pytest.raises(RowProblem, match="future"):
        dates.read_past_day("2026-02-01", calendar())


def test_the_order_of_day_and_month_is_proved_or_asked() -> None:
    assert dates.proved_order(["03/04/2025", "03/25/2025"]) == "mdy"
    assert dates.proved_order(["03/04/2025", "25/03/2025"]) == "dmy"
    assert dates.proved_order(["2025-03-04", "05/05/2025"]) == ""
    for doubtful in (["03/04/2025"], ["03/04/2025", "03/25/2025", "25/03/2025"]):
        with pytest.raises(RowProblem) as problem:
            dates.proved_order(doubtful)
        assert problem.value.rule == "I09"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-03-04 10:05", datetime(2025, 3, 4, 15, 5, tzinfo=UTC)),
        ("2025-03-04T10:05:30", datetime(2025, 3, 4, 15, 5, 30, tzinfo=UTC)),
        ("2025-03-04T10:05:30.250-05:00", datetime(2025, 3, 4, 15, 5, 30, tzinfo=UTC)),
        ("2025-03-04T15:05:00Z", datetime(2025, 3, 4, 15, 5, tzinfo=UTC)),
        ("2025-07-04 10:05", datetime(2025, 7, 4, 14, 5, tzinfo=UTC)),
        ("3/4/2025 1:05 PM", datetime(2025, 3, 4, 18, 5, tzinfo=UTC)),
        ("3/4/2025 12:05 am", datetime(2025, 3, 4, 5, 5, tzinfo=UTC)),
        ("Mar 4, 2025 10:05", datetime(2025, 3, 4, 15, 5, tzinfo=UTC)),
    ],
)
def test_a_moment_is_the_practice_clock_unless_it_says_otherwise(
    text: str, moment: datetime
) -> None:
    assert dates.read_moment(text, calendar()) == moment


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2025-03-04", "I27"), ("10:05", "I27"), ("2025-03-04 25:00", "I27"),
        ("2025-03-04 10:61", "I27"), ("2025-03-04 13:00 PM", "I27"), ("2025-13-04 10:00", "I25"),
        ("2025-03-04T10:00:00+19:00", "I27"), ("x 10:00", "I25"),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str, rule: str) -> None:
    with pytest.raises(RowProblem) as problem:
        dates.read_moment(text, calendar())
    assert problem.value.rule == rule


@pytest.mark.parametrize("clock", ["02:00", "02:30", "02:59:59"])
def test_a_time_that_the_clock_skipped_is_refused(clock: str) -> None:
    with pytest.raises(RowProblem) as problem:
        dates.read_moment(f"2025-03-09 {clock}", calendar())
    assert problem.value.rule == "I28"


def test_the_edges_of_the_skipped_hour_exist() -> None:
    assert dates.read_moment("2025-03-09 01:59:59", calendar()).hour == 6
    assert dates.read_moment("2025-03-09 03:00", calendar()) == datetime(2025, 3, 9, 7, tzinfo=UTC)
    assert dates.read_moment("2025-03-09T02:30:00-05:00", calendar()).hour == 7


def test_a_time_that_stood_twice_is_the_first_with_a_note() -> None:
    asked = calendar()
    assert dates.read_moment("2025-11-02 01:30", asked) == datetime(2025, 11, 2, 5, 30, tzinfo=UTC)
    assert asked.notes.total() == 1
    assert dates.read_moment("2025-11-02 02:00", asked) == datetime(2025, 11, 2, 7, tzinfo=UTC)
    assert asked.notes.total() == 1


def test_a_zone_without_summer_time_skips_nothing() -> None:
    phoenix = calendar(zone="America/Phoenix")
    assert dates.read_moment("2025-03-09 02:30", phoenix).hour == 9


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20", 1200), ("20.0", 1200), (" 7 ", 420), ("0:12:30", 750), ("1:00:00", 3600),
     ("1440", 86400), ("24:00:00", 86400), ("007", 420)],
)  # fmt: skip
def test_minutes(text: str, seconds: int) -> None:
    assert dates.read_minutes(text) == seconds


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("-5", "I30"), ("\u22125", "I30"), ("-0.5", "I30"), ("12.5", "I31"), (".5", "I31"),
        ("1441", "I32"), ("24:00:01", "I32"), ("0", "I33"), ("0.0", "I33"), ("0:00:00", "I33"),
        ("ten", "I29"), ("1e2", "I29"), ("1:30", "I29"), ("12,5", "I29"), ("NaN", "I29"),
        ("inf", "I29"), ("99999999999999", "I29"), ("0x10", "I29"), ("1_0", "I29"),
    ],
)  # fmt: skip
def test_what_is_no_duration_is_refused(text: str, rule: str) -> None:
    with pytest.raises(RowProblem) as problem:
        dates.read_minutes(text)
    assert problem.value.rule == rule
    assert text not in problem.value.reason or len(text) < 3


def test_seconds() -> None:
    assert dates.read_seconds("750") == 750
    assert dates.read_seconds("0:12:30") == 750
    with pytest.raises(RowProblem, match="24 hours"):
        dates.read_seconds("86401")
