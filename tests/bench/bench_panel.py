"""What counts of a whole panel cost: ``python -m tests.bench.bench_panel --db URL``.

Not a test. The database is one that ``bench_pages`` filled. Nothing kept is used: each
figure is what the first who asks after a change pays.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from ccm_core.months import time_zone
from ccm_core.store import db, kept, queries, reading
from ccm_core.store.queries import health, people, workload
from ccm_core.store.queries.panel_history import panel_history
from ccm_core.store.queries.wall_clock import OpenHours
from tests.bench import made

TODAY = date(2025, 3, 28)


def asked(session: Any) -> dict[str, Callable[[], Any]]:
    """The counts, by name."""
    ours, month = reading.practice(session), made.MONTH
    where = (session, made.PRACTICE.practice_id)
    ends = [datetime.fromtimestamp(s, UTC) for s in month.bounds(time_zone(ours.time_zone))]
    hours = OpenHours(ours.time_zone, 8, 18, 6)
    waiting = {
        f"waiting for {step}": lambda step=step: queries.stalled(*where, month, step, today=TODAY)
        for step in ("active", "threshold", "billed")
    }
    return {
        "locations": lambda: people.locations(*where),
        "care managers": lambda: people.care_manager_ids(*where),
        "joined in a week": lambda: health.joined_between(
            *where, month.first_day, date(2025, 3, 7)
        ),
        "panel of three months": lambda: panel_history(*where, month.plus(-2), month),
        "reached by nobody": lambda: health.unseen(session, ours, month),
        "panels": lambda: workload.panels(*where, month, 30),
        "missing minutes": lambda: workload.missing_minutes(*where, month, 30),
        "logged time": lambda: workload.worked(*where, month, *ends, hours),
        "rule counts": lambda: queries.rule_counts(*where, month),
        **waiting,
    }


def main() -> None:
    """Read the command line and print the table."""
    said = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    said.add_argument("--db", required=True)
    said.add_argument("--times", type=int, default=5)
    chosen = said.parse_args()
    print("| count | CPU ms |\n|---|---|")
    with db.session(chosen.db) as session:
        for name, ask in asked(session).items():
            print(f"| {name} | {min(_cpu_ms(ask) for _ in range(chosen.times)):.1f} |")


def _cpu_ms(ask: Callable[[], Any]) -> float:
    kept.forget()
    began = time.thread_time()
    ask()
    return (time.thread_time() - began) * 1e3


if __name__ == "__main__":
    main()
