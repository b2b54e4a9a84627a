"""The work list: its order, the chance from the past, and its calibration."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccm_core import records, workdays
from ccm_core.errors import PermissionDenied
from ccm_core.months import Month
from ccm_core.program import pace, pace_history
from ccm_core.program.pace_history import History, Tally, calibrate, group_of, tally
from ccm_core.store import db, reading
from ccm_core.store.queries import EVERYBODY
from ccm_core.store.queries.pace import WentOn
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from tests.pages.page_text import column, listing
from tests.pages.signed_in import open_as
from tests.pages.small_practice import NOVEMBER, PRACTICE
from tests.time_log.desk import MANAGER, NURSE

TODAY = date(2026, 11, 21)


def listed(who=MANAGER):
    with db.session() as opened:
        practice = reading.practice(opened)
        return pace.work_list(opened, who, practice, NOVEMBER, TODAY, EVERYBODY)


def test_care_due_comes_first_then_dollars_for_each_minute(practice):
    found = listed()
    assert [one.row.patient_id for one in found.due] == ["dee", "cam", "ben", "ana"]
    dee, cam, ben, ana = found.due
    assert (dee.is_contact_due, dee.is_plan_due) == (True, True)
    assert (cam.is_contact_due, cam.is_plan_due) == (True, False)
    assert (ben.days_since_contact, ben.signs) == (9, 0)
    assert ben.usd_per_minute > ana.usd_per_minute > 0
    assert (ben.row.missing_minutes, ana.row.next_minutes) == (6, 40)
    assert all(one.fits is None for one in found.due)


def test_a_care_manager_gets_the_own_panel(practice):
    assert {one.row.care_manager_id for one in listed(NURSE).due} == {"S1"}
    with pytest.raises(PermissionDenied):
        listed(replace(MANAGER, role="consultant"))


def test_hours_left_are_used_up_from_the_top(practice):
    with db.session(write=True) as opened:
        save(
            opened,
            PRACTICE,
            [
                records.Staff("S2", "Jun Silva", "LPN", weekly_hours=Decimal(1)),
                records.Staff("S1", "Noor Haddad", "RN", weekly_hours=Decimal(40)),
            ],
        )
    fits = {one.row.patient_id: one.fits for one in listed().due}
    assert fits == {"dee": True, "cam": True, "ben": True, "ana": True}
    with db.session(write=True) as opened:
        save(opened, PRACTICE, [records.Staff("S2", "J", weekly_hours=Decimal("0.3"))])
    assert {one.row.patient_id: one.fits for one in listed().due}["cam"] is False


def test_the_chance_is_the_share_of_like_months(practice):
    """Twelve patients stood at 10 minutes with as many workdays left; nine got there."""
    october = Month(2026, 10)
    made = []
    for number in range(12):
        name = f"past{number}"
        made += [
            records.Patient(name, practitioner_npi="1999999984", status="consented"),
            records.Payer(f"{name}m", name, from_on=date(2020, 1, 1)),
            records.Consent(f"{name}c", name, date(2026, 9, 1)),
            _time(f"{name}a", name, datetime(2026, 10, 5, 15, tzinfo=UTC), 10),
        ]
        if number < 9:
            made.append(_time(f"{name}b", name, datetime(2026, 10, 30, 15, tzinfo=UTC), 11))
    with db.session(write=True) as opened:
        save(opened, PRACTICE, made)
        refresh(opened, PRACTICE, october)
        found = pace_history.history(opened, reading.practice(opened), NOVEMBER, TODAY)
    assert found.months == (october,)
    assert found.chance(20, 10) == Decimal("0.75")
    assert found.known(20, 6) == 12
    assert found.chance(20, 3) is None
    assert found.calibration == ()


def _time(entry_id, patient_id, at, minutes):
    return records.TimeEntry(entry_id, patient_id, at, minutes * 60, staff_id="S1", note="x")


def test_the_cut_leaves_as_many_workdays():
    for left in range(1, 20):
        day = pace_history.cut_day(Month(2026, 10), left)
        assert workdays.left(Month(2026, 10), day) == left
        later = day + timedelta(days=1)
        assert workdays.left(Month(2026, 10), later) < left


def test_a_calibrated_past_foretells_itself():
    months = {
        Month(2026, n): {(20, 0): Tally(100, 80 + n), (20, 3): Tally(50, 10)} for n in range(1, 5)
    }
    low, high = calibrate(months)
    assert (low.number, low.predicted, low.observed) == (200, Decimal("0.20"), Decimal("0.20"))
    assert high.number == 400
    assert abs(high.predicted - high.observed) <= Decimal("0.01")


@given(
    st.lists(
        st.builds(WentOn, st.integers(0, 80), st.integers(0, 120), st.integers(1, 30)), max_size=30
    )
)
def test_every_month_below_the_last_mark_is_counted_once(rows):
    found = tally(rows, (20, 40, 60))
    assert sum(one.number for one in found.values()) == sum(
        row.number for row in rows if row.minutes_then < 60
    )
    assert all(0 <= one.reached <= one.number for one in found.values())
    past = History(5, (), found)
    for (mark, place), one in found.items():
        chance = past.chance(mark, place * pace_history.STEP + 1)
        assert chance is None or 0 <= chance <= 1
        assert (chance is None) == (one.number < pace_history.FEWEST)


def test_groups_are_five_minutes_wide():
    assert [group_of(20, n)[1] for n in (1, 5, 6, 10, 20)] == [0, 0, 1, 1, 3]


def test_the_page_shows_the_list_and_never_asks_for_minutes(practice):
    at = open_as("practice_manager", "minutes", list="due")
    assert not at.exception
    rows = listing(at, "Work list")
    assert column(rows, "name") == [
        "Dogwood, Dee · MRN-dee", "Cedar, Cam · MRN-cam", "Birch, Ben · MRN-ben",
        "Alder, Ana · MRN-ana",
    ]  # fmt: skip
    assert column(rows, "care")[0] == "contact and care plan review"
    assert column(rows, "chance") == ["not known"] * 4
    assert not at.button(key="filter_month_chevron_left").disabled
