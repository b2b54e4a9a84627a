"""Entries of which only the day is known: counted, corrected and never given an hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ccm_core.errors import UsageError
from ccm_core.months import Month, noon, time_zone
from ccm_core.program import time_log, workload
from ccm_core.records import TimeEntry
from ccm_core.store import db, queries, reading
from ccm_core.store.queries import findings_of, result_of
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from tests.pages.small_practice import NOVEMBER, PRACTICE
from tests.time_log.desk import MANAGER, NOTE, NURSE, draft, standing

pytestmark = pytest.mark.usefixtures("practice")
ZONE = time_zone("America/New_York")
DAY = date(2026, 11, 18)


def day_only(**more) -> TimeEntry:
    entry = TimeEntry(
        "paper", "ben", noon(DAY, ZONE), 360, staff_id="S1", activity="coordination", note=NOTE,
        is_start_known=False,
    )  # fmt: skip
    return replace(entry, **more)


def store(*some: TimeEntry, month: Month = NOVEMBER) -> None:
    with db.session(write=True) as opened:
        save(opened, PRACTICE, some)
        refresh(opened, PRACTICE, month)


def rules(month: Month = NOVEMBER) -> set[str]:
    with db.session() as opened:
        return {one.rule for one in findings_of(opened, PRACTICE, "ben", month)}


def change(entry: TimeEntry, **more) -> int:
    wanted = time_log.Change(
        entry.entry_id, 1, entry.started_at, entry.seconds, entry.activity, entry.note, True,
        False, "read from the paper list", is_start_known=entry.is_start_known,
    )  # fmt: skip
    with db.session(write=True) as opened:
        return time_log.correct(opened, MANAGER, replace(wanted, **more))


def test_the_minutes_count_and_one_review_says_why(clock):
    store(day_only())
    with db.session() as opened:
        found = result_of(opened, PRACTICE, "ben", NOVEMBER)
    assert found.counted_seconds == 20 * 60
    assert "T15" in rules()


def test_it_takes_no_hour_from_anybody(clock):
    store(day_only())
    at_noon = noon(DAY, ZONE).astimezone(UTC)
    with db.session(write=True) as opened:
        time_log.log(opened, NURSE, draft("ana", late_reason="on the road"), at_noon, 300)
    assert "T06" not in rules()


def test_a_correction_of_the_note_leaves_the_hour_unknown(clock):
    store(day_only())
    change(day_only(), note=f"{NOTE} Sent it to the practitioner.")
    entry = next(one for one in standing("ben") if one.entry_id == "paper")
    assert (entry.is_start_known, entry.started_at) == (False, noon(DAY, ZONE))
    assert "T15" in rules()


def test_a_correction_that_knows_the_hour_ends_the_doubt(clock):
    store(day_only())
    change(day_only(), started_at=datetime(2026, 11, 18, 15, 5, tzinfo=UTC), is_start_known=True)
    assert next(one for one in standing("ben") if one.entry_id == "paper").is_start_known
    assert "T15" not in rules()


def test_time_of_today_may_be_before_noon_and_time_of_tomorrow_is_refused(clock):
    clock.now = datetime(2026, 11, 18, 14, tzinfo=UTC)
    store(day_only())
    change(day_only(), seconds=420)
    with pytest.raises(UsageError, match="future"):
        change(day_only(), started_at=noon(DAY + timedelta(1), ZONE))


def test_the_last_day_of_a_month_stays_in_it(clock):
    october, last = NOVEMBER.previous, noon(date(2026, 10, 31), ZONE)
    store(day_only(started_at=last, seconds=14 * 3600), month=october)
    with db.session(write=True) as opened:
        refresh(opened, PRACTICE, NOVEMBER)
    assert "T15" in rules(october)
    assert not rules() & {"T09", "T15"}
    with db.session() as opened:
        cases = {
            month: next(reading.cases(opened, PRACTICE, month, ["ben"]))
            for month in (october, NOVEMBER)
        }
    assert [len(case.entries) for case in cases.values()] == [1, 1]


def test_hours_of_the_day_and_the_story_say_nothing_of_it(clock):
    before = share_of_nurse()
    store(day_only(seconds=3000))
    assert share_of_nurse() == before
    with db.session() as opened:
        events = queries.patient_story(opened, PRACTICE, "ben", kinds=("time",))
    assert [event.at for event in events if event.record_id == "paper"] == [None]


def share_of_nurse():
    with db.session() as opened:
        team = workload.team(
            opened, MANAGER, reading.practice(opened), NOVEMBER, date(2026, 11, 21)
        )
    return next(one.after_hours_share for one in team.loads if one.person.staff_id == "S1")
