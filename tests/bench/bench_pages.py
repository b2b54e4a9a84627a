"""What the page queries cost at 100,000 patients: ``python -m tests.bench.bench_pages --help``.

Not a test. Results and findings are copied from a small audited practice, so that loading
takes a minute instead of an hour; every table of a page has the rows of a real one.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ccm_core import records
from ccm_core.store import db, queries, results, writing
from ccm_core.store.queries import patients, receivables
from ccm_core.store.queries.receivables import Span, Wanted
from tests.bench import made

SEEDED = 2_000
FAR = 20_000
"""Rows before a page that somebody jumped to."""
TODAY = date(2025, 3, 28)
_PRACTICE = made.PRACTICE.practice_id
_COPIED = (
    "patient", "status_change", "condition", "consent", "care_plan", "payer", "visit",
    "time_entry", "claim_line", "case_result", "finding",
)  # fmt: skip
_IDS = {
    "condition": "condition_id", "consent": "consent_id", "care_plan": "plan_id",
    "payer": "payer_id", "visit": "visit_id", "time_entry": "entry_id", "claim_line": "claim_id",
}  # fmt: skip


def fill(url: str, number: int) -> None:
    """Audit a small practice, then copy its rows under new patients until there are enough."""
    db.migrate(url)
    seeded = min(SEEDED, number)
    with db.session(url, write=True) as session:
        writing.save(session, _PRACTICE, made.practice_records(seeded))
        results.refresh(session, _PRACTICE, made.MONTH)
    with db.session(url, write=True) as session:
        connection = session.connection()
        for copy in range(1, number // seeded):
            for table in _COPIED:
                connection.execute(text(_copying(connection, table)), {"mark": f"x{copy:03d}"})
    with db.session(url) as session:
        session.connection().execute(text("ANALYZE"))


def _copying(connection: Any, table: str) -> str:
    """An INSERT ... SELECT of the seeded rows with a mark after each identifier."""
    rows = connection.execute(text(f"SELECT * FROM {table} LIMIT 0"))
    names = [name for name in rows.keys() if name != "id"]  # noqa: SIM118 - a result, no mapping
    # Each copy has people of its own: nobody works on fifty patients at once.
    marked = {"patient_id", "staff_id", "care_manager_id", _IDS.get(table, "")}
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f'"{n}" || :mark' if n in marked else f'"{n}"' for n in names)
    return (
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} "
        f"WHERE patient_id NOT LIKE '%x%'"
    )


def asked(session: Any) -> dict[str, Callable[[], Any]]:
    """The queries of the pages, by name."""
    where = (session, _PRACTICE, made.MONTH)
    a_patient = "b0000042"
    span = Span(_PRACTICE, made.MONTH.plus(-11), made.MONTH)
    return {
        "funnel": lambda: queries.funnel(*where, today=TODAY),
        "funnel by care manager": lambda: queries.funnel(*where, by="care_manager", today=TODAY),
        "funnel trend, 12 weeks": lambda: queries.funnel_trend(session, _PRACTICE, TODAY),
        "stalled at care plan": lambda: queries.stalled(*where, "care_plan", today=TODAY),
        "minutes page": lambda: queries.minutes_page(*where, today=TODAY),
        "minutes page, far on": lambda: queries.minutes_page(*where, today=TODAY, offset=FAR),
        "minutes, by name": lambda: queries.minutes_page(*where, today=TODAY, sort="name"),
        "minutes, searched": lambda: queries.minutes_page(*where, search="made42", today=TODAY),
        "minute histogram": lambda: queries.minute_histogram(*where),
        "reach counts": lambda: queries.reach_counts(*where, today=TODAY),
        "pre-flight summary": lambda: queries.preflight_summary(*where),
        "pre-flight page": lambda: queries.preflight_page(*where),
        "pre-flight page, far on": lambda: queries.preflight_page(*where, offset=FAR),
        "top reasons": lambda: queries.top_reasons(*where),
        "claims page": lambda: receivables.lines_page(session, span, Wanted(), TODAY),
        "claims page, far on": lambda: receivables.lines_page(
            session, span, Wanted(), TODAY, offset=FAR
        ),
        "claims at a glance": lambda: receivables.standing(session, span),
        "patients page": lambda: patients.patients_page(session, _PRACTICE),
        "findings of one patient": lambda: queries.findings_of(
            session, _PRACTICE, a_patient, made.MONTH
        ),
        "patient story": lambda: queries.patient_story(session, _PRACTICE, a_patient),
        "rule counts, 12 months": lambda: queries.rule_counts(session, _PRACTICE, made.MONTH),
        "home": lambda: queries.home_cards(session, _PRACTICE, TODAY),
    }


@contextmanager
def database(url: str) -> Iterator[str]:
    """The database that was named, or one of SQLite that is dropped afterwards."""
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="ccm-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'bench.sqlite3'}"


def main() -> None:
    """Read the command line and print the table."""
    said = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    said.add_argument("--patients", type=int, default=100_000)
    said.add_argument("--times", type=int, default=3)
    said.add_argument("--db", default="", help="An empty database; by default a SQLite file.")
    said.add_argument("--filled", action="store_true", help="The database is filled already.")
    chosen = said.parse_args()
    with database(chosen.db) as url:
        if not chosen.filled:
            fill(url, chosen.patients)
        print(f"| at {chosen.patients} patients | wall ms | CPU ms |\n|---|---|---|")
        with db.session(url) as session:
            for name, ask in asked(session).items():
                measured(name, chosen.times, ask)
        for name, change in changes(url).items():
            measured(name, chosen.times, change)


def changes(url: str) -> dict[str, Callable[[], Any]]:
    """One edit of one patient, each in a transaction that keeps the stored steps right."""
    numbers = count()

    def log_time() -> None:
        entry = next(one for one in made.chart(42) if isinstance(one, records.TimeEntry))
        new = replace(entry, entry_id=f"bench-{next(numbers)}", staff_id="", seconds=60)
        with db.session(url, write=True) as session:
            writing.save(session, _PRACTICE, [new])

    def log_and_look() -> None:
        log_time()
        with db.session(url) as session:
            queries.funnel(session, _PRACTICE, made.MONTH, today=TODAY)

    return {
        "one time entry": log_time,
        "one time entry, then the funnel": log_and_look,
    }


def measured(name: str, times: int, work: Callable[[], Any]) -> None:
    """Print the medians of some runs; the first one, which compiles statements, is left out."""
    work()
    wall, cpu = [], []
    for _ in range(times):
        began = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began[0])
        cpu.append(time.process_time() - began[1])
    print(f"| {name} | {statistics.median(wall) * 1e3:.0f} | "
          f"{statistics.median(cpu) * 1e3:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
