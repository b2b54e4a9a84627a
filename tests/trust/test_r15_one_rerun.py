"""R15: one look-up of the person serves one rerun, and nothing after it."""

from __future__ import annotations

import pytest

from ccm_core import overlay, tables
from ccm_core.access import sessions
from ccm_core.access.identity import Identity
from ccm_core.errors import NotSignedIn
from ccm_core.overlay import Overlay
from ccm_core.store import db
from pages.parts import guard
from tests.pages.signed_in import open_as

ANA = Identity("u1", "ana", "Ana", "auditor", "hash")


@pytest.fixture(autouse=True)
def store(small_store):
    return small_store


@pytest.fixture(autouse=True)
def _shipped_again():
    yield
    overlay.use(overlay.EMPTY)


@pytest.fixture
def asked(monkeypatch):
    """Every look-up of the session of a rerun."""
    found: list[str] = []
    whole = sessions.resolve

    def resolve(opened, session_hash, now, limits=None):
        found.append(session_hash)
        return whole(opened, session_hash, now, limits)

    monkeypatch.setattr(sessions, "resolve", resolve)
    return found


@pytest.mark.parametrize("page", ["home", "minutes", "pre_flight", "enrollment"])
def test_each_rerun_looks_up_the_person_once(page, asked):
    at = open_as("administrator", page)
    for _ in range(2):
        asked.clear()
        at.run()
        assert not at.exception
        assert len(asked) == 1


def test_a_sign_in_that_ended_draws_nothing_more(asked):
    at = open_as("administrator", "minutes")
    with db.session(write=True) as opened:
        sessions.end(opened, asked[-1], sessions.clock())
    at.run()
    assert not at.title
    assert "Your sign-in has ended" in at.warning[0].value


def test_the_person_is_forgotten_when_the_page_is_drawn_or_stopped(monkeypatch):
    def nobody():
        raise NotSignedIn("Nobody is signed in at this tab.")

    monkeypatch.setattr(guard, "who", nobody)
    with guard.drawing_for(ANA):
        assert guard.reader() is ANA
        with pytest.raises(NotSignedIn):
            guard.check("home", "view")  # what changes something is never asked of the drawing
    with pytest.raises(NotSignedIn):
        guard.reader()
    with pytest.raises(ZeroDivisionError), guard.drawing_for(ANA):
        raise ZeroDivisionError
    with pytest.raises(NotSignedIn):
        guard.reader()


def test_fees_are_those_of_the_beginning_until_the_page_is_drawn():
    """What is worked out for a page is kept under the version that it asked for first."""
    with guard.drawing_for(ANA):
        before = tables.tables_version()
        overlay.use(Overlay("imported by somebody else"))
        assert tables.tables_version() == before
    assert tables.tables_version() != before
