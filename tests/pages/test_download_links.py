"""A link to a file belongs to the tab that shows it."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from tests.pages.signed_in import ROUTER, open_as


def links(at):
    """The addresses of the files that a page offers."""
    assert not at.exception
    return set(re.findall(r"/download/[\w-]+", " ".join(one.proto.body for one in at.get("html"))))


def test_two_tabs_of_one_sign_in_offer_files_of_their_own(small_store):
    first = open_as("consultant", "revenue")
    second = AppTest.from_file(str(ROUTER), default_timeout=60)
    second.user = dict(first.user)
    second.run()
    second.switch_page("revenue.py").run()
    assert links(first)
    assert links(second)
    assert not links(first) & links(second)


def test_a_tab_keeps_its_links_while_nobody_follows_them(small_store):
    at = open_as("consultant", "revenue")
    before = links(at)
    assert before
    assert links(at.run()) == before
