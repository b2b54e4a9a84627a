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


def test_a_phone_keeps_the_patient_in_sight_and_cuts_no_choice(tab, server):
    """Lists scroll sideways there: the first column stays, and no row of buttons is cut."""
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{server.url}/minutes")
    first, last = tab.locator("tbody td").first, tab.locator("tbody tr").first.locator("td").last
    first.wait_for()
    before, far = first.bounding_box()["x"], last.bounding_box()["x"]
    tab.locator(".listing").first.evaluate("list => { list.scrollLeft = 200 }")
    assert abs(first.bounding_box()["x"] - before) <= 1
    assert far - last.bounding_box()["x"] >= 150
    for choices in tab.locator("[role=radiogroup]").all():
        assert choices.evaluate("row => row.scrollWidth <= row.clientWidth + 1")
    tab.goto(f"{server.url}/pre_flight")
    tab.get_by_text("What keeps claims back").wait_for()
    for link in tab.locator("[data-testid=stPageLink-NavLink] p:visible").all():
        assert link.evaluate("words => words.scrollWidth <= words.parentElement.clientWidth + 1")
    bar = tab.get_by_role("img", name="Claims: clean")
    assert bar.evaluate(
        "bar => [...bar.children].every(part => [...part.querySelectorAll('span')].every(text => "
        "text.offsetTop >= part.offsetTop + part.offsetHeight"
        " || text.offsetWidth <= part.offsetWidth + 1))"
    )


def test_the_number_of_a_claim_stays_on_one_line(tab, server):
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.goto(f"{server.url}/claims?view=rework")
    tab.locator("tbody a").first.wait_for()
    lines = tab.locator("tbody a").evaluate_all("all => all.map(a => a.getClientRects().length)")
    assert set(lines) == {1}
    listing = tab.locator(".listing").first
    assert listing.evaluate("list => list.scrollWidth <= list.clientWidth + 1")
