"""Status, outreach, consent: who may, what is refused, what is on record."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from ccm_core import records
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.program import consent_files, consenting, enrolling
from ccm_core.program.call_script import call_script
from ccm_core.program.consent_files import Upload
from ccm_core.program.consenting import ConsentWish
from ccm_core.program.enrolling import Attempt, StatusWish
from ccm_core.store import caring, db, reading, writing
from ccm_core.store.queries import findings_of, stalled
from ccm_core.store.schema import AccessLog
from tests.pages.small_practice import NOVEMBER, NPI, OTHER, PRACTICE

TODAY = date(2026, 11, 21)
ALL = frozenset(records.CONSENT_ELEMENTS)

pytestmark = pytest.mark.usefixtures("practice")


def wish(**changes):
    return ConsentWish(**{"on": TODAY, "mode": "verbal", "elements": ALL, "npi": NPI,
                          "taken_by": "S1"} | changes)  # fmt: skip


def logged(action):
    with db.session() as session:
        found = session.exec(select(AccessLog).where(AccessLog.action == action)).all()
        return [(row.object_id, row.role) for row in found]


def patient(patient_id):
    with db.session() as session:
        return reading.patient(session, patient_id)


def do(service, who, *given):
    with db.session(write=True) as session:
        return service(session, who, *given)


MAY_EDIT = {
    "administrator": True, "practice_manager": True, "care_manager": True,
    "billing_lead": False, "auditor": False, "consultant": False,
}  # fmt: skip


@pytest.mark.parametrize(("role", "may"), MAY_EDIT.items())
def test_who_may_work_on_enrollment(person, role, may):
    who = person(role, "S1")
    calls = (
        lambda: do(enrolling.change_status, who, "eli", StatusWish("paused", TODAY, "away"), 1,
                   TODAY),
        lambda: do(enrolling.note_attempt, who, "eli", Attempt(TODAY, "phone", "no_answer"), TODAY),
        lambda: do(consenting.take, who, "eli", wish(), 2, TODAY),
    )  # fmt: skip
    for call in calls:
        if may:
            call()
        else:
            with pytest.raises(PermissionDenied):
                call()
    assert bool(logged("status")) is bool(logged("consent")) is bool(logged("outreach")) is may
    assert patient("eli").status == ("consented" if may else "invited")


def test_another_panel_is_refused(person):
    with pytest.raises(PermissionDenied, match="panel"):
        do(consenting.take, person("care_manager", "S1"), "fay", wish(), 1, TODAY)
    assert patient("fay").status == "eligible"


def test_a_status_has_its_reason_and_history(person):
    who = person("practice_manager")
    do(enrolling.change_status, who, "eli",
       StatusWish("declined", TODAY, "cost share", TODAY + timedelta(30)), 1, TODAY)  # fmt: skip
    with db.session() as session:
        now = enrolling.standing(session, who, "eli")
    assert (now.patient.status, now.version) == ("declined", 2)
    assert [(c.status, c.reason) for c in now.changes] == [
        ("declined", "cost share"), ("invited", ""),
    ]  # fmt: skip
    assert now.next_on == TODAY + timedelta(30)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (StatusWish("declined", TODAY), "needs a reason"),
        (StatusWish("paused", TODAY + timedelta(1), "away"), "22 Nov 2026"),
        (StatusWish("consented", TODAY), "recording the consent"),
        (StatusWish("paused", TODAY, "away", TODAY - timedelta(1)), "in the past"),
        (StatusWish("paused", TODAY, "x" * 501), "at most 500"),
        (StatusWish("invited", TODAY), "has this status already"),
    ],
)
def test_a_status_that_cannot_be(person, asked, says):
    with pytest.raises(UsageError, match=says):
        do(enrolling.change_status, person("practice_manager"), "eli", asked, 1, TODAY)
    assert not logged("status")


def test_a_change_before_a_later_one_is_history_only(person):
    who = person("practice_manager")
    do(enrolling.change_status, who, "eli", StatusWish("declined", TODAY, "privacy"), 1, TODAY)
    do(enrolling.change_status, who, "eli",
       StatusWish("paused", TODAY - timedelta(5), "away"), 2, TODAY)  # fmt: skip
    assert patient("eli").status == "declined"


def test_death_sets_the_day_and_a_mistake_takes_it_back(person):
    who = person("practice_manager")
    do(enrolling.change_status, who, "eli", StatusWish("deceased", TODAY), 1, TODAY)
    assert patient("eli").died_on == TODAY
    do(enrolling.change_status, who, "eli", StatusWish("invited", TODAY, "mistake"), 2, TODAY)
    assert patient("eli").died_on is None


def test_the_second_of_two_people_gets_a_conflict_and_nothing_is_lost(person):
    first, second = person("practice_manager"), person("administrator")
    do(enrolling.change_status, first, "eli", StatusWish("declined", TODAY, "privacy"), 1, TODAY)
    with pytest.raises(Conflict):
        do(enrolling.change_status, second, "eli", StatusWish("paused", TODAY, "away"), 1, TODAY)
    with pytest.raises(Conflict):
        do(consenting.take, second, "eli", wish(), 1, TODAY)
    assert patient("eli").status == "declined"
    assert len(logged("status")) == 1
    assert not logged("consent")


def test_attempts_set_the_next_date_of_the_list(person):
    who = person("care_manager", "S1")
    later = TODAY + timedelta(7)
    do(enrolling.note_attempt, who, "eli",
       Attempt(TODAY, "phone", "call_back", "after lunch", later), TODAY)  # fmt: skip
    with db.session() as session:
        page = stalled(session, PRACTICE, NOVEMBER, "consented", today=TODAY)
        assert {row.patient_id: row.next_on for row in page.rows}["eli"] == later
        assert [a.note for a in caring.outreach_of(session, PRACTICE, "eli")] == ["after lunch"]
    with pytest.raises(UsageError, match="today is"):
        do(enrolling.note_attempt, who, "eli", Attempt(later, "phone", "sent"), TODAY)


def test_the_first_attempt_invites(person):
    do(enrolling.note_attempt, person("practice_manager"), "fay",
       Attempt(TODAY, "letter", "sent"), TODAY)  # fmt: skip
    assert patient("fay").status == "invited"


@pytest.mark.parametrize("mode", ["verbal", "written"])
def test_a_consent_makes_the_patient_consented(person, mode):
    who = person("care_manager", "S1")
    given = TODAY - timedelta(3)
    consent_id = do(consenting.take, who, "eli", wish(on=given, mode=mode), 1, TODAY)
    with db.session() as session:
        found = consenting.consents(session, who, "eli", TODAY)
        rules = {f.rule for f in findings_of(session, PRACTICE, "eli", NOVEMBER)}
    assert [h.consent.consent_id for h in found.held] == [consent_id]
    assert (found.standing.patient.status, found.renew) == ("consented", "")
    assert (found.held[0].consent.given_on, found.held[0].consent.mode) == (given, mode)
    assert "C01" not in rules
    assert logged("consent") == [(consent_id, "care_manager")]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"on": TODAY + timedelta(1)}, "today is 21 Nov 2026"),
        ({"elements": ALL - {"right_to_stop"}}, "stop at any time"),
        ({"elements": frozenset()}, "cost sharing"),
        ({"mode": "implied"}, "verbal or written"),
        ({"npi": "1"}, "who bills"),
        ({"taken_by": "nobody"}, "who took it"),
    ],
)
def test_a_consent_that_does_not_hold_is_refused(person, changes, says):
    with pytest.raises(UsageError, match=says):
        do(consenting.take, person("practice_manager"), "eli", wish(**changes), 1, TODAY)
    assert patient("eli").status == "invited"
    assert not logged("consent")


def test_a_revocation_ends_with_its_month(person):
    who = person("practice_manager")
    ends = do(consenting.revoke, who, "ana", "ana-c", 1, TODAY, "too many calls", TODAY)
    assert ends == date(2026, 11, 30)
    assert patient("ana").status == "unenrolled"
    with db.session() as session:
        found = consenting.consents(session, who, "ana", TODAY)
        rules = {f.rule for f in findings_of(session, PRACTICE, "ana", NOVEMBER)}
    assert found.held[0].ends_on == ends
    assert "ends on 30 Nov 2026" in found.renew
    assert not found.is_renewal_needed
    assert "C10" in rules
    with pytest.raises(Conflict):
        do(consenting.revoke, who, "ana", "ana-c", 2, TODAY, "again", TODAY)


@pytest.mark.parametrize(
    ("on", "reason", "says"),
    [
        (TODAY + timedelta(1), "moved", "today is"),
        (date(2026, 1, 1), "moved", "before the consent"),
        (TODAY, " ", "reason"),
    ],
)
def test_a_revocation_that_cannot_be(person, on, reason, says):
    with pytest.raises(UsageError, match=says):
        do(consenting.revoke, person("practice_manager"), "ana", "ana-c", 1, on, reason, TODAY)


def test_a_new_practitioner_needs_a_new_consent(person):
    who = person("practice_manager")
    with db.session(write=True) as session:
        old = reading.records_of(session, records.Consent, "cam")[0]
        writing.save(session, PRACTICE, [records.Consent(
            old.consent_id, "cam", old.given_on, "verbal", ALL, NPI, "S2")])  # fmt: skip
    with db.session() as session:
        found = consenting.consents(session, who, "cam", TODAY)
    assert found.is_renewal_needed
    assert "another practitioner" in found.renew
    do(consenting.take, who, "cam", wish(npi=OTHER), found.standing.version, TODAY)
    with db.session() as session:
        found = consenting.consents(session, who, "cam", TODAY)
    assert (found.renew, len(found.held)) == ("", 2)


PDF = b"%PDF-1.7 signed by the patient"


def test_a_signed_form_is_sealed_and_comes_back(person, monkeypatch):
    who = person("practice_manager")
    upload = Upload("../../scan of <b>.exe.pdf", PDF)
    do(consenting.take, who, "eli", wish(mode="written"), 1, TODAY, upload)
    with db.session() as session:
        facts = caring.consent_files(session, PRACTICE, "eli")[0]
        stored = caring.consent_file(session, PRACTICE, "eli", facts.id)
    assert facts.name == "scan of -b-.exe.pdf"
    assert "%PDF" not in stored.sealed
    assert (facts.mime, facts.size_bytes) == ("application/pdf", len(PDF))
    assert consent_files.fetch(who, "eli", facts.id) == PDF
    assert logged("fetch") == [(str(facts.id), "practice_manager")]
    with pytest.raises(UsageError, match="not there"):
        consent_files.fetch(who, "ana", facts.id)
    with pytest.raises(PermissionDenied):
        consent_files.fetch(person("care_manager", "S2"), "eli", facts.id)
    with pytest.raises(PermissionDenied):
        consent_files.fetch(person("consultant"), "eli", facts.id)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "bytes"),
        (b"%PDF-" + b"0" * 5_000_000, "lower resolution"),
        (b"MZ\x90 a program", "neither a PDF"),
        (b"<html>", "neither a PDF"),
    ],
)
def test_a_file_that_is_not_a_form_is_refused_with_its_consent(person, content, says):
    with pytest.raises(UsageError, match=says):
        do(consenting.take, person("practice_manager"), "eli", wish(), 1, TODAY,
           Upload("form.pdf", content))  # fmt: skip
    assert patient("eli").status == "invited"


def script_of(person, *payers):
    with db.session(write=True) as session:
        writing.save(session, PRACTICE, list(payers))
    with db.session() as session:
        return call_script(session, person("practice_manager"), "eli", TODAY)


def test_the_script_names_conditions_and_the_share(person):
    script = script_of(person)
    text = " ".join(said for _, said in script.lines)
    assert "Diabetes and Hypertension" in text
    assert script.cost == "medicare"
    assert script.share_usd is not None
    assert f"${script.share_usd}" in text
    assert "{" not in text
    assert [part for part, _ in script.lines if part.startswith("cost")] == ["cost_medicare"]


def test_a_qmb_patient_has_nothing_to_pay(person):
    payer = records.Payer("eli-m", "eli", "medicare", from_on=date(2020, 1, 1), is_qmb=True)
    script = script_of(person, payer)
    said = dict(script.lines)["cost_qmb"]
    assert "nothing to pay" in said
    assert "$" not in said
    assert script.share_usd == 0


@pytest.mark.parametrize("kind", ["medicare_advantage", "commercial", "medicaid", "unknown"])
def test_no_amount_is_promised_for_other_payers(person, kind):
    payer = records.Payer("eli-m", "eli", kind, from_on=date(2020, 1, 1))
    script = script_of(person, payer)
    assert script.cost == kind
    assert "$" not in dict(script.lines)[f"cost_{kind}"]
