"""Settings: who changes them, what is refused, whose change stands."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

import pytest

from ccm_core.access.identity import Identity
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.program import practice_settings
from ccm_core.store import access_log, db, reading
from tests.pages import small_practice
from tests.pages.page_text import listing, text_of
from tests.pages.signed_in import open_as

TODAY = date(2026, 11, 21)


pytestmark = pytest.mark.usefixtures("small_store")


def person(role):
    return Identity("u", "u", "U", role, "0" * 64)


def stored():
    with db.session() as session:
        return reading.practice(session)


def save(role="administrator", version=1, **changes):
    values = asdict(stored()) | {"npi": "1234567893"} | changes
    with db.session(write=True) as session:
        return practice_settings.save(session, person(role), values, version, TODAY)


@pytest.mark.parametrize(
    "role", ["practice_manager", "billing_lead", "care_manager", "auditor", "consultant"]
)
def test_only_administrators_change_settings(role):
    with pytest.raises(PermissionDenied):
        save(role, name="Other")
    assert stored().name == "Cedar Hill"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": " "}, "needs a name"),
        ({"npi": "1234567890"}, "last digit"),
        ({"tin": "12345"}, "nine digits"),
        ({"time_zone": "Mars/Olympus"}, "time zone"),
        ({"setting": "tent"}, "setting can be"),
        ({"policy": "none"}, "policy can be"),
        ({"preference": "best"}, "preference can be"),
        ({"locality": "99999-99"}, "MAC-NN"),
        ({"state": "ZZ"}, "two capital letters"),
        ({"access_proof_on": TODAY + timedelta(1)}, "in the future"),
    ],
)
def test_each_wrong_value_has_its_sentence(changes, says):
    with pytest.raises(UsageError, match=says):
        save(**changes)
    assert stored().npi == small_practice.NPI


def test_another_policy_judges_the_months_anew():
    touched = save(policy="strict", access_proof_on=TODAY)
    assert touched.audited == (small_practice.NOVEMBER,)
    assert (stored().policy, stored().access_proof_on) == ("strict", TODAY)
    with db.session() as session:
        entry = access_log.newest(session, action="settings")[0]
    assert entry.reason == "access_proof_on, npi, policy"


def test_a_made_up_number_that_stays_is_not_asked_about():
    assert save(npi=small_practice.NPI, name="Cedar Hill Two").audited == ()
    assert stored().name == "Cedar Hill Two"


def test_another_name_judges_nothing():
    save()
    assert save(version=2, name="Cedar Hill Two").audited == ()


def test_the_second_of_two_is_a_conflict():
    save(name="First")
    with pytest.raises(Conflict):
        save(name="Second")
    assert stored().name == "First"


@pytest.mark.parametrize(("zip5", "says"), [("352", "five digits"), ("00000", "ZIP")])
def test_a_zip_that_is_none(zip5, says):
    with pytest.raises(Exception, match=says):
        practice_settings.locality_by_zip(zip5, TODAY)


def field(at, label):
    return next(e for e in at.text_input if e.label == label)


def press(at, label="Save the settings"):
    next(b for b in at.button if b.label == label).click()
    at.run()
    assert not at.exception


def test_the_page_saves_and_shows_a_conflict():
    at, other = open_as("administrator", "settings"), open_as("administrator", "settings")
    for page, name in ((at, "Mine"), (other, "Theirs")):
        field(page, "Name of the practice").set_value(name)
        field(page, "NPI of the practice").set_value("1234567893")
    press(other)
    assert stored().name == "Theirs"
    press(at)
    assert "Somebody else changed this record" in text_of(at)
    rows = listing(at, "What was shown, what is stored now, and what you typed")
    assert ("Cedar Hill", "Theirs", "Mine") in {(r["before"], r["stored"], r["mine"]) for r in rows}
    press(at, "Save mine over it")
    assert stored().name == "Mine"


def test_the_page_says_what_is_wrong_and_keeps_it_typed():
    at = open_as("administrator", "settings")
    field(at, "NPI of the practice").set_value("1234567890")
    press(at)
    assert "last digit" in text_of(at)
    assert field(at, "NPI of the practice").value == "1234567890"


@pytest.mark.parametrize("role", ["practice_manager", "auditor"])
def test_readers_read(role):
    at = open_as(role, "settings")
    assert not at.exception
    assert "Cedar Hill" in text_of(at)
    assert not [b for b in at.button if b.label == "Save the settings"]


def test_a_zip_finds_its_locality():
    at = open_as("administrator", "settings")
    at.text_input(key="settings_zip").set_value("35203").run()
    assert "10112-00" in text_of(at)
