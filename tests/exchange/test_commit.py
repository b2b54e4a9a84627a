"""Staged imports into the store: once, whole, and the same again whatever the order."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccm_core import records
from ccm_core.errors import ImportRefused
from ccm_core.exchange import intake, running
from ccm_core.exchange.known import Stored
from ccm_core.exchange.report import Report
from ccm_core.exchange.withdrawn import STILL_COUNTS
from ccm_core.record_ids import SAME_BY
from ccm_core.store import access_log, db, reading, writing
from ccm_core.store.schema import ImportBatch, ImportFile, ImportReject, table_of
from tests.exchange.makers import (
    PRACTICE,
    condition,
    encounter,
    lines,
    patient,
    patients,
    require_identity,
    table,
)

TIME_HEADER = ["patient_id", "started_at", "minutes", "staff_id", "note"]
Import = Callable[..., Report]


def time_rows(count: int) -> list[list[str]]:
    return [
        [f"p{number % 5}", f"2025-03-{1 + number % 8:02d} 09:{number % 60:02d}", "7", "S1", "call"]
        for number in range(count)
    ]


@pytest.fixture
def load(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Stage and commit files in one transaction."""
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path))
    with db.session(store_url) as session:
        writing.save(session, PRACTICE.practice_id, [PRACTICE])

    def run(*files: tuple[str, bytes]) -> Report:
        with db.session(store_url) as session:
            staged = intake.stage(files, PRACTICE, known=Stored(session, PRACTICE.practice_id))
            report = intake.commit(staged, session)
        require_identity(report)
        assert [one.accepted for one in report.files] == [
            one.accepted for one in staged.report.files
        ]
        return report

    return run


def content_of(url: str) -> set[Any]:
    """Every record of the practice."""
    with db.session(url) as session:
        found: set[Any] = set()
        for one in session.connection().execute(table_of(writing.ROW_OF[records.Patient]).select()):
            for kind in SAME_BY:
                if kind not in (records.Practice, records.Practitioner, records.Staff):
                    found |= set(reading.records_of(session, kind, one.patient_id))
        return found | set(reading.practitioners(session)) | set(reading.staff(session))


def test_a_second_run_accepts_nothing(load: Import, store_url: str) -> None:
    files = (patients(*"abc"), ("x.ndjson", lines(condition(), encounter(), patient("d"))))
    first = load(*files)
    before = content_of(store_url)
    second = load(*files)
    assert (first.total("accepted"), first.total("duplicate")) == (6, 0)
    assert (second.total("accepted"), second.total("duplicate")) == (0, 6)
    assert content_of(store_url) == before


def test_order_and_cut_of_files_do_not_matter(load: Import, store_url: str) -> None:
    rows = time_rows(60)
    people = patients(*(f"p{number}" for number in range(5)))
    load(("a.csv", table(TIME_HEADER, rows)), people)
    whole = content_of(store_url)
    assert len(whole) == 65
    shuffled = random.Random(7).sample(rows, len(rows))
    for files in (
        [("b.csv", table(TIME_HEADER, shuffled))],
        [("c.csv", table(TIME_HEADER, shuffled[:20])), ("d.csv", table(TIME_HEADER, rows[20:]))],
        [("e.csv", table(TIME_HEADER, rows + shuffled)), people],
    ):
        assert load(*files).total("accepted") == 0
        assert content_of(store_url) == whole


def test_rows_that_stand_twice_count_once(load: Import) -> None:
    rows = time_rows(10)
    report = load(
        patients(*(f"p{n}" for n in range(5))), ("t.csv", table(TIME_HEADER, rows + rows))
    )
    assert (report.files[1].accepted, report.files[1].duplicate) == (10, 10)


def test_a_patient_may_be_stored_already_and_be_named_by_record_number(load: Import) -> None:
    people = table(
        ["patient_id", "mrn", "family_name", "born_on"], [["a", "M7", "A", "1948-05-17"]]
    )
    load(("patients.csv", people))
    report = load(("t.csv", table(TIME_HEADER, [["M7", "2025-03-04 09:00", "7", "S1", ""]])))
    assert report.total("accepted") == 1
    assert (
        load(("u.csv", table(TIME_HEADER, [["M8", *time_rows(1)[0][1:]]]))).rejects[0].rule == "I39"
    )


def test_what_people_set_here_survives_the_next_export(load: Import, store_url: str) -> None:
    export = ("x.ndjson", lines(patient(), condition()))
    load(export)
    with db.session(store_url) as session:
        old = reading.patient(session, "a")
        assert old is not None
        now = records.Patient(
            **{name: getattr(old, name) for name in writing.fields_of(records.Patient)}
            | {"status": "consented", "care_manager_id": "S1", "phone": "555-0100"}
        )
        (kept,) = reading.records_of(session, records.Condition, "a")
        sure = records.Condition(
            **{name: getattr(kept, name) for name in writing.fields_of(records.Condition)}
            | {"is_chronic": False, "confirmed_by": "Dr. X"}
        )
        writing.save(session, PRACTICE.practice_id, [now, sure])
    assert load(export).total("duplicate") == 2
    changed = ("x.ndjson", lines(patient(gender="male"), condition()))
    assert load(changed).total("accepted") == 1
    with db.session(store_url) as session:
        found = reading.patient(session, "a")
        assert found is not None
        assert (found.sex, found.status, found.care_manager_id) == ("M", "consented", "S1")
        assert reading.records_of(session, records.Condition, "a") == (sure,)


def test_a_time_entry_corrected_here_is_not_undone(load: Import, store_url: str) -> None:
    header = ["entry_id", *TIME_HEADER]
    export = ("t.csv", table(header, [["t1", "a", "2025-03-04 09:00", "20", "S1", "call"]]))
    load(patients("a"), export)
    with db.session(store_url) as session:
        (old,) = reading.records_of(session, records.TimeEntry, "a")
        fixed = records.TimeEntry(
            **{name: getattr(old, name) for name in writing.fields_of(records.TimeEntry)}
            | {"seconds": 600, "approved_by": "Dr. X"}
        )
        writing.save(session, PRACTICE.practice_id, [fixed])
    assert load(export).total("duplicate") == 1
    with db.session(store_url) as session:
        assert reading.records_of(session, records.TimeEntry, "a") == (fixed,)


def test_an_identifier_of_another_patient_is_rejected(load: Import) -> None:
    load(patients("a", "b"), ("x.ndjson", lines(condition())))
    report = load(("x.ndjson", lines(condition(patient_id="b"))))
    assert [one.rule for one in report.rejects] == ["I40"]


def test_the_report_is_kept_and_logged(load: Import, store_url: str) -> None:
    name, content = patients("a", "b")
    report = load((name, content.replace(b"1948-05-17", b"1948-02-31", 1)))
    with db.session(store_url) as session:
        batch = session.get(ImportBatch, report.batch_id)
        assert batch is not None
        assert (batch.read, batch.accepted, batch.rejected, batch.duplicate) == (2, 1, 1, 0)
        (file,) = session.connection().execute(table_of(ImportFile).select()).all()
        assert (file.sha256, file.read) == (report.files[0].sha256, 2)
        (reject,) = session.connection().execute(table_of(ImportReject).select()).all()
        assert (reject.line, reject.column, reject.rule) == (2, "born_on", "I25")
        assert reject.masked_value == "1… (10 characters)"
        assert access_log.verify(session).is_intact


def test_nothing_is_stored_when_writing_fails(
    load: Import, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(access_log, "record", fail)
    with pytest.raises(RuntimeError):
        load(patients("a"), ("x.ndjson", lines(condition())))
    assert content_of(store_url) == set()


def test_an_unreadable_file_stops_the_whole_import(store_url: str, tmp_path: Path) -> None:
    name, content = patients("a")
    (tmp_path / name).write_bytes(content)
    (tmp_path / "people.csv").write_bytes(b"who,what\n1,2\n")
    report = running.run([tmp_path], store_url)
    assert (report.is_readable, report.is_committed) == (False, False)
    with pytest.raises(ImportRefused, match=r"people\.csv"):
        running.require_readable(report)
    with pytest.raises(ImportRefused), db.session(store_url) as session:
        intake.commit(intake.stage([tmp_path], PRACTICE), session)
    with db.session(store_url) as session:
        assert reading.practice(session) is None


def test_a_dry_run_stores_nothing_and_counts_alike(store_url: str, tmp_path: Path) -> None:
    name, content = patients("a", "b")
    (tmp_path / name).write_bytes(content)
    dry = running.run([tmp_path], store_url, running.Wish(dry_run=True))
    wet = running.run([tmp_path], store_url, running.Wish(time_zone="America/Chicago"))
    again = running.run([tmp_path], store_url, running.Wish(dry_run=True))
    assert [dry.total("accepted"), wet.total("accepted"), again.total("accepted")] == [2, 2, 0]
    with db.session(store_url) as session:
        made = reading.practice(session)
        assert made is not None
        assert made.time_zone == "America/Chicago"


def test_a_large_file_tells_how_many_rows_are_read(monkeypatch):
    monkeypatch.setattr(intake, "ROWS_BETWEEN_NEWS", 10)
    people = [[f"p{n}", "X", "1948-05-17"] for n in range(45)]
    told: list[tuple[float, str]] = []
    intake.stage(
        [("people.csv", table(["patient_id", "family_name", "born_on"], people))],
        PRACTICE, progress=lambda part, name: told.append((part, name)),
    )  # fmt: skip
    rows = [(part, name) for part, name in told if "row" in name]
    assert [name for _, name in rows] == [f"people.csv, row {n}" for n in (10, 20, 30, 40)]
    parts = [part for part, _ in told]
    assert parts == sorted(parts)
    assert 0.2 < rows[0][0] < 0.3


TAKEN_BACK = {
    "consents": (["Patient ID", "Consent Date", "Consent Status"], ["a", "2025-01-04"], "Signed",
                 "Declined"),
    "care_plans": (["Patient ID", "Care Plan Date", "Plan Status"], ["a", "2025-01-04"], "Active",
                   "Entered in error"),
    "coverage": (["Patient ID", "Payer Name", "Coverage Status"], ["a", "Medicare Part B"],
                 "Active", "Ineligible"),
    "time_entries": (["Patient ID", "Date", "Minutes", "Entry Status"], ["a", "2025-03-04", "12"],
                     "", "Deleted"),
    "stays": (["Patient ID", "Stay Type", "Admit Date", "Discharge Date", "Status"],
              ["a", "snf", "2025-03-04", "2025-03-09"], "Discharged", "Cancelled"),
    "visits": (["Visit ID", "Patient ID", "Date", "CPT", "Status"],
               ["v", "a", "2025-03-04", "99214"], "Completed", "No Show"),
    "encounters": (["encounter_id", "patient_id", "class", "started_at", "Encounter Status"],
                   ["e", "a", "ambulatory", "2025-02-03"], "Finished", "Cancelled"),
    "conditions": (["Patient ID", "ICD-10", "Onset Date", "Problem Status"],
                   ["a", "E11.9", "2020-01-01"], "Active", "Ruled out"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAKEN_BACK)
def test_a_row_that_a_later_table_takes_back_is_told_to_count_still(kind, load: Import):
    header, row, before, after = TAKEN_BACK[kind]
    never = load(patients("a"), (f"{kind}.csv", table(header, [[*row, after]]))).rejects
    assert [(one.rule, STILL_COUNTS in one.reason) for one in never] == [("I57", False)]
    stored = load((f"{kind}.csv", table(header, [[*row, before]])))
    assert (stored.total("accepted"), len(stored.rejects)) == (1, 0)
    (reject,) = load((f"{kind}.csv", table(header, [[*row, after]]))).rejects
    assert (reject.rule, reject.reason.endswith(STILL_COUNTS)) == ("I57", True)
