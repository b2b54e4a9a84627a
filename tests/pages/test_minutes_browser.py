"""Minutes in a real browser: a heading sorts on the server, a row opens, a reload keeps it."""

from __future__ import annotations

import re

import pytest

from tests.trust.live import Server

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WITH_PATIENTS = """
from ccm_core import demo
from ccm_core.store import db

db.migrate()
with db.session(write=True) as opened:
    demo.load(opened)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("live"), keep_pages=True)
    made.prepare(WITH_PATIENTS)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def tab(chromium_path, server):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1200})
        page.goto(f"{server.url}/minutes")
        page.get_by_role("button", name="Sign in as practice manager (demo)").click()
        page.locator("table a").first.wait_for(timeout=30_000)
        yield page
        browser.close()


def test_a_heading_sorts_and_a_row_opens_its_patient(tab, server):
    tab.goto(f"{server.url}/minutes")
    tab.locator("th button").first.click()
    tab.wait_for_url(re.compile("sort=name"))
    tab.locator("th[aria-sort=ascending]", has_text="Patient").wait_for()
    names = tab.locator("table a")
    shown = names.all_inner_texts()
    families = [name.split(",")[0] for name in shown]
    assert families == sorted(families)
    assert 100 >= len(shown) > 10
    first = shown[0]
    names.first.click()
    tab.wait_for_url(re.compile("/patient"))
    tab.get_by_role("heading", name=first).wait_for()
    assert "DEMO" not in tab.url
    assert first.split(",")[0].lower() not in tab.url.lower()
    assert tab.title() == "Patient"
    tab.reload()
    tab.get_by_role("heading", name=first).wait_for()


def test_filters_survive_a_reload_and_a_wide_row_a_phone(tab, server):
    tab.goto(f"{server.url}/minutes?reach=within&sort=-minutes")
    tab.locator("table a").first.wait_for()
    before = tab.locator("table a").all_inner_texts()
    tab.reload()
    tab.locator("table a").first.wait_for()
    assert tab.locator("table a").all_inner_texts() == before
    tab.set_viewport_size({"width": 400, "height": 800})
    tab.wait_for_timeout(500)
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 400
