"""A practice of any size in PostgreSQL: ``python -m tests.bench.bench_postgres --help``.

Not a test. Patients are loaded by the product's own `writing.save`, some thousand in each
transaction, the month is audited, and the database stays for `bench_pages --filled` and
`page_reruns`. The role must be a plain one, so that row-level security binds it, and the
server must run on this machine: its processor time is read from /proc.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ccm_core.store import db, results, writing
from tests.bench import made

_PRACTICE = made.PRACTICE.practice_id
_TICKS = os.sysconf("SC_CLK_TCK")


def server_seconds(url: str) -> float:
    """Processor seconds of the whole server since it started, ended backends included."""
    with db.session(url) as session:
        backend = session.connection().scalar(text("SELECT pg_backend_pid()"))
        assert backend is not None
        head = int(_stat(backend)[1])
        family = [one for one in _running() if _stat(one)[1:2] == [str(head)]]
        # Of the head's own, and of its children that have ended, and of those that run.
        ended = sum(int(ticks) for ticks in _stat(head)[11:15])
        alive = sum(int(ticks) for one in family for ticks in _stat(one)[11:13])
        return (ended + alive) / _TICKS


def _running() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]


def _stat(process: int) -> list[str]:
    """The words of its state after the name; none when it has just ended."""
    try:
        said = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return said.rpartition(")")[2].split()


@contextmanager
def measured(url: str, what: str, number: int) -> Iterator[None]:
    """Print a line of the table."""
    began = time.perf_counter(), time.process_time(), server_seconds(url)
    yield
    wall, own, server = (
        now - then
        for now, then in zip(
            (time.perf_counter(), time.process_time(), server_seconds(url)), began, strict=True
        )
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {what} | {number} | {wall:.1f} | {own:.1f} | {server:.1f} | "
          f"{(own + server) / number * 1e6:.0f} | {peak:.0f} | {os.getloadavg()[0]:.1f} |",
          flush=True)  # fmt: skip


def load(url: str, first: int, end: int, each: int) -> int:
    """Write the patients of these numbers; gives how many records were new."""
    with db.session(url, write=True) as session:
        staff = islice(made.practice_records(end), 2 + end // made.PANEL + 1)
        new = writing.save(session, _PRACTICE, staff).new
    for begin in range(first, end, each):
        some: list[Any] = []
        for number in range(begin, min(begin + each, end)):
            some.extend(made.chart(number))
        with db.session(url, write=True) as session:
            new += writing.save(session, _PRACTICE, some).new
    return new


def main() -> None:
    """Read the command line and print the table."""
    said = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    said.add_argument("--dsn", required=True, help="postgresql://... of a plain role")
    said.add_argument("--from", type=int, default=0, dest="first")
    said.add_argument("--patients", type=int, default=20_000, help="up to this number")
    said.add_argument("--each", type=int, default=2_000, help="patients in a transaction")
    said.add_argument("--audit", action="store_true", help="audit the month that was loaded")
    chosen = said.parse_args()
    os.environ["CCM_PRACTICE"] = _PRACTICE
    db.migrate(chosen.dsn)
    print("| what | patients | wall s | program CPU s | server CPU s | microseconds each | "
          "peak MiB | load |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    number = chosen.patients - chosen.first
    if number > 0:
        with measured(chosen.dsn, "load", number):
            load(chosen.dsn, chosen.first, chosen.patients, chosen.each)
    with db.engine(chosen.dsn).begin() as connection:
        connection.execute(text("ANALYZE"))
    if chosen.audit:
        audit = measured(chosen.dsn, "audit", chosen.patients)
        with audit, db.session(chosen.dsn, write=True) as session:
            results.refresh(session, _PRACTICE, made.MONTH)


if __name__ == "__main__":
    main()
