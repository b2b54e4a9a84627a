"""Entries by hand, corrections, closed months, a second person's word."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import select

from ccm_core import months
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.months import Month
from ccm_core.program import time_checks, time_log, time_shown, timer
from ccm_core.records import Practice, Staff
from ccm_core.store import db
from ccm_core.store.claiming.months import Closed, close
from ccm_core.store.queries import result_of
from ccm_core.store.schema import AccessLog
from tests.pages.small_practice import NOVEMBER, PRACTICE
from tests.time_log.desk import AUDITOR, MANAGER, NOTE, NURSE, OTHER_NURSE, draft, standing

pytestmark = pytest.mark.usefixtures("practice")
TEN = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def log(who=NURSE, at=TEN, minutes=7, **more):
    with db.session(write=True) as opened:
        return time_log.log(opened, who, draft(**more), at, minutes * 60)


def change(entry, version=1, **more) -> time_log.Change:
    kept = time_log.Change(
        entry.entry_id, version, entry.started_at, entry.seconds, entry.activity, entry.note,
        True, False, "pressed stop too late",
    )  # fmt: skip
    return replace(kept, **more)


def correct(who, wanted) -> int:
    with db.session(write=True) as opened:
        return time_log.correct(opened, who, wanted)


def approve(who, entry_id, version) -> int:
    with db.session(write=True) as opened:
        return time_log.approve(opened, who, entry_id, version)


def month_of(patient_id: str, month: Month = NOVEMBER):
    with db.session() as opened:
        return result_of(opened, PRACTICE, patient_id, month)


def close_month(month: Month) -> None:
    with db.session(write=True) as opened:
        close(opened, PRACTICE, Closed(month, months.utc_now(), "Dana", "", "", {}))


@pytest.mark.parametrize(("third", "code"), [(False, {"99490": 1}), (True, {})])
def test_seven_and_five_and_nine_minutes_earn_the_code_unless_one_is_face_to_face(
    clock, third, code
):
    who = OTHER_NURSE
    for place, minutes in enumerate((7, 5, 9)):
        at = TEN + timedelta(hours=place)
        log(who, at, minutes, patient_id="cam", face_to_face=third and place == 2)
    found = month_of("cam")
    assert dict(found.units) == code
    assert found.counted_seconds == (12 if third else 21) * 60
    assert found.logged_seconds == 21 * 60


def test_the_timer_s_seven_five_and_nine_minutes_earn_it_too(clock):
    for minutes in (7, 5, 9):
        with db.session(write=True) as opened:
            timer.start(opened, OTHER_NURSE, "cam")
        clock.move(minutes=minutes)
        with db.session(write=True) as opened:
            found = timer.mine(opened, OTHER_NURSE)
            timer.finish(opened, OTHER_NURSE, found.id, draft("cam"))
        clock.move(minutes=1)
    assert dict(month_of("cam").units) == {"99490": 1}


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"note": "CCM call"}, "7-minute call with patient"),
        ({"note": " "}, "7-minute call"),
        ({"activity": "golf"}, "^No time was logged: choose an activity"),
        ({"at": TEN + timedelta(days=2)}, "^No time was logged: it lies in the future"),
        ({"at": TEN - timedelta(days=9)}, "more than 72 hours"),
        ({"minutes": 0}, "^No time was logged: .* no length"),
        ({"minutes": 24 * 60}, "a day or more"),
        ({"with_staff_id": "S1"}, "yourself"),
        ({"patient_id": "nobody"}, "not there"),
        ({"note": "long words again " * 200}, "2000 characters"),
    ],
)
def test_what_cannot_be_defended_is_refused(clock, how, says):
    with pytest.raises(UsageError, match=says):
        log(**how)
    assert len(standing("ben")) == 1


def test_a_late_entry_with_a_reason_is_kept(clock):
    (kept,) = log(at=TEN - timedelta(days=5), late_reason="the record system was down")
    assert kept.late_reason
    assert kept.recorded_at == clock.now


def test_one_person_is_not_on_two_patients_at_once(clock):
    log(minutes=10)
    with pytest.raises(UsageError, match="two patients"):
        log(at=TEN + timedelta(minutes=9), patient_id="ana")
    with pytest.raises(UsageError, match="already"):
        log(at=TEN + timedelta(minutes=9))
    log(at=TEN + timedelta(minutes=10), patient_id="ana")


def test_time_under_an_open_timer_is_not_logged_by_hand(clock):
    with db.session(write=True) as opened:
        timer.start(opened, NURSE, "ana")
    clock.move(minutes=10)
    with pytest.raises(UsageError, match="timer that is open"):
        log(at=clock.now - timedelta(minutes=8), minutes=5)


def test_two_people_on_one_call_are_counted_once(clock):
    both = log(minutes=10, with_staff_id="S2")
    assert {entry.staff_id for entry in both} == {"S1", "S2"}
    assert month_of("ben").counted_seconds == (14 + 10) * 60
    with db.session() as opened:
        day = time_log.of_day(opened, MANAGER, date(2026, 11, 20))
        shown = time_shown.with_counts(opened, MANAGER, day)
    assert sorted(one.counted_seconds for one in shown) == [0, 600]
    assert [why for one in shown for _, why in one.excluded] == ["overlap, counted once"]


def test_who_may_log_for_whom(clock):
    with pytest.raises(PermissionDenied):
        log(OTHER_NURSE)  # not on the panel
    with pytest.raises(PermissionDenied):
        log(AUDITOR)
    with pytest.raises(UsageError, match="not linked"):
        log(MANAGER)


def test_a_correction_is_a_new_version_and_the_second_one_is_a_conflict(clock):
    (kept,) = log()
    assert correct(NURSE, change(kept, seconds=300)) == 2
    with pytest.raises(Conflict):
        correct(MANAGER, change(kept, seconds=360))
    with db.session() as opened:
        old, new = time_log.history(opened, MANAGER, kept.entry_id)
    assert (old.seconds, new.seconds, new.corrected_by) == (420, 300, "u1")
    assert month_of("ben").counted_seconds == (14 + 5) * 60
    with pytest.raises(PermissionDenied):
        correct(OTHER_NURSE, change(kept, 2, seconds=1))


def test_a_correction_into_another_month_renews_both(clock):
    (kept,) = log(at=TEN)
    back = datetime(2026, 10, 30, 15, 0, tzinfo=UTC)
    correct(NURSE, change(kept, started_at=back))
    assert month_of("ben").counted_seconds == 14 * 60
    assert month_of("ben", Month(2026, 10)).counted_seconds == 7 * 60


def test_a_withdrawal_keeps_every_version(clock):
    (kept,) = log()
    with db.session(write=True) as opened:
        time_log.withdraw(opened, NURSE, kept.entry_id, 1, "wrong patient")
    assert month_of("ben").logged_seconds == 14 * 60
    with db.session() as opened:
        assert len(time_log.history(opened, NURSE, kept.entry_id)) == 2
        with pytest.raises(Conflict):
            time_log.shown(opened, NURSE, kept.entry_id)


def test_nobody_approves_their_own_time(clock):
    manager = replace(MANAGER, staff_id="S1")
    (kept,) = log()
    with pytest.raises(UsageError, match="their own"):
        approve(manager, kept.entry_id, 1)
    with pytest.raises(PermissionDenied):
        approve(NURSE, kept.entry_id, 1)
    correct(MANAGER, change(kept, seconds=300))
    with pytest.raises(UsageError, match="their own"):  # what stands is the manager's correction
        approve(MANAGER, kept.entry_id, 2)
    other = replace(MANAGER, user_id="u9", name="Kim Larsen")
    assert approve(other, kept.entry_id, 2) == 3
    assert [e.approved_by for e in standing("ben") if e.entry_id == kept.entry_id] == ["Kim Larsen"]
    with pytest.raises(UsageError, match="already"):
        approve(other, kept.entry_id, 3)
    correct(NURSE, change(kept, 3, seconds=240))
    assert not [e for e in standing("ben") if e.approved_by]
    with db.session() as opened:
        waits = time_log.waiting(opened, other, date(2026, 11, 1), date(2026, 11, 30))
    assert [one.entry.entry_id for one in waits] == [kept.entry_id]


def test_a_closed_month_changes_only_by_amendments_that_are_shown(clock):
    (kept,) = log()
    # Rows carry the moment of the machine; the close lies between the two changes.
    with db.session(write=True) as opened:
        opened.connection().exec_driver_sql("UPDATE time_entry SET created_at = 1")
    clock.move(minutes=1)
    close_month(NOVEMBER)
    with pytest.raises(UsageError, match="closed"):
        correct(NURSE, change(kept, seconds=300))
    with pytest.raises(UsageError, match="closed"):
        log(at=TEN + timedelta(hours=2))
    with pytest.raises(UsageError, match="reason"):
        log(at=TEN + timedelta(hours=2), is_amendment=True)
    with db.session(write=True) as opened:
        opened.connection().exec_driver_sql("UPDATE month_close SET closed_at = 1000")
    correct(NURSE, change(kept, seconds=300, is_amendment=True))
    log(at=TEN + timedelta(hours=2), is_amendment=True, late_reason="forgot this call")
    with db.session(write=True) as opened:
        time_log.withdraw(opened, NURSE, "ben-t", 1, "not done", is_amendment=True)
    with db.session() as opened:
        found = time_shown.after_close(opened, MANAGER, NOVEMBER)
        logs = opened.exec(select(AccessLog).where(AccessLog.action == "correct_time")).all()
    assert {(c.seconds_then, c.seconds_now) for c in found.changes} == {
        (420, 300), (0, 420), (840, 0),
    }  # fmt: skip
    assert found.seconds == -120 + 420 - 840
    assert logs[0].reason == "amendment after close"


def test_local_times_that_do_not_exist_are_refused():
    practice = Practice("p", "P", "America/New_York")
    with pytest.raises(UsageError, match="skip"):
        time_checks.local_moment(practice, date(2026, 3, 8), time(2, 30))
    twice = [
        time_checks.local_moment(practice, date(2026, 11, 1), time(1, 30), is_second=second)
        for second in (False, True)
    ]
    assert twice[1] - twice[0] == timedelta(hours=1)
    zone = months.time_zone(practice.time_zone)
    assert time_checks.comes_twice(date(2026, 11, 1), time(1, 30), zone)
    assert not time_checks.comes_twice(date(2026, 11, 2), time(1, 30), zone)


def test_a_stretch_over_midnight_counts_in_both_months(clock):
    clock.now = datetime(2026, 12, 1, 4, 55, tzinfo=UTC)  # 23:55 in Ohio
    with db.session(write=True) as opened:
        timer.start(opened, NURSE, "ben")
    clock.move(minutes=12)
    with db.session(write=True) as opened:
        timer.finish(opened, NURSE, timer.mine(opened, NURSE).id, draft("ben"))
    assert month_of("ben").counted_seconds == (14 + 5) * 60
    assert month_of("ben", Month(2026, 12)).counted_seconds == 7 * 60


def test_of_many_starts_at_once_one_timer_is_open(clock):
    barrier, outcomes = threading.Barrier(6), []

    # Half of the browsers ask for one patient, half for another.
    def begin(number: int) -> None:
        barrier.wait()
        try:
            with db.session(write=True) as opened:
                timer.start(opened, NURSE, ("ana", "ben")[number % 2])
            outcomes.append("ok")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=begin, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 6
    with db.session() as opened:
        count = opened.connection().exec_driver_sql("SELECT count(*) FROM running_timer")
        assert count.scalar() == 1


def test_of_two_stops_on_two_devices_one_is_kept(clock):
    with db.session(write=True) as opened:
        timer.start(opened, NURSE, "ben")
        shown = timer.mine(opened, NURSE).id
    clock.move(minutes=3)
    with db.session(write=True) as opened:
        timer.finish(opened, NURSE, shown, draft("ben"))
    with db.session(write=True) as opened, pytest.raises(Conflict):
        timer.finish(opened, NURSE, shown, draft("ben"))
    assert sorted(e.seconds for e in standing("ben")) == [180, 840]


def test_hints_say_what_counts_before_anything_is_kept(clock):
    practice = Practice("p", "P")
    policy = time_checks.policy_on(practice, date(2026, 11, 21))
    from ccm_core.records import Staff

    vague = time_checks.hints(
        draft(note="CCM call", activity="scheduling"), Staff("x", "X"), policy
    )
    assert [h.level for h in vague] == ["bad", "warn"]
    assert time_checks.GOOD_NOTE in vague[0].text
    assert "administrative" in vague[1].text
    clerk = Staff("y", "Y", actor="non_clinical")
    good = time_checks.hints(draft(note=NOTE), clerk, policy)
    assert [h.level for h in good] == ["warn", "good", "good"]


def test_only_those_whose_time_counts_are_staff_hours():
    nurse, desk = Staff("S1", "Noor", "RN"), Staff("S2", "Rita", actor="non_clinical")
    abroad = Staff("S3", "Vendor", "RN", outside_us=True)
    assert time_checks.counting((nurse, desk, abroad)) == (nurse,)
