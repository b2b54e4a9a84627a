"""Pages count days on the calendar of the practice: in its evening UTC is a day ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ccm_core import months
from ccm_core.store import db
from ccm_core.store.results import refresh
from pages.parts import downloads, filters, revenue_files
from tests.pages import small_practice
from tests.pages.page_text import text_of
from tests.pages.signed_in import open_as

EVENING = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
"""Nine o'clock on 30 November in the small practice."""


@pytest.fixture
def evening(own_store, monkeypatch):
    monkeypatch.setattr(months, "clock", lambda: EVENING)
    small_practice.fill()
    with db.session(write=True) as opened:
        refresh(opened, small_practice.PRACTICE, months.Month(2026, 10))


@pytest.mark.parametrize(
    ("page", "view", "said"),
    [
        ("fee_tables", {"year": "2026"}, "99490 on 30 Nov 2026"),
        ("revenue", {"view": "fee"}, "Date of service 30 Nov 2026"),
        ("home", {}, "last on 30 Nov 2026"),
    ],
)
def test_a_page_says_the_day_of_the_practice(evening, page, view, said):
    at = open_as("auditor", page, **view)
    assert not at.exception
    assert said in text_of(at) + " ".join(one.label for one in at.metric)


def test_a_file_of_projections_bears_the_day_of_the_practice(evening, monkeypatch):
    files, given = [], []
    monkeypatch.setattr(downloads, "offer_some", lambda offered, page: files.extend(offered))
    monkeypatch.setattr(revenue_files, "projection_xlsx", lambda *all: given.append(all[1]) or b"")
    assert not open_as("consultant", "revenue").exception
    (workbook,) = [make for _said, name, _mime, make in files if name.endswith(".xlsx")]
    workbook()
    assert given == [date(2026, 11, 30)]


def test_without_a_practice_the_day_is_the_universal_one(own_store, monkeypatch):
    monkeypatch.setattr(months, "clock", lambda: EVENING)
    assert filters.today_here() == date(2026, 12, 1)
