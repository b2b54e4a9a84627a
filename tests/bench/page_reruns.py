"""One rerun of each page in this process: ``python -m tests.bench.page_reruns [PAGE ...]``.

The database is that of CCM_DATABASE_URL and must hold a practice (``ccm demo``). What a page
does on the server is measured, without browser and websocket: statements sent to the database,
CPU and wall milliseconds of the second drawing. The second is what a click costs; the first
also loads libraries and tables.
"""

from __future__ import annotations

import argparse
import time

from pages.parts import time_clock
from tests.pages.signed_in import open_as
from tests.pages.test_work_of_a_page import statements

PAGES = {
    "home": "practice_manager", "enrollment": "practice_manager", "minutes": "practice_manager",
    "people": "practice_manager", "program_health": "practice_manager",
    "log_time": "care_manager", "pre_flight": "billing_lead", "claims": "billing_lead",
    "audit_samples": "auditor", "what_if": "billing_lead", "revenue": "consultant",
    "rule_book": "auditor", "policies": "practice_manager", "tables": "auditor",
    "fee_tables": "consultant", "imports": "practice_manager", "settings": "administrator",
    "users": "administrator", "access_log": "auditor", "account": "auditor",
}  # fmt: skip


def rerun(page: str) -> str:
    """A line of the report."""
    at = open_as(PAGES[page], page)
    with statements() as sent:
        cpu, wall = time.process_time(), time.perf_counter()
        at.run()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    failed = " (the page failed)" if at.exception else ""
    return (
        f"{page:15} {len(sent):4} statements {cpu * 1e3:6.0f} ms CPU {wall * 1e3:6.0f} ms{failed}"
    )


def main() -> None:
    """Measure the pages that are asked for, or all."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("pages", nargs="*", choices=[[], *PAGES])
    time_clock.EVERY = None
    for page in given.parse_args().pages or PAGES:
        print(rerun(page), flush=True)


if __name__ == "__main__":
    main()
