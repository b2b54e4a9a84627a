"""A log that tells its time in hours: alone, or beside minutes."""

from __future__ import annotations

import pytest

from tests.exchange.makers import patients, stage, table
from tests.exchange.test_call_logs import entries

BOTH = ["MRN", "Date", "Hours", "Minutes"]


@pytest.mark.parametrize(
    ("hours", "minutes", "counted"),
    [
        ("1", "25", 85),
        ("0", "25", 25),
        ("1", "0", 60),
        ("2", "", 120),
        ("", "25", 25),
        ("1.0", "5", 65),
        ("1 h", "5", 65),
        ("0.5", "30", 30),
        ("0.42", "25", 25),
        ("1", "60", 60),
        ("1.25", "", 75),
    ],
)
def test_hours_beside_minutes(hours: str, minutes: str, counted: int) -> None:
    """Minutes of the hour are added; the same length said twice counts once."""
    (one,) = entries(table(BOTH, [["a", "2025-03-25", hours, minutes]]))
    assert one.seconds == counted * 60


@pytest.mark.parametrize(
    ("hours", "minutes", "rule"),
    [
        ("0", "0", "I33"),
        ("2", "75", "I29"),
        ("0.5", "12", "I29"),
        ("1:05", "5", "I29"),
        ("25", "5", "I32"),
        ("24", "5", "I32"),
        ("-1", "5", "I30"),
        ("0.333", "", "I31"),
        ("", "0", "I22"),
    ],
)
def test_hours_and_minutes_that_tell_no_length(hours: str, minutes: str, rule: str) -> None:
    rows = table(BOTH, [["a", "2025-03-25", hours, minutes]])
    (reject,) = stage(("t.csv", rows), patients("a")).report.rejects
    assert reject.rule == rule


def test_hours_alone() -> None:
    header = ["MRN", "Date of Service", "Time Spent (hours)"]
    (one,) = entries(table(header, [["a", "2025-03-25", "0.35"]]))
    assert one.seconds == 21 * 60


def test_minutes_alone_must_be_more_than_none() -> None:
    rows = table(["MRN", "Date", "Minutes"], [["a", "2025-03-25", "0"]])
    (reject,) = stage(("t.csv", rows), patients("a")).report.rejects
    assert reject.rule == "I33"
