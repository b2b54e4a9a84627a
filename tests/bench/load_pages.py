"""Signed-in sessions that rerun pages of a big practice: ``python -m tests.bench.load_pages``.

Loopback only, twenty sessions at most a hundred reruns each. Server processes answer, this one
asks; on two cores both fit, beside nothing else. With ``--servers 2`` two processes share the
database and each session stays with one of them, as behind the proxy of ``deploy/nginx.conf``.

Prints p50 and p95 by page, of the moment a rerun was asked for until the script had finished,
over every rerun that was answered; those that failed are listed. A session asks for the next
page when the one before has come, so a server that is too slow is asked less: the rate says
so. The processor seconds are those of the servers and of this process.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import bench_edit, bench_pages
from tests.trust import live

PAGES = ("home", "enrollment", "minutes", "pre_flight", "program_health")
MONTH = "month=2025-03"
MOST_SESSIONS, MOST_RERUNS, MOST_SERVERS = 20, 100, 4
PREPARE = """
from datetime import date
from sqlalchemy import update
from ccm_core import records
from ccm_core.store import db, reading
from ccm_core.store.summaries import keeping
from ccm_core.store.schema import record_table
db.require_current()
with db.session(write=True) as opened:
    practice = record_table(records.Practice)
    opened.connection().execute(update(practice).values(is_demo=True))
with db.session(write=True) as opened:
    keeping.keep_up(opened, reading.practice(opened).practice_id, date.today())
"""


class Asked:
    """What is asked for, and what came of it."""

    def __init__(self, pages: Sequence[str], sessions: int, reruns: int, every: float) -> None:
        self.pages, self.sessions, self.reruns, self.every = pages, sessions, reruns, every
        self.times: dict[str, list[float]] = defaultdict(list)
        self.wrong: Counter[str] = Counter()

    def session(self, server: live.Server, token: str, seed: int) -> None:
        """One person: a page, a pause, the same page again or another."""
        chance = random.Random(seed)
        page = "the socket"
        try:
            with server.open(token) as stream:
                time.sleep(self.every * chance.random())
                for _ in range(self.reruns):
                    page = chance.choice(self.pages)
                    took = self.rerun(stream, page)
                    time.sleep(max(0.0, self.every - took))
        except Exception as error:  # the rest of this session's reruns are missing in the count
            self.wrong[f"{page}: {type(error).__name__}"] += 1

    def rerun(self, stream: live.ClientConnection, page: str) -> float:
        """The seconds until the script had finished."""
        began = time.perf_counter()
        _, came = live.run(stream, MONTH, page)
        took = time.perf_counter() - began
        self.times[page].append(took)
        if b"Something went wrong" in came:
            self.wrong[f"{page}: an error on the page"] += 1
        return took


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def said(name: str, found: list[float]) -> str:
    found = sorted(found)
    p95 = found[min(len(found) - 1, int(len(found) * 0.95))]
    return f"| {name} | {len(found)} | {statistics.median(found) * 1e3:.0f} | {p95 * 1e3:.0f} |"


def main() -> None:
    """Read the command line, start the servers, ask, print."""
    given = argparse.ArgumentParser(prog="load_pages", description=__doc__.splitlines()[0])
    given.add_argument("--patients", type=int, default=100_000)
    given.add_argument("--sessions", type=int, default=20)
    given.add_argument("--reruns", type=int, default=15)
    given.add_argument("--every", type=float, default=2.0, help="Seconds between reruns.")
    given.add_argument("--servers", type=int, default=1, help="Server processes on one database.")
    given.add_argument("--pages", nargs="+", default=PAGES, choices=PAGES, metavar="PAGE",
                       help="The mix; a page named twice is asked for twice as often.")  # fmt: skip
    given.add_argument("--db", default="", help="The URL of a database that bench_pages filled.")
    given.add_argument("--edits", type=float, default=0.0,
                       help="Seconds between corrections of an entry; 0: none.")  # fmt: skip
    chosen = given.parse_args()
    asked = Asked(chosen.pages, min(chosen.sessions, MOST_SESSIONS),
                  min(chosen.reruns, MOST_RERUNS), chosen.every)  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="ccm-load-") as folder, ExitStack() as running:
        url = chosen.db or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        if not chosen.db:
            bench_pages.fill(url, chosen.patients)
        os.environ["CCM_VAR_DIR"] = str(Path(folder) / "var")
        servers = started(Path(folder), url, min(chosen.servers, MOST_SERVERS), running)
        with edited(url, chosen.edits) as took:
            _ask(servers, asked)
        if took:
            print(f"{len(took)} corrections meanwhile, {statistics.median(took) * 1e3:.0f} ms each")


@contextmanager
def edited(url: str, every: float) -> Iterator[list[float]]:
    """Somebody in this process corrects a time entry every so often; gives the seconds of each."""
    took: list[float] = []
    is_over = threading.Event()
    edit = next(iter(bench_edit.edits(url).values()))

    def work() -> None:
        while not is_over.wait(every):
            began = time.perf_counter()
            edit()
            took.append(time.perf_counter() - began)

    worker = threading.Thread(target=work)
    if every:
        worker.start()
    try:
        yield took
    finally:
        is_over.set()
        if every:
            worker.join()


def started(folder: Path, url: str, many: int, running: ExitStack) -> list[live.Server]:
    """Server processes on one database and one private folder, one after the other."""
    servers = []
    for number in range(many):
        (place := folder / f"server{number}").mkdir()
        server = live.Server(
            place, keep_pages=True, CCM_DATABASE_URL=url, CCM_VAR_DIR=str(folder / "var")
        )
        if not servers:
            server.prepare(PREPARE)
        running.callback(server.stop)
        server.start()
        servers.append(server)
    return servers


def _ask(servers: list[live.Server], asked: Asked) -> None:
    token = servers[0].sign_in("administrator")
    for server in servers:
        with server.open(token) as stream:
            for page in PAGES:  # what is imported or compiled once is not what is asked about
                live.run(stream, MONTH, page)
    pids = [server.process.pid for server in servers if server.process is not None]
    load, began, own = os.getloadavg()[0], time.monotonic(), time.process_time()
    before = [cpu_seconds(pid) for pid in pids]
    people = [
        threading.Thread(target=asked.session, args=(servers[seed % len(servers)], token, seed))
        for seed in range(asked.sessions)
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    took, own = time.monotonic() - began, time.process_time() - own
    used = [cpu_seconds(pid) - first for pid, first in zip(pids, before, strict=True)]
    _print(asked, load, took, used, own)


def _print(asked: Asked, load: float, took: float, used: list[float], own: float) -> None:
    print(f"{asked.sessions} sessions on {len(used)} server processes, one rerun each "
          f"{asked.every:g} s; load {load:.1f} when it began\n")  # fmt: skip
    print("| page | reruns | p50 ms | p95 ms |\n|---|---|---|---|")
    for page in PAGES:
        if asked.times[page]:
            print(said(page, asked.times[page]))
    everything = [one for some in asked.times.values() for one in some]
    if not everything:
        print(f"Nothing was answered: {dict(asked.wrong)}")
        return
    print(said("all", everything))
    each = ", ".join(f"{one / took * 100:.0f} %" for one in used)
    print(
        f"\n{len(everything)} of {asked.sessions * asked.reruns} reruns answered, "
        f"{len(everything) / took:.1f} a second; failed: {dict(asked.wrong) or 'none'}\n"
        f"CPU for each rerun: servers {sum(used) / len(everything) * 1e3:.0f} ms ({each} of a "
        f"core), this client {own / len(everything) * 1e3:.0f} ms ({own / took * 100:.0f} %)"
    )


if __name__ == "__main__":
    main()
