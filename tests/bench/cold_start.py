"""From the command to the first pages in a browser: ``python -m tests.bench.cold_start``.

Each start is a new process, ``streamlit run app.py``, over a copy of one demo practice, and
a new browser profile; the browser itself is open already, as it is with the person who waits.
Counted from the command: the sign-in page can be used; after a click on it at once, Home
shows all its content. ``--first`` starts without a database: the demo practice is made.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.load_pages import cpu_seconds

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 120_000
LAST_ON_HOME = "left until"  # in the line below the calendar, which Home draws last
STEPS = ("page of the start", "sign-in page", "Home asked for", "Home's content")


@contextmanager
def server(var: Path) -> Iterator[tuple[str, float, subprocess.Popen[bytes]]]:
    """Address, moment of the command, process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k != "CCM_DATABASE_URL"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment | {"CCM_VAR_DIR": str(var)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}", began, process
    finally:
        process.terminate()
        process.wait(20)


def once(browser: Browser, var: Path, pause: float) -> list[float]:
    """Seconds from the command to each step, and the server's processor seconds."""
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    tab: Page = context.new_page()
    with server(var) as (url, began, process):
        seconds = []

        def reached() -> None:
            seconds.append(time.perf_counter() - began)

        tab.goto(url)
        reached()
        button = tab.get_by_role("button", name="Sign in as practice manager (demo)")
        button.wait_for()
        reached()
        time.sleep(pause)
        reached()
        button.click(no_wait_after=True)
        tab.get_by_text(LAST_ON_HOME).wait_for()
        reached()
        seconds.append(cpu_seconds(process.pid))
    context.close()
    return seconds


def main() -> None:
    """Read the command line, start as often as asked, print."""
    asked = argparse.ArgumentParser(prog="cold_start", description=__doc__.splitlines()[0])
    asked.add_argument("--starts", type=int, default=5)
    asked.add_argument("--pause", type=float, default=0.0, help="Seconds before signing in.")
    asked.add_argument("--first", action="store_true", help="Start without a database.")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="ccm-cold-") as place, sync_playwright() as play:
        made = Path(place) / "made"
        made.mkdir(mode=0o700)
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        once(browser, made, 0.0)  # makes the demo practice, the bytecode and the disk's cache
        found = []
        print("| start | " + " | ".join(STEPS) + " | server's CPU s | load |\n" + "|---" * 7 + "|")
        for number in range(1, chosen.starts + 1):
            var = Path(place) / str(number)
            var.mkdir(mode=0o700) if chosen.first else shutil.copytree(made, var)
            load = os.getloadavg()[0]
            found.append(once(browser, var, chosen.pause))
            print(line(str(number), found[-1]), f"{load:.1f} |", flush=True)
        print(line("median", [statistics.median(column) for column in zip(*found, strict=True)]))


def line(name: str, seconds: list[float]) -> str:
    return f"| {name} | " + " | ".join(f"{one:.2f}" for one in seconds) + " |"


if __name__ == "__main__":
    main()
