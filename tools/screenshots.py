"""Pictures of every page in a real browser, for README and for looking.

    python tools/screenshots.py http://127.0.0.1:8501 docs/screenshots

The server must show the demo practice. Needs Playwright (development
requirements) and a Chromium on this machine.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PAGES = {
    "practice manager": ("home", "enrollment", "minutes", "people", "program_health"),
    "care manager": ("log_time",),
    "billing lead": (
        "pre_flight", "claims", "policies", "rule_book", "tables", "fee_tables", "what_if",
        "imports",
    ),
    "consultant": ("revenue",),
    "auditor": ("access_log", "audit_samples"),
    "administrator": ("users", "settings"),
}  # fmt: skip
SIZE = {"width": 1360, "height": 900}
SETTLE_MS = 1500


def sign_in(browser: Browser, url: str, role: str, scheme: str) -> Page:
    """A signed-in tab of one demo account."""
    page = browser.new_context(viewport=SIZE, color_scheme=scheme).new_page()
    page.goto(f"{url}/sign-in")
    page.get_by_role("button", name=f"Sign in as {role} (demo)").click()
    page.wait_for_selector("[data-testid=stSidebar]", timeout=60_000)
    return page


def take(page: Page, url: str, name: str, to: Path) -> None:
    """One page, when it has come to rest."""
    page.goto(f"{url}/{name}")
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_selector("[data-testid=stStatusWidget]", state="detached", timeout=60_000)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=to, full_page=False)


def main(url: str, folder: str, *wanted: str) -> None:
    """Take the pictures; ``wanted`` names pages, or ``dark``."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    names = set(wanted) - {"dark"}
    scheme = "dark" if "dark" in wanted else "light"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for role, pages in PAGES.items():
            chosen = [p for p in pages if not names or p in names]
            if not chosen:
                continue
            page = sign_in(browser, url, role, scheme)
            for name in chosen:
                take(page, url, name, out / f"{name}{'-dark' if scheme == 'dark' else ''}.png")
                print(name)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
