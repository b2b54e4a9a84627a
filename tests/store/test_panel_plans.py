"""What counts of the whole panel read: indexes that hold all they ask, never a patient's row."""

from __future__ import annotations

import re

import pytest

from ccm_core.store import db
from tests.bench.bench_panel import asked
from tests.store.test_page_plans import small  # noqa: F401 - a small practice in SQLite
from tests.store.test_plans import plans

PEOPLE = ("patient", "consent", "time_entry", "case_result", "finding")


@pytest.mark.parametrize("name", [
    "locations", "care managers", "joined in a week", "panel of three months", "reached by nobody",
    "missing minutes", "rule counts",
])  # fmt: skip
def test_no_row_of_a_patient_is_opened(small, name):  # noqa: F811
    with db.session(small) as session:
        for plan in plans(session, asked(session)[name], "EXPLAIN QUERY PLAN"):
            read = re.findall(r"(?:SCAN|SEARCH) (\w+) USING (?:INDEX )?(\w+)", plan)
            opened = {(table, how) for table, how in read if table in PEOPLE and how != "COVERING"}
            is_of_the_dead = "ix_patient_died" in plan  # who are few, and found first
            assert not opened or is_of_the_dead, plan
            assert {table for table, _ in opened} <= {"patient"}, plan


def test_logged_time_is_read_person_by_person_and_sorted_by_nobody(small):  # noqa: F811
    with db.session(small) as session:
        *_, plan = plans(session, asked(session)["logged time"], "EXPLAIN QUERY PLAN")
        assert "staff_id=? AND started_at>? AND started_at<?" in plan
        assert "FOR GROUP BY" not in plan


def test_the_hundred_who_wait_are_sorted_only_where_their_days_differ(small):  # noqa: F811
    with db.session(small) as session:
        for step, is_sorted in (("active", True), ("billed", False)):
            ask = asked(session)[f"waiting for {step}"]
            found = [
                plan for plan in plans(session, ask, "EXPLAIN QUERY PLAN")
                if "month_step" in plan and "outreach" not in plan
            ]  # fmt: skip
            assert all(("FOR ORDER BY" in plan) is is_sorted for plan in found), found
