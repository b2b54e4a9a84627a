"""A practice with a clock that stands still, and people who work in it with a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong
from sqlmodel import Session

from ccm_core import audit
from ccm_core.audit import Outcome
from ccm_core.exchange.exporting import cases_with_signals
from ccm_core.months import Month
from ccm_core.store import db, reading
from tests.trust.live import Server

PASSWORD = "four unrelated green words"
ZONE = ZoneInfo("America/New_York")
PATIENCE_MS = 60_000
QUIET_MS = 350
TRIES = 6
expect.set_options(timeout=PATIENCE_MS)  # five seconds are too few on a busy machine

# Appended to the copy of ccm_core/months.py that the server runs: the test moves the hands.
HANDS = '''

def utc_now() -> datetime:
    """What the test says."""
    import pathlib
    return datetime.fromtimestamp(int(pathlib.Path({file!r}).read_text()), UTC)
'''


class Practice:
    """A server over a copy of the project, whose clock a test sets."""

    def __init__(self, folder: Path, prepare: str, at: datetime, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.hands = folder / "clock"
        self.server = Server(folder, keep_pages=True, CCM_IDLE_MINUTES="60", **environment)
        self.url = f"sqlite:///{folder / 'var' / 'ccm.sqlite3'}"
        months = self.server.folder / "ccm_core" / "months.py"
        months.write_text(months.read_text() + HANDS.format(file=str(self.hands)))
        self.set(at)
        self.server.prepare(prepare)
        self.server.start()

    def set(self, at: datetime) -> None:
        """Put the clock of the practice to a moment. The file is never seen half-written."""
        new = self.hands.with_suffix(".new")
        new.write_text(str(int(at.timestamp())))
        new.replace(self.hands)

    def move(self, seconds: int) -> None:
        self.set(datetime.fromtimestamp(int(self.hands.read_text()) + seconds, UTC))

    @contextmanager
    def store(self) -> Iterator[Session]:
        with db.session(self.url) as opened:
            yield opened

    def outcome(self, patient_id: str, month: Month) -> Outcome:
        """What the core says of a month, worked out here from the records."""
        with self.store() as opened:
            practice = reading.practice(opened)
            assert practice is not None
            (case,) = cases_with_signals(opened, practice, month, [patient_id])
            return audit.audit_case(case, audit.policy_of(case))


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser: Browser, practice: Practice, username: str) -> None:
        self.practice = practice
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1360, "height": 1400}, accept_downloads=True
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.tab: Page = self.context.new_page()
        self.tab.goto(f"{practice.server.url}/sign-in")
        self.tab.get_by_label("User name").fill(username)
        self.tab.get_by_label("Password").fill(PASSWORD)
        self.tab.get_by_role("button", name="Sign in", exact=True).click()
        self.rest()

    def rest(self) -> None:
        """Until the page has a title and no run of it is under way."""
        self.tab.wait_for_selector("h1")
        self.tab.wait_for_timeout(QUIET_MS)
        self.tab.wait_for_function(
            "() => document.querySelector('[data-testid=stApp]')"
            "?.getAttribute('data-test-script-state') !== 'running'"
        )
        self.tab.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
        self.tab.wait_for_selector("[data-stale=true]", state="detached")

    def go(self, page: str) -> None:
        self.tab.goto(f"{self.practice.server.url}/{page}")
        self.rest()

    def patient(self, name: str, tab: str = "", page: str = "minutes") -> None:
        """Open a patient by a click in a list, and a tab of the patient page."""
        self.go(page)
        self.tab.locator(".listing a", has_text=name).first.click()
        self.tab.get_by_role("heading", name=name).wait_for()
        self.rest()
        if tab:
            self.part(tab)

    def part(self, tab: str) -> None:
        self.tab.get_by_role("tab", name=tab, exact=True).click()
        self.rest()

    def press(self, button: str) -> None:
        self.tab.get_by_role("button", name=button, exact=True).locator("visible=true").click()
        self.rest()

    def unfold(self, title: str) -> None:
        """Open an expander, if it is not open."""
        found = self.tab.locator("details", has=self.tab.locator("summary", has_text=title)).first
        if found.get_attribute("open") is None:
            found.locator("summary").click()
        self.rest()

    def field(self, label: str) -> Locator:
        return self.tab.get_by_label(label, exact=True).locator("visible=true").first

    def write(self, label: str, text: str) -> None:
        self.field(label).fill(text)
        self.field(label).press("Tab")
        self.rest()

    def tick(self, label: str) -> None:
        self.tab.locator("[data-testid=stCheckbox]:visible", has_text=label).locator(
            "label"
        ).first.click()
        self.rest()

    def pick(self, label: str, option: str, within: str = "body") -> None:
        """Choose in a selection: open it, click the option."""
        box = self.tab.locator(within).locator("[data-testid=stSelectbox]:visible").filter(
            has=self.tab.locator("label", has_text=label)
        ).first  # fmt: skip
        offered = self.tab.get_by_role("option", name=option).first
        for _ in range(TRIES):
            box.locator("input").click()
            try:
                offered.click(timeout=PATIENCE_MS // TRIES)
                break
            except TookTooLong:  # a late rerun has drawn the selection anew
                self.tab.keyboard.press("Escape")
        else:
            raise AssertionError(f"{label!r} offers no {option!r}")
        self.rest()

    def day(self, label: str, on: date) -> None:
        """Type a day into a date field, part by part, as a person does."""
        self._type("stDateInput", label, f"{on:%m%d%Y}")

    def at(self, label: str, clock: str) -> None:
        """Type a time like ``14:00``."""
        self._type("stTimeInput", label, clock.replace(":", ""))

    def _type(self, kind: str, label: str, digits: str) -> None:
        box = self.tab.locator(f"[data-testid={kind}]:visible").filter(
            has=self.tab.locator("label", has_text=label)
        ).first  # fmt: skip
        box.locator("[role=spinbutton]").first.focus()
        self.tab.keyboard.type(digits)
        self.tab.keyboard.press("Escape")  # the calendar covers what lies below it
        self.tab.keyboard.press("Tab")
        self.rest()

    def text(self) -> str:
        """What the page says."""
        return self.tab.locator("[data-testid=stMain]").inner_text()

    def row(self, name: str, table: str = "") -> str:
        """The row of a list that a name stands in."""
        where = self.tab.locator(".listing table", has_text=table) if table else self.tab
        return where.locator("tbody tr", has_text=name).first.inner_text()

    def close(self) -> None:
        self.context.close()
