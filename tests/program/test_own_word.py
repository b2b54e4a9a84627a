"""What waits for a practitioner: plans to sign and conditions to confirm, of the own patients."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.months import Month
from ccm_core.program import care_planning, own_word, people, plan_signing, time_keeping
from ccm_core.program.confirming import confirm_chronic
from ccm_core.store import db, reading
from ccm_core.store.results import refresh
from ccm_core.store.schema import UserAccount
from ccm_core.store.writing import save
from tests.pages.page_text import listing, text_of
from tests.pages.signed_in import open_as
from tests.pages.small_practice import NOW, NPI, OTHER, PRACTICE

TODAY = NOW.date()

pytestmark = pytest.mark.usefixtures("practice")


def do(service, who, *given):
    with db.session(write=True) as session:
        return service(session, who, *given)


def planned(who: Identity, patient_id: str, based_on: int = 0):
    """A saved version made of the template."""
    found = do(care_planning.plans, who, patient_id, TODAY)
    content = replace(found.draft, review_on=TODAY + timedelta(90 + based_on))
    return do(care_planning.save_version, who, patient_id, content, based_on, TODAY)


def test_own_patients_only_and_a_signature_takes_the_plan_off_the_list(person):
    manager, doctor = person("practice_manager"), person("practitioner", NPI)
    planned(manager, "ana")
    made = planned(manager, "ana", 1)
    planned(manager, "cam")  # a patient of the other practitioner
    found = do(own_word.waiting, doctor)
    assert [(row.patient_id, row.number) for row in found.plans] == [("ana", 2)]
    assert do(plan_signing.sign, doctor, plan_signing.ref("ana", made), TODAY)
    assert not do(own_word.waiting, doctor).plans
    assert [
        row.patient_id for row in do(own_word.waiting, person("practitioner", OTHER)).plans
    ] == ["cam"]


def test_conditions_wait_until_they_are_confirmed(person):
    doctor = person("practitioner", NPI)
    before = do(own_word.waiting, doctor).conditions
    assert {row.patient_id: row.number for row in before} == {"ana": 2, "ben": 2}
    do(confirm_chronic, doctor, "ana", ["ana-1", "ana-2"], NPI, TODAY)
    assert [row.patient_id for row in do(own_word.waiting, doctor).conditions] == ["ben"]


def test_a_word_given_today_counts_in_the_month_that_is_being_billed(person):
    """Conditions belong to every month: the claim of the month before stayed held back."""
    months = [Month.of(TODAY).previous, Month.of(TODAY)]
    audited(months)
    do(confirm_chronic, person("practitioner", NPI), "ana", ["ana-1", "ana-2"], NPI, TODAY)
    assert audited(months) == [0, 0]


def test_a_late_entry_is_followed_by_the_months_that_rest_on_the_first_service(person):
    months = [Month.of(TODAY).plus(-2), Month.of(TODAY).previous, Month.of(TODAY)]
    audited(months)
    with db.session(write=True) as session:
        entry = records.TimeEntry(
            "late", "ana", NOW - timedelta(days=65), 600, staff_id="S1", note="Called about diet."
        )
        practice = reading.practice(session)
        time_keeping.write(session, person("care_manager", "S1"), practice, [entry])
    assert audited(months) == [0, 0, 0]


def audited(months: list[Month]) -> list[int]:
    """Audit whole months; gives how many cases of each were not up to date."""
    with db.session(write=True) as session:
        return [refresh(session, PRACTICE, month).audited for month in months]


def test_a_practitioner_on_the_team_signs_by_that_record(person):
    with db.session(write=True) as session:
        own = records.Staff("S7", "Dr. Amara Lind", "MD", "practitioner")
        save(session, PRACTICE, [own])
    assert do(own_word.waiting, person("practitioner", "S7")).signer.npi == NPI
    assert do(own_word.waiting, person("practitioner", "S1")) is None


def test_only_some_roles_sign(person):
    made = planned(person("practice_manager"), "ana")
    plan = plan_signing.ref("ana", made)
    nurse = person("care_manager", "S1")
    for call in (
        lambda: do(own_word.waiting, nurse),
        lambda: do(plan_signing.sign, replace(nurse, staff_id=NPI), plan, TODAY),
    ):
        with pytest.raises(PermissionDenied):
            call()
    with pytest.raises(UsageError, match="not linked"):
        do(plan_signing.sign, person("practitioner"), plan, TODAY)


def test_an_account_is_linked_to_a_practitioner_who_logs_no_time(person):
    kim = person("administrator")
    with db.session(write=True) as session:
        session.add(UserAccount(user_id="u9", username="lind", role="practitioner"))
    do(people.link, kim, "u9", NPI)
    with db.session() as session:
        accounts = people.accounts(session, kim)
    assert [a.staff_id for a in accounts if a.user_id == "u9"] == [NPI]
    with pytest.raises(UsageError, match="not on the team"):
        do(people.link, kim, "u9", "1111111111")


def test_home_of_a_practitioner(person):
    planned(person("practice_manager"), "ana")
    at = open_as("practitioner", "home", staff_id=NPI)
    assert [row["version"] for row in listing(at, "Care plans to sign")] == ["Version 1"]
    assert "Alder" in str(listing(at, "Care plans to sign"))
    assert "not linked to a practitioner" in text_of(open_as("practitioner", "home"))
