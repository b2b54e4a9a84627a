"""Days, moments and durations are read as what they say, or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ccm_core.exchange import dates, durations
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
        ("03-04-25", "I25"), ("2025", "I25"), ("", "I25"), ("0001-01-01", "I26"),
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
    assert durations.read_minutes(text) == seconds


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
        durations.read_minutes(text)
    assert problem.value.rule == rule
    assert text not in problem.value.reason or len(text) < 3


def test_seconds() -> None:
    assert durations.read_seconds("750") == 750
    assert durations.read_seconds("0:12:30") == 750
    with pytest.raises(RowProblem, match="24 hours"):
        durations.read_seconds("86401")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20250304100530", "2025-03-04T15:05:30"),
        ("202503041005-0600", "2025-03-04T16:05:00"),
        ("20250304T1005", "2025-03-04T15:05:00"),
        ("2025-03-04 10:05:00+00", "2025-03-04T10:05:00"),
        ("2025-03-04 10:05:00.0000000 -05:00", "2025-03-04T15:05:00"),
        ("2025-03-04T10:05:00.000+0000", "2025-03-04T10:05:00"),
        ("04-MAR-25 12.15.00.000000 PM", "2025-03-04T17:15:00"),
        ("04-MAR-2025 11:00:00 AM", "2025-03-04T16:00:00"),
        ("Mar  4 2025  1:05PM", "2025-03-04T18:05:00"),
        ("Tuesday, March 4, 2025 at 3:05 PM", "2025-03-04T20:05:00"),
        ("3/4/2025, 1:05\u202fPM", "2025-03-04T18:05:00"),
        ("04MAR2025 10:05", "2025-03-04T15:05:00"),
        ("2025-03-04 0930", "2025-03-04T14:30:00"),
        ("2025-03-04 10:05:00,123", "2025-03-04T15:05:00"),
        ("2025-03-04 10:05 EST", "2025-03-04T15:05:00"),
        ("2025-07-04 10:05 (CDT)", "2025-07-04T15:05:00"),
        ("2025-03-04 10:05 AM PT", "2025-03-04T18:05:00"),
        ("2025-07-04 10:05 MST", "2025-07-04T17:05:00"),
        ("2025-11-02 01:30 EDT", "2025-11-02T05:30:00"),
        ("2025-11-02 01:30 EST", "2025-11-02T06:30:00"),
        ("2025-03-04 14:05-05:00", "2025-03-04T19:05:00"),
        ("2025-03-04 10:05 GMT", "2025-03-04T10:05:00"),
    ],
)
def test_moments_as_vendors_write_them(text: str, moment: str) -> None:
    assert dates.read_moment(text, calendar()) == datetime.fromisoformat(f"{moment}+00:00")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2025-07-04 10:05 EST", "I28"), ("2025-03-09 02:30 EST", "I28"),
        ("2025-03-09 02:30 ET", "I28"), ("2025-03-04 10:05 XYZ", "I27"),
        ("2025-03-04 10:05-10:25", "I27"), ("2025-03-04 10:00-11:00", "I27"),
        ("45720.42", "I27"), ("12 March 2025", "I27"), ("2025-03-04 2460", "I27"),
        ("0001-01-01 00:00+10:00", "I26"),
    ],
)  # fmt: skip
def test_moments_that_no_clock_showed(text: str, rule: str) -> None:
    with pytest.raises(RowProblem) as problem:
        dates.read_moment(text, calendar())
    assert problem.value.rule == rule


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("9999-12-31 23:59", "America/New_York"), ("9999-12-31T23:59:59Z", "Pacific/Guam"),
        ("0001-01-01T00:00:00Z", "America/New_York"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("read", [dates.read_moment, dates.read_start, dates.read_day_with_time])
def test_the_ends_of_the_calendar_reject_one_row(read, text: str, zone: str) -> None:
    """In UTC, or on the practice's clocks, such a moment lies outside of every year."""
    with pytest.raises(RowProblem) as problem:
        read(text, calendar(zone=zone))
    assert problem.value.rule == "I26"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("03/25/25", date(2025, 3, 25)),
        ("04/05/99", date(1999, 4, 5)),
        ("04-MAR-25", date(2025, 3, 4)),
        ("29-FEB-96", date(1996, 2, 29)),
        ("20250304100530", date(2025, 3, 4)),
        ("04-MAR-2025 00:00:00", date(2025, 3, 4)),
        ("2025.03.04", date(2025, 3, 4)),
        ("Mar  4 2025 12:00AM", date(2025, 3, 4)),
        ("Tue 03/04/2025", date(2025, 3, 4)),
        ("2025-03-05 01:00:00+00", date(2025, 3, 4)),
        ("02/01/26", date(1926, 2, 1)),
    ],
)
def test_past_days_as_vendors_write_them(text: str, day: date) -> None:
    assert dates.read_past_day(text, calendar()) == day


def test_the_century_of_two_digits_is_said_or_asked() -> None:
    asked = calendar()
    assert dates.read_birth_day("05/17/48", asked) == date(1948, 5, 17)
    assert asked.notes == {"Years of two digits were taken as the latest that fits.": 1}
    assert dates.read_birth_day("05/17/2020", asked) == date(2020, 5, 17)
    for reader, text in ((dates.read_birth_day, "05/17/20"), (dates.read_day, "12/31/99")):
        with pytest.raises(RowProblem, match="which century"):
            reader(text, calendar())
    assert dates.read_day("12/31/30", calendar()) == date(2030, 12, 31)
    german = Calendar(time_zone("UTC"), date(2026, 1, 31), pattern="%d.%m.%y")
    assert dates.read_birth_day("17.05.48", german) == date(1948, 5, 17)
    assert dates.read_birth_day("29.02.48", german) == date(1948, 2, 29)


def test_an_order_that_nothing_proved_is_never_taken() -> None:
    for text in ("03/04/2025", "03/04/25", "Tue 03/04/2025"):
        with pytest.raises(RowProblem, match="exchanged"):
            dates.read_day(text, calendar(""))
    assert dates.read_day("03/25/2025", calendar("")) == date(2025, 3, 25)
    assert dates.read_day("25/03/2025", calendar("")) == date(2025, 3, 25)
    assert dates.read_day("04/04/2025", calendar("")) == date(2025, 4, 4)


@pytest.mark.parametrize(
    "values",
    [["3/5/2026, 10:05"], ["Thu 03/05/2026"], ["03/05/26"], ["26/03/05"], ["26/03/05", "26/03/25"]],
)
def test_doubts_about_the_order_are_seen_in_every_spelling(values: list[str]) -> None:
    with pytest.raises(RowProblem):
        dates.proved_order(values)


def test_short_years_prove_what_they_can() -> None:
    assert dates.proved_order(["03/05/26", "03/25/26"]) == "mdy"
    assert dates.proved_order(["03/05/48", "25/03/48"]) == "dmy"
    assert dates.proved_order(["10.05.00", "9.30"]) == ""


def test_a_start_at_midnight_is_a_day_without_a_time() -> None:
    asked = calendar()
    assert dates.read_start("2025-03-04 00:00:00", asked) == date(2025, 3, 4)
    assert asked.notes.total() == 1
    assert dates.read_start("03/04/2025", asked) == date(2025, 3, 4)
    assert dates.read_start("2025-03-04T00:00:00-05:00", asked) == datetime(
        2025, 3, 4, 5, tzinfo=UTC
    )
    assert dates.read_start("2025-03-04 00:01", asked) == datetime(2025, 3, 4, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reader", "text", "seconds"),
    [
        (durations.read_hours_minutes, "0:20", 1200),
        (durations.read_hours_minutes, "1:05", 3900),
        (durations.read_hours_minutes, "0:20:30", 1230),
        (durations.read_minutes_seconds, "12:30", 750),
        (durations.read_seconds, "1,200", 1200),
        (durations.read_minutes, "PT20M", 1200),
        (durations.read_minutes, "PT1H5M30S", 3930),
        (durations.read_minutes, "20 min", 1200),
        (durations.read_minutes, "1h 5m", 3900),
        (durations.read_seconds, "1200.0", 1200),
    ],
)
def test_durations_as_vendors_write_them(reader, text: str, seconds: int) -> None:
    assert reader(text) == seconds


@pytest.mark.parametrize(
    ("reader", "text", "rule"),
    [
        (durations.read_minutes, "1,200", "I29"), (durations.read_minutes, "0:20", "I29"),
        (durations.read_hours_minutes, "20", "I29"), (durations.read_hours_minutes, "25:00", "I32"),
        (durations.read_minutes_seconds, "-0:20", "I30"), (durations.read_minutes, "PT", "I29"),
        (durations.read_seconds, "1,20", "I29"), (durations.read_hours_minutes, "0:00", "I33"),
    ],
)  # fmt: skip
def test_durations_that_can_be_two_things(reader, text: str, rule: str) -> None:
    with pytest.raises(RowProblem) as problem:
        reader(text)
    assert problem.value.rule == rule
