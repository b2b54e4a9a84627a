"""Many entries approved at once, and the words kept with a timer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.program import time_log, timer
from ccm_core.store import db
from ccm_core.store.access_log import newest
from tests.pages.page_text import listing, text_of
from tests.pages.signed_in import open_as
from tests.time_log.desk import MANAGER, NOTE, NURSE, OTHER_NURSE, draft, standing

pytestmark = pytest.mark.usefixtures("practice")
TEN = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def do(service, who, *given):
    with db.session(write=True) as opened:
        return service(opened, who, *given)


def log(who=NURSE, at=TEN, patient_id="ben"):
    return do(time_log.log, who, draft(patient_id), at, 420)[0].entry_id


def approved() -> list[str]:
    return sorted(e.entry_id for e in standing("ben") if e.approved_by)


def test_all_or_none():
    first, second = log(), log(at=TEN + timedelta(minutes=10))
    with pytest.raises(Conflict):
        do(time_log.approve_many, MANAGER, {first: 1, second: 7})
    assert not approved()
    with pytest.raises(UsageError, match="choose some"):
        do(time_log.approve_many, MANAGER, {})
    with pytest.raises(PermissionDenied):
        do(time_log.approve_many, NURSE, {first: 1})
    with pytest.raises(UsageError, match="their own"):
        do(time_log.approve_many, replace(MANAGER, staff_id="S1"), {first: 1, second: 1})
    assert do(time_log.approve_many, MANAGER, {first: 1, second: 1}) == 2
    assert approved() == sorted([first, second])
    with db.session() as opened:
        assert [row.object_id for row in newest(opened, 10) if row.action == "approve_time"] == (
            sorted([first, second], reverse=True)
        )


def test_own_entries_do_not_wait_for_oneself():
    log()
    mine = log(OTHER_NURSE, TEN, "cam")
    manager = replace(MANAGER, staff_id="S1")
    days = (date(2026, 11, 1), date(2026, 11, 30))
    assert [k.entry.entry_id for k in do(time_log.waiting, manager, *days)] == [mine]
    assert len(do(time_log.waiting, MANAGER, *days)) == 2


def test_a_manager_approves_all_that_were_read():
    log()
    log(at=TEN + timedelta(minutes=10))
    at = open_as("practice_manager", "log_time")
    assert len(listing(at, "Entries waiting for approval")) == 2
    at.button(key="approve_button").click().run()
    assert "choose some" in text_of(at)
    at.checkbox(key="approve_all").check().run()
    at.button(key="approve_button").click().run()
    assert not at.exception
    assert "2 entries approved" in text_of(at)
    assert len(approved()) == 2


def test_words_typed_at_a_running_timer_survive_a_reload():
    at = open_as("care_manager", "log_time", staff_id="S1")
    at.selectbox(key="timer_patient").set_value("ben").run()
    at.button(key="timer_start").click().run()
    at.selectbox(key="timer_activity").set_value("phone_call")
    at.text_area(key="timer_note").set_value(NOTE)
    at.checkbox(key="timer_contact").check().run()
    again = open_as("care_manager", "log_time", staff_id="S1")
    assert again.text_area(key="timer_note").value == NOTE
    assert again.selectbox(key="timer_activity").value == "phone_call"
    assert again.checkbox(key="timer_contact").value
    again.text_area(key="timer_note").set_value("").run()
    with db.session() as opened:
        kept = timer.mine(opened, NURSE)
    assert kept is not None
    assert "note" not in kept.draft


def test_words_go_with_the_timer_and_belong_to_its_person(clock):
    do(timer.start, NURSE, "ben")
    mine = do(timer.mine, NURSE)
    do(timer.keep_draft, NURSE, mine.id, {"note": NOTE})
    with pytest.raises(Conflict):
        do(timer.keep_draft, OTHER_NURSE, mine.id, {"note": "something else"})
    with pytest.raises(UsageError, match="longer"):
        do(timer.keep_draft, NURSE, mine.id, {"note": "x" * 3_000})
    # Keeping words is no change of the time: the form on another device stays good.
    assert do(timer.mine, NURSE).version == mine.version
    clock.move(seconds=60)
    do(timer.finish, NURSE, mine.id, draft())
    do(timer.start, NURSE, "ben")
    assert not do(timer.mine, NURSE).draft
