"""How much processor time an audit costs: ``python -m tests.bench.bench_audit --help``.

Not a test: it prints a table for docs/performance.md. Run it alone, several times; CPU
seconds are what to compare, wall time moves with whatever else the machine does.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ccm_core.audit import audit_case, policy_of
from ccm_core.signals import find_signals
from ccm_core.store import db, reading, results, writing
from tests.bench import made


def measured(what: str, cases: int, times: int, work: Callable[[], Any]) -> None:
    """Print the median processor time of some runs, and the most memory so far."""
    took = []
    for _ in range(times):
        gc.collect()
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    middle = statistics.median(took)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"| {what} | {cases} | {middle:.2f} | {middle / cases * 1e6:.0f} | {peak} |", flush=True)


def in_memory(count: int, times: int) -> None:
    """Rules and minutes only: the cases are there already."""
    cases = [made.case(number) for number in range(count)]

    def judge() -> None:
        for case in cases:
            audit_case(case, policy_of(case))

    measured("audit, cases in memory", count, times, judge)
    entries = [entry for case in cases for entry in case.entries]
    measured(
        "signals across patients", count, times,
        lambda: find_signals(entries, made.PRACTICE, made.MONTH),
    )  # fmt: skip


def from_store(count: int, url: str) -> None:
    """Load, read, audit and store, then a run in which nothing has changed."""
    db.migrate(url)
    with db.session(url) as session:
        measured("save records", count, 1, lambda: writing.save(
            session, made.PRACTICE.practice_id, made.practice_records(count)))  # fmt: skip
    with db.session(url) as session:
        measured("read cases", count, 1, lambda: sum(
            1 for _ in reading.cases(session, made.PRACTICE.practice_id, made.MONTH)))  # fmt: skip

    def refresh() -> None:
        with db.session(url) as session:
            results.refresh(session, made.PRACTICE.practice_id, made.MONTH)

    measured("refresh: read, audit, store", count, 1, refresh)
    measured("refresh again, nothing changed", count, 1, refresh)


def main() -> None:
    """Read the command line and print the table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--times", type=int, default=5)
    asked.add_argument("--no-store", action="store_true")
    chosen = asked.parse_args()
    print("| what | cases | CPU s | microseconds a case | peak MiB |\n|---|---|---|---|---|")
    in_memory(chosen.cases, chosen.times)
    if not chosen.no_store:
        with tempfile.TemporaryDirectory(prefix="ccm-bench-") as folder:
            from_store(chosen.cases, f"sqlite:///{Path(folder) / 'bench.sqlite3'}")


if __name__ == "__main__":
    main()
