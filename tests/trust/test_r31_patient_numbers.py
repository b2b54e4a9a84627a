"""R23, R31: an entry names a patient by the number of the row, never by an identifier."""

from __future__ import annotations

import pytest

from ccm_core import records
from ccm_core.store import access_log, log_report, writing
from ccm_core.store.access_log import NOT_HERE, System
from ccm_core.store.log_report import Wanted

IDS = ("MRN-000123", "1S00-A00-AA00", "Doe, Jane")
NURSE = System("u1", "care_manager")


@pytest.fixture
def practice(open_db):
    patients = [records.Patient(one, mrn=f"N{n}") for n, one in enumerate(IDS)]
    with open_db(write=True) as db:
        writing.save(db, "p", [records.Practice("p", "P"), *patients])
        for one in IDS:
            access_log.record(db, NURSE, "view", "patient", one)
            access_log.record(db, NURSE, "export", "packet", one)
        access_log.record(db, NURSE, "refused", "patient", "Roe, Richard", "denied")


@pytest.mark.usefixtures("practice")
def test_no_identifier_is_in_the_log(open_db):
    with open_db() as db:
        entries = access_log.newest(db)
        assert access_log.verify(db).is_intact
    said = repr(entries)
    assert not [one for one in (*IDS, "Roe", "N0") if one in said]
    assert entries[0].object_id == NOT_HERE
    assert {entry.object_id for entry in entries[1:]} == {"#1", "#2", "#3"}


@pytest.mark.usefixtures("practice")
@pytest.mark.parametrize("typed", ["Doe, Jane", "N2", "#3"])
def test_a_report_finds_a_patient_by_identifier_or_record_number(open_db, typed):
    with open_db() as db:
        found = log_report.page(db, Wanted(containing={"object_id": typed}))
    assert [(one.action, one.object_id) for one in found.rows] == [("export", "#3"), ("view", "#3")]
