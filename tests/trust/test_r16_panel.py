"""R16: a care manager opens the assigned panel and nothing else, whatever the address says."""

from __future__ import annotations

import random

import pytest

from ccm_core.access.identity import Identity
from ccm_core.access.patient_keys import PatientKeys
from ccm_core.access.permissions import ROLES, can
from ccm_core.errors import CcmError
from ccm_core.program import chart, panel
from ccm_core.store import access_log, db
from ccm_core.store.queries import EVERYBODY, Only
from tests.pages.small_practice import NOVEMBER

MANAGER = {"ana": "S1", "ben": "S1", "eli": "S1", "cam": "S2", "dee": "S2", "fay": "S2"}


pytestmark = pytest.mark.usefixtures("small_store")


def person(role: str, staff_id: str = "") -> Identity:
    return Identity(f"u-{role}-{staff_id}", role, role, role, "s" * 64, staff_id)


def test_random_people_see_a_random_patient_exactly_when_they_may():
    chance = random.Random(5)
    for _ in range(60):
        role, staff = chance.choice(ROLES), chance.choice(["S1", "S2", "S9", ""])
        patient = chance.choice([*MANAGER, "nobody"])
        who = person(role, staff)
        may = can(who, "patient", "identify") and patient in MANAGER
        if role == "care_manager":
            may = may and bool(staff) and MANAGER.get(patient) == staff
        if may:
            assert chart.look_at(who, patient, NOVEMBER).patient.patient_id == patient
            continue
        with pytest.raises(CcmError) as refused:
            chart.look_at(who, patient, NOVEMBER)
        assert "Alder" not in str(refused.value)


def test_a_refused_look_is_on_record():
    with pytest.raises(CcmError):
        chart.look_at(person("care_manager", "S2"), "ana", NOVEMBER)
    with db.session() as session:
        newest = access_log.newest(session, 1)[0]
        ana = session.connection().scalar(access_log.number_of("ana"))
    assert (newest.action, newest.outcome, newest.object_id) == ("refused", "denied", ana)


@pytest.mark.parametrize("asked", [EVERYBODY, Only(care_manager_id="S2"), Only(location="North")])
def test_no_filter_widens_a_panel(asked):
    assert panel.narrowed(person("care_manager", "S1"), asked).care_manager_id == "S1"


def test_a_key_of_another_sign_in_opens_nobody():
    keys = PatientKeys()
    key = keys.key_for("a" * 64, "ana")
    assert keys.patient_of("a" * 64, key) == "ana"
    assert keys.patient_of("b" * 64, key) is None
    assert keys.patient_of("a" * 64, "ana") is None
