"""A spreadsheet of another country exchanges day and month of the dates that it can read."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import Workbook

from ccm_core.exchange import intake
from tests.exchange.makers import patients, stage, told

READ = [date(2025, 4, 3), date(2025, 11, 3), date(2025, 1, 3)]
LEFT = ["03/25/2025", "03/26/2025", "03/27/2025"]


def log(days: list[date | str]) -> tuple[str, bytes]:
    book = Workbook()
    sheet = book.active
    sheet.append(["Patient ID", "Date", "Minutes"])
    for day in days:
        sheet.append(["a", day, 10])
    written = io.BytesIO()
    book.save(written)
    return "log.xlsx", written.getvalue()


def staged(days: list[date | str], **said: str) -> intake.Staged:
    mapping = {"log.xlsx*": {"kind": "time_entries", **said}} if said else {}
    return stage(log(days), patients("a"), mapping=mapping)


def test_such_a_column_asks() -> None:
    report = staged([*READ, *LEFT]).report
    assert [(one.rule, one.about) for one in report.questions] == [("I09", "date_format")]
    assert "exchanged day and month" in report.questions[0].text
    exchanged = [text.replace("2025", "2025 10:05 AM") for text in LEFT]
    assert staged([*READ, *exchanged]).report.questions


@pytest.mark.parametrize(
    "days",
    [
        [*READ, date(2025, 3, 13), *LEFT],  # a day that no order could exchange
        [*READ, "03/04/2025", *LEFT],  # a text that could have been read
        [*READ, *LEFT[:2]],
        [date(2025, 3, 3), date(2025, 4, 4), *READ[:2], *LEFT],  # the same in both orders
    ],
)
def test_columns_that_say_otherwise_do_not(days: list[date | str]) -> None:
    report = staged(days).report
    assert not report.questions
    assert not told(report)


def test_a_person_may_say_that_the_dates_are_right() -> None:
    report = staged([*READ, *LEFT], date_format="mdy").report
    assert (report.questions, report.total("accepted")) == ((), 7)
