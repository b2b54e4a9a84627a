"""Emergency access on the pages: begun by a named person, with a banner, ended again."""

from __future__ import annotations

import pytest

from ccm_core.access import emergency, sessions, users
from ccm_core.store import db, settings
from tests.pages import small_practice
from tests.pages.page_text import text_of
from tests.pages.signed_in import open_as


@pytest.fixture(autouse=True)
def _store(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    small_practice.fill()
    yield
    db.dispose()


def name_everybody() -> None:
    with db.session(write=True) as session:
        ids = [user.user_id for user in users.listed(session)]
        settings.write_setting(session, emergency.SETTING, ids)


def test_a_named_care_manager_begins_and_ends_it():
    at = open_as("care_manager", "account", "S1")
    assert "Emergency access" not in text_of(at)
    name_everybody()
    at.run()
    next(i for i in at.text_input if i.label == "Reason").set_value("Ambulance asks for the list")
    next(b for b in at.button if b.label == "Begin emergency access").click().run()
    assert not at.exception
    assert "beyond your panel for" in text_of(at)
    next(b for b in at.button if b.label == "End emergency access").click().run()
    assert not at.exception
    assert "beyond your panel for" not in text_of(at)


def test_an_administrator_names_people_and_reviews():
    open_as("care_manager", "", "S1")
    name_everybody()
    with db.session(write=True) as session:
        (ann,) = users.listed(session)
        token = sessions.hash_of(sessions.begin(session, ann.user_id, sessions.clock()))
        who = sessions.resolve(session, token, sessions.clock())
        emergency.begin(session, who, "CANARY-REASON for it", 5, sessions.clock())
    at = open_as("administrator", "users")
    assert "CANARY" in text_of(at)
    next(b for b in at.button if b.label == "Reviewed").click().run()
    assert not at.exception
    assert "CANARY" not in text_of(at)
