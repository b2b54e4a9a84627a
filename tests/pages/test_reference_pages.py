"""Rule book, tables, fee tables and what-if: they draw, and answer as the core does."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from ccm_core.rules import ALL_RULES
from ccm_core.store import db
from tests.pages import small_practice
from tests.pages.page_text import column, listings, metrics, sent, text_of
from tests.pages.signed_in import open_as


def rows_of(at):
    """The rows of the one list on the page."""
    (found,) = listings(at)
    return found["rows"]


@pytest.fixture(autouse=True)
def store(store_url, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    yield
    db.dispose(store_url)


@pytest.mark.parametrize("role", ["consultant", "auditor", "billing_lead"])
def test_the_rule_book_shows_every_rule(role):
    small_practice.fill()
    at = open_as(role, "rule_book")
    assert not at.exception
    assert f"{len(ALL_RULES)} rules of {len(ALL_RULES)}" in text_of(at)
    assert len(at.expander) == len(ALL_RULES)


def test_the_rule_book_filters_from_the_address_and_refuses_what_is_not_there():
    small_practice.fill()
    at = open_as("auditor", "rule_book", family="C")
    assert {e.label[2:5] for e in at.expander} == {r.id for r in ALL_RULES if r.id[0] == "C"}
    at = open_as("auditor", "rule_book", family="D")
    assert "once in 540,000" in text_of(at)
    at = open_as("auditor", "rule_book", family="<script>")
    assert not at.exception
    assert len(at.expander) == len(ALL_RULES)


def test_a_table_shows_the_values_of_the_chosen_day():
    small_practice.fill()
    at = open_as("consultant", "tables", table="time_thresholds", on="2020-06-01")
    assert not at.exception
    codes = column(rows_of(at), "code")
    assert "G2058" in codes
    assert "99439" not in codes


def test_the_holidays_of_a_year_are_shown_with_their_days_in_words():
    small_practice.fill()
    rows = rows_of(open_as("consultant", "tables", table="federal_holidays", on="2026-11-21"))
    held = {row["day"]: row["name"] for row in rows}
    assert held["26 Nov 2026"] == "Thanksgiving Day"
    assert held["3 Jul 2026"] == "Independence Day", "the fourth is a Saturday"
    at = open_as("consultant", "tables", table="federal_holidays", on="2031-06-01")
    assert not listings(at)
    assert "No row fits" in text_of(at)


def test_a_table_is_read_in_words_with_days_and_titles_of_sources():
    small_practice.fill()
    at = open_as("auditor", "tables", on="2026-11-21")
    (found,) = listings(at)
    titles = [one["title"] for one in found["columns"]]
    assert {"In force", "Source"} <= set(titles)
    assert "Successor" not in titles, "a column that is empty on this day says nothing"
    assert not any("_" in title for title in titles)
    assert "Checked: " in text_of(at), "what all rows would say is said once"
    assert "Checked" not in titles
    assert found["rows"][0]["source"].startswith("CMS: ")
    assert any(row["in_force"].startswith("since ") for row in found["rows"])


@pytest.mark.parametrize("table", ["screens", "paths", "medicare_numbers", "federal_holidays"])
def test_no_table_shows_a_day_in_digits_or_a_number_by_its_name(table):
    at = open_as("auditor", "tables", table=table, on="2026-11-21")
    (found,) = listings(at)
    fields = [one["field"] for one in found["columns"]]
    assert len(fields) == len(set(fields))
    for row in found["rows"]:
        said = " ".join(str(row[field]) for field in fields)
        assert not re.search(r"\d{4}-\d\d-\d\d|\{\w+\}", said), said


def test_a_long_table_has_more_than_one_page():
    small_practice.fill()
    first, second = (
        rows_of(open_as("auditor", "tables", on="2026-11-21", **at)) for at in ({}, {"place": "2"})
    )
    assert len(first) == 100
    assert second
    assert first[-1] not in second


def test_a_day_that_does_not_exist_is_said():
    at = open_as("consultant", "tables", on="2020-02-31")
    assert not at.exception
    assert "does not exist" in text_of(at)


def test_a_fee_is_shown_to_the_cent_with_what_it_is_made_from():
    at = open_as("consultant", "fee_tables", year="2025", code="99490")
    assert not at.exception
    assert metrics(at) == {"99490 on 31 Dec 2025": "$60.49"}
    assert "32.3465" in text_of(at)


def test_a_zip_code_finds_its_locality_and_an_estimate_says_so():
    at = open_as("consultant", "fee_tables", year="2026", code="99490")
    at.text_input(key="fee_zip").set_value("94103").run()
    assert not at.exception
    assert "(estimate)" in next(iter(metrics(at).values()))
    at.text_input(key="fee_zip").set_value("00000").run()
    assert "00000" in text_of(at)
    assert not metrics(at)


def test_what_if_answers_like_the_core():
    small_practice.fill()
    at = open_as("billing_lead", "what_if", month="2026-03")
    assert not at.exception
    assert metrics(at)["Codes"] == "99490 x 1"
    basis = next(c.value for c in at.caption if "not a promise of payment" in c.value)
    assert "31 Mar 2026, National amount, office" in basis
    amounts = [Decimal(usd) for usd in re.findall(r"\$(\d+\.\d\d)", basis.replace("\\", ""))]
    assert amounts[0] == sum(amounts[1:]), "the parts are the whole, sequestration among them"
    at.number_input(key="staff").set_value(19).run()
    assert metrics(at)["Codes"] == "nothing"
    assert not any("allowed are" in c.value for c in at.caption)
    assert metrics(at)["Allowed"] == "–"  # noqa: RUF001 - the sign for "not known"
    at.number_input(key="staff").set_value(65).run()
    at.selectbox(key="mdm").set_value("moderate").run()
    assert metrics(at)["Codes"] == "99487 x 1"
    assert "more than the chosen path" in text_of(at)


def test_a_care_manager_has_no_fee_tables():
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        open_as("care_manager", "fee_tables")


def test_the_first_month_of_a_projection_is_said_in_words():
    small_practice.fill()
    at = open_as("auditor", "revenue", view="inputs")
    assert not at.exception
    rows = next(found["rows"] for found in listings(at) if "Assumptions" in found["alt"])
    assert rows[0]["input"] == "First month"
    assert re.fullmatch(r"[A-Z][a-z]+ \d{4}", rows[0]["value"])
    assert not rows[0]["unit"]


def test_settings_name_the_locality():
    small_practice.fill()
    assert "**Locality:** National amounts" in text_of(open_as("auditor", "settings"))


def test_a_name_of_several_places_ends_with_a_whole_one():
    at = open_as("consultant", "fee_tables", year="2026", code="99490")
    drawn = sent(at)
    assert "San Jose-Sunnyvale (01112-65)" in drawn
    assert "Santa C (" not in drawn
