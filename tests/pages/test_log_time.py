"""Log time: the timer, entries by hand, the day, corrections, conflicts, approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from ccm_core import months
from ccm_core.months import noon, time_zone
from ccm_core.program import time_checks, time_log
from ccm_core.store import db
from ccm_core.store.claiming.months import Closed, close
from ccm_core.store.writing import save
from pages.parts import time_clock, time_list
from tests.pages import page_text, small_practice
from tests.pages.page_text import column, listing, listings
from tests.pages.signed_in import open_as
from tests.time_log.desk import MANAGER, NOTE, Clock, standing

DAY = "Time entries of the day"


@pytest.fixture
def clock():
    return Clock(small_practice.NOW)


@pytest.fixture(autouse=True)
def store(store_url, monkeypatch, clock):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setattr(months, "clock", clock)
    # A fragment that ticks has no meaning in AppTest.
    monkeypatch.setattr(time_clock, "EVERY", None)
    small_practice.fill()
    yield
    db.dispose(store_url)


def text_of(at) -> str:
    return page_text.text_of(at).replace("\\", "")


def nurse(**query):
    return open_as("care_manager", "log_time", staff_id="S1", **query)


def ticker(at) -> dict:
    return next(found for found in listings(at) if found["alt"] == "Timer")


def say(at, prefix: str, note: str = NOTE):
    at.selectbox(key=f"{prefix}_activity").set_value("phone_call")
    at.text_area(key=f"{prefix}_note").set_value(note)
    return at.run()


def test_start_pause_go_on_stop(clock):
    at = nurse()
    assert not at.exception
    assert "RN" in text_of(at)
    assert at.button(key="timer_start").disabled
    at.selectbox(key="timer_patient").set_value("ben").run()
    at.button(key="timer_start").click().run()
    assert not at.exception
    assert (ticker(at)["worked"], ticker(at)["is_paused"]) == (0, False)
    clock.move(seconds=300)
    at.button(key="timer_pause").click().run()
    clock.move(seconds=1_000)
    at.run()
    assert (ticker(at)["worked"], ticker(at)["is_paused"]) == (300, True)
    at.button(key="timer_go_on").click().run()
    clock.move(seconds=60)
    say(at, "timer", "CCM call")
    assert "too vague" in text_of(at)
    at.button(key="timer_stop").click().run()
    assert "does not show what was done" in text_of(at)
    assert ticker(at)["is_paused"]
    clock.move(seconds=500)
    say(at, "timer")
    at.button(key="timer_stop").click().run()
    assert not at.exception
    assert "00:06:00 was logged" in text_of(at)
    assert at.button(key="timer_start")
    rows = listing(at, DAY)
    assert sorted(column(rows, "length")) == ["00:01:00", "00:05:00"]
    assert column(rows, "counted") == column(rows, "length")
    assert sum(entry.seconds for entry in standing("ben")) == 14 * 60 + 360


def test_another_browser_sees_the_same_timer(clock):
    at = nurse()
    at.selectbox(key="timer_patient").set_value("ben").run()
    at.button(key="timer_start").click().run()
    clock.move(minutes=46)
    second = nurse()
    assert ticker(second)["worked"] == 46 * 60
    assert "more than 45 minutes" in text_of(second)
    second.text_input(key="timer_why").set_value("lunch").run()
    second.button(key="timer_discard").click().run()
    assert "discarded" in text_of(second)
    at.button(key="timer_stop").click().run()
    assert "stopped already" in text_of(at)
    assert len(standing("ben")) == 1


def by_hand(at, day: date, began: time, minutes: int):
    at.selectbox(key="hand_patient").set_value("ben")
    at.date_input(key="hand_day").set_value(day)
    at.time_input(key="hand_at").set_value(began)
    at.number_input(key="hand_minutes").set_value(minutes)
    return at.run()


def test_time_by_hand_is_counted_at_once():
    at = nurse(way="hand")
    by_hand(at, date(2026, 11, 21), time(9, 0), 7)
    say(at, "hand")
    assert "shows what was done" in text_of(at)
    at.button(key="hand_log").click().run()
    assert not at.exception
    assert "00:07:00 was logged" in text_of(at)
    assert column(listing(at, DAY), "length") == ["00:07:00"]
    minutes = open_as("care_manager", "minutes", staff_id="S1")
    bars = column(listing(minutes, "Patients with their minutes"), "bar")
    assert "21 min" in bars


@pytest.mark.parametrize(
    ("day", "began", "says"),
    [
        (date(2026, 11, 21), time(23, 0), "in the future"),
        (date(2026, 11, 12), time(10, 5), "another"),
        (date(2026, 3, 8), time(2, 30), "skip"),
    ],
)
def test_moments_that_cannot_be_are_refused(day, began, says):
    at = nurse(way="hand")
    by_hand(at, day, began, 7)
    at.selectbox(key="hand_patient").set_value("ana")
    say(at, "hand")
    if at.text_input and any(box.key == "hand_late" for box in at.text_input):
        at.text_input(key="hand_late").set_value("forgot").run()
    at.button(key="hand_log").click().run()
    assert not at.exception
    assert says in text_of(at)
    assert len(standing("ana")) == 1


def opened_entry(role: str, **more):
    """The entry of Ben, opened by a click on its row."""
    at = open_as(role, "log_time", **more)
    at.date_input(key="shown_day").set_value(date(2026, 11, 12)).run()
    at.query_params["entry"] = listing(at, DAY)[0]["key"]
    return at.run()


def test_a_correction_keeps_both_versions():
    at = opened_entry("care_manager", staff_id="S1")
    at.number_input(key="entry_ben-t_1_minutes").set_value(9)
    at.selectbox(key="entry_ben-t_1_activity").set_value("coordination")
    at.text_input(key="entry_ben-t_1_reason").set_value("stopped too late")
    submit(at, "Save the correction")
    assert not at.exception
    assert "new version" in text_of(at)
    assert column(listing(at, "Versions of the entry"), "length") == ["00:14:00", "00:09:00"]


def submit(at, label: str):
    next(button for button in at.button if button.label == label).click().run()


def test_an_entry_without_an_hour_shows_none_and_takes_one():
    (entry,) = standing("ben")
    paper = replace(entry, started_at=noon(date(2026, 11, 12), time_zone("America/New_York")),
                    is_start_known=False)  # fmt: skip
    with db.session(write=True) as session:
        save(session, small_practice.PRACTICE, [paper])
    at = opened_entry("care_manager", staff_id="S1")
    assert column(listing(at, DAY), "at") == ["12 Nov 2026, time not recorded"]
    assert at.time_input(key="entry_ben-t_2_at").value is None
    assert "12 Nov 2026, time not recorded" in text_of(at)
    at.selectbox(key="entry_ben-t_2_activity").set_value("coordination")
    at.text_input(key="entry_ben-t_2_reason").set_value("note was short")
    submit(at, "Save the correction")
    assert [one.is_start_known for one in standing("ben")] == [False]
    at.time_input(key="entry_ben-t_3_at").set_value(time(9, 5))
    at.text_input(key="entry_ben-t_3_reason").set_value("found on the paper list")
    submit(at, "Save the correction")
    assert [one.is_start_known for one in standing("ben")] == [True]
    assert column(listing(at, "Versions of the entry"), "began")[-2:] == [
        "12 Nov 2026, time not recorded", "12 Nov 2026, 09:05",
    ]  # fmt: skip


def test_a_conflict_shows_both_and_lets_choose():
    at = opened_entry("care_manager", staff_id="S1")
    at.number_input(key="entry_ben-t_1_minutes").set_value(9)
    at.selectbox(key="entry_ben-t_1_activity").set_value("coordination")
    at.text_input(key="entry_ben-t_1_reason").set_value("stopped too late")
    (entry,) = standing("ben")
    theirs = time_log.Change("ben-t", 1, entry.started_at, 600, "coordination", NOTE, True, False,
                             "ten minutes")  # fmt: skip
    with db.session(write=True) as session:
        time_log.correct(session, MANAGER, theirs)
    submit(at, "Save the correction")
    assert not at.exception
    rows = listing(at, "Both versions")
    assert ("00:10:00", "00:09:00") in {(row["theirs"], row["mine"]) for row in rows}
    assert standing("ben")[0].seconds == 600
    at.button(key="entry_mine").click().run()
    assert not at.exception
    assert standing("ben")[0].seconds == 540


def test_a_manager_approves_and_an_auditor_only_reads():
    at = opened_entry("practice_manager")
    at.button(key="entry_approve").click().run()
    assert "Approved" in text_of(at)
    assert standing("ben")[0].approved_by
    reader = opened_entry("auditor")
    assert not reader.exception
    assert "Approved by" in text_of(reader)
    assert not [
        b for b in reader.button if b.label in {"Save the correction", "Approve this entry"}
    ]


def test_somebody_without_a_staff_record_logs_nothing():
    at = open_as("administrator", "log_time")
    assert not at.exception
    assert "not linked" in text_of(at)
    assert not [b for b in at.button if b.key == "timer_start"]


def test_a_care_manager_finds_the_own_panel_only():
    at = nurse()
    assert {"ana", "ben", "eli"} == set(option_ids(at))
    assert time_checks.GOOD_NOTE


def option_ids(at):
    names = {"Alder, Ana": "ana", "Birch, Ben": "ben", "Elm, Eli": "eli"}
    return [names[option.split(" · ")[0]] for option in at.selectbox(key="timer_patient").options]


def test_a_correction_of_the_note_moves_no_second(clock):
    at = nurse()
    clock.move(seconds=13)
    at.selectbox(key="timer_patient").set_value("ben").run()
    at.button(key="timer_start").click().run()
    began = clock.now
    clock.move(seconds=75)
    say(at, "timer")
    at.button(key="timer_stop").click().run()
    at.query_params["entry"] = listing(at, DAY)[0]["key"]
    at.run()
    (reason,) = [box for box in at.text_input if box.key.endswith("_reason")]
    reason.set_value("wrong activity")
    submit(at, "Save the correction")
    assert not at.exception
    kept = next(entry for entry in standing("ben") if entry.entry_id != "ben-t")
    assert (kept.started_at, kept.seconds) == (began, 75)
    assert "new version" in text_of(at)


def test_it_is_said_beforehand_when_time_cannot_count():
    at = nurse()
    at.selectbox(key="timer_patient").set_value("eli").run()
    assert "does not count for this patient: no consent" in text_of(at)


def close_november(clock) -> None:
    """Close the month a minute from now, with everything that is there before it."""
    clock.move(minutes=1)
    with db.session(write=True) as session:
        session.connection().exec_driver_sql("UPDATE time_entry SET created_at = 1")
        close(session, small_practice.PRACTICE,
              Closed(small_practice.NOVEMBER, months.utc_now(), "Dana", "", "", {}))  # fmt: skip
        session.connection().exec_driver_sql("UPDATE month_close SET closed_at = 1000")


def test_a_closed_month_asks_for_an_amendment_and_shows_the_difference(clock):
    close_november(clock)
    at = nurse(way="hand")
    by_hand(at, date(2026, 11, 20), time(9, 0), 7)
    say(at, "hand")
    assert "November 2026 is closed" in text_of(at)
    at.button(key="hand_log").click().run()
    assert "unless you mark the change as an amendment" in text_of(at)
    at.checkbox(key="hand_amend").check()
    at.text_input(key="hand_late").set_value("found in the paper log").run()
    at.button(key="hand_log").click().run()
    assert not at.exception
    assert "00:07:00 was logged" in text_of(at)
    assert "changed after the close" in text_of(at)
    (row,) = listing(at, "Amendments of November 2026")
    assert (row["then"], row["now"]) == ("00:00:00", "00:07:00")
    other = open_as("care_manager", "log_time", staff_id="S2")
    assert "changed after the close" not in text_of(other)


def test_an_entry_of_a_closed_month_is_corrected_as_an_amendment(clock):
    close_november(clock)
    at = opened_entry("care_manager", staff_id="S1")
    at.number_input(key="entry_ben-t_1_minutes").set_value(9)
    at.selectbox(key="entry_ben-t_1_activity").set_value("coordination")
    at.text_input(key="entry_ben-t_1_reason").set_value("stopped too late")
    submit(at, "Save the correction")
    assert "closed" in text_of(at)
    at.checkbox(key="entry_ben-t_1_amend").check()
    submit(at, "Save the correction")
    assert not at.exception
    (row,) = listing(at, "Amendments of November 2026")
    assert (row["then"], row["now"]) == ("00:14:00", "00:09:00")
    at.text_input(key="entry_ben-t_2_reason").set_value("not done at all")
    at.checkbox(key="entry_ben-t_2_amend").check()
    submit(at, "Withdraw the entry")
    assert not at.exception
    (row,) = listing(at, "Amendments of November 2026")
    assert (row["then"], row["now"]) == ("00:14:00", "00:00:00")


@pytest.mark.parametrize(
    ("role", "said"),
    [("administrator", "Link it under Accounts of the team"),
     ("practice_manager", "An administrator links it on the page People")],
)  # fmt: skip
def test_an_account_without_a_person_is_told_who_links_it(role, said):
    assert said in text_of(open_as(role, "log_time"))


def test_the_list_does_not_call_an_approval_a_second_person():
    """The form asks for a second person who worked along; the list says who approved."""
    assert {one.field: one.title for one in time_list.COLUMNS}["word"] == "Approval"
