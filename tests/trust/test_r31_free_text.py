"""R31: what people write about a patient is kept with the patient, never in the access log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from ccm_core.errors import CcmError
from ccm_core.program import charting, consenting, enrolling, time_checks, time_log, timer
from ccm_core.program.enrolling import Attempt, StatusWish
from ccm_core.store import access_log, db
from ccm_core.store.schema import AccessLog, table_of
from tests.trust.test_r16_services import CHANGE, DRAFT, MORNING, NOTE, person

TODAY = date(2026, 11, 21)
CANARY = "CANARY Jane Doe, 555-0100"
WORK = time_checks.all_activities()[0].name
WHO = replace(person("practice_manager"), staff_id="S1")


pytestmark = pytest.mark.usefixtures("small_store")


def logged() -> str:
    with db.session() as session:
        rows = session.connection().execute(select(table_of(AccessLog))).all()
        assert access_log.verify(session).is_intact
    return repr(rows)


def status(session):
    enrolling.change_status(
        session, WHO, "eli", StatusWish("declined", TODAY, CANARY),
        enrolling.standing(session, WHO, "eli").version, TODAY,
    )  # fmt: skip


def attempt(session):
    made = Attempt(TODAY, next(iter(enrolling.WAYS)), next(iter(enrolling.OUTCOMES)), CANARY)
    enrolling.note_attempt(session, WHO, "eli", made, TODAY)


def revoke(session):
    held = consenting.consents(session, WHO, "ana", TODAY).held[0]
    consenting.revoke(session, WHO, "ana", "ana-c", held.version, TODAY, CANARY, TODAY)


def new_phone(session):
    _, version = charting.shown(session, WHO, "ana")
    charting.edit_patient(session, WHO, "ana", version, {"phone": CANARY[:20]}, TODAY)


def work(session):
    said = replace(DRAFT, activity=WORK, note=f"{NOTE} {CANARY}", late_reason=CANARY)
    time_log.log(session, WHO, said, MORNING, 300)


def correction(session):
    version = time_log.shown(session, WHO, "ana-t").version
    time_log.correct(
        session, WHO,
        replace(CHANGE, version=version, activity=WORK, note=f"{NOTE} {CANARY}", reason=CANARY),
    )  # fmt: skip


def withdrawal(session):
    version = time_log.shown(session, WHO, "ben-t").version
    time_log.withdraw(session, WHO, "ben-t", version, CANARY)


def discarded_timer(session):
    timer.start(session, WHO, "ana")
    open_one = timer.mine(session, WHO)
    timer.keep_draft(session, WHO, open_one.id, {"note": CANARY})
    timer.discard(session, WHO, open_one.id, CANARY)


DEEDS = (status, attempt, revoke, new_phone, work, correction, withdrawal, discarded_timer)


@pytest.mark.parametrize("deed", DEEDS)
def test_free_text_is_not_in_the_log(deed):
    before = len(logged())
    with db.session(write=True) as session:
        deed(session)
    said = logged()
    assert len(said) > before, "the deed is on record"
    assert "CANARY" not in said
    assert "555-0100" not in said


def test_a_reason_of_the_list_is_told():
    known = enrolling.REASONS["declined"][0]
    with db.session(write=True) as session:
        version = enrolling.standing(session, WHO, "eli").version
        wish = StatusWish("declined", TODAY, known)
        enrolling.change_status(session, WHO, "eli", wish, version, TODAY)
    assert f"declined {known}" in logged()


def test_a_refusal_names_no_patient():
    with pytest.raises(CcmError) as refused, db.session(write=True) as session:
        enrolling.standing(session, person("care_manager", "S2"), "ana")
    assert "Alder" not in str(refused.value)
