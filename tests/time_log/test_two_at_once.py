"""R55, R56: time that is logged twice at one moment, or while its month is being closed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.program import claim_run, time_log
from ccm_core.store import db, reading
from tests.claims_loop.conftest import who
from tests.time_log.desk import NURSE, draft, standing

pytestmark = pytest.mark.usefixtures("practice")
TEN = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 30, 15, 0, tzinfo=UTC)


def at_once(first, second) -> list[str]:
    """Let a second transaction begin before the first is stored; what the second was refused."""
    began, said = threading.Event(), []

    def late() -> None:
        try:
            with db.session(write=True) as opened:
                began.set()
                second(opened)
        except UsageError as refused:
            said.append(str(refused))

    other = threading.Thread(target=late)
    with db.session(write=True) as opened:
        first(opened)
        other.start()
        began.wait(1)  # SQLite lets nobody in before the first one is done
        other.join(1)  # time to look, and to wait where it may not look yet
    other.join(30)
    return said


def logging(at, minutes=7, **more):
    return lambda opened: time_log.log(opened, NURSE, draft(**more), at, minutes * 60)


def test_one_person_is_not_in_two_places(practice):
    """Two tabs of one nurse: both found the time free, and the minutes counted twice."""
    said = at_once(logging(TEN), logging(TEN, patient_id="ana"))
    assert len(said) == 1
    assert "You have" in said[0]
    assert [entry.patient_id for name in ("ana", "ben") for entry in standing(name)
            if entry.started_at == TEN] == ["ben"]  # fmt: skip


def test_no_time_slips_into_a_month_that_is_being_closed(practice):
    with db.session() as opened:
        kept = reading.practice(opened)
    said = at_once(
        lambda opened: claim_run.close(opened, who("billing_lead"), kept, Month(2026, 10)),
        logging(OCTOBER, late_reason="Written up after a week of leave."),
    )
    assert len(said) == 1
    assert "is closed" in said[0]
