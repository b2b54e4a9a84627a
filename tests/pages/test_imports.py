"""Imports: read first, answer questions, store once, look at what was stored."""

from __future__ import annotations

import pytest
from sqlmodel import select

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.errors import ImportRefused, PermissionDenied
from ccm_core.exchange.mapping import FileMapping, Mappings
from ccm_core.months import Month
from ccm_core.program import importing
from ccm_core.store import access_log, db, reading
from ccm_core.store.queries import import_history
from ccm_core.store.schema import PatientRow
from tests.pages import small_practice
from tests.pages.page_text import column, listing, listings, metrics, text_of
from tests.pages.signed_in import open_as

FILES = "Files and what would become of their rows"
REJECTS = "Rejected rows"
GOOD = b"patient_id,family_name,given_name,born_on\n=1+1,Ash,Una,1948-02-03\numa,Oak,,1950-13-01\n"
FOREIGN = b"Chart,Surname,Birthday\n0042,Yew,03/04/1941\n"
LOG = (
    b"entry_id,patient_id,started_at,minutes,actor,note\n"
    b"x1,ana,2026-11-19 10:00,12,clinical_staff,Called about the diet\n"
    b"x2,nobody,2026-11-19 11:00,5,clinical_staff,Called\n"
)


def as_(role: str) -> Identity:
    return Identity("u1", "u1", "U One", role, "0" * 64)


def silent(part: float, name: str) -> None:
    assert 0 <= part <= 1


def staged(what, mappings=None, role="practice_manager"):
    with db.session() as opened:
        return importing.stage(opened, as_(role), what, mappings or Mappings(), silent)


def dropped(at, *files):
    for name, content in files:
        at.file_uploader[0].upload(name, content)
    at.run()
    return button(at, "Read the files").click().run()


def button(at, label):
    return next(one for one in at.button if one.label.startswith(label))


def stored_names() -> set[str]:
    with db.session() as opened:
        return set(opened.exec(select(PatientRow.patient_id)))


def test_files_are_read_reported_and_then_stored_once(small_store):
    at = dropped(open_as("practice_manager", "imports"), ("patients.csv", GOOD), ("log.csv", LOG))
    assert not at.exception
    assert metrics(at) == {
        "Rows read": "4", "Accepted": "2", "Rejected": "2", "Duplicate": "0",
    }  # fmt: skip
    assert column(listing(at, FILES), "accepted") == ["1", "1"]
    assert column(listing(at, REJECTS), "line") == ["3", "3"]
    assert "1950" not in str(listing(at, REJECTS))
    assert stored_names() == {"ana", "ben", "cam", "dee", "eli", "fay"}
    button(at, "Store 2 rows").click().run()
    assert not at.exception
    assert "2 rows stored, 2 rejected, 0 known before" in text_of(at)
    assert "Audited: November 2026" in text_of(at)
    assert "=1+1" in stored_names()
    assert column(listing(at, "Earlier imports"), "accepted") == ["2"]
    assert "imports_held" not in at.session_state


def test_nothing_that_was_read_stays_after_discard(small_store):
    at = dropped(open_as("billing_lead", "imports"), ("patients.csv", GOOD))
    assert "imports_held" in at.session_state
    button(at, "Discard").click().run()
    assert "imports_held" not in at.session_state
    assert "What is in these files" not in text_of(at)


def test_a_foreign_header_is_asked_about_and_answered_on_the_page(small_store):
    at = dropped(open_as("practice_manager", "imports"), ("panel.csv", FOREIGN))
    assert column(listing(at, FILES), "state") == ["has a question"]
    assert button(at, "Store").disabled
    boxes = {box.label: box for box in at.selectbox}
    assert {"Chart", "Surname", "Birthday"} <= set(boxes)
    for header, wanted in (("Chart", "patient_id"), ("Surname", "family_name"),
                           ("Birthday", "born_on")):  # fmt: skip
        next(box for box in at.selectbox if box.label == header).set_value(wanted)
    button(at, "Read again").click().run()
    if at.radio:
        at.radio[0].set_value("dmy")
        button(at, "Read again").click().run()
    assert metrics(at)["Accepted"] == "1"
    button(at, "Store 1 row").click().run()
    assert "0042" in stored_names()


def test_a_file_that_cannot_be_read_is_named_with_its_reason(small_store):
    at = dropped(open_as("practice_manager", "imports"), ("broken.zip", b"PK\x03\x04broken"))
    assert not at.exception
    assert column(listing(at, FILES), "state") == ["cannot be read"]
    assert button(at, "Store").disabled
    assert "broken" in " ".join(error.value for error in at.error)


def test_an_empty_practice_can_begin_with_files(own_store):
    at = open_as("administrator", "imports", start="files")
    assert "There are no patients here yet" in text_of(at)
    dropped(at, ("patients.csv", GOOD))
    button(at, "Store 1 row").click().run()
    with db.session() as opened:
        found = reading.practice(opened)
    assert found is not None
    assert found.name == "My practice"
    assert stored_names() == {"=1+1"}


def test_the_door_to_the_demo_is_closed_to_a_database_with_a_practice(own_store):
    with db.session(write=True) as opened:
        importing.writing.save(opened, "p1", [records.Practice("p1", "Cedar Hill")])
    at = open_as("administrator", "imports", start="demo")
    assert "The demo needs an empty database" in text_of(at)
    assert not [one for one in at.button if "demo" in one.label]


def test_the_demo_is_loaded_through_its_door(own_store, monkeypatch):
    monkeypatch.delenv("CCM_PRACTICE")
    from ccm_core import demo

    def small(opened, progress):
        progress("patients", 1, 1)
        made = records.Practice("demo", "Made-up practice", is_demo=True)
        importing.writing.save(opened, "demo", [made])

    monkeypatch.setattr(demo, "load", small)
    at = open_as("administrator", "imports", start="demo")
    button(at, "Load the demo").click().run()
    assert not at.exception
    assert "The demo practice is loaded" in text_of(at)


@pytest.mark.parametrize("role", ["care_manager", "consultant"])
def test_other_roles_have_no_imports(small_store, role):
    with pytest.raises(ValueError, match="navigation page"):
        open_as(role, "imports")
    with pytest.raises(PermissionDenied):
        staged([("patients.csv", GOOD)], role=role)


def test_an_auditor_reads_and_does_not_import(small_store):
    at = open_as("auditor", "imports")
    assert not at.exception
    assert not at.file_uploader
    assert "it does not import" in text_of(at)
    with pytest.raises(PermissionDenied):
        staged([("patients.csv", GOOD)], role="auditor")


@pytest.mark.parametrize("batch", ["0", "99", "-1", "x", "1' or 1=1", "99999999999999999999"])
def test_an_import_that_is_not_there_says_so(small_store, batch):
    at = open_as("auditor", "imports", batch=batch)
    assert not at.exception
    assert "There is no import with this number" in text_of(at)


def test_bad_values_in_the_address_are_not_used(small_store):
    at = open_as("auditor", "imports", template="<script>", place="x")
    assert not at.exception
    assert "template that is not there" in text_of(at)


def test_one_import_shows_its_files_rejects_and_numbers(small_store):
    with db.session(write=True) as opened:
        done = importing.commit(opened, as_("practice_manager"), staged([("patients.csv", GOOD)]))
    at = open_as("auditor", "imports", batch=str(done.batch_id))
    assert metrics(at)["Rejected"] == "1"
    assert column(listing(at, "Files of this import"), "name") == ["patients.csv"]
    assert column(listing(at, REJECTS), "column") == ["born_on"]
    with db.session() as opened:
        content = importing.stored_rejects_csv(
            opened, as_("auditor"), small_practice.PRACTICE, int(done.batch_id or 0)
        ).decode("utf-8-sig")
        entry = access_log.newest(opened, 1, action="import")[0]
    assert content.splitlines()[0] == ("file,line,column,masked_value,rule,rule_title,reason")
    assert "1950-13-01" not in content
    assert (entry.user_id, entry.object_id) == ("u1", str(done.batch_id))


def test_a_question_stops_the_commit(small_store):
    with pytest.raises(ImportRefused), db.session(write=True) as opened:
        importing.commit(opened, as_("practice_manager"), staged([("panel.csv", FOREIGN)]))
    with db.session() as opened:
        assert import_history.batches(opened, small_practice.PRACTICE).total == 0


def test_a_mapping_answers_and_a_second_run_changes_nothing(small_store):
    said = Mappings({"panel.csv": FileMapping(
        kind="patients", date_format="mdy",
        columns={"Chart": "patient_id", "Surname": "family_name", "Birthday": "born_on"},
    )})  # fmt: skip
    with db.session(write=True) as opened:
        importing.commit(opened, as_("practice_manager"), staged([("panel.csv", FOREIGN)], said))
    again = staged([("panel.csv", FOREIGN)], said).report
    assert (again.total("accepted"), again.total("duplicate")) == (0, 1)


def test_months_to_audit_are_those_touched_else_this_and_the_last():
    this = Month(2026, 11)
    found = staged_report(())
    assert importing.months_to_audit(found, this) == (this, this.previous)
    touched = staged_report(("2026-10", "2026-09", "2026-08"))
    assert importing.months_to_audit(touched, this) == (Month(2026, 10), Month(2026, 9))


def staged_report(touched):
    from ccm_core.exchange.report import Report

    return Report((), (), months=touched)


def test_rejected_rows_are_safe_in_a_spreadsheet():
    line = importing.Line("=evil.csv", 2, "born_on", "1…", "I25", "@reason")
    text = importing.rejects_csv([line]).decode("utf-8-sig")
    assert "'=evil.csv" in text
    assert "'@reason" in text


def test_lists_of_the_page_hold_at_most_a_hundred_rows(small_store):
    rows = "\n".join(f"p{n},A,B,1950-99-01" for n in range(150)).encode()
    head = b"patient_id,family_name,given_name,born_on\n"
    at = dropped(open_as("practice_manager", "imports"), ("patients.csv", head + rows))
    assert max(len(found["rows"]) for found in listings(at)) == 100


def test_files_without_rows_say_so_and_why(small_store):
    at = dropped(open_as("practice_manager", "imports"), ("patients.csv", b"\n\n"))
    assert not at.exception
    assert "These files hold no rows" in text_of(at)
    noticed = next(e for e in at.expander if e.label == "What was noticed while reading")
    assert noticed.proto.expanded
    assert "The file is empty" in text_of(at)
