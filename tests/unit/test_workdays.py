"""Workdays: Monday to Friday without federal holidays, as the table has them year by year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ccm_core import tables, workdays
from ccm_core.months import Month
from pages.parts import words

FIXED = {
    "New Year's Day": (1, 1), "Juneteenth National Independence Day": (6, 19),
    "Independence Day": (7, 4), "Veterans Day": (11, 11), "Christmas Day": (12, 25),
}  # fmt: skip
MONDAY, THURSDAY = 0, 3
# Month, weekday, and which of them; the law says "the last Monday in May".
MOVING = {
    "Birthday of Martin Luther King, Jr.": (1, MONDAY, 2), "Washington's Birthday": (2, MONDAY, 2),
    "Memorial Day": (5, MONDAY, -1), "Labor Day": (9, MONDAY, 0), "Columbus Day": (10, MONDAY, 1),
    "Thanksgiving Day": (11, THURSDAY, 3),
}  # fmt: skip


def by_law(year: int) -> dict[date, str]:
    """The days of 5 U.S.C. 6103(a) in one year."""
    found = {date(year, *on): name for name, on in FIXED.items()}
    for name, (month, weekday, which) in MOVING.items():
        days = [day for day in Month(year, month).days() if day.weekday() == weekday]
        found[days[which]] = name
    if year < 2021:
        del found[date(year, *FIXED["Juneteenth National Independence Day"])]
    return found


def day_off(legal: date) -> date:
    return legal + timedelta(days={5: -1, 6: 1}.get(legal.weekday(), 0))


@pytest.mark.parametrize("year", range(2015, 2031))
def test_every_covered_year_has_the_days_of_the_law(year):
    law = {day_off(day): (name, day) for y in (year, year + 1) for day, name in by_law(y).items()}
    rows = tables.load("federal_holidays", "day").in_force(date(year, 6, 1))
    found = {
        date.fromisoformat(r["day"]): (r["name"], date.fromisoformat(r["legal_on"])) for r in rows
    }
    assert found == {day: named for day, named in law.items() if day.year == year}


def test_thanksgiving_is_no_workday():
    november = Month(2026, 11)
    assert workdays.left(november, date(2026, 11, 22)) == 5
    assert [one.name for one in workdays.holidays(date(2026, 11, 22), november.last_day)] == [
        "Thanksgiving Day"
    ]
    assert workdays.between(date(2026, 11, 26), date(2026, 11, 26)) == 0


@pytest.mark.parametrize(
    ("month", "holidays"), [(Month(2021, 12), 2), (Month(2022, 1), 1), (Month(2023, 1), 2)]
)
def test_a_holiday_on_a_weekend_is_taken_on_the_weekday_beside_it(month, holidays):
    weekdays = sum(day.weekday() < 5 for day in month.days())
    assert workdays.between(month.first_day, month.last_day) == weekdays - holidays


def test_a_month_that_is_over_and_one_to_come():
    today = date(2026, 11, 22)
    assert workdays.left(Month(2026, 10), today) == 0
    assert workdays.left(Month(2026, 12), today) == 22
    assert workdays.holidays(today, date(2026, 10, 31)) == ()


def test_a_year_that_the_table_does_not_cover_is_named():
    assert workdays.uncovered(date(2030, 12, 1), date(2031, 1, 31)) == (2031,)
    assert workdays.uncovered(date(2026, 11, 1), date(2026, 11, 30)) == ()
    assert workdays.left(Month(2031, 12), date(2031, 12, 1)) == 23, "no holiday is invented"


def test_pages_name_the_days_that_they_leave_out_and_the_years_they_do_not_know():
    assert words.holidays(Month(2026, 11), date(2026, 11, 20)) == (
        "Not counted: Thanksgiving Day (26 Nov 2026). "
        "If the practice works then, there is more time."
    )
    assert words.holidays(Month(2026, 11), date(2026, 11, 27)) == ""
    assert "holidays of 2031 are not in the tables" in words.holidays(
        Month(2031, 1), date(2031, 1, 1)
    )
