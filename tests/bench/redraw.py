"""From a changed input to the new chart, in a real browser: ``python -m tests.bench.redraw URL``.

The server must show the demo practice (``ccm demo``). Signs in as consultant, opens Revenue
and changes one input after the other. The clock is the browser's own: it starts when a choice
is clicked and stops at the frame in which the first number, and the first chart, show something
else. The band of simulated futures comes later and is not in these times. Beside them, until the
page has come to rest: processor time of the browser's page (and of the server, with ``--pid``),
bytes and messages over the websocket. Where other programs run, compare processor time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, WebSocket, sync_playwright

SIZE = {"width": 1360, "height": 900}
PATIENCE_MS, LOOK_MS, SETTLE_MS = 60_000, 100, 2_500
CHANGES = (
    ("Horizon", ("12 months", "24 months", "36 months")),
    ("Who does the work", ("Outsourced", "In-house")),
    ("Setting", ("Facility", "Office")),
)
# At every frame: the first number, and the curve of the first chart.
WATCH = """() => {
  const number = () => document.querySelector('[data-testid=stMetricValue]')?.textContent ?? '';
  const chart = () => [...(document.querySelector('[data-testid=stVegaLiteChart]')
    ?.querySelectorAll('svg .mark-line path') ?? [])].map(path => path.getAttribute('d')).join();
  const before = {number: number(), chart: chart()};
  window.redrawn = {};
  document.addEventListener('click', () => {
    const began = performance.now();
    const look = () => {
      for (const [name, now] of [['number', number()], ['chart', chart()]])
        if (now && now !== before[name] && !(name in window.redrawn))
          window.redrawn[name] = performance.now() - began;
      if (Object.keys(window.redrawn).length < 2) requestAnimationFrame(look);
    };
    look();
  }, {capture: true, once: true});
}"""


class Line:
    """What came over the websockets of a page since the last look."""

    def __init__(self, page: Page) -> None:
        self.bytes = self.messages = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, frame: Any) -> None:
        self.bytes += len(frame)
        self.messages += 1

    def taken(self) -> tuple[int, int]:
        found, self.bytes, self.messages = (self.bytes, self.messages), 0, 0
        return found


class Clock:
    """Processor milliseconds of the page and, where its number is known, of the server."""

    def __init__(self, page: Page, pid: int | None) -> None:
        self._page = page.context.new_cdp_session(page)
        self._page.send("Performance.enable")
        self._stat = Path(f"/proc/{pid}/stat") if pid else None

    def read(self) -> dict[str, float]:
        found = self._page.send("Performance.getMetrics")["metrics"]
        spent = {"page": next(m["value"] for m in found if m["name"] == "ProcessTime") * 1000}
        if self._stat:
            ticks = self._stat.read_text().rsplit(")", 1)[1].split()[11:13]
            spent["server"] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") * 1000
        return spent


def change(
    page: Page, line: Line, clock: Clock, label: str, value: str
) -> tuple[dict[str, float], int, int]:
    """Choose one value; milliseconds to number and chart, of processors, bytes and messages."""
    page.get_by_role("combobox", name=label).first.click()
    option = page.get_by_role("option", name=value, exact=True)
    option.wait_for()
    line.taken()
    page.evaluate(WATCH)
    before = clock.read()
    option.click()
    # The page's content policy forbids what wait_for_function does.
    for _ in range(PATIENCE_MS // LOOK_MS):
        if "chart" in page.evaluate("window.redrawn"):
            break
        page.wait_for_timeout(LOOK_MS)
    page.wait_for_timeout(SETTLE_MS)
    spent = {name: now - before[name] for name, now in clock.read().items()}
    return {**page.evaluate("window.redrawn"), **spent}, *line.taken()


def main() -> None:
    """Sign in, change inputs, print one line for each and the medians."""
    asked = argparse.ArgumentParser(prog="redraw", description=__doc__.splitlines()[0])
    asked.add_argument("url")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--pid", type=int, help="The server's process, for its processor time.")
    given = asked.parse_args()
    with sync_playwright() as play:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(viewport=SIZE).new_page()
        line = Line(page)
        page.goto(f"{given.url}/sign-in")
        page.get_by_role("button", name="Sign in as consultant (demo)").click()
        page.wait_for_selector("[data-testid=stSidebar]", timeout=PATIENCE_MS)
        page.goto(f"{given.url}/revenue")
        page.wait_for_selector("[data-testid=stVegaLiteChart] svg", timeout=PATIENCE_MS)
        page.wait_for_timeout(SETTLE_MS * 2)
        clock = Clock(page, given.pid)
        found = [
            (label, value, *change(page, line, clock, label, value))
            for _ in range(given.rounds) for label, values in CHANGES for value in values
        ]  # fmt: skip
        browser.close()
    _print(found)


def _print(found: list[tuple[str, str, dict[str, float], int, int]]) -> None:
    print("| changed | number, ms | chart, ms | KiB | messages |\n|---|---|---|---|---|")
    for label, value, took, size, messages in found:
        print(f"| {label}: {value} | {took['number']:.0f} | {took['chart']:.0f} "
              f"| {size / 1024:.0f} | {messages} |")  # fmt: skip
    for name in found[0][2]:
        times = sorted(took[name] for _, _, took, _, _ in found)
        word = f"{name}, processor" if name in ("page", "server") else name
        print(f"{word}: median {statistics.median(times):.0f} ms, worst {times[-1]:.0f} ms "
              f"of {len(times)}")  # fmt: skip


if __name__ == "__main__":
    main()
