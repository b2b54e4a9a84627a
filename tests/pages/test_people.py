"""People: the team in numbers, changes with conflicts, panels in bulk, accounts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.program import people, practitioners, progress, workload
from ccm_core.program.people import Said
from ccm_core.store import db, editing, reading
from ccm_core.store.queries import Only
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from pages.parts import words
from tests.pages.page_text import column, listing, metrics, text_of
from tests.pages.signed_in import open_as
from tests.pages.small_practice import NOVEMBER, PRACTICE
from tests.time_log.desk import AUDITOR, MANAGER, NURSE

TEAM = "The team"
ADMINISTRATOR = Identity("u8", "kim", "Kim", "administrator", "h8", "")
TODAY = date(2026, 11, 21)


pytestmark = pytest.mark.usefixtures("small_store")


def team(who=MANAGER):
    with db.session() as opened:
        return workload.team(opened, who, reading.practice(opened), NOVEMBER, TODAY)


def load_of(staff_id: str) -> workload.Load:
    return next(one for one in team().loads if one.person.staff_id == staff_id)


def shown(staff_id: str):
    with db.session() as opened:
        return people.shown(opened, MANAGER, staff_id)


def edit(who, staff_id: str, version: int, said: Said) -> int:
    with db.session(write=True) as opened:
        return people.edit(opened, who, staff_id, version, said)


@pytest.mark.parametrize("role", ["administrator", "practice_manager", "auditor"])
def test_the_team_is_listed_with_what_it_carries(role):
    at = open_as(role, "people")
    assert not at.exception
    rows = listing(at, TEAM)
    assert column(rows, "name") == ["Jun Silva", "Noor Haddad"]
    assert column(rows, "minutes") == ["0 min", "39 min"]
    assert column(rows, "billable") == [words.NOTHING, "64%"]
    assert column(rows, "needed") == ["0.7 h", "0.1 h"]
    assert metrics(at)["Hours needed"] == "0.8"
    assert "No weekly hours" in text_of(at)
    assert (role == "auditor") is not any(b.key == "panel_assign" or b.label == "Add to the team"
                                          for b in at.button)  # fmt: skip


def test_capacity_shortfall_and_signs_of_overload():
    edit(MANAGER, "S2", 1, Said("Jun Silva", "LPN", weekly_hours=Decimal("0.5")))
    night = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)  # 23:00 in Ohio
    with db.session(write=True) as opened:
        save(opened, PRACTICE, [records.TimeEntry("n", "cam", night, 600, staff_id="S2", note="x")])
        refresh(opened, PRACTICE, NOVEMBER)
    jun = load_of("S2")
    assert (jun.hours_left, jun.after_hours_share) == (Decimal("0.50"), Decimal("1.00"))
    assert jun.surplus == Decimal("0.5") - Decimal(30) / 60
    assert "much time outside clinic hours" in jun.signs
    assert "panel above the benchmark" in jun.signs  # two patients at half an hour a week
    assert load_of("S1").signs == ()


def test_the_hours_needed_are_one_number_on_every_page():
    """Who left the program, or took the consent back, is no work of the rest of the month."""
    edit(MANAGER, "S1", 1, Said("Noor Haddad", "RN", weekly_hours=Decimal(40)))
    with db.session(write=True) as opened:
        shown = editing.shown(opened, records.Patient, PRACTICE, patient_id="cam")
        left = {"status": "unenrolled"}
        editing.update_checked(opened, records.Patient, shown.id, shown.version, left)
        practice = reading.practice(opened)
    with db.session() as opened:
        on_people = workload.team(opened, MANAGER, practice, NOVEMBER, TODAY).hours_needed
        elsewhere = progress.hours_left(opened, practice, (), NOVEMBER, TODAY, Only())
        north = progress.hours_left(opened, practice, (), NOVEMBER, TODAY, Only(location="North"))
    assert on_people == elsewhere.needed == Decimal(26) / 60  # ben 6, dee 20; cam left
    assert north.needed == Decimal(20) / 60
    assert metrics(open_as("practice_manager", "people"))["Hours needed"] == "0.4"
    assert "0.4 hours needed" in text_of(open_as("practice_manager", "minutes"))
    assert "0.4 hours needed" in text_of(open_as("practice_manager", "home"))


def test_a_person_is_added_and_changed_by_who_may():
    with db.session(write=True) as opened:
        made = people.add(opened, MANAGER, Said("New Nurse", "RN", weekly_hours=Decimal(24)))
    assert load_of(made).hours_left == Decimal("24.0")
    for who in (AUDITOR, NURSE):
        with pytest.raises(PermissionDenied):
            edit(who, "S1", 1, Said("X"))
    for said in (Said(" "), Said("A", actor="automated"), Said("A", weekly_hours=Decimal(200))):
        with pytest.raises(UsageError):
            edit(MANAGER, "S1", 1, said)


def test_the_second_of_two_changes_shows_both():
    at = open_as("practice_manager", "people")
    at.query_params["person"] = listing(at, TEAM)[1]["key"]
    at.run()
    at.text_input(key="person_S1_1_name").set_value("Noor H.")
    edit(ADMINISTRATOR, "S1", 1, Said("Noor Haddad-Lee", "RN"))
    next(b for b in at.button if b.label == "Save").click().run()
    assert not at.exception
    rows = listing(at, "Both versions")
    assert (rows[0]["theirs"], rows[0]["mine"]) == ("Noor Haddad-Lee", "Noor H.")
    assert shown("S1").name == "Noor Haddad-Lee"
    at.button(key="person_mine_button").click().run()
    assert shown("S1").name == "Noor H."


def versions_of(*patient_ids: str) -> dict[str, int]:
    with db.session() as opened:
        rows = people.on_panel(opened, MANAGER, reading_only())
    return {row.patient_id: row.version for row in rows if row.patient_id in patient_ids}


def reading_only():
    from ccm_core.store.queries import EVERYBODY

    return EVERYBODY


def assign(who, versions: dict[str, int], staff_id: str) -> int:
    with db.session(write=True) as opened:
        return people.assign(opened, who, versions, staff_id, NOVEMBER)


def test_panels_move_in_bulk_or_not_at_all():
    seen = versions_of("cam", "dee")
    assert assign(MANAGER, seen, "S1") == 2
    assert load_of("S1").panel.patients == 4
    assert load_of("S2").panel.patients == 0
    with pytest.raises(Conflict):
        assign(MANAGER, {**versions_of("ana"), "cam": seen["cam"]}, "S2")
    assert load_of("S2").panel.patients == 0
    with pytest.raises(UsageError):
        assign(MANAGER, versions_of("ana"), "nobody")
    with pytest.raises(PermissionDenied):
        assign(AUDITOR, versions_of("ana"), "S2")


def test_the_page_moves_a_whole_panel():
    at = open_as("practice_manager", "people")
    at.selectbox(key="panel_from").set_value("S2").run()
    at.selectbox(key="panel_to").set_value("S1").run()
    at.checkbox(key="panel_all").check().run()
    at.button(key="panel_assign").click().run()
    assert not at.exception
    assert "3 patients assigned" in text_of(at).replace("\\", "")
    assert load_of("S2").panel.patients == 0


def test_only_administrators_link_accounts_and_sessions_end():
    at = open_as("care_manager", "log_time")
    with db.session() as opened:
        (account,) = people.accounts(opened, ADMINISTRATOR)
    with db.session(write=True) as opened, pytest.raises(PermissionDenied):
        people.link(opened, MANAGER, account.user_id, "S1")
    with db.session(write=True) as opened:
        people.link(opened, ADMINISTRATOR, account.user_id, "S1")
    at.run()
    assert "sign-in has ended" in text_of(at)
    with db.session(write=True) as opened, pytest.raises(UsageError, match="account already"):
        people.link(opened, ADMINISTRATOR, "another", "S1")
    administrator = open_as("administrator", "people")
    assert "Noor Haddad" in column(listing(administrator, "Accounts and their people"), "person")


def test_benchmarks_name_their_source():
    at = open_as("auditor", "people")
    cites = column(listing(at, "Benchmarks"), "cite")
    assert any(cite.endswith("(caseload)") and ": " in cite for cite in cites)
    assert not [cite for cite in cites if "#" in cite], "titles, not the keys of data/sources.csv"
    assert "90%" in column(listing(at, "Benchmarks"), "value")


def test_a_large_team_is_listed_a_page_at_a_time():
    with db.session(write=True) as opened:
        save(opened, PRACTICE, [records.Staff(f"X{n:03d}", f"Nurse {n:03d}") for n in range(120)])
    first = open_as("auditor", "people")
    assert len(listing(first, TEAM)) == 100
    assert "1 to 100 of 122" in text_of(first)
    second = open_as("auditor", "people", placepeople_="2")
    names = column(listing(second, TEAM), "name")
    assert len(names) == 22
    assert not set(names) & set(column(listing(first, TEAM), "name"))


@pytest.mark.parametrize("name", ["Ann \u202eyB", "No\u200bor Haddad", "Noor\u2066 Haddad"])
def test_a_typed_name_shows_all_its_letters(name):
    """It stands beside time, consents and signed plans: two must not look the same."""
    with db.session(write=True) as opened, pytest.raises(UsageError, match="cannot be seen"):
        people.add(opened, MANAGER, Said(name, "RN"))
    with db.session(write=True) as opened, pytest.raises(UsageError, match="cannot be seen"):
        practitioners.put(opened, MANAGER, records.Practitioner("1234567893", name))
