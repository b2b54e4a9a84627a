"""R06, R07, R08, R54 in a real browser: tabs leave, scripts see nothing, nothing goes elsewhere."""

from __future__ import annotations

import sqlite3
import time
from urllib.parse import urlencode

import pytest

from tests.trust.live import Server

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("live"))
    made.prepare()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def tab(browser, server):
    """A fresh browser profile, signed in as the demo practice manager."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/home?chart=1")
    page.get_by_role("button", name="Sign in as practice manager (demo)").click()
    page.get_by_text("CANARY-PATIENT").wait_for(timeout=30_000)
    yield page
    context.close()


def test_charts_tables_and_components_run_under_the_policy(browser, server):
    page = browser.new_context().new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/home?chart=1")
    page.get_by_role("button", name="Sign in as practice manager (demo)").click()
    page.get_by_text("RAN").wait_for(timeout=30_000)
    page.locator(
        "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
    ).first.wait_for()
    assert page.url == f"{server.url}/?chart=1", "the way back keeps page and filters"
    assert not [text for text in said if "Content Security Policy" in text]
    own = (server.url, server.url.replace("http", "ws"), "data:", "blob:")
    assert not [url for url in asked if not url.startswith(own)]


STORED = (
    "https://evil.example/x HTTP://evil.example www.evil.example Www.evil.example a@evil.example "
    "mailto:a@evil.example xmpp:a@evil.example :material/home: :streamlit: :Streamlit: :smile: "
    ":red[x] [c](//evil.example) ![b](//evil.example) <//evil.example> &#36;5 $x$ "
    "a.b-c+d@evil.example"
)


def test_a_stored_text_becomes_no_link_and_no_picture(tab, server):
    """The browser makes links of addresses after it has read the backslashes of Markdown."""
    tab.goto(f"{server.url}/home?{urlencode({'stored': STORED})}")
    tab.get_by_text("DRAWN").wait_for(timeout=30_000)
    drawn = tab.locator("[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]")
    drawn = drawn.filter(has_text="evil.example")
    assert drawn.count() == 2
    for one in drawn.all():
        assert one.locator("a, img, svg, [role=img], .katex").count() == 0
        assert one.inner_text().replace("\u2060", "") == STORED


def test_scripts_cannot_read_the_token(tab):
    assert "ccm_session" not in tab.evaluate("document.cookie")


def test_signing_out_in_one_tab_empties_the_other(tab, server):
    other = tab.context.new_page()
    other.goto(f"{server.url}/")
    other.get_by_text("CANARY-PATIENT").wait_for(timeout=30_000)
    tab.get_by_text("Sign out").click()
    tab.wait_for_url("**/sign-in?why=out")
    other.wait_for_url("**/sign-in?why=ended**", timeout=10_000)
    assert "CANARY" not in other.content()
    other.go_back()
    assert "CANARY" not in other.content()


def test_an_ended_sign_in_empties_the_screen_without_a_click(tab, server):
    with sqlite3.connect(server.folder.parent / "var" / "ccm.sqlite3", timeout=15) as db:
        db.execute("UPDATE login_session SET revoked_at = 1 WHERE revoked_at IS NULL")
    tab.wait_for_url("**/sign-in?why=ended**", timeout=15_000)
    assert "CANARY" not in tab.content()


def test_a_warning_comes_a_minute_before_the_idle_limit(tab, server):
    with sqlite3.connect(server.folder.parent / "var" / "ccm.sqlite3", timeout=15) as db:
        db.execute(
            "UPDATE login_session SET last_seen_at = ? WHERE revoked_at IS NULL",
            (int(time.time()) - 15 * 60 + 45,),
        )
    tab.get_by_role("alert").get_by_text("you will be signed out").wait_for(timeout=10_000)
    tab.get_by_role("button", name="Stay signed in").click()
    tab.get_by_text("you will be signed out").wait_for(state="detached", timeout=10_000)
    assert "CANARY-PATIENT" in tab.content()
