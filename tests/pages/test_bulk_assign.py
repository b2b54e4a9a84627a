"""Many patients given to a care manager or a practitioner from the lists they stand in."""

from __future__ import annotations

import pytest

from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.program import consenting, people
from ccm_core.store import db, editing, reading
from ccm_core.store.access_log import newest
from ccm_core.store.results import refresh
from ccm_core.store.schema import PatientRow
from tests.pages import small_practice
from tests.pages.page_text import text_of
from tests.pages.signed_in import open_as
from tests.pages.small_practice import NOVEMBER, NPI, OTHER
from tests.time_log.desk import MANAGER, NURSE

TODAY = small_practice.NOW.date()


pytestmark = pytest.mark.usefixtures("small_store")


def of(patient_id: str):
    with db.session() as session:
        return reading.patient(session, patient_id)


def do(service, who, *given):
    with db.session(write=True) as session:
        return service(session, who, *given)


def test_a_new_practitioner_asks_for_a_new_consent():
    assert do(people.assign_practitioner, MANAGER, {"ana": 1, "ben": 1}, OTHER, NOVEMBER) == 2
    assert {of(one).practitioner_npi for one in ("ana", "ben")} == {OTHER}
    found = do(consenting.consents, MANAGER, "ana", TODAY)
    assert found.is_renewal_needed
    with db.session() as session:
        logged = [r.seq for r in newest(session, 10) if r.action == "assign_practitioner"]
    assert len(logged) == 2


def test_every_new_month_is_judged_by_the_new_practitioner():
    months = [NOVEMBER.previous, NOVEMBER]
    with db.session(write=True) as session:
        practice = reading.practice(session)
        for month in months:
            refresh(session, practice.practice_id, month)
    do(people.assign_practitioner, MANAGER, {"ana": 1}, OTHER, NOVEMBER)
    with db.session(write=True) as session:
        assert [refresh(session, practice.practice_id, month).audited for month in months] == [0, 0]


def test_all_or_none_and_only_real_practitioners():
    with pytest.raises(Conflict):
        do(people.assign_practitioner, MANAGER, {"ana": 1, "ben": 9}, OTHER, NOVEMBER)
    assert of("ana").practitioner_npi == NPI
    with pytest.raises(UsageError, match="not here"):
        do(people.assign_practitioner, MANAGER, {"ana": 1}, "1111111111", NOVEMBER)
    with pytest.raises(UsageError, match="at least one"):
        do(people.assign_practitioner, MANAGER, {}, OTHER, NOVEMBER)
    with pytest.raises(PermissionDenied):
        do(people.assign_practitioner, NURSE, {"ana": 1}, OTHER, NOVEMBER)


@pytest.mark.parametrize(("page", "name"), [("minutes", "minutes"), ("enrollment", "waiting")])
def test_a_manager_moves_a_page_of_the_list(page, name):
    at = open_as("practice_manager", page)
    assert not at.exception
    mark = f"assign_{name}_0"
    at.selectbox(key=f"{mark}_care_manager_to").set_value("S2").run()
    at.checkbox(key=f"{mark}_all").check().run()
    at.button(key=f"{mark}_go").click().run()
    assert not at.exception
    assert "assigned" in text_of(at)
    moved = ("ana", "ben") if page == "minutes" else ("eli",)
    assert {of(one).care_manager_id for one in moved} == {"S2"}


def test_a_change_of_somebody_else_meanwhile_is_not_overwritten():
    at = open_as("practice_manager", "minutes")
    with db.session(write=True) as session:
        row = editing.shown(session, type(of("ana")), small_practice.PRACTICE, patient_id="ana")
        editing.update_checked(session, PatientRow, row.id, row.version, {"phone": "555-0100"})
    at.selectbox(key="assign_minutes_0_care_manager_to").set_value("S2").run()
    at.checkbox(key="assign_minutes_0_all").check().run()
    at.button(key="assign_minutes_0_go").click().run()
    assert "changed by somebody else" in text_of(at)
    assert of("ana").care_manager_id == "S1"


@pytest.mark.parametrize("role", ["care_manager", "auditor"])
def test_others_are_not_offered_it(role):
    at = open_as(role, "minutes", staff_id="S1")
    assert not [box for box in at.selectbox if str(box.key).startswith("assign_")]
