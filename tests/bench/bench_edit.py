"""From one edit to what the pages show: ``python -m tests.bench.bench_edit --help``.

Not a test. A manager corrects the minutes of one time entry, through the same service as the
page does: permission, version, access log, audit of the patient-month and of those whom the
signals touch. Then the queries of the Minutes page and of the patient's page are asked.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
from collections.abc import Callable
from itertools import count
from typing import Any

from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import time_log
from ccm_core.store import db, queries
from tests.bench import bench_pages, made
from tests.bench.bench_pages import TODAY, measured

MANAGER = Identity("u1", "bench", "Bench Manager", "practice_manager", "h1", "")
PATIENT, ENTRY = "b0000042", "b0000042t1"
_PRACTICE, MONTH = made.PRACTICE.practice_id, Month(2025, 3)


def edits(url: str) -> dict[str, Callable[[], Any]]:
    """One edit, what is looked at afterwards, and both."""
    numbers = count()

    def edit() -> None:
        with db.session(url, write=True) as session:
            shown = time_log.shown(session, MANAGER, ENTRY)
            old, change = shown.entry, next(numbers)
            time_log.correct(session, MANAGER, time_log.Change(
                ENTRY, shown.version, old.started_at, 300 + 60 * (change % 5),
                "phone_call", f"{old.note} Corrected {change}.", True, False, "Wrong length.",
            ))  # fmt: skip

    def look() -> None:
        with db.session(url) as session:
            queries.minutes_page(session, _PRACTICE, MONTH, today=TODAY)
            queries.minute_histogram(session, _PRACTICE, MONTH)
            queries.reach_counts(session, _PRACTICE, MONTH, today=TODAY)

    def look_at_patient() -> None:
        with db.session(url) as session:
            queries.result_of(session, _PRACTICE, PATIENT, MONTH)
            queries.findings_of(session, _PRACTICE, PATIENT, MONTH)
            queries.patient_story(session, _PRACTICE, PATIENT)

    def both() -> None:
        edit()
        look()

    return {
        "edit: service, audit of one case, stored": edit,
        "Minutes page: list, histogram, reach": look,
        "patient's page: result, findings, story": look_at_patient,
        "edit to visible result on Minutes": both,
    }


def main() -> None:
    """Read the command line and print the table."""
    said = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    said.add_argument("--patients", type=int, default=100_000)
    said.add_argument("--times", type=int, default=9)
    said.add_argument("--db", default="", help="An empty database; by default a SQLite file.")
    said.add_argument("--filled", action="store_true", help="The database is filled already.")
    said.add_argument("--profile", action="store_true", help="Print where an edit spends time.")
    chosen = said.parse_args()
    with bench_pages.database(chosen.db) as url:
        if not chosen.filled:
            bench_pages.fill(url, chosen.patients)
        print(f"| at {chosen.patients} patients | wall ms | CPU ms |\n|---|---|---|")
        asked = edits(url)
        for name, work in asked.items():
            measured(name, chosen.times, work)
        if chosen.profile:
            with cProfile.Profile() as profile:
                next(iter(asked.values()))()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


if __name__ == "__main__":
    main()
