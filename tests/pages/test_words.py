"""Words of pages: places, refusals, and days that are no workdays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ccm_core.errors import TableError, UsageError
from ccm_core.months import Month
from pages.parts import calendar, words


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("REST OF NEW YORK", "Rest of New York"),
        ("NYC SUBURBS/LONG ISLAND", "NYC Suburbs/Long Island"),
        ("DC + MD/VA SUBURBS", "DC + MD/VA Suburbs"),
        ("NORTHERN NJ", "Northern NJ"),
        ("Alabama", "Alabama"),
    ],
)
def test_a_locality_is_written_as_a_place(written, said):
    assert words.place(written) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (None, words.NOTHING), ("9188.10", "$9,188.10"), ("-99999.99", "-$99,999.99"),
        ("107232.62", "$107,233"), ("9999999.40", "$9,999,999"), ("12345678", "$12.3 million"),
    ],
)  # fmt: skip
def test_dollars_fit_into_a_card(amount, said):
    assert words.usd_in_short(amount and Decimal(amount)) == said


def test_a_refusal_is_plain_and_says_its_days_in_words():
    said = words.refused(UsageError("99490 on 2014-12-31 was asked for *by* [you](http://x)."))
    assert "31 Dec 2014" in said
    assert r"\*by\* \[you\]" in said


def test_a_broken_table_is_for_the_administrator():
    said = words.refused(TableError("numbers.csv:7: max is not a number."))
    assert said.startswith("A table of rules or fees cannot be read")
    assert said.endswith(r"numbers\.csv\:7\: max is not a number\.")


def test_the_calendar_names_a_holiday(monkeypatch):
    drawn = []
    monkeypatch.setattr(calendar.st, "html", drawn.append)
    calendar.month(Month(2026, 12), date(2026, 12, 25))
    calendar.month(Month(2029, 12), date(2029, 12, 3))
    assert 'aria-label="25, Christmas Day, today"' in drawn[0]
    assert 'aria-label="25, Christmas Day"' in drawn[1]
    assert 'aria-label="31, the month ends"' in drawn[1]
