"""Signed-in sessions that rerun pages of a big practice: ``python -m tests.bench.load_pages``.

Loopback only, twenty sessions at most a hundred reruns each. One process serves, another
asks; on two cores both fit, beside nothing else. Prints p50 and p95 by page, of the moment a
rerun was asked for until the script had finished, and the server's processor seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from tests.bench import bench_pages
from tests.trust import live

PAGES = ("home", "enrollment", "minutes", "pre_flight", "program_health")
MONTH = "month=2025-03"
MOST_SESSIONS, MOST_RERUNS = 20, 100
PREPARE = """
from datetime import date
from sqlalchemy import update
from ccm_core import records
from ccm_core.store import db, reading
from ccm_core.store.summaries import keeping
from ccm_core.store.schema import record_table
with db.session(write=True) as opened:
    practice = record_table(records.Practice)
    opened.connection().execute(update(practice).values(is_demo=True))
with db.session(write=True) as opened:
    keeping.keep_up(opened, reading.practice(opened).practice_id, date.today())
"""
Times = dict[str, list[float]]


def session(server: live.Server, token: str, reruns: int, every: float, seed: int,
            times: Times, wrong: list[str]) -> None:  # fmt: skip
    """One person: a page, a pause, the same page again or another."""
    chance = random.Random(seed)
    with server.open(token) as stream:
        time.sleep(every * chance.random())
        for _ in range(reruns):
            page = chance.choice(PAGES)
            began = time.perf_counter()
            try:
                _, came = live.run(stream, MONTH, page)
            except (TimeoutError, AssertionError) as error:
                wrong.append(f"{page}: {type(error).__name__}")
                return
            took = time.perf_counter() - began
            times[page].append(took)
            if b"Something went wrong" in came:
                wrong.append(page)
            time.sleep(max(0.0, every - took))


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def said(name: str, found: list[float]) -> str:
    found = sorted(found)
    p95 = found[min(len(found) - 1, int(len(found) * 0.95))]
    return f"| {name} | {len(found)} | {statistics.median(found) * 1e3:.0f} | {p95 * 1e3:.0f} |"


def main() -> None:
    """Read the command line, start the server, ask, print."""
    asked = argparse.ArgumentParser(prog="load_pages", description=__doc__.splitlines()[0])
    asked.add_argument("--patients", type=int, default=100_000)
    asked.add_argument("--sessions", type=int, default=20)
    asked.add_argument("--reruns", type=int, default=15)
    asked.add_argument("--every", type=float, default=2.0, help="Seconds between reruns.")
    asked.add_argument("--db", default="", help="A SQLite database that bench_pages filled.")
    chosen = asked.parse_args()
    sessions, reruns = min(chosen.sessions, MOST_SESSIONS), min(chosen.reruns, MOST_RERUNS)
    with tempfile.TemporaryDirectory(prefix="ccm-load-") as folder:
        url = chosen.db or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        if not chosen.db:
            bench_pages.fill(url, chosen.patients)
        server = live.Server(Path(folder), keep_pages=True, CCM_DATABASE_URL=url)
        server.prepare(PREPARE)
        server.start()
        try:
            _ask(server, sessions, reruns, chosen.every)
        finally:
            server.stop()


def _ask(server: live.Server, sessions: int, reruns: int, every: float) -> None:
    assert server.process is not None
    times: Times = defaultdict(list)
    wrong: list[str] = []
    token = server.sign_in("administrator")
    with server.open(token) as stream:
        for page in PAGES:  # what is imported or compiled once is not what is asked about
            live.run(stream, MONTH, page)
    load, before, began = os.getloadavg()[0], cpu_seconds(server.process.pid), time.monotonic()
    people = [
        threading.Thread(target=session, args=(server, token, reruns, every, seed, times, wrong))
        for seed in range(sessions)
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    used, took = cpu_seconds(server.process.pid) - before, time.monotonic() - began
    print(f"{sessions} sessions, one rerun each {every:g} s; load {load:.1f} when it began\n")
    print("| page | reruns | p50 ms | p95 ms |\n|---|---|---|---|")
    for page in PAGES:
        if times[page]:
            print(said(page, times[page]))
    everything = [one for some in times.values() for one in some]
    print(said("all", everything))
    print(f"\n{used / len(everything) * 1e3:.0f} ms CPU of the server for each rerun, "
          f"{used / took * 100:.0f} % of a core; failed: {sorted(wrong) or 'none'}")  # fmt: skip


if __name__ == "__main__":
    main()
