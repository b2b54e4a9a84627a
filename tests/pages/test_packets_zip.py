"""The packets of a month are made in sight, can be stopped, and are fetched by a link."""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import contextmanager

import pytest

from ccm_core import working as core
from ccm_core.access.downloads import DESK
from ccm_core.errors import UsageError
from ccm_core.program import packets
from ccm_core.store import access_log, db
from pages.parts import packets_zip
from tests.pages import claims_made
from tests.pages.page_text import text_of
from tests.pages.signed_in import open_as

BUTTON = "Make the audit packets of every billed patient"


@pytest.fixture
def page(small_store):
    claims_made.fill()
    return open_as("billing_lead", "claims", view="run", month="2026-10")


def press(at):
    next(one for one in at.button if one.label == BUTTON).click()
    at.run()
    assert not at.exception
    return at


def links(at):
    """The link to the packets, where there is one."""
    drawn = [one.proto.body for one in at.get("html") if "Audit packets" in one.proto.body]
    return re.findall(r"/download/([\w-]+)", " ".join(drawn))


def names(content):
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def exports():
    with db.session() as opened:
        return [one for one in access_log.newest(opened, 50) if one.object_type == "packets"]


def test_they_are_made_by_a_button_and_fetched_once(page):
    assert not links(page)
    press(page)
    assert "2 packets of" in text_of(page)
    (token,) = links(page)
    assert len(exports()) == 1
    offer = DESK._offers[token]
    content = offer.make()
    assert len(names(content)) == 3
    assert packets.MANIFEST in names(content)
    assert len(exports()) == 1, "they were made before"
    assert names(offer.make()) == names(content), "a second time they are made anew"
    assert len(exports()) == 2


def test_the_link_belongs_to_its_month(page):
    press(page)
    page.query_params["month"] = "2026-09"
    page.run()
    assert not links(page)


def test_how_far_they_are_is_told_and_a_stop_leaves_nothing(page, monkeypatch):
    """Whoever stops ends the run at its next step, as any error here does."""
    told = []

    @contextmanager
    def shown(title):
        def listen(what, done, total):
            told.append((title, what, done, total))
            raise UsageError("Stopped here.")

        with core.heard(listen):
            yield

    monkeypatch.setattr(packets_zip.working, "shown", shown)
    press(page)
    assert told == [("Audit packets", "Packets made", 1, 2)]
    assert not exports()
    assert not links(page)


def test_a_month_without_claims_says_so(small_store):
    at = press(open_as("billing_lead", "claims", view="run", month="2026-07"))
    assert "no patient was billed" in text_of(at)
    assert "2026-07" not in text_of(at)
    assert not links(at)


def test_the_file_goes_with_the_tab(page):
    press(page)
    (token,) = links(page)
    held = page.session_state["packets_held"]
    assert held.content
    assert DESK._offers[token].make.args[0]() is held
