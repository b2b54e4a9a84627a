"""A practice begun by hand: the practice, its people, patients and facts, up to a claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import select

from ccm_core import records
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.months import Month
from ccm_core.program import charting, people, practice_settings, practitioners
from ccm_core.store import access_log, db, reading, writing
from ccm_core.store.queries import result_of
from ccm_core.store.results import refresh
from ccm_core.store.schema import AccessLog
from tests.pages.small_practice import NOVEMBER, NPI, OTHER, PRACTICE

TODAY = date(2026, 11, 21)
GOOD = {"family_name": "Ginkgo", "given_name": "Gil", "born_on": date(1948, 2, 29),
        "mrn": "MRN-gil", "practitioner_npi": NPI, "care_manager_id": "S1"}  # fmt: skip
MEDICARE = records.Payer("", "", "medicare", "Medicare Part B", from_on=date(2020, 1, 1))


def do(service, who, *given):
    with db.session(write=True) as session:
        return service(session, who, *given)


def held(kind, patient_id):
    with db.session() as session:
        return reading.records_of(session, kind, patient_id, PRACTICE)


def result(patient_id, month=NOVEMBER):
    with db.session() as session:
        return result_of(session, PRACTICE, patient_id, month)


@pytest.fixture
def manager(practice, person):
    return person("practice_manager")


@pytest.fixture
def gil(manager):
    return do(charting.add_patient, manager, GOOD, MEDICARE, TODAY)


def test_a_practice_is_begun_by_hand_up_to_a_clean_claim(store_url, monkeypatch, person):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    boss = person("administrator")
    said = {"name": "Hill Clinic", "npi": "1234567893", "tin": "", "time_zone": "America/Chicago",
            "setting": "office", "locality": "national", "state": "IL", "policy": "baseline",
            "preference": "natural", "access_proof_on": date(2026, 1, 5)}  # fmt: skip
    do(practice_settings.begin, boss, said, TODAY)
    with pytest.raises(Conflict):
        do(practice_settings.begin, boss, said, TODAY)
    assert do(practitioners.put, boss, records.Practitioner("1234567893", "Dr. Ada Roe", "MD"))
    assert not do(practitioners.put, boss, records.Practitioner("1234567893", "Dr. A. Roe", "MD"))
    nurse = do(people.add, boss, people.Said("Kim Nurse", "RN"))
    values = GOOD | {"practitioner_npi": "1234567893", "care_manager_id": nurse,
                     "is_new": False, "risk_documented_on": date(2026, 1, 5)}  # fmt: skip
    one = do(charting.add_patient, boss, values, MEDICARE, TODAY)
    for code in ("E11.9", "I10"):
        do(charting.add, boss, records.Condition("", one, code), TODAY)
    with db.session() as session:
        (practice,) = [reading.practice(session)]
        conditions = reading.records_of(session, records.Condition, one, practice.practice_id)
    assert practice.name == "Hill Clinic"
    assert [(c.code, c.is_chronic) for c in conditions] == [("E11.9", True), ("I10", True)]
    db.dispose(store_url)


def test_a_patient_is_added_with_coverage_and_first_step(gil):
    with db.session() as session:
        patient = reading.patient(session, gil)
        number = session.connection().scalar(access_log.number_of(gil))
        written = session.exec(select(AccessLog).where(AccessLog.object_id == number)).all()
    assert (patient.family_name, patient.status, patient.mrn) == ("Ginkgo", "eligible", "MRN-gil")
    assert [p.kind for p in held(records.Payer, gil)] == ["medicare"]
    assert [c.status for c in held(records.StatusChange, gil)] == ["eligible"]
    assert [row.action for row in written] == ["add_patient"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"family_name": " "}, "family name"),
        ({"born_on": None}, "day of birth"),
        ({"born_on": date(2026, 11, 22)}, "today is"),
        ({"mrn": "MRN-ana"}, "record number already"),
        ({"mbi": "12"}, "Medicare identifier"),
        ({"zip5": "1"}, "ZIP code"),
        ({"sex": "x"}, "sex"),
        ({"practitioner_npi": "1234567893"}, "practitioner"),
        ({"care_manager_id": "S9"}, "care manager"),
        ({"location": "a" * 121}, "longer"),
    ],
)
def test_what_cannot_be_a_patient_changes_nothing(manager, changes, said):
    with pytest.raises(UsageError, match=said):
        do(charting.add_patient, manager, GOOD | changes, None, TODAY)
    with db.session() as session:
        assert (
            len(session.exec(select(AccessLog).where(AccessLog.action == "add_patient")).all()) == 0
        )


@pytest.mark.parametrize("role", ["billing_lead", "auditor", "consultant"])
def test_who_may_not_write_the_record(practice, person, role):
    who = person(role)
    fact = records.Stay("", "ana", "hospital", TODAY)
    for call in (
        lambda: do(charting.add_patient, who, GOOD, None, TODAY),
        lambda: do(charting.edit_patient, who, "ana", 1, {"location": "X"}, TODAY),
        lambda: do(charting.add, who, fact, TODAY),
        lambda: do(practitioners.put, who, records.Practitioner("1234567893", "X")),
    ):
        with pytest.raises(PermissionDenied):
            call()


def test_a_care_manager_adds_to_the_own_panel_and_changes_nobody_elses(practice, person):
    who = person("care_manager", "S1")
    one = do(charting.add_patient, who, GOOD | {"care_manager_id": "S2"}, None, TODAY)
    with db.session() as session:
        assert reading.patient(session, one).care_manager_id == "S1"
    with pytest.raises(PermissionDenied):
        do(charting.add, who, records.Stay("", "cam", "hospital", TODAY), TODAY)
    with db.session() as session:
        _, version = charting.shown(session, who, one)
    do(
        charting.edit_patient,
        who,
        one,
        version,
        {"care_manager_id": "S2", "location": "Ely"},
        TODAY,
    )
    with db.session() as session:
        now = reading.patient(session, one)
    assert (now.care_manager_id, now.location) == ("S1", "Ely")


def test_an_older_form_is_refused(manager, gil):
    with db.session() as session:
        _, version = charting.shown(session, manager, gil)
    do(charting.edit_patient, manager, gil, version, {"location": "Ely"}, TODAY)
    with pytest.raises(Conflict):
        do(charting.edit_patient, manager, gil, version, {"location": "Rye"}, TODAY)
    with db.session() as session:
        assert reading.patient(session, gil).location == "Ely"


def test_a_stay_takes_its_minutes_out_at_once(manager):
    assert result("ana").staff_seconds == 25 * 60
    stay = records.Stay("", "ana", "hospital", date(2026, 11, 9), date(2026, 11, 9))
    touched = do(charting.add, manager, stay, TODAY)
    assert NOVEMBER in touched.audited
    assert result("ana").staff_seconds == 0


def test_a_decision_is_replaced_by_a_later_one_of_the_same_month(manager):
    fact = records.Complexity("ana", NOVEMBER, "moderate", NPI)
    do(charting.add, manager, fact, TODAY)
    do(charting.add, manager, replace(fact, mdm="high", npi=OTHER), TODAY)
    (kept,) = held(records.Complexity, "ana")
    assert (kept.mdm, kept.npi, kept.decided_on) == ("high", OTHER, TODAY)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (records.Condition("", "ana", "no code"), "ICD-10-CM"),
        (records.Payer("", "ana", "barter"), "Coverage can be"),
        (records.Payer("", "ana", from_on=TODAY, to_on=date(2026, 1, 1)), "before it began"),
        (records.Stay("", "ana", "cruise", TODAY), "A stay can be"),
        (records.Stay("", "ana", "hospital", date(2026, 11, 22)), "today is"),
        (records.Visit("", "ana", TODAY, "9921"), "Code"),
        (records.Visit("", "ana", TODAY, "99214", npi="1234567893"), "practitioner"),
        (records.Complexity("ana", NOVEMBER, "great", NPI), "Decision making"),
        (records.Complexity("ana", NOVEMBER, "high", ""), "practitioner"),
        (records.Complexity("ana", Month(2026, 12), "high", NPI), "has not begun"),
    ],
)
def test_facts_that_cannot_be(manager, fact, said):
    with pytest.raises(UsageError, match=said):
        do(charting.add, manager, fact, TODAY)


def test_an_end_is_written_once_and_not_before_the_beginning(manager):
    stay = records.Stay("h", "ben", "hospice", date(2026, 11, 2))
    with db.session(write=True) as session:
        writing.save(session, PRACTICE, [stay])
        refresh(session, PRACTICE, NOVEMBER)
    assert result("ben").staff_seconds == 0
    with pytest.raises(UsageError, match="before it began"):
        do(charting.end, manager, stay, date(2026, 11, 1), TODAY)
    with db.session() as session:
        assert stay in charting.going_on(session, manager, "ben")
    do(charting.end, manager, stay, date(2026, 11, 5), TODAY)
    assert result("ben").staff_seconds == 14 * 60
    with db.session() as session:
        assert stay.stay_id not in {
            getattr(f, "stay_id", "") for f in charting.going_on(session, manager, "ben")
        }
    with pytest.raises(UsageError, match="do not"):
        do(charting.end, manager, records.Visit("v", "ben", TODAY), TODAY, TODAY)
