"""How long sign-ins last and when a timer asks: set on a page, in force at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ccm_core.access import sessions
from ccm_core.access.identity import Identity
from ccm_core.errors import Conflict, NotSignedIn, PermissionDenied, UsageError
from ccm_core.program import work_settings
from ccm_core.store import db
from tests.pages import small_practice
from tests.pages.page_text import text_of
from tests.pages.signed_in import open_as, sign_in

TODAY = small_practice.NOW.date()
GOOD = {"idle_minutes": 5, "hours": 8, "timer_minutes": 30}


pytestmark = pytest.mark.usefixtures("small_store")


def person(role: str = "administrator") -> Identity:
    return Identity("u", "u", "U", role, "0" * 64)


def save(values, version: int = 0, role: str = "administrator") -> None:
    with db.session(write=True) as session:
        work_settings.save(session, person(role), values, version)


def shown():
    with db.session() as session:
        return work_settings.shown(session, person("auditor"), TODAY)


def test_open_sign_ins_follow_at_once():
    signed_in = sign_in("auditor")
    now = sessions.clock()
    later = now + timedelta(minutes=6)
    with db.session() as session:
        assert sessions.resolve(session, signed_in, later)
    save(GOOD)
    with db.session() as session:
        assert sessions.resolve(session, signed_in, now + timedelta(minutes=4))
        with pytest.raises(NotSignedIn):
            sessions.resolve(session, signed_in, later)
        assert not sessions.live(session, [signed_in], later)
        # The choice goes before what the server was started with.
        assert sessions.limits_in_force(session, sessions.Limits()).absolute == timedelta(hours=8)


def test_without_a_choice_the_start_of_the_server_counts(monkeypatch):
    monkeypatch.setenv("CCM_IDLE_MINUTES", "20")
    assert shown() == ({"idle_minutes": 20, "hours": 12, "timer_minutes": 45}, 0)


@pytest.mark.parametrize(
    "wrong", [{"idle_minutes": 0}, {"idle_minutes": 61}, {"hours": 25}, {"timer_minutes": None}]
)
def test_what_is_refused(wrong):
    with pytest.raises(UsageError, match="whole number from 1 to"):
        save(GOOD | wrong)
    assert shown()[1] == 0


def test_whose_change_stands_and_who_may():
    save(GOOD)
    with pytest.raises(Conflict):
        save(GOOD | {"hours": 9})
    with pytest.raises(PermissionDenied):
        save(GOOD, shown()[1], "practice_manager")
    assert shown()[0] == GOOD


def test_an_administrator_sets_them_on_the_page_and_the_timer_follows():
    at = open_as("administrator", "settings")
    box = next(b for b in at.number_input if b.label.startswith("Minutes until a running"))
    box.set_value(10)
    next(b for b in at.button if b.label == "Save").click().run()
    assert not at.exception
    assert "Sign-ins follow at once" in text_of(at)
    with db.session() as session:
        assert work_settings.warn_minutes(session, TODAY) == 10
    assert "10" in text_of(open_as("auditor", "settings"))
