"""Two people at one record: nobody's change is lost, on either database."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from ccm_core import records as r
from ccm_core.errors import Conflict, UsageError
from ccm_core.store import db, editing, reading, settings
from ccm_core.store.schema import PatientRow, table_of
from tests.store.practices import PRACTICE, a_patient, a_practice, an_entry


@pytest.fixture(autouse=True)
def _one_patient(save):
    save([*a_practice(), *a_patient("1"), an_entry("t", "1", minutes=20, is_contact=True)])


def test_the_second_of_two_changes_is_a_conflict(url):
    with db.session(url) as session:
        shown = editing.shown(session, r.Patient, PRACTICE, patient_id="1")
    with db.session(url) as session:
        assert (
            editing.update_checked(session, r.Patient, shown.id, shown.version, {"phone": "1"}) == 2
        )
    with db.session(url) as session, pytest.raises(Conflict):
        editing.update_checked(session, r.Patient, shown.id, shown.version, {"phone": "2"})
    with db.session(url) as session:
        assert reading.patient(session, "1").phone == "1"


def test_of_many_at_once_exactly_one_wins(url):
    with db.session(url) as session:
        shown = editing.shown(session, r.Patient, PRACTICE, patient_id="1")
    start, outcomes = threading.Barrier(6), []

    def change(number: int) -> None:
        start.wait()
        try:
            with db.session(url) as session:
                reading.patient(session, "1")
                editing.update_checked(
                    session, PatientRow, shown.id, shown.version, {"phone": str(number)}
                )
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=change, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 5 + ["won"]
    with db.session(url) as session:
        assert editing.shown(session, r.Patient, PRACTICE, patient_id="1").version == 2


def test_counting_up_from_many_threads_loses_nothing(url):
    def add() -> None:
        for _ in range(10):
            with db.session(url, write=True) as session:
                if session.get_bind().dialect.name == "postgresql":
                    patient = table_of(PatientRow)
                    session.connection().execute(select(patient.c.id).with_for_update())
                settings.write_setting(session, "n", settings.read_setting(session, "n", 0) + 1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.session(url) as session:
        assert settings.read_setting(session, "n") == 40


def test_a_correction_keeps_the_old_version(url):
    entry = an_entry("t", "1", minutes=12)
    with db.session(url) as session:
        editing.correct_entry(
            session, PRACTICE, entry, 1, corrected_by="u1", reason="pressed stop too late"
        )
    with db.session(url) as session:
        old, new = editing.versions_of(session, PRACTICE, "t")
        assert (old.seconds, old.is_current) == (1200, False)
        assert (new.seconds, new.is_current, new.replaces_id) == (720, True, old.id)
        assert (new.corrected_by, new.correction_reason) == ("u1", "pressed stop too late")
        assert reading.records_of(session, r.TimeEntry, "1") == (entry,)


def test_two_corrections_of_one_version_conflict(url):
    for attempt in (1, 2):
        entry = an_entry("t", "1", minutes=10 + attempt)
        with db.session(url) as session:
            if attempt == 2:
                with pytest.raises(Conflict):
                    editing.correct_entry(session, PRACTICE, entry, 1, corrected_by="u", reason="x")
            else:
                editing.correct_entry(session, PRACTICE, entry, 1, corrected_by="u", reason="x")


def test_a_withdrawn_entry_is_gone_and_stays_gone(url, save):
    with db.session(url) as session:
        editing.withdraw_entry(session, PRACTICE, "t", 1, withdrawn_by="u", reason="wrong patient")
    with db.session(url) as session:
        assert reading.records_of(session, r.TimeEntry, "1") == ()
        patient = editing.shown(session, r.Patient, PRACTICE, patient_id="1")
        assert (patient.first_service_on, patient.last_contact_at) == (None, None)
        assert [v.correction_reason for v in editing.versions_of(session, PRACTICE, "t")] == [
            "", "wrong patient",
        ]  # fmt: skip
    save([an_entry("t", "1", minutes=20, is_contact=True)])
    with db.session(url) as session:
        assert reading.records_of(session, r.TimeEntry, "1") == ()


@pytest.mark.parametrize("changes", [{"version": 9}, {"practice_id": "x"}, {"nonsense": 1}])
def test_only_the_record_s_own_fields_change(url, changes):
    with db.session(url) as session, pytest.raises(UsageError):
        editing.update_checked(session, r.Patient, 1, 1, changes)


def test_entries_are_corrected_not_overwritten(url):
    with db.session(url) as session, pytest.raises(UsageError, match="correct_entry"):
        editing.update_checked(session, r.TimeEntry, 1, 1, {"seconds": 0})
    with db.session(url) as session, pytest.raises(UsageError, match="reason"):
        editing.correct_entry(
            session, PRACTICE, an_entry("t", "1"), 1, corrected_by="u", reason=" "
        )


def test_an_entry_does_not_change_patients(url, save):
    save(a_patient("2"))
    moved = replace(an_entry("t", "1"), patient_id="2")
    with db.session(url) as session, pytest.raises(UsageError, match="another patient"):
        editing.correct_entry(session, PRACTICE, moved, 1, corrected_by="u", reason="x")


def test_a_changed_condition_recounts_the_groups(url):
    with db.session(url) as session:
        row = editing.shown(session, r.Condition, PRACTICE, condition_id="1-c0")
        editing.update_checked(session, r.Condition, row.id, row.version, {"is_chronic": False})
        assert editing.shown(session, r.Patient, PRACTICE, patient_id="1").chronic_groups == 1


def test_a_setting_changed_meanwhile_is_a_conflict(url):
    with db.session(url) as session:
        assert settings.write_setting(session, "hours", {"from": "08:00"}) == 1
    with db.session(url) as session:
        value, version = settings.read_versioned(session, "hours")
        assert (value, version) == ({"from": "08:00"}, 1)
        settings.write_setting(session, "hours", [], version)
        with pytest.raises(Conflict):
            settings.write_setting(session, "hours", None, version)
